/** Steps of a device: one after the other in a process, decided anew where another process was faster. */
import { addAddress } from '../../src/app/index.js';
import { KeyedLock } from '../../src/app/server/keyed-lock.js';
import { DeviceSteps } from '../../src/app/server/steps.js';
import { DEFAULT_FORMATS, DEFAULT_SERVER_POLICY, memoryStore, type ServerStore } from '../../src/dm/index.js';
import { MO_DEFINITIONS } from '../../src/mo/index.js';
import { script } from './raw.js';

const environment = () => ({
  clock: () => new Date(1_700_000_000_000),
  random: (octets: number) => Uint8Array.from({ length: octets }, () => Math.floor(Math.random() * 256)),
  policy: DEFAULT_SERVER_POLICY,
  definitions: MO_DEFINITIONS,
  formats: DEFAULT_FORMATS,
  programs: new Map(),
});
const stepsOf = (store: ServerStore) => new DeviceSteps(store, environment, () => undefined);
const submit = { type: 'submit' as const, script: script('- delete: "urn:x:mo:y:1.0/a/b"') };

test('a lock runs the work of one key in its order, that of others beside it', async () => {
  const lock = new KeyedLock();
  const told: string[] = [];
  const work = (name: string, milliseconds: number) => async () => {
    told.push(`${name} starts`);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    told.push(`${name} ends`);
  };
  await Promise.all([
    lock.run('a', work('a1', 30)),
    lock.run('a', work('a2', 1)),
    lock.run('b', work('b1', 1)),
    lock
      .run('a', async () => Promise.reject(new Error('broken')))
      .catch((error: Error) => told.push(error.message)),
    lock.run('a', work('a3', 1)),
  ]);
  expect(told.filter((text) => !text.startsWith('b'))).toEqual([
    'a1 starts',
    'a1 ends',
    'a2 starts',
    'a2 ends',
    'a3 starts',
    'a3 ends',
  ]);
  expect(told.indexOf('b1 ends')).toBeLessThan(told.indexOf('a1 ends'));
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(lock.size).toBe(0);
});

test('steps that another process overtook are decided anew: nothing is lost, nothing is there twice', async () => {
  const store = memoryStore();
  const [one, two] = [stepsOf(store), stepsOf(store)];
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      await (index % 2 === 0 ? one : two).run('d', () => submit);
    }),
  );
  const jobs = await store.jobs('d');
  expect(jobs).toHaveLength(20);
  expect(new Set(jobs.map(({ order }) => order)).size).toBe(20);
});

test('a step that is always overtaken ends in a typed error, and nothing is written', async () => {
  const store = memoryStore();
  const busy: ServerStore = Object.assign(Object.create(store) as ServerStore, {
    load: (devId: string) => store.load(devId),
    apply: async () => ({ ok: false, reason: 'conflict' }),
  });
  await expect(stepsOf(busy).run('d', () => submit)).rejects.toMatchObject({ code: 'USAGE_STORE_FAILED' });
  expect(await store.jobs('d')).toEqual([]);
});

test('an event that turns out to be none does nothing', async () => {
  const store = memoryStore();
  expect(await stepsOf(store).run('d', () => undefined)).toMatchObject({ notifications: [], wanted: false });
  expect((await store.load('d')).revision).toBe(0);
});

test('an address is remembered once', async () => {
  const store = memoryStore();
  for (let time = 0; time < 2; time++) await addAddress(store, 'd', { transport: 'sms', number: '+1' }, 5);
  expect(await store.device('d')).toMatchObject({
    addresses: [{ transport: 'sms', number: '+1' }],
    firstSeenAt: 5,
  });
});
