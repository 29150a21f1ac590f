/** What every store of a line must do: the same tests for the one in memory and those in databases. */
import { createHash } from 'node:crypto';
import type {
  JournalEntry,
  LineRecord,
  LineStep,
  LineStore,
  NewRecord,
  RecordChange,
  StationHandle,
} from '../../src/perso/index.js';

export const BATCH = {
  batchId: 'b1',
  jobName: 'job',
  jobVersion: '1',
  jobHash: 'a'.repeat(64),
  inputHash: 'b'.repeat(64),
  createdAt: 1_790_000_000_000,
} as const;

/** A record of the input; its ICCID and IMSI are made of its number. */
export function lineRecord(number: number, changes: Partial<NewRecord> = {}): NewRecord {
  const iccid = `8949${String(number).padStart(15, '0')}`;
  return {
    number,
    row: number + 1,
    unique: { iccid, imsi: `26201${String(number).padStart(10, '0')}` },
    key: iccid,
    fields: { ICCID: iccid, KI: `secret-${number}`, __proto__x: 'ä\u2028' },
    ...changes,
  };
}

/** A batch that is open, with records from 1. */
export async function openTestBatch(
  store: LineStore,
  records: number,
  batchId: string = BATCH.batchId,
): Promise<void> {
  await store.createBatch({ ...BATCH, batchId });
  await store.addRecords(
    batchId,
    Array.from({ length: records }, (_, index) => lineRecord(index + 1)),
  );
  await store.openBatch(batchId);
}

/** A step that changes a record and says so. */
export function lineStepOf(
  { batchId, number, revision }: LineRecord,
  state: LineRecord['state'],
  change: Partial<RecordChange> = {},
  card?: LineStep['card'],
): LineStep {
  return {
    record: { batchId, number, revision, state, ...change },
    ...(card === undefined ? {} : { card }),
    events: [{ type: `record.${state}`, batchId, record: number, ...(card && { cardId: card.cardId }) }],
  };
}

/** The whole journal of a station, demanded to be a chain without gaps. */
export async function chainOf(store: LineStore, station: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const page = await store.journal(station, { after: entries.length, limit: 7 });
    if (page.length === 0) break;
    entries.push(...page);
  }
  let previous = '0'.repeat(64);
  for (const [index, entry] of entries.entries()) {
    expect(entry).toMatchObject({ station, seq: index + 1, previous });
    expect(entry.hash).toBe(independentHash(entry));
    previous = entry.hash;
  }
  return entries;
}

