/**
 * What a line keeps (write-ahead: a state is durable before the card sees the first octet of it). Every change of a
 * record or card and the journal entries that tell of it are one transaction: both are there, or neither.
 */
import type { JsonObject } from '../../mo/index.js';

/**
 * `free` → `reserved` (a card is named for it) → `writing` (octets may be on the card) → `verified` (read back) →
 * `released` (the card is in the good bin). Apart from that: `quarantined` (its card is ambiguous or missing), `failed`
 * (its card was scrapped after writing began; only a remake gives it another), `void` (taken out of the batch).
 */
export type RecordState =
  | 'free'
  | 'reserved'
  | 'writing'
  | 'verified'
  | 'released'
  | 'quarantined'
  | 'failed'
  | 'void';

/** All of them, in the order of a record's way. */
export const RECORD_STATES: readonly RecordState[] = [
  'free',
  'reserved',
  'writing',
  'verified',
  'released',
  'quarantined',
  'failed',
  'void',
];

/** A batch: one job, one input. `loading` until every record is in. */
export interface BatchRecord {
  readonly batchId: string;
  readonly jobName: string;
  readonly jobVersion: string;
  /** 64 hex digits. */
  readonly jobHash: string;
  /** SHA-256 of the input, 64 hex digits. */
  readonly inputHash: string;
  /** Records of the input, once they are all in. */
  readonly records: number;
  readonly state: 'loading' | 'open' | 'closed';
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** A record as it comes from the input. */
export interface NewRecord {
  /** From 1, in the order of the input. */
  readonly number: number;
  /** Row of the input, for people. */
  readonly row: number;
  /**
   * Values that no two records of the store may share, by column: `iccid`, `imsi`, `eid`, and the job's own. What stands
   * behind a `#` numbers columns that share their values: `imsi#2` is the second IMSI, and no other record's first.
   */
  readonly unique: Readonly<Record<string, string>>;
  /** What a card or a scanned code is looked up by; one of `unique` or any other. */
  readonly key?: string;
  /** Fields by name, as they came (columns under a transport key as they are). Kept sealed. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A value that is there already. */
export interface Duplicate {
  readonly number: number;
  readonly row: number;
  readonly column: string;
  readonly value: string;
  readonly other: { readonly batchId: string; readonly number: number; readonly row: number };
}

/** A record with what the line knows of it. */
export interface LineRecord extends NewRecord {
  readonly batchId: string;
  readonly state: RecordState;
  /** Counts writes; a change names the revision it starts from. */
  readonly revision: number;
  /** 0, and one more with each approved remake. */
  readonly generation: number;
  readonly station?: string;
  readonly slot?: string;
  /** Identity of its card, where cards of this kind have one. */
  readonly cardId?: string;
  /** Values drawn for it, by name; kept sealed. From `writing` on. */
  readonly drawn?: Readonly<Record<string, string>>;
  /** Index of the last critical step that may have begun. */
  readonly progress?: number;
  /** Code and words for why it is where it is. */
  readonly reason?: Reason;
  /** Evidence of the verification: SHA-256 over everything read back. */
  readonly evidence?: string;
  readonly changedAt: number;
}

export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** A card that was in a slot, by its identity. */
export interface LineCard {
  readonly cardId: string;
  readonly batchId: string;
  /** The record that is, or may be, on it. */
  readonly record?: number;
  readonly state: 'bound' | 'good' | 'scrapped' | 'returned';
  readonly reason?: Reason;
  readonly changedAt: number;
}

export interface JournalEvent {
  /** Such as `record.writing`, `card.scrapped`, `station.opened`, `remake.approved`, `checkpoint`. */
  readonly type: string;
  readonly batchId?: string;
  readonly record?: number;
  readonly cardId?: string;
  readonly slot?: string;
  readonly reason?: Reason;
  /** Never a secret. */
  readonly data?: JsonObject;
}

/** One entry of a station's chain; `hash` is SHA-256 over `previous` and the canonical rest (journal/entry.ts). */
export interface JournalEntry {
  readonly station: string;
  /** From 1 without gaps. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: JournalEvent;
  /** 64 hex digits; of entry 1: 64 zeros. */
  readonly previous: string;
  readonly hash: string;
}

/** How a record is chosen. */
export type Wanted =
  | { readonly kind: 'next' }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'number'; readonly number: number };

/** A change of one record; absent members stay, `null` removes. */
export interface RecordChange {
  readonly batchId: string;
  readonly number: number;
  /** The write is refused if the record has another revision by now. */
  readonly revision: number;
  readonly state?: RecordState;
  readonly generation?: number;
  readonly station?: string | null;
  readonly slot?: string | null;
  readonly cardId?: string | null;
  readonly drawn?: Readonly<Record<string, string>> | null;
  readonly progress?: number | null;
  readonly reason?: Reason | null;
  readonly evidence?: string | null;
}

/** What one transaction writes. */
export interface LineStep {
  readonly record?: RecordChange;
  readonly card?: LineCard;
  readonly events: readonly JournalEvent[];
}

export type RecordCounts = Readonly<Record<RecordState, number>>;
export type CardCounts = Readonly<Record<LineCard['state'], number>>;

/** The right of one process to write as a station; a later process with the same name ends it. */
export interface StationHandle {
  readonly station: string;
  /** Counts the processes that were this station. */
  readonly epoch: number;

