/** What the next process finds: states of records before and after, with and without their cards in the slots. */
import type { LineRecord, RecordState, StationHandle } from '../../src/perso/index.js';
import { recoverStation } from '../../src/perso/index.js';
import { contentOf } from '../support/line/fakes.js';
import { BATCH, blanks, LEASE_MS, Rig } from '../support/line/rig.js';

/** Instruction of the fake card that reads a file. */
const READ = 2;

async function claimed(
  station: StationHandle,
  cardId: string | undefined,
  state: RecordState,
): Promise<LineRecord> {
  const at = { slot: 'slot 1', ...(cardId === undefined ? {} : { cardId }) };
  let record = (await station.claim(BATCH, { kind: 'next' }, at))!;
  const steps: readonly RecordState[] = ['writing', 'verified'];
  for (const next of steps.slice(0, steps.indexOf(state) + 1)) {
    const { batchId, number, revision } = record;
    const drawn = next === 'writing' ? { drawn: { key: 'first' } } : {};
    const change = { batchId, number, revision, state: next, ...drawn };
    record = (await station.apply({ record: change, events: [] }))!;
  }
  return record;
}

async function left(rig: Rig): Promise<void> {
  await rig.load();
  const station = await rig.store.openStation('s1', { leaseMs: LEASE_MS });
  await claimed(station, 'c1', 'reserved');
  await claimed(station, 'c2', 'writing');
  await claimed(station, 'c3', 'verified');
}

test('without their cards: reserved is free, writing quarantined, verified released', async () => {
  const rig = new Rig({ records: 3, cards: [] });
  await left(rig);
  await (await rig.start()).done;
  expect(await rig.record(1)).toMatchObject({ state: 'free' });
  expect(await rig.record(1)).not.toHaveProperty('cardId');
  expect(await rig.record(2)).toMatchObject({ state: 'quarantined', cardId: 'c2', drawn: { key: 'first' } });
  expect(await rig.record(3)).toMatchObject({ state: 'released', reason: { code: 'NOT_IN_SLOT' } });
});

test('with their cards in the slots: the same records, the same drawn values', async () => {
  const cards = blanks(3);
  const rig = new Rig({ records: 3, cards: [], slots: 3 });
  await left(rig);
  for (const step of [0, 1, 2]) cards[2]!.files.set(step, contentOf(3, step, 'first'));
  for (const [index, slot] of rig.slots.entries()) rig.readers.insert(slot, cards[index]!);
  await (await rig.start()).done;
  for (const number of [1, 2, 3])
    expect(await rig.record(number)).toMatchObject({ state: 'released', cardId: `c${number}` });
  expect(cards[1]!.files.get(0)).toBe(contentOf(2, 0, 'first'));
  // Complete already: read back, never written.
  expect(cards[2]!.written).toEqual([]);
});

test('before the first card: writing is set aside at once, the rest is told', async () => {
  const rig = new Rig({ records: 3 });
  await left(rig);
  const station = await rig.store.openStation('s1', { leaseMs: LEASE_MS });
  const found = await recoverStation({ store: rig.store, station, batchId: BATCH, now: () => 0 });
  expect(found.reserved.map(({ number }) => number)).toEqual([1]);
  expect(found.quarantined.map(({ number, state }) => [number, state])).toEqual([[2, 'quarantined']]);
  expect(found.verified.map(({ number }) => number)).toEqual([3]);
});

