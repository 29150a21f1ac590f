/**
 * Gives a record another card, or up: never without a reason, two persons, and word of what became of the first card.
 * The first card counts as scrapped from then on, and every output that is written later tells of the new one.
 */
import { UsageError } from '../../errors/index.js';
import type { JsonObject } from '../../mo/index.js';
import type { LineRecord, LineStep, LineStore, RecordState, StationHandle } from '../store/port.js';
import { isScrapReason, SCRAP_REASONS, type ScrapReason } from './reasons.js';

/** Word of the destruction of a card. */
export interface Destruction {
  /** Who did it. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of the protocol of destruction, any text. */
  readonly reference: string;
}

export interface RemakeRequest {
  readonly batchId: string;
  readonly number: number;
  readonly reason: ScrapReason;
  readonly note?: string;
  readonly requestedBy: string;
  /** Another person. */
  readonly approvedBy: string;
  readonly destroyed: Destruction;
  /** Gives the new card the values that were drawn for the first one; new ones are drawn unless told. */
  readonly keepValues?: boolean;
}

/** States in which a record may have had a card, so that another one needs approval. */
const REMADE: readonly RecordState[] = ['verified', 'released', 'quarantined', 'failed', 'void'];

/**
 * Makes a record free for another card: one generation later, with new values unless told.
 *
 * @throws UsageError `USAGE_REMAKE` where a part of the request is missing; `USAGE_BATCH_UNKNOWN`; `USAGE_LINE_CONFLICT`
 */
export async function remakeRecord(
  store: LineStore,
  station: StationHandle,
  request: RemakeRequest,
): Promise<LineRecord> {
  requireWhole(request);
  const record = await recordOf(store, request);
  if (record.state === 'writing') {
    throw refused(
      `record ${record.number} is being written at ${record.station ?? 'a station'}; where that one ended, \`simboot batch resume\` sets it aside`,
    );
  }
  if (!REMADE.includes(record.state)) {
    throw refused(
      `record ${record.number} is ${record.state}: it has no card yet, so there is nothing to remake`,
    );
  }
  const { reason, note, requestedBy, approvedBy, destroyed, keepValues = false } = request;
  const why = { code: reason, message: note ?? SCRAP_REASONS[reason] };
  const told: JsonObject = {
    requestedBy,
    approvedBy,
    destroyedBy: destroyed.by,
    destroyedAt: destroyed.at,
    destruction: destroyed.reference,
    generation: record.generation + 1,
    values: keepValues ? 'kept' : 'new',
    before: record.state,
  };
  return written(station, record, {
    record: {
      ...nameOf(record),
      state: 'free',
      generation: record.generation + 1,
      station: null,
      slot: null,
      cardId: null,
      progress: null,
      evidence: null,
      reason: null,
      ...(keepValues ? {} : { drawn: null }),
    },
    ...scrappedCard(record, why, destroyed.at),
    events: [
      ...(record.state === 'failed' ? [] : [entry('card.scrapped', record, why)]),
      { ...entry('remake.approved', record, why), data: told },
    ],
  });
}

/** A record whose card is given up by a person: from quarantine, or taken out of the batch before it had a card. */
export interface ScrapRequest {
  readonly batchId: string;
  readonly number: number;
  readonly reason: ScrapReason;
  readonly note?: string;
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Ends a quarantine, or takes a free record out: the record is `failed` or `void`, its card scrapped.
 *
 * @throws UsageError `USAGE_REMAKE`, `USAGE_BATCH_UNKNOWN`, `USAGE_LINE_CONFLICT`
 */
export async function scrapRecord(
  store: LineStore,
  station: StationHandle,
  request: ScrapRequest,
): Promise<LineRecord> {
  if (!isScrapReason(request.reason)) throw refused(`"${request.reason}" is no reason code`);
  if (request.by.trim() === '') throw refused('the name of the person is missing');
  const record = await recordOf(store, request);
  const had = record.state === 'quarantined';
  if (!had && record.state !== 'free') {
    const how =
      record.state === 'reserved' || record.state === 'writing'
        ? 'it is in work'
        : 'only a remake changes it';
    throw refused(`record ${record.number} is ${record.state}: ${how}`);
  }
  const why = { code: request.reason, message: request.note ?? SCRAP_REASONS[request.reason] };
  const told = { data: { by: request.by } };
  return written(station, record, {
    record: { ...nameOf(record), state: had ? 'failed' : 'void', reason: why, station: null, slot: null },
    ...scrappedCard(record, why, request.at),
    events: [
      { ...entry(had ? 'record.failed' : 'record.void', record, why), ...told },
      ...(had ? [{ ...entry('card.scrapped', record, why), ...told }] : []),
    ],
  });
}

function requireWhole({ reason, requestedBy, approvedBy, destroyed }: RemakeRequest): void {
  if (!isScrapReason(reason)) throw refused(`"${reason}" is no reason code`);
  for (const [what, text] of [
    ['who asks for it', requestedBy],
    ['who approves it', approvedBy],
    ['who destroyed the first card', destroyed.by],
    ['the reference of the destruction', destroyed.reference],
  ] as const)
    if (text.trim() === '') throw refused(`it is missing ${what}`);
  if (sameName(requestedBy, approvedBy))
    throw refused(`${requestedBy} cannot approve what ${requestedBy} asks for: a second person has to`);
}

function sameName(a: string, b: string): boolean {
  const plain = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
  return plain(a) === plain(b);
}

async function recordOf(store: LineStore, at: { batchId: string; number: number }): Promise<LineRecord> {
  const record = await store.record(at.batchId, at.number);
  if (record !== undefined) return record;
  throw new UsageError('USAGE_BATCH_UNKNOWN', `batch ${at.batchId} has no record ${at.number}`, {
    details: { batch: at.batchId, record: at.number },
  });
}

function nameOf({ batchId, number, revision }: LineRecord) {
  return { batchId, number, revision };
}

function entry(
  type: string,
  { batchId, number, cardId, slot }: LineRecord,
  reason: { code: string; message: string },
) {
  return {
    type,
    batchId,
    record: number,
    reason,
    ...(cardId === undefined ? {} : { cardId }),
    ...(slot === undefined ? {} : { slot }),
  };
}

function scrappedCard(
  { cardId, batchId, number }: LineRecord,
  reason: { code: string; message: string },
  at: number,
): Pick<LineStep, 'card'> {
  if (cardId === undefined) return {};
  return { card: { cardId, batchId, record: number, state: 'scrapped', reason, changedAt: at } };
}

async function written(station: StationHandle, record: LineRecord, step: LineStep): Promise<LineRecord> {
  return (await station.apply(step)) ?? record;
}

function refused(why: string): UsageError {
  return new UsageError('USAGE_REMAKE', `the request is refused: ${why}`);
}
