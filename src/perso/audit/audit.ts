/** Quality control: finds the record of a finished card, reads everything back, and proves or refutes it. */
import type { CardChannel } from '../../apdu/index.js';
import { SimbootError } from '../../errors/index.js';
import type { OpenValues } from '../outputs/values.js';
import type { BatchRecord, LineRecord, LineStore, Reason } from '../store/port.js';
import type { CardIdentity, CardWorker, WorkDifference, WorkHooks } from '../work/port.js';

/**
 * `proven`: every octet is as ordered, and the evidence is that of the line. `refuted`: something differs. `unknown`: no
 * record of the batch has this card. `unfinished`: its record is in work, quarantined or given up. `unreadable`: the card
 * cannot be read to the end.
 */
export type AuditOutcome = 'proven' | 'refuted' | 'unknown' | 'unfinished' | 'unreadable';

/** What was found on one card. Nothing in it is secret. */
export interface CardAudit {
  readonly reader: string;
  readonly outcome: AuditOutcome;
  readonly atr: string;
  readonly iccid?: string;
  readonly cardId?: string;
  readonly record?: number;
  readonly row?: number;
  readonly generation?: number;
  readonly state?: LineRecord['state'];
  /** SHA-256 over everything read back now, and as the line kept it. */
  readonly evidence?: string;
  readonly evidenceKept?: string;
  readonly differences: readonly WorkDifference[];
  readonly reason?: Reason;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface AuditOptions {
  readonly store: LineStore;
  readonly batch: BatchRecord;
  readonly worker: CardWorker;
  readonly open: OpenValues;
  readonly clock: () => Date;
  readonly signal: AbortSignal;
}

/**
 * Audits the card of a channel; it stays as it is.
 *
 * @throws ReaderError if the card is gone before it told who it is
 */
export async function auditCard(channel: CardChannel, options: AuditOptions): Promise<CardAudit> {
  const identity = await options.worker.identify(channel);
  const base = {
    reader: channel.reader,
    atr: identity.atr,
    at: options.clock().getTime(),
    differences: [],
    ...(identity.iccid === undefined ? {} : { iccid: identity.iccid }),
    ...(identity.id === undefined ? {} : { cardId: identity.id }),
  };
  const record = await recordOf(options, identity);
  if (record === undefined) {
    const message = `no record of batch ${options.batch.batchId} has this card`;
    return { ...base, outcome: 'unknown', reason: { code: 'CARD_UNKNOWN', message } };
  }
  const { number, row, generation, state } = record;
  const found = { ...base, record: number, row, generation, state };
  if (isAnother(record, identity)) {
    const message = `record ${number} is on another card; this one is a copy, or was to be destroyed`;
    return { ...found, outcome: 'refuted', reason: { code: 'OTHER_CARD', message } };
  }
  if (state !== 'verified' && state !== 'released') {
    const reason = record.reason ?? { code: 'CARD_UNFINISHED', message: `record ${number} is ${state}` };
    return { ...found, outcome: 'unfinished', reason };
  }
  const kept = record.evidence === undefined ? {} : { evidenceKept: record.evidence };
  try {
    return { ...found, ...kept, ...(await compare(channel, record, options)) };
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    return { ...found, ...kept, outcome: 'unreadable', reason: { code: error.code, message: error.message } };
  }
}

/** The right octets on the wrong chip: a copy, or the card before a remake. */
function isAnother({ cardId }: LineRecord, { id }: CardIdentity): boolean {
  return cardId !== undefined && id !== undefined && cardId !== id;
}

async function compare(channel: CardChannel, record: LineRecord, { worker, open, signal }: AuditOptions) {
  const work = worker.prepare({ number: record.number, values: await open(record) });
  try {
    const { differences, evidence } = await work.verify(channel, silent(signal));
    const isSame = differences.length === 0 && evidence === (record.evidence ?? evidence);
    const outcome: AuditOutcome = isSame ? 'proven' : 'refuted';
    const other = { code: 'EVIDENCE', message: 'the octets read back are not those that the line read back' };
    return { outcome, evidence, differences, ...(isSame || differences.length > 0 ? {} : { reason: other }) };
  } finally {
    work.wipe();
  }
}

async function recordOf(
  { store, batch }: AuditOptions,
  { id, iccid }: CardIdentity,
): Promise<LineRecord | undefined> {
  const card = id === undefined ? undefined : await store.card(id);
  if (card?.batchId === batch.batchId && card.record !== undefined)
    return store.record(batch.batchId, card.record);
  return iccid === undefined ? undefined : store.recordByKey(batch.batchId, iccid);
}

function silent(signal: AbortSignal): WorkHooks {
  return {
    signal,
    onStep: () => undefined,
    onStepDone: () => undefined,
    beforeCritical: () => Promise.resolve(),
  };
}