describe('cards with nothing to tell them apart', () => {
  const none = { worker: { identity: 'none' as const } };

  test('the content names the record, if all of it is there', async () => {
    const cards = blanks(1);
    const rig = new Rig({ records: 2, cards: [], ...none });
    await rig.load();
    const station = await rig.store.openStation('s1', { leaseMs: LEASE_MS });
    await claimed(station, undefined, 'writing');
    for (const step of [0, 1, 2]) cards[0]!.files.set(step, contentOf(1, step, 'first'));
    rig.readers.insert('slot 1', cards[0]!);
    await (await rig.start()).done;
    expect(await rig.record(1)).toMatchObject({ state: 'released', drawn: { key: 'first' } });
    expect(await rig.record(2)).toMatchObject({ state: 'free' });
  });

  test('a part of it proves nothing: the record stays quarantined', async () => {
    const cards = blanks(1);
    const rig = new Rig({ records: 2, cards: [], ...none });
    await rig.load();
    const station = await rig.store.openStation('s1', { leaseMs: LEASE_MS });
    await claimed(station, undefined, 'writing');
    cards[0]!.files.set(0, contentOf(1, 0, 'first'));
    rig.readers.insert('slot 1', cards[0]!);
    await (await rig.start()).done;
    expect(await rig.record(1)).toMatchObject({ state: 'quarantined' });
    expect(cards[0]!.written).toEqual([]);
  });

  test('a card that does not answer while its content is looked at is given up like any other', async () => {
    const cards = blanks(1);
    cards[0]!.fault = (_, [, instruction]) => (instruction === READ ? 'hang' : undefined);
    const timing = { stepTimeoutMs: 40, contactRetries: 0 };
    const rig = new Rig({ records: 1, cards: [], ...none, job: { timing } });
    await rig.load();
    const station = await rig.store.openStation('s1', { leaseMs: LEASE_MS });
    await claimed(station, undefined, 'writing');
    rig.readers.insert('slot 1', cards[0]!);
    await (await rig.start()).done;
    expect(rig.handler.badBin).toMatchObject([{ reason: 'TIMEOUT' }]);
    expect(await rig.record(1)).toMatchObject({ state: 'quarantined' });
  });
});

describe('operators', () => {
  test('a scanned code names the record', async () => {
    const rig = new Rig({
      records: 2,
      cards: blanks(1),
      keyOf: (number) => `code ${number}`,
      job: { bind: { by: 'code', column: 'code' } },
    });
    await rig.load();
    const line = await rig.start();
    const codes = ['unknown', 'code 2'];
    line.subscribe((event) => {
      if (event.type !== 'slot' || event.slot.state !== 'waiting') return;
      const code = codes.shift();
      if (code !== undefined) line.scan('slot 1', code);
    });
    await line.done;
    expect(await rig.record(2)).toMatchObject({ state: 'released', cardId: 'c1' });
    expect(await rig.record(1)).toMatchObject({ state: 'free' });
  });

  test('pause holds the next card back, stop ends with the card in work finished', async () => {
    const rig = new Rig({ records: 5 });
    await rig.load();
    const line = await rig.start();
    const first = new Promise<void>((resolve) => {
      line.subscribe(({ type }) => {
        if (type !== 'card' || line.view().mode !== 'running') return;
        line.pause();
        resolve();
      });
    });
    await first;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(rig.handler.goodBin).toHaveLength(1);
    line.resume();
    line.stop();
    expect(await line.done).toMatchObject({ outcome: 'stopped' });
    expect((await rig.store.counts(BATCH)).records.writing).toBe(0);
  });

  test('a card is given up, a slot that is not there refused', async () => {
    const cards = blanks(2);
    const rig = new Rig({ records: 1, cards });
    cards[0]!.fault = (_, command) => (command[1] === 3 ? 'hang' : undefined);
    await rig.load();
    const line = await rig.start();
    expect(() => line.reseat('elsewhere')).toThrow('no slot elsewhere');
    expect(() => line.scan('elsewhere', '1')).toThrow('no slot elsewhere');
    line.subscribe((event) => {
      if (event.type === 'slot' && event.slot.step?.name === 'step 0')
        line.scrap('slot 1', { code: 'BENT', message: 'bent' });
    });
    await line.done;
    expect(await rig.record(1)).toMatchObject({ state: 'failed', reason: { code: 'BENT' } });
    expect(await rig.store.card('c1')).toMatchObject({ state: 'scrapped' });
  });

  test('the signal ends everything at once; the next start goes on', async () => {
    const rig = new Rig({ records: 4, slots: 2 });
    await rig.load();
    const line = await rig.start();
    line.subscribe((event) => {
      if (event.type === 'slot' && event.slot.state === 'writing') rig.abort.abort();
    });
    expect(await line.done).toMatchObject({ outcome: 'aborted' });
    const next = rig.with({});
    expect(await (await next.start()).done).toMatchObject({ outcome: 'done' });
    expect((await rig.store.counts(BATCH)).records.released).toBe(4);
  });
});
