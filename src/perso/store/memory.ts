/** A store of lines in memory: for dry runs and tests. It keeps nothing beyond the process. */
import { type ChainHead, EMPTY_CHAIN, nextEntries } from '../journal/entry.js';
import {
  changeRecord,
  freeRecord,
  recoverChange,
  recoverEvent,
  recoveredEvent,
  reservedEvent,
  valueName,
} from './changes.js';
import {
  type BatchRecord,
  type Duplicate,
  type JournalEntry,
  type JournalEvent,
  type LineCard,
  type LineRecord,
  type LineStep,
  type LineStore,
  type NewRecord,
  RECORD_STATES,
  type RecordCounts,
  type StationHandle,
  type Wanted,
} from './port.js';
import { batchExists, batchUnknown, cardTaken, conflict, fenced, requireClock } from './refusals.js';

interface Station {
  epoch: number;
  seenAt: number;
  leaseMs: number;
  readonly journal: JournalEntry[];
}

interface Batch {
  facts: BatchRecord;
  readonly records: Map<number, LineRecord>;
  readonly keys: Map<string, number[]>;
  highest: number;
  /** No free record has a lower number. */
  lowestFree: number;
}

/**
 * A store in memory that keeps every rule of `LineStore`.
 *
 * @param options `clock` gives milliseconds since 1970; the process's own unless told
 */
export function memoryLineStore(options: { readonly clock?: () => number } = {}): LineStore {
  return new MemoryLineStore(options.clock ?? (() => Date.now()));
}

class MemoryLineStore implements LineStore {
  readonly clock: () => number;
  readonly #batches = new Map<string, Batch>();
  readonly #values = new Map<string, { batchId: string; number: number; row: number }>();
  readonly #cards = new Map<string, LineCard>();
  /** Record that names a card. */
  readonly #cardRecords = new Map<string, LineRecord>();
  readonly #stations = new Map<string, Station>();

  constructor(clock: () => number) {
    this.clock = clock;
  }

