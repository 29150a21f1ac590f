/** What is told of batches: counts, stations, and what to do about each record that is not done. */
import { lineStatus } from '../../src/app/index.js';
import { memoryLineStore, type RecordState } from '../../src/perso/index.js';

let now = 1_000_000;
const HEX = '0'.repeat(64);

async function filled() {
  const store = memoryLineStore({ clock: () => now });
  await store.createBatch({
    batchId: 'spring',
    jobName: 'job',
    jobVersion: '1',
    jobHash: HEX,
    inputHash: HEX,
    createdAt: now,
  });
  const records = Array.from({ length: 6 }, (_, at) => ({
    number: at + 1,
    row: at + 2,
    unique: { iccid: `8949020000000000${at}` },
    fields: { ki: 'a secret' },
  }));
  await store.addRecords('spring', records);
  await store.openBatch('spring');
  const station = await store.openStation('s1', { leaseMs: 60_000 });
  const states: RecordState[] = ['reserved', 'writing', 'quarantined', 'failed', 'released'];
  for (const state of states) {
    const at = { slot: 'left', cardId: `card-${state}` };
    const record = await station.claim('spring', { kind: 'next' }, at);
    if (record === undefined) throw new Error('no record is free');
    if (state === 'reserved') continue;
    const reason = { code: 'TORN', message: 'torn' };
    const { number, revision } = record;
    await station.apply({ record: { batchId: 'spring', number, revision, state, reason }, events: [] });
  }
  return store;
}

test('each state has its remedy, and only while nobody works on it', async () => {
  const store = await filled();
  const read = async (limit = 10) =>
    lineStatus(store, await store.batches(), { now, leaseMs: 60_000, limit });
  const working = (await read()).batches[0]!;
  expect(working.records).toMatchObject({
    free: 1,
    reserved: 1,
    writing: 1,
    quarantined: 1,
    failed: 1,
    released: 1,
  });
  expect(working.needs.map(({ record, state }) => [record, state])).toEqual([
    [3, 'quarantined'],
    [4, 'failed'],
  ]);
  expect(working.needs[0]).toMatchObject({
    row: 4,
    iccid: '89490200000000002',
    cardId: 'card-quarantined',
    slot: 'left',
    reason: { code: 'TORN', message: 'torn' },
  });
  now += 61_000;
  const silent = await read(3);
  expect(silent.stations).toEqual([
    { station: 's1', seenAt: new Date(1_000_000).toISOString(), alive: false },
  ]);
  const needs = silent.batches[0]!.needs;
  expect(needs.map(({ state }) => state)).toEqual(['reserved', 'writing', 'quarantined']);
  expect(silent.batches[0]!.more).toBe(1);
  for (const { todo } of needs) expect(todo).toMatch(/simboot batch (resume|remake)/);
  expect(JSON.stringify(silent)).not.toContain('a secret');
});
