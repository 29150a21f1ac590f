/** What became of the batches of a store, and what needs somebody. */
import type {
  BatchRecord,
  CardCounts,
  LineRecord,
  LineStore,
  Reason,
  RecordCounts,
  RecordState,
} from '../../perso/index.js';

/** A record that is not done and will not be by itself. */
export interface RecordInNeed {
  readonly record: number;
  readonly row: number;
  readonly state: RecordState;
  readonly iccid?: string;
  readonly cardId?: string;
  readonly station?: string;
  readonly slot?: string;
  readonly reason?: Reason;
  /** ISO 8601. */
  readonly changedAt: string;
  /** What to do about it, in words. */
  readonly todo: string;
}

export interface BatchStatus {
  readonly batch: string;
  readonly job: { readonly name: string; readonly version: string; readonly hash: string };
  readonly inputHash: string;
  readonly state: BatchRecord['state'];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly records: RecordCounts;
  readonly cards: CardCounts;
  /** The first ones, in the order of their numbers. */
  readonly needs: readonly RecordInNeed[];
  /** Those beyond `needs`. */
  readonly more: number;
}

export interface StationStatus {
  readonly station: string;
  /** ISO 8601. */
  readonly seenAt: string;
  /** Whether it was heard of within its lease. */
  readonly alive: boolean;
}

export interface LineStatus {
  readonly batches: readonly BatchStatus[];
  readonly stations: readonly StationStatus[];
}

const NEEDING: readonly RecordState[] = ['reserved', 'writing', 'verified', 'quarantined', 'failed'];
const PAGE = 200;

export interface StatusOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Silence after which a station counts as dead. */
  readonly leaseMs: number;
  /** Records in need that are told of each batch. */
  readonly limit: number;
  /** A station that is known to have ended. */
  readonly ended?: string;
}

/** Batches with their counts, and the records that need somebody. */
export async function lineStatus(
  store: LineStore,
  batches: readonly BatchRecord[],
  { now, leaseMs, limit, ended }: StatusOptions,
): Promise<LineStatus> {
  const stations = (await store.stations()).map(({ station, seenAt }) => ({
    station,
    seenAt: new Date(seenAt).toISOString(),
    alive: now - seenAt <= leaseMs,
  }));
  const alive = new Set(
    stations.filter((one) => one.alive && one.station !== ended).map(({ station }) => station),
  );
  const statuses: BatchStatus[] = [];
  for (const batch of batches) statuses.push(await batchStatus(store, batch, alive, limit));
  return { batches: statuses, stations };
}

async function batchStatus(
  store: LineStore,
  batch: BatchRecord,
  alive: ReadonlySet<string>,
  limit: number,
): Promise<BatchStatus> {
  const { batchId, jobName, jobVersion, jobHash, inputHash, state, createdAt } = batch;
  const { records, cards } = await store.counts(batchId);
  const needs: RecordInNeed[] = [];
  let more = 0;
  for (let after = 0; ; ) {
    const page = await store.records(batchId, { states: NEEDING }, { after, limit: PAGE });
    for (const record of page) {
      const todo = todoOf(record, record.station !== undefined && alive.has(record.station));
      if (todo === undefined) continue;
      if (needs.length < limit) needs.push(inNeed(record, todo));
      else more++;
    }
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.number;
  }
  return {
    batch: batchId,
    job: { name: jobName, version: jobVersion, hash: jobHash },
    ...{ inputHash, state, records, cards, needs, more },
    createdAt: new Date(createdAt).toISOString(),
  };
}

function inNeed(record: LineRecord, todo: string): RecordInNeed {
  const { number, row, state, unique, cardId, station, slot, reason, changedAt } = record;
  return {
    ...{ record: number, row, state },
    ...(unique.iccid === undefined ? {} : { iccid: unique.iccid }),
    ...(cardId === undefined ? {} : { cardId }),
    ...(station === undefined ? {} : { station }),
    ...(slot === undefined ? {} : { slot }),
    ...(reason === undefined ? {} : { reason }),
    changedAt: new Date(changedAt).toISOString(),
    todo,
  };
}

/** Nothing where a station that lives is at work on it. */
function todoOf({ state }: LineRecord, isWorkedOn: boolean): string | undefined {
  switch (state) {
    case 'quarantined':
      return 'put its card into any slot: it is read and finished; if the card is lost or destroyed, `simboot batch remake`';
    case 'failed':
      return 'its card was scrapped: destroy it, then `simboot batch remake`';
    case 'writing':
      return isWorkedOn
        ? undefined
        : 'its station ended while the card was written: `simboot batch resume`, with the card in a slot';
    case 'reserved':
      return isWorkedOn
        ? undefined
        : 'its station ended before anything was written: `simboot batch resume` frees it';
    case 'verified':
      return isWorkedOn
        ? undefined
        : 'its card is good, and was not seen to reach its bin: `simboot batch resume`';
    default:
      return undefined;
  }
}