  async createBatch(batch: Omit<BatchRecord, 'records' | 'state'>): Promise<void> {
    if (this.#batches.has(batch.batchId)) throw batchExists(batch.batchId);
    const facts = { ...batch, records: 0, state: 'loading' } as const;
    this.#batches.set(batch.batchId, {
      facts,
      records: new Map(),
      keys: new Map(),
      highest: 0,
      lowestFree: 1,
    });
  }

  async batch(batchId: string): Promise<BatchRecord | undefined> {
    return this.#batches.get(batchId)?.facts;
  }

  async batches(): Promise<BatchRecord[]> {
    return [...this.#batches.values()].map(({ facts }) => facts).sort(byText(({ batchId }) => batchId));
  }

  async addRecords(batchId: string, records: readonly NewRecord[]): Promise<Duplicate[]> {
    const batch = this.#batchOf(batchId, 'loading');
    for (const { number } of records)
      if (batch.records.has(number)) throw conflict(batchId, number, 'it is there already');
    const duplicates: Duplicate[] = [];
    const now = this.clock();
    for (const record of records) {
      const found = this.#duplicatesOf(record);
      duplicates.push(...found);
      if (found.length === 0) this.#add(batch, freeRecord(batchId, record, now));
    }
    return duplicates;
  }

  #add(batch: Batch, record: LineRecord): void {
    const { batchId, number, row, unique, key } = record;
    batch.records.set(number, record);
    batch.highest = Math.max(batch.highest, number);
    for (const [column, value] of Object.entries(unique))
      this.#values.set(valueKey(column, value), { batchId, number, row });
    if (key !== undefined)
      batch.keys.set(
        key,
        [...(batch.keys.get(key) ?? []), number].sort((a, b) => a - b),
      );
  }

  async dropBatch(batchId: string): Promise<void> {
    const batch = this.#batchOf(batchId, 'loading');
    for (const { unique } of batch.records.values())
      for (const [column, value] of Object.entries(unique)) this.#values.delete(valueKey(column, value));
    this.#batches.delete(batchId);
  }

  async openBatch(batchId: string): Promise<BatchRecord> {
    const batch = this.#batchOf(batchId, 'loading', 'open');
    if (batch.facts.state === 'loading')
      batch.facts = { ...batch.facts, state: 'open', records: batch.records.size };
    return batch.facts;
  }

  async closeBatch(batchId: string): Promise<void> {
    const batch = this.#batchOf(batchId, 'open', 'closed');
    batch.facts = { ...batch.facts, state: 'closed' };
  }

  async findDuplicates(records: readonly NewRecord[], except?: string): Promise<Duplicate[]> {
    return records
      .flatMap((record) => this.#duplicatesOf(record))
      .filter(({ other }) => other.batchId !== except);
  }

  #duplicatesOf({ number, row, unique }: NewRecord): Duplicate[] {
    return Object.entries(unique).flatMap(([column, value]) => {
      const other = this.#values.get(valueKey(column, value));
      return other === undefined ? [] : [{ number, row, column, value, other }];
    });
  }

  async record(batchId: string, number: number): Promise<LineRecord | undefined> {
    return this.#batches.get(batchId)?.records.get(number);
  }

  async recordByKey(batchId: string, key: string): Promise<LineRecord | undefined> {
    const batch = this.#batches.get(batchId);
    const [number] = batch?.keys.get(key) ?? [];
    return number === undefined ? undefined : batch?.records.get(number);
  }

  async records(
    batchId: string,
    filter: Parameters<LineStore['records']>[1],
    { after, limit }: { after: number; limit: number },
  ): Promise<LineRecord[]> {
    const { states, station } = filter;
    const batch = this.#batches.get(batchId);
    const found: LineRecord[] = [];
    for (let number = after + 1; number <= (batch?.highest ?? 0) && found.length < limit; number++) {
      const record = batch?.records.get(number);
      if (record === undefined || states?.includes(record.state) === false) continue;
      if (station === undefined || record.station === station) found.push(record);
    }
    return found;
  }

  async counts(batchId: string) {
    const records = Object.fromEntries(RECORD_STATES.map((state) => [state, 0])) as Record<
      keyof RecordCounts,
      number
    >;
    const cards = { bound: 0, good: 0, scrapped: 0, returned: 0 };
    for (const { state } of this.#batches.get(batchId)?.records.values() ?? []) records[state]++;
    for (const card of this.#cards.values()) if (card.batchId === batchId) cards[card.state]++;
    return { records, cards };
  }

  async card(cardId: string): Promise<LineCard | undefined> {
    return this.#cards.get(cardId);
  }

  async cards(batchId: string, { after, limit }: { after: string; limit: number }): Promise<LineCard[]> {
    return [...this.#cards.values()]
      .filter((card) => card.batchId === batchId && card.cardId > after)
      .sort(byText(({ cardId }) => cardId))
      .slice(0, limit);
  }

  async openStation(name: string, { leaseMs }: { leaseMs: number }): Promise<StationHandle> {
    const known = this.#stations.get(name);
    const epoch = (known?.epoch ?? 0) + 1;
    const journal = known?.journal ?? [];
    requireClock(this.clock(), headOf(journal).at);
    const station: Station = { epoch, seenAt: this.clock(), leaseMs, journal };
    this.#stations.set(name, station);
    this.#tell(name, station, [{ type: 'station.opened', data: { epoch } }]);
    return new MemoryStation(this, name, epoch);
  }

  async stations() {
    return [...this.#stations.entries()]
      .map(([station, { epoch, seenAt }]) => ({ station, epoch, seenAt }))
      .sort(byText(({ station }) => station));
  }

  async recoverDead(by: StationHandle, batchId: string): Promise<readonly LineRecord[]> {
    const own = this.stationOf(by.station, by.epoch);
    const batch = this.#batchOf(batchId, 'loading', 'open', 'closed');
    const now = this.clock();
    const dead = [...this.#stations.entries()].filter(
      ([name, { seenAt, leaseMs }]) => name !== by.station && seenAt + leaseMs < now,
    );
    const names = dead.map(([name]) => name).sort();
    const claims = [...batch.records.values()]
      .filter(
        ({ state, station }) =>
          ['reserved', 'writing', 'verified'].includes(state) &&
          station !== undefined &&
          names.includes(station),
      )
      .sort((a, b) => a.number - b.number);
    if (claims.length === 0) return [];
    this.#tell(by.station, own, [...claims.flatMap(recoverEvent), recoveredEvent(batchId, names, claims)]);
    for (const [, station] of dead) station.epoch++;
    return claims.map((claim) => {
      if (claim.state === 'reserved' && claim.cardId !== undefined)
        this.#cards.set(claim.cardId, {
          cardId: claim.cardId,
          batchId,
          state: 'returned',
          changedAt: now,
        });
      return this.#put(claim, changeRecord(claim, recoverChange(claim), now));
    });
  }

  async journal(
    station: string,
    { after, limit }: { after: number; limit: number },
  ): Promise<JournalEntry[]> {
    return this.#stations.get(station)?.journal.slice(after, after + limit) ?? [];
  }

  async close(): Promise<void> {}

  /** @throws UsageError `USAGE_LINE_FENCED` */
  stationOf(name: string, epoch: number): Station {
    const station = this.#stations.get(name);
    if (station?.epoch !== epoch) throw fenced(name);
    station.seenAt = this.clock();
    return station;
  }

  claim(
    name: string,
    station: Station,
    batchId: string,
    wanted: Wanted,
    at: { slot: string; cardId?: string },
  ) {
    const batch = this.#batchOf(batchId, 'open');
    const { slot, cardId } = at;
    if (cardId !== undefined) this.#requireFree(cardId);
    const record = this.#wanted(batch, wanted);
    if (record === undefined) return undefined;
    const { number, revision } = record;
    const now = this.clock();
    const change = { batchId, number, revision, state: 'reserved', station: name, ...at } as const;
    const changed = changeRecord(record, change, now);
    this.#tell(name, station, [reservedEvent(batchId, number, slot, cardId)]);
    if (cardId !== undefined)
      this.#cards.set(cardId, { cardId, batchId, record: number, state: 'bound', changedAt: now });
    return this.#put(record, changed);
  }

  #wanted(batch: Batch, wanted: Wanted): LineRecord | undefined {
    const free = (number: number): LineRecord | undefined => {
      const record = batch.records.get(number);
      return record?.state === 'free' ? record : undefined;
    };
    if (wanted.kind === 'number') return free(wanted.number);
    if (wanted.kind === 'key') {
      const number = (batch.keys.get(wanted.key) ?? []).find((each) => free(each) !== undefined);
      return number === undefined ? undefined : free(number);
    }
    for (let number = batch.lowestFree; number <= batch.highest; number++) {
      const record = free(number);
      if (record === undefined) continue;
      batch.lowestFree = number;
      return record;
    }
    return undefined;
  }

  #requireFree(cardId: string): void {
    const state = this.#cards.get(cardId)?.state;
    if (state === 'good' || state === 'scrapped' || this.#cardRecords.has(cardId)) throw cardTaken(cardId);
  }

  apply(name: string, station: Station, { record: change, card, events }: LineStep): LineRecord | undefined {
    const now = this.clock();
    const before =
      change === undefined ? undefined : this.#batches.get(change.batchId)?.records.get(change.number);
    if (change !== undefined && before === undefined)
      throw batchUnknown(change.batchId, `it has no record ${change.number}`);
    const after = change && before && changeRecord(before, change, now);
    const other = after?.cardId === undefined ? undefined : this.#cardRecords.get(after.cardId);
    if (after?.cardId !== undefined && other !== undefined && !sameRecord(other, after))
      throw cardTaken(after.cardId);
    if (card !== undefined && !mayBecome(this.#cards.get(card.cardId), card)) throw cardTaken(card.cardId);
    this.#tell(name, station, events);
    if (card !== undefined) this.#cards.set(card.cardId, card);
    return after && before && this.#put(before, after);
  }

  #put(before: LineRecord, after: LineRecord): LineRecord {
    const batch = this.#batches.get(after.batchId)!;
    batch.records.set(after.number, after);
    if (after.state === 'free') batch.lowestFree = Math.min(batch.lowestFree, after.number);
    if (before.cardId !== undefined) this.#cardRecords.delete(before.cardId);
    if (after.cardId !== undefined) this.#cardRecords.set(after.cardId, after);
    return after;
  }

  #tell(name: string, { journal }: Station, events: readonly JournalEvent[]): void {
    journal.push(...nextEntries(name, headOf(journal), this.clock(), events));
  }

  #batchOf(batchId: string, ...states: BatchRecord['state'][]): Batch {
    const batch = this.#batches.get(batchId);
    if (batch === undefined) throw batchUnknown(batchId);
    if (!states.includes(batch.facts.state)) throw batchUnknown(batchId, `it is ${batch.facts.state}`);
    return batch;
  }

  isStation(name: string, epoch: number): boolean {
    return this.#stations.get(name)?.epoch === epoch;
  }

  end(name: string, station: Station): void {
    this.#tell(name, station, [{ type: 'station.closed', data: { epoch: station.epoch } }]);
  }
}

