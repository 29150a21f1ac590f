/** What an earlier process of this station left behind, put in order before the first card. */
import { SimbootError } from '../../errors/index.js';
import type { LineRecord, LineStore, RecordState, StationHandle } from '../store/port.js';
import { reasonOf } from './reasons.js';
import { lineStep } from './steps.js';

const PAGE = 500;
const OPEN: readonly RecordState[] = ['reserved', 'writing', 'verified'];

/** Records whose card may still be in a slot; decided once every slot was looked at (`settleRecord`). */
export interface Recovery {
  /** Their card was never written. */
  readonly reserved: readonly LineRecord[];
  /** Their card was read back; it is in the good bin or on its way there. */
  readonly verified: readonly LineRecord[];
  /** Nobody knows what their card holds: they wait for it. */
  readonly quarantined: readonly LineRecord[];
}

export interface RecoveryOptions {
  readonly store: LineStore;
  readonly station: StationHandle;
  readonly batchId: string;
  now(): number;
}

/**
 * Sets aside what was being written. Call it with a fresh station handle, so that nobody else writes as this station.
 *
 * @throws UsageError what the store says
 */
export async function recoverStation(options: RecoveryOptions): Promise<Recovery> {
  const { store, station, batchId } = options;
  const found: LineRecord[] = [];
  for (let after = 0; ; ) {
    const page = await store.records(
      batchId,
      { states: OPEN, station: station.station },
      { after, limit: PAGE },
    );
    found.push(...page);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.number;
  }
  const quarantined: LineRecord[] = [];
  for (const record of found.filter(({ state }) => state === 'writing')) {
    quarantined.push(...(await aside(options, record)));
  }
  const reserved = found.filter(({ state }) => state === 'reserved');
  const verified = found.filter(({ state }) => state === 'verified');
  if (found.length > 0) {
    const counts = { reserved: reserved.length, writing: quarantined.length, verified: verified.length };
    await station.apply({ events: [{ type: 'station.recovered', batchId, data: counts }] });
  }
  return { reserved, verified, quarantined };
}

async function aside(options: RecoveryOptions, record: LineRecord): Promise<LineRecord[]> {
  const after = await told(options, record, 'quarantined');
  return after === undefined ? [] : [after];
}

/**
 * A record whose card is in no slot: free again if nothing was written, released if its card was verified.
 *
 * @returns the record after that; nothing if another process changed it meanwhile
 */
export function settleRecord(options: RecoveryOptions, record: LineRecord): Promise<LineRecord | undefined> {
  return told(options, record, record.state === 'reserved' ? 'freed' : 'released');
}

async function told(
  { station, batchId, now }: RecoveryOptions,
  record: LineRecord,
  kind: 'quarantined' | 'freed' | 'released',
): Promise<LineRecord | undefined> {
  const step = lineStep(kind, {
    batchId,
    station: station.station,
    slot: record.slot ?? '',
    now: now(),
    record,
    ...(record.cardId === undefined ? {} : { cardId: record.cardId }),
    known: true,
    reason: reasonOf(kind === 'released' ? 'NOT_IN_SLOT' : 'STATION_DOWN'),
  });
  try {
    return await station.apply(step);
  } catch (error) {
    if (error instanceof SimbootError && error.code === 'USAGE_LINE_CONFLICT') return undefined;
    throw error;
  }
}
