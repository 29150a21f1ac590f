/** What a change makes of a record: the rules that every store keeps. */
import type { JournalEvent, LineRecord, NewRecord, Reason, RecordChange } from './port.js';
import { conflict } from './refusals.js';

/** The name under which the values of a unique column are compared: `imsi` for `imsi` and `imsi#2`. */
export function valueName(column: string): string {
  return column.split('#', 1)[0]!;
}

/** A record as it comes into a batch. */
export function freeRecord(batchId: string, record: NewRecord, now: number): LineRecord {
  return { ...record, batchId, state: 'free', revision: 1, generation: 0, changedAt: now };
}

/**
 * The record after a change.
 *
 * @throws UsageError `USAGE_LINE_CONFLICT` if the revision is another, or values are there that were drawn before for the
 *   same generation
 */
export function changeRecord(record: LineRecord, change: RecordChange, now: number): LineRecord {
  const { batchId, number } = record;
  if (record.revision !== change.revision)
    throw conflict(batchId, number, `it has revision ${record.revision} by now, not ${change.revision}`);
  if (drawsAgain(record, change))
    throw conflict(batchId, number, 'its values were drawn before; another generation draws new ones');
  const { revision: _revision, ...parts } = change;
  const changed = { ...record } as Record<string, unknown>;
  for (const [name, value] of Object.entries(parts)) {
    if (value === null) delete changed[name];
    else if (value !== undefined) changed[name] = value;
  }
  return { ...(changed as unknown as LineRecord), revision: record.revision + 1, changedAt: now };
}

function drawsAgain(record: LineRecord, { drawn, generation }: RecordChange): boolean {
  if (drawn === undefined || drawn === null || record.drawn === undefined) return false;
  return generation === undefined || generation === record.generation;
}

/** Why the claims of a dead station come back. */
function deadReason(station: string): Reason {
  return { code: 'STATION_DEAD', message: `station ${station} was not seen for its lease` };
}

/** What becomes of a claim of a dead station; its card may hold something from `writing` on. */
export function recoverChange(record: LineRecord): RecordChange {
  const { batchId, number, revision, state } = record;
  const base = { batchId, number, revision, station: null, slot: null };
  if (state === 'reserved') return { ...base, state: 'free', cardId: null, reason: null };
  if (state === 'writing')
    return { ...base, state: 'quarantined', reason: deadReason(record.station ?? 'unknown') };
  return base;
}

/** What the journal tells of it. */
export function recoverEvent(record: LineRecord): JournalEvent[] {
  if (record.state !== 'reserved' && record.state !== 'writing') return [];
  const { batchId, number, cardId, slot, station = 'unknown', state } = record;
  return [
    {
      type: state === 'reserved' ? 'record.freed' : 'record.quarantined',
      batchId,
      record: number,
      ...(cardId === undefined ? {} : { cardId }),
      ...(slot === undefined ? {} : { slot }),
      reason: deadReason(station),
      data: { station },
    },
  ];
}

/** The entry that closes a recovery. */
export function recoveredEvent(
  batchId: string,
  stations: readonly string[],
  claims: readonly LineRecord[],
): JournalEvent {
  const of = (state: LineRecord['state']): number => claims.filter((claim) => claim.state === state).length;
  return {
    type: 'station.recovered',
    batchId,
    data: {
      stations: [...stations],
      freed: of('reserved'),
      quarantined: of('writing'),
      verified: of('verified'),
    },
  };
}

/** The entry of a claim. */
export function reservedEvent(batchId: string, number: number, slot: string, cardId?: string): JournalEvent {
  return {
    type: 'record.reserved',
    batchId,
    record: number,
    slot,
    ...(cardId === undefined ? {} : { cardId }),
  };
}