class MemoryStation implements StationHandle {
  readonly station: string;
  readonly epoch: number;
  readonly #store: MemoryLineStore;
  #closed = false;

  constructor(store: MemoryLineStore, station: string, epoch: number) {
    this.#store = store;
    this.station = station;
    this.epoch = epoch;
  }

  async claim(batchId: string, wanted: Wanted, at: { slot: string; cardId?: string }) {
    return this.#store.claim(this.station, this.#own(), batchId, wanted, at);
  }

  async apply(step: LineStep): Promise<LineRecord | undefined> {
    return this.#store.apply(this.station, this.#own(), step);
  }

  async heartbeat(): Promise<void> {
    this.#own();
  }

  async head(): Promise<ChainHead> {
    return headOf(this.#own().journal);
  }

  /** What another process took over has its own end. */
  async close(): Promise<void> {
    if (this.#closed || !this.#store.isStation(this.station, this.epoch)) return;
    this.#closed = true;
    this.#store.end(this.station, this.#own());
  }

  #own(): Station {
    return this.#store.stationOf(this.station, this.epoch);
  }
}

/** A good or scrapped card stays with its record; a good one can only be scrapped, a scrapped one stays so. */
function mayBecome(before: LineCard | undefined, after: LineCard): boolean {
  if (before?.state !== 'good' && before?.state !== 'scrapped') return true;
  const same = before.batchId === after.batchId && before.record === after.record;
  return same && (after.state === 'scrapped' || after.state === before.state);
}

function sameRecord(a: LineRecord, b: LineRecord): boolean {
  return a.batchId === b.batchId && a.number === b.number;
}

function headOf(journal: readonly JournalEntry[]): ChainHead {
  return journal.at(-1) ?? EMPTY_CHAIN;
}

function valueKey(column: string, value: string): string {
  return `${valueName(column)}\0${value}`;
}

/** Orders by code units of UTF-16; databases order by octets, which is the same for what lines name things. */
function byText<T>(text: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}