  /**
   * Reserves a free record for a slot and binds the card, with the entry `record.reserved`; nothing if there is none.
   *
   * @param cardId identity of the card in the slot; refused with `CARD_TAKEN` where that card has a record
   */
  claim(
    batchId: string,
    wanted: Wanted,
    at: { readonly slot: string; readonly cardId?: string },
  ): Promise<LineRecord | undefined>;
  /**
   * One transaction. Steps of one station are written in the order of the calls.
   *
   * @returns the record after the change
   * @throws `USAGE_LINE_CONFLICT` if a revision is not the current one, or values are drawn again for one generation;
   *   `CARD_TAKEN` if the card has another record, or is good or scrapped and must stay so; `USAGE_LINE_FENCED` if another process is this station by
   *   now, `USAGE_STORE_FULL` and `USAGE_STORE_FAILED` of the store: then nothing is written
   */
  apply(step: LineStep): Promise<LineRecord | undefined>;
  /** Tells that this station lives; its claims come back to others `leaseMs` after the last time. */
  heartbeat(): Promise<void>;
  /** Last entry of the chain; `seq` 0 and 64 zeros before the first. */
  head(): Promise<{ readonly seq: number; readonly hash: string; readonly at: number }>;
  /** Writes `station.closed` and gives the station up; its claims stay until `recoverDead`. */
  close(): Promise<void>;
}

/** Stores of lines: memory, SQLite, PostgreSQL; several stations may use one PostgreSQL at once. */
export interface LineStore {
  /** @throws UsageError `USAGE_BATCH_EXISTS` */
  createBatch(batch: Omit<BatchRecord, 'records' | 'state'>): Promise<void>;
  /** Nothing where there is no such batch. */
  batch(batchId: string): Promise<BatchRecord | undefined>;
  /** All batches of the store. */
  batches(): Promise<BatchRecord[]>;
  /** Adds records to a batch that is loading; duplicates are told and not added. All or nothing per call. */
  addRecords(batchId: string, records: readonly NewRecord[]): Promise<Duplicate[]>;
  /** Removes a batch that was never opened, with its records. */
  dropBatch(batchId: string): Promise<void>;
  /** Every record is in: the batch can be made. @throws UsageError `USAGE_BATCH_UNKNOWN` */
  openBatch(batchId: string): Promise<BatchRecord>;
  /** No more cards for this batch. @throws UsageError `USAGE_BATCH_UNKNOWN` */
  closeBatch(batchId: string): Promise<void>;
  /** Values that other records have already, without adding anything; batch `except` is not looked at. */
  findDuplicates(records: readonly NewRecord[], except?: string): Promise<Duplicate[]>;

  /** One record by its number (from 1). */
  record(batchId: string, number: number): Promise<LineRecord | undefined>;
  /** One record by its `key`. */
  recordByKey(batchId: string, key: string): Promise<LineRecord | undefined>;
  /** In the order of their numbers, `after` not included. */
  records(
    batchId: string,
    filter: { readonly states?: readonly RecordState[]; readonly station?: string },
    page: { readonly after: number; readonly limit: number },
  ): Promise<LineRecord[]>;
  /** How many records and cards of a batch are in each state. */
  counts(batchId: string): Promise<{ readonly records: RecordCounts; readonly cards: CardCounts }>;
  /** One card by its identity. */
  card(cardId: string): Promise<LineCard | undefined>;
  /** Cards of a batch in the order of their identities, `after` not included. */
  cards(batchId: string, page: { readonly after: string; readonly limit: number }): Promise<LineCard[]>;

  /**
   * Becomes a station: ends the right of an earlier process with that name. The store writes `station.opened` here, and
   * `station.closed` when the handle is closed.
   *
   * @throws UsageError `USAGE_LINE_CLOCK` if the clock is behind the last entry of the station's journal; nothing is written
   */
  openStation(station: string, options: { readonly leaseMs: number }): Promise<StationHandle>;
  /** Stations, with the time of their last heartbeat. */
  stations(): Promise<
    readonly { readonly station: string; readonly epoch: number; readonly seenAt: number }[]
  >;
  /**
   * Claims of stations that were not seen for their lease: `reserved` becomes free (its card `returned`), `writing` becomes
   * quarantined until its card turns up, `verified` stays so; none has a station from then on. Fences those stations. Told in
   * the journal of `by`.
   *
   * @returns the records as they are now
   */
  recoverDead(by: StationHandle, batchId: string): Promise<readonly LineRecord[]>;
  /** Entries of a station in the order of `seq`, `after` not included. */
  journal(station: string, page: { readonly after: number; readonly limit: number }): Promise<JournalEntry[]>;
  /** Gives the files or connections of the store back. */
  close(): Promise<void>;
}