/** Written apart from the program: names sorted by a replacer of JSON.stringify. */
function independentHash({ hash: _, ...rest }: JournalEntry): string {
  const sorted = JSON.stringify(rest, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(sorted, 'utf8').digest('hex');
}

/** @param open a fresh, empty store each time; the suite closes it */
export function lineStoreContract(name: string, open: () => Promise<LineStore>): void {
  describe(`${name} as a LineStore`, () => {
    let store: LineStore;
    let station: StationHandle;
    beforeEach(async () => {
      store = await open();
      station = await store.openStation('s1', { leaseMs: 60_000 });
    });
    afterEach(async () => {
      await store.close();
    });
    const claim = async (cardId?: string, slot = 'r1', by = station): Promise<LineRecord> => {
      const at = { slot, ...(cardId === undefined ? {} : { cardId }) };
      const record = await by.claim('b1', { kind: 'next' }, at);
      if (record === undefined) throw new Error('nothing to claim');
      return record;
    };
    const applied = async (step: LineStep, by = station): Promise<LineRecord> => (await by.apply(step))!;
    const types = async (of = 's1') => (await chainOf(store, of)).map(({ event }) => event.type);

    test('a batch: created once, loaded, opened, closed', async () => {
      await store.createBatch(BATCH);
      await expect(store.createBatch(BATCH)).rejects.toMatchObject({ code: 'USAGE_BATCH_EXISTS' });
      expect(await store.batch('b1')).toEqual({ ...BATCH, records: 0, state: 'loading' });
      expect(await store.addRecords('b1', [lineRecord(1), lineRecord(2)])).toEqual([]);
      await expect(claim()).rejects.toMatchObject({ code: 'USAGE_BATCH_UNKNOWN' });
      expect(await store.openBatch('b1')).toEqual({ ...BATCH, records: 2, state: 'open' });
      expect(await store.openBatch('b1')).toMatchObject({ state: 'open' });
      await expect(store.addRecords('b1', [lineRecord(3)])).rejects.toMatchObject({
        code: 'USAGE_BATCH_UNKNOWN',
      });
      await expect(store.dropBatch('b1')).rejects.toMatchObject({ code: 'USAGE_BATCH_UNKNOWN' });
      await store.closeBatch('b1');
      await expect(claim()).rejects.toMatchObject({ code: 'USAGE_BATCH_UNKNOWN' });
      expect((await store.batches()).map(({ state }) => state)).toEqual(['closed']);
      expect(await store.batch('b2')).toBeUndefined();
      await expect(store.openBatch('b2')).rejects.toMatchObject({ code: 'USAGE_BATCH_UNKNOWN' });
    });

    test('records come back as they went in', async () => {
      await store.createBatch(BATCH);
      const { key: _, ...plain } = lineRecord(3);
      await store.addRecords('b1', [lineRecord(1), lineRecord(2, { key: 'code' }), plain]);
      const base = {
        batchId: 'b1',
        state: 'free',
        revision: 1,
        generation: 0,
        changedAt: expect.any(Number),
      };
      expect(await store.record('b1', 1)).toEqual({ ...lineRecord(1), ...base });
      expect(await store.recordByKey('b1', 'code')).toEqual({ ...lineRecord(2, { key: 'code' }), ...base });
      expect(await store.record('b1', 3)).toEqual({ ...plain, ...base });
      expect(await store.record('b1', 4)).toBeUndefined();
      expect(await store.recordByKey('b1', 'x\0')).toBeUndefined();
    });

    test('no value twice: within a call, within a batch, across batches', async () => {
      await store.createBatch(BATCH);
      await store.createBatch({ ...BATCH, batchId: 'b2' });
      await store.addRecords('b1', [lineRecord(1), lineRecord(2)]);
      const twin = lineRecord(4, { unique: lineRecord(3).unique });
      const other = { batchId: 'b1', number: 1, row: 2 };
      // 5 has the IMSI of 1; 6 has the ICCID of 5, which is not added and so keeps nobody out.
      const five = lineRecord(5, { unique: { iccid: 'five', imsi: lineRecord(1).unique.imsi! } });
      const six = lineRecord(6, { unique: { iccid: 'five' } });
      const duplicates = await store.addRecords('b2', [lineRecord(3), twin, five, six]);
      const third = { batchId: 'b2', number: 3, row: 4 };
      expect(duplicates).toEqual([
        { number: 4, row: 5, column: 'iccid', value: lineRecord(3).unique.iccid, other: third },
        { number: 4, row: 5, column: 'imsi', value: lineRecord(3).unique.imsi, other: third },
        { number: 5, row: 6, column: 'imsi', value: lineRecord(1).unique.imsi, other },
      ]);
      expect((await store.records('b2', {}, { after: 0, limit: 9 })).map(({ number }) => number)).toEqual([
        3, 6,
      ]);
      const found = await store.findDuplicates([lineRecord(1), lineRecord(9)]);
      expect(found.map(({ column, other: of }) => [column, of.batchId])).toEqual([
        ['iccid', 'b1'],
        ['imsi', 'b1'],
      ]);
      expect(await store.findDuplicates([lineRecord(1)], 'b1')).toEqual([]);
      // Columns that share their values: the second IMSI of one record is no first one of another.
      const multi = lineRecord(7, { unique: { imsi: 'x', 'imsi#2': 'y' } });
      expect(await store.addRecords('b2', [multi])).toEqual([]);
      const crossed = lineRecord(8, { unique: { imsi: 'y', 'imsi#2': 'x' } });
      const seventh = { batchId: 'b2', number: 7, row: 8 };
      expect(await store.addRecords('b2', [crossed])).toEqual([
        { number: 8, row: 9, column: 'imsi', value: 'y', other: seventh },
        { number: 8, row: 9, column: 'imsi#2', value: 'x', other: seventh },
      ]);
      // The same value in another column is another value.
      expect(await store.findDuplicates([lineRecord(9, { unique: { imsi: 'five' } })])).toEqual([]);
    });

    test('a call that fails adds nothing; a dropped batch gives its values back', async () => {
      await store.createBatch(BATCH);
      await store.addRecords('b1', [lineRecord(1)]);
      const again = lineRecord(1, { unique: { iccid: 'other' } });
      await expect(store.addRecords('b1', [lineRecord(2), again])).rejects.toMatchObject({
        code: 'USAGE_LINE_CONFLICT',
      });
      expect(await store.record('b1', 2)).toBeUndefined();
      expect(await store.findDuplicates([lineRecord(2)])).toEqual([]);
      await store.dropBatch('b1');
      expect(await store.batch('b1')).toBeUndefined();
      expect(await store.findDuplicates([lineRecord(1)])).toEqual([]);
      await openTestBatch(store, 3);
      expect(await store.counts('b1')).toMatchObject({ records: { free: 3 } });
    });

    test('from free to released: every state, every entry, the card with it', async () => {
      await openTestBatch(store, 2);
      const reserved = await claim('card-1');
      expect(reserved).toMatchObject({
        number: 1,
        state: 'reserved',
        revision: 2,
        station: 's1',
        slot: 'r1',
        cardId: 'card-1',
      });
      expect(reserved.fields).toEqual(lineRecord(1).fields);
      expect(await store.card('card-1')).toMatchObject({ batchId: 'b1', record: 1, state: 'bound' });
      const writing = await applied(lineStepOf(reserved, 'writing', { drawn: { PIN: '1234' }, progress: 0 }));
      expect(writing).toMatchObject({ state: 'writing', revision: 3, drawn: { PIN: '1234' }, progress: 0 });
      const verified = await applied(lineStepOf(writing, 'verified', { evidence: 'e', progress: null }));
      expect(verified).not.toHaveProperty('progress');
      const at = Date.now();
      const good = { cardId: 'card-1', batchId: 'b1', record: 1, state: 'good', changedAt: at } as const;
      const released = await applied(
        lineStepOf(verified, 'released', { reason: { code: 'C', message: 'ü' } }, good),
      );
      expect(await store.record('b1', 1)).toEqual(released);
      expect(released).toMatchObject({
        state: 'released',
        evidence: 'e',
        reason: { code: 'C', message: 'ü' },
        drawn: { PIN: '1234' },
      });
      expect(await store.card('card-1')).toEqual(good);
      expect(await store.counts('b1')).toEqual({
        records: {
          free: 1,
          reserved: 0,
          writing: 0,
          verified: 0,
          released: 1,
          quarantined: 0,
          failed: 0,
          void: 0,
        },
        cards: { bound: 0, good: 1, scrapped: 0, returned: 0 },
      });
      expect(await types()).toEqual([
        'station.opened',
        'record.reserved',
        'record.writing',
        'record.verified',
        'record.released',
      ]);
      const { seq, hash } = await station.head();
      expect(await store.journal('s1', { after: 4, limit: 9 })).toMatchObject([{ seq, hash }]);
    });

    test('what is wanted: next, by key, by number; nothing when there is none', async () => {
      await openTestBatch(store, 4);
      const at = { slot: 'r1' };
      const key = lineRecord(3).key!;
      expect(await station.claim('b1', { kind: 'key', key }, at)).toMatchObject({ number: 3 });
      expect(await station.claim('b1', { kind: 'key', key }, at)).toBeUndefined();
      expect(await station.claim('b1', { kind: 'key', key: 'none' }, at)).toBeUndefined();
      expect(await station.claim('b1', { kind: 'number', number: 1 }, at)).toMatchObject({ number: 1 });
      expect(await station.claim('b1', { kind: 'number', number: 9 }, at)).toBeUndefined();
      expect(await station.claim('b1', { kind: 'next' }, at)).toMatchObject({ number: 2 });
      const last = await claim();
      expect(last.number).toBe(4);
      expect(await station.claim('b1', { kind: 'next' }, at)).toBeUndefined();
      await applied(lineStepOf(last, 'free', { station: null, slot: null }));
      expect(await claim()).toMatchObject({ number: 4, revision: 4 });
      await expect(station.claim('b9', { kind: 'next' }, at)).rejects.toMatchObject({
        code: 'USAGE_BATCH_UNKNOWN',
      });
    });

    test('a revision that is old changes nothing and tells nothing', async () => {
      await openTestBatch(store, 1);
      const reserved = await claim('c');
      await applied(lineStepOf(reserved, 'writing'));
      const before = await store.record('b1', 1);
      const scrap = { cardId: 'c', batchId: 'b1', record: 1, state: 'scrapped', changedAt: 1 } as const;
      await expect(station.apply(lineStepOf(reserved, 'free', {}, scrap))).rejects.toMatchObject({
        code: 'USAGE_LINE_CONFLICT',
      });
      expect(await store.record('b1', 1)).toEqual(before);
      expect(await store.card('c')).toMatchObject({ state: 'bound' });
      expect(await types()).toHaveLength(3);
      await expect(station.apply(lineStepOf({ ...reserved, number: 9 }, 'free'))).rejects.toMatchObject({
        code: 'USAGE_BATCH_UNKNOWN',
      });
    });

    test('values are drawn once for a generation', async () => {
      await openTestBatch(store, 1);
      const writing = await applied(lineStepOf(await claim(), 'writing', { drawn: { KI: '1' } }));
      await expect(
        station.apply(lineStepOf(writing, 'writing', { drawn: { KI: '2' } })),
      ).rejects.toMatchObject({
        code: 'USAGE_LINE_CONFLICT',
      });
      const remade = await applied(lineStepOf(writing, 'free', { generation: 1, drawn: null }));
      expect(remade).not.toHaveProperty('drawn');
      expect(await applied(lineStepOf(await claim(), 'writing', { drawn: { KI: '3' } }))).toMatchObject({
        generation: 1,
        drawn: { KI: '3' },
      });
    });

    test('a card has one record; a good or scrapped one stays what it is', async () => {
      await openTestBatch(store, 4);
      const first = await claim('c');
      await expect(claim('c', 'r2')).rejects.toMatchObject({ code: 'CARD_TAKEN' });
      const second = await claim('d', 'r2');
      expect(second.number).toBe(2);
      await expect(station.apply(lineStepOf(second, 'writing', { cardId: 'c' }))).rejects.toMatchObject({
        code: 'CARD_TAKEN',
      });
      const card = (state: 'returned' | 'scrapped' | 'good' | 'bound', record?: number) =>
        ({
          cardId: 'c',
          batchId: 'b1',
          state,
          changedAt: 5,
          ...(record === undefined ? {} : { record }),
        }) as const;
      const free = { station: null, slot: null, cardId: null };
      await applied(lineStepOf(first, 'free', free, card('returned')));
      const again = await claim('c');
      expect(again.number).toBe(1);
      await applied(lineStepOf(again, 'free', free, card('scrapped', 1)));
      await expect(claim('c')).rejects.toMatchObject({ code: 'CARD_TAKEN' });
      for (const wrong of [card('bound', 3), card('good', 1), card('returned')])
        await expect(station.apply({ card: wrong, events: [] })).rejects.toMatchObject({
          code: 'CARD_TAKEN',
        });
      await station.apply({ card: { ...card('good', 2), cardId: 'e' }, events: [] });
      await station.apply({
        card: { ...card('scrapped', 2), cardId: 'e' },
        events: [{ type: 'card.scrapped' }],
      });
      expect(await store.cards('b1', { after: 'c', limit: 5 })).toMatchObject([
        { cardId: 'd', state: 'bound' },
        { cardId: 'e', state: 'scrapped' },
      ]);
    });

    test('another process with the name ends the right of the first', async () => {
      await openTestBatch(store, 2);
      const reserved = await claim();
      const second = await store.openStation('s1', { leaseMs: 60_000 });
      expect(second.epoch).toBe(2);
      const fenced = { code: 'USAGE_LINE_FENCED' };
      await expect(station.apply(lineStepOf(reserved, 'writing'))).rejects.toMatchObject(fenced);
      await expect(claim()).rejects.toMatchObject(fenced);
      await expect(station.heartbeat()).rejects.toMatchObject(fenced);
      await expect(station.head()).rejects.toMatchObject(fenced);
      await station.close();
      await second.apply(lineStepOf(reserved, 'writing'));
      await second.close();
      await second.close();
      expect(await types()).toEqual([
        'station.opened',
        'record.reserved',
        'station.opened',
        'record.writing',
        'station.closed',
      ]);
      expect(await store.stations()).toMatchObject([{ station: 's1', epoch: 2 }]);
    });

    test('steps of many slots at once: one chain, in the order of the calls', async () => {
      await openTestBatch(store, 30);
      const numbers = await Promise.all(
        Array.from({ length: 30 }, async (_, slot) => {
          const reserved = await claim(`card-${slot}`, `r${slot}`);
          const writing = await applied(lineStepOf(reserved, 'writing'));
          return (await applied(lineStepOf(writing, 'verified'))).number;
        }),
      );
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
      expect(await types()).toHaveLength(91);
      const order = Array.from({ length: 50 }, (_, index) =>
        station.apply({ events: [{ type: `n${index}` }] }),
      );
      await Promise.all(order);
      expect((await types()).slice(91)).toEqual(order.map((_, index) => `n${index}`));
    });

    test('a step that fails among others leaves no trace of itself', async () => {
      await openTestBatch(store, 2);
      const reserved = await claim('c');
      const bad = { cardId: 'c', batchId: 'b1', record: 1, state: 'bound', changedAt: 1 } as const;
      const results = await Promise.allSettled([
        station.apply({ events: [{ type: 'one' }] }),
        station.apply(lineStepOf({ ...reserved, revision: 7 }, 'writing', {}, bad)),
        station.apply({ events: [{ type: 'two' }] }),
        claim('c'),
        station.apply({ events: [{ type: 'three' }] }),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      expect(await types()).toEqual(['station.opened', 'record.reserved', 'one', 'two', 'three']);
    });

    test('a station whose clock was set back is not opened, and the one before it goes on', async () => {
      const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
      try {
        await expect(store.openStation('s1', { leaseMs: 60_000 })).rejects.toMatchObject({
          code: 'USAGE_LINE_CLOCK',
        });
      } finally {
        clock.mockRestore();
      }
      await station.apply({ events: [{ type: 'one' }] });
      expect(await types()).toEqual(['station.opened', 'one']);
    });

    test('claims of a dead station come back, and it can write no more', async () => {
      await openTestBatch(store, 5);
      const dead = await store.openStation('s2', { leaseMs: 0 });
      const a = await claim('ca', 'r1', dead);
      const b = await applied(
        lineStepOf(await claim('cb', 'r2', dead), 'writing', { drawn: { KI: '1' } }),
        dead,
      );
      const c = await applied(lineStepOf(await claim('cc', 'r3', dead), 'writing'), dead);
      await applied(lineStepOf(c, 'verified', { evidence: 'e' }), dead);
      const own = await claim('own');
      await new Promise((resolve) => setTimeout(resolve, 20));
      const back = await store.recoverDead(station, 'b1');
      expect(back.map(({ number, state }) => [number, state])).toEqual([
        [1, 'free'],
        [2, 'quarantined'],
        [3, 'verified'],
      ]);
      for (const record of back) expect(record).not.toHaveProperty('station');
      expect(back[1]).toMatchObject({ cardId: 'cb', drawn: { KI: '1' }, reason: { code: 'STATION_DEAD' } });
      expect(await store.card('ca')).toMatchObject({ state: 'returned' });
      expect(await store.card('ca')).not.toHaveProperty('record');
      expect(await store.record('b1', own.number)).toMatchObject({ state: 'reserved', station: 's1' });
      await expect(dead.apply(lineStepOf(b, 'verified'))).rejects.toMatchObject({
        code: 'USAGE_LINE_FENCED',
      });
      expect(await store.recoverDead(station, 'b1')).toEqual([]);
      expect(await claim('ca')).toMatchObject({ number: a.number });
      expect((await types()).slice(2)).toEqual([
        'record.freed',
        'record.quarantined',
        'station.recovered',
        'record.reserved',
      ]);
      await chainOf(store, 's2');
    });

    test('records page by page, by state and station', async () => {
      await openTestBatch(store, 9);
      await claim();
      await claim();
      const numbers = async (filter: Parameters<LineStore['records']>[1], after: number, limit: number) =>
        (await store.records('b1', filter, { after, limit })).map(({ number }) => number);
      expect(await numbers({}, 0, 4)).toEqual([1, 2, 3, 4]);
      expect(await numbers({}, 7, 4)).toEqual([8, 9]);
      expect(await numbers({ states: ['free', 'void'] }, 0, 2)).toEqual([3, 4]);
      expect(await numbers({ states: ['reserved'], station: 's1' }, 1, 9)).toEqual([2]);
      expect(await numbers({ station: 's2' }, 0, 9)).toEqual([]);
      expect(await numbers({ states: [] }, 0, 9)).toEqual([]);
    });
  });
}
