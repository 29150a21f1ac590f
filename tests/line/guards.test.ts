/** What keeps slots from harm that one of them sees: a store that fails, a chip that is not alone, rules that wait. */
import { UsageError } from '../../src/errors/index.js';
import type { StationHandle } from '../../src/perso/index.js';
import { FakeCard } from '../support/line/fakes.js';
import { BATCH, blanks, LEASE_MS, Rig } from '../support/line/rig.js';

const WRITE = 3;

/** Acts once, at the n-th octets that a card is given. */
function atWrite(nth: number, act: () => void): FakeCard['fault'] {
  let seen = 0;
  return (_, command) => {
    if (command[1] === WRITE && ++seen === nth) act();
    return undefined;
  };
}

test('the store fails in one slot: a card in the middle of its work in another gets no more', async () => {
  const steps = 200;
  const [first, second] = blanks(2);
  const rig = new Rig({ records: 2, slots: 2, cards: [first!], worker: { steps }, attended: true });
  await rig.load();
  const station = await rig.store.openStation('s1', { leaseMs: LEASE_MS });
  let broken = false;
  const failing = new Proxy(station, {
    get: (inner, member) => {
      const value = Reflect.get(inner, member);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (broken) throw new UsageError('USAGE_STORE_FAILED', 'the store said no');
        return value.apply(inner, args);
      };
    },
  });
  first!.fault = atWrite(5, () => {
    broken = true;
    rig.readers.insert('slot 2', second!);
  });
  const line = await rig.start(failing);
  // Somebody is there: the line does not end by itself, but all its slots stand still.
  const stopped = new Promise<void>((resolve) => {
    line.subscribe((event) => {
      if (event.type === 'line' && event.mode === 'stopped') resolve();
    });
  });
  await stopped;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(line.view().slots.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  line.stop();
  expect(await line.done).toMatchObject({ outcome: 'stopped', reason: { code: 'USAGE_STORE_FAILED' } });
  expect(first!.written.length).toBeGreaterThanOrEqual(5);
  expect(first!.written.length).toBeLessThan(steps);
  expect(second!.written).toEqual([]);
});

/** Record 1 was being written to this card when it left. */
async function setAside(rig: Rig, station: StationHandle, cardId: string): Promise<void> {
  let record = (await station.claim(BATCH, { kind: 'next' }, { slot: 'slot 1', cardId }))!;
  const card = { cardId, batchId: BATCH, record: 1, state: 'bound', changedAt: 1 } as const;
  for (const state of ['writing', 'quarantined'] as const) {
    const { number, revision } = record;
    const drawn = state === 'writing' ? { drawn: { key: 'k1.0' } } : {};
    const about = { batchId: BATCH, record: number, cardId, slot: 'slot 1' };
    record = (await station.apply({
      record: { batchId: BATCH, number, revision, state, ...drawn },
      card,
      events: [{ type: `record.${state}`, ...about }],
    }))!;
  }
  expect(await rig.record(1)).toMatchObject({ state: 'quarantined', cardId });
}

test('a record that waits for its card: the second chip with that identity is not touched', async () => {
  const [first, second] = [new FakeCard('c1', '8949'), new FakeCard('c2', '8949')];
  const rig = new Rig({ records: 1, slots: 2, cards: [], worker: { identity: 'iccid' } });
  await rig.load();
  const station = await rig.store.openStation('s1', { leaseMs: LEASE_MS });
  await setAside(rig, station, '8949');
  first.fault = atWrite(2, () => rig.readers.insert('slot 2', second));
  rig.readers.insert('slot 1', first);
  const { done } = await rig.start(station);
  expect(await done).toMatchObject({ outcome: 'done', statistics: { good: 1, returned: 1 } });
  expect(first.files.get(2)).toBe('1/2/k1.0');
  expect(second.written).toEqual([]);
  expect(rig.handler.badBin).toMatchObject([{ card: second, reason: 'DUPLICATE_CARD' }]);
});

test('a card that another batch made good is told to be done, and not touched', async () => {
  const rig = new Rig({ records: 1, cards: blanks(1) });
  const [card] = rig.handler.stack;
  await rig.load();
  const station = await rig.store.openStation('s1', { leaseMs: LEASE_MS });
  const done = { cardId: 'c1', batchId: 'earlier', record: 1, state: 'good', changedAt: 1 } as const;
  await station.apply({ card: done, events: [{ type: 'record.released', batchId: 'earlier', record: 1 }] });
  await (await rig.start(station)).done;
  expect(rig.handler.badBin).toMatchObject([{ reason: 'ALREADY_DONE' }]);
  expect(card!.written).toEqual([]);
  expect(await rig.store.card('c1')).toMatchObject(done);
});

test('the yield floor waits for as many cards as the job says', async () => {
  const [bad, ...good] = blanks(5);
  bad!.muteAtPower = 100;
  const yieldFloor = { percent: 50, after: 4 };
  const rig = new Rig({ records: 4, cards: [bad!, ...good], job: { stop: { yieldFloor } } });
  expect(await rig.run()).toMatchObject({ outcome: 'done', statistics: { good: 4, bad: 1 } });
});
