/** Stations in several processes at once, a full disk, a connection that is cut: no record twice, no chain broken. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { LineStore } from '../../src/perso/index.js';
import { openLineStore } from '../../src/store/index.js';
import { SqlLineStore } from '../../src/store/sql/line-store.js';
import { openSqliteDatabase } from '../../src/store/sql/open.js';
import { storeKey } from '../../src/store/store-key.js';
import { Child, removeChildPrograms } from '../support/childProgram.js';
import { BATCH, chainOf, lineRecord, lineStepOf, openTestBatch } from '../support/lineStoreContract.js';
import { requirePostgres } from '../support/postgres.js';

const KEY = '33'.repeat(32);
const key = Uint8Array.from(Buffer.from(KEY, 'hex'));
const ROOMS = [
  'errors',
  'bytes',
  'yaml',
  'crypto',
  'apdu',
  'transport',
  'card',
  'globalplatform',
  'pkcs15',
  'gba',
  'mo',
  'dm',
  'bootstrap',
  'perso',
  'store',
];
const directory = mkdtempSync(join(tmpdir(), 'simboot-line-many-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
  removeChildPrograms();
});

/** A station with several slots that takes every record it can get; each claim is one line. All start at one moment. */
const STATION = `
const key = Uint8Array.from(Buffer.from(process.env.KEY, 'hex'));
const opened = await store.openLineStore(process.env.STORE, { key });
const station = await opened.openStation(process.env.STATION, { leaseMs: 60000 });
process.stdout.write('ready\\n');
await new Promise((resolve) => process.stdin.on('end', resolve).resume());
await Promise.all(Array.from({ length: 6 }, async (_, slot) => {
  for (let card = 0; ; card++) {
    // Every fifth card of every station has the same identity: only one of them may get a record.
    const cardId = card % 5 === 4 ? 'twin-' + slot + '-' + card : process.env.STATION + '-' + slot + '-' + card;
    const at = { slot: 'r' + slot, cardId };
    const record = await station.claim('b1', { kind: 'next' }, at).catch((error) => {
      if (error.code !== 'CARD_TAKEN') throw error;
      return null;
    });
    if (record === undefined) return;
    if (record === null) continue;
    process.stdout.write('claim ' + record.number + ' ' + cardId + '\\n');
    const { number, revision } = record;
    await station.apply({ record: { batchId: 'b1', number, revision, state: 'writing' }, events: [{ type: 'record.writing', batchId: 'b1', record: number, cardId }] });
  }
}));
await opened.close();
`;

/** Stations as processes share a batch; together they get every record, each once. */
async function shareBatch(address: string, stations: readonly string[], records: number): Promise<void> {
  const store = await openLineStore(address, { key });
  await openTestBatch(store, records);
  const children = stations.map((name) => new Child(STATION, { STORE: address, KEY, STATION: name }, ROOMS));
  for (const child of children) await child.says('ready\n');
  const results = await Promise.all(children.map((child) => child.release()));
  for (const { code, stderr } of results) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const claims = results.flatMap(({ stdout }) => [...stdout.matchAll(/^claim (\d+) (\S+)$/gm)]);
  expect(claims.map(([, number]) => Number(number)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: records }, (_, index) => index + 1),
  );
  expect(new Set(claims.map(([, , card]) => card)).size).toBe(records);
  expect(await store.counts('b1')).toMatchObject({
    records: { writing: records },
    cards: { bound: records },
  });
  let told = 0;
  for (const name of stations)
    told += (await chainOf(store, name)).filter(({ event }) => event.type === 'record.reserved').length;
  expect(told).toBe(records);
  await store.close();
}

/** Two loads of the same values at once: every value once, and everything that was left out is told. */
async function loadTwice(address: string): Promise<void> {
  const stores = await Promise.all([0, 1].map(() => openLineStore(address, { key })));
  const [first, second] = stores as [LineStore, LineStore];
  await first.createBatch({ ...BATCH, batchId: 'x' });
  await first.createBatch({ ...BATCH, batchId: 'y' });
  const records = Array.from({ length: 600 }, (_, index) => lineRecord(index + 1));
  const load = async (store: LineStore, batchId: string, order: typeof records): Promise<number> => {
    let told = 0;
    for (let at = 0; at < order.length; at += 50)
      told += (await store.addRecords(batchId, order.slice(at, at + 50))).length;
    return told;
  };
  const told = await Promise.all([load(first, 'x', records), load(second, 'y', [...records].reverse())]);
  const counts = await Promise.all(['x', 'y'].map((batchId) => first.counts(batchId)));
  const loaded = counts.map(({ records: { free } }) => free);
  expect(loaded[0]! + loaded[1]!).toBe(600);
  // A record that was left out had both of its values elsewhere.
  expect(told).toEqual(loaded.map((free) => 2 * (600 - free)));
  await Promise.all(stores.map((store) => store.close()));
}

test(
  'SQLite: two stations in processes of their own',
  () => shareBatch(`sqlite:${join(directory, 'shared.db')}`, ['s1', 's2'], 120),
  60_000,
);

test(
  'SQLite: two loads of the same values at once',
  () => loadTwice(`sqlite:${join(directory, 'load.db')}`),
  60_000,
);

test('SQLite: a full disk: a typed error, nothing half-written, and the chain goes on once there is room', async () => {
  const path = join(directory, 'full.db');
  const sqlOptions = {
    key: storeKey(key),
    random: (n: number) => new Uint8Array(n).fill(7),
    onNote: () => undefined,
  };
  const { database, sealer } = await openSqliteDatabase(path, sqlOptions);
  const store = new SqlLineStore({ database, sealer, clock: () => Date.now() });
  await openTestBatch(store, 50);
  const station = await store.openStation('s1', { leaseMs: 1000 });
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(database.kysely);
  await sql.raw(`pragma max_page_count = ${rows[0]!.page_count + 3}`).execute(database.kysely);
  let acknowledged = 0;
  let failure: unknown;
  while (failure === undefined && acknowledged < 50) {
    const reserved = await station
      .claim('b1', { kind: 'next' }, { slot: 'r', cardId: `card-${acknowledged}` })
      .catch((error: unknown) => {
        failure = error;
      });
    if (reserved === undefined) break;
    await station
      .apply({
        ...lineStepOf(reserved, 'writing'),
        events: [{ type: 'record.writing', data: { long: 'x'.repeat(900) } }],
      })
      .catch((error: unknown) => {
        failure = error;
      });
    acknowledged++;
  }
  expect(failure).toMatchObject({ code: 'USAGE_STORE_FULL' });
  const entries = (await chainOf(store, 's1')).length;
  const { records } = await store.counts('b1');
  expect(entries).toBe(1 + records.reserved + 2 * records.writing);
  await sql`pragma max_page_count = 100000`.execute(database.kysely);
  await station.claim('b1', { kind: 'next' }, { slot: 'r', cardId: 'later' });
  expect(await chainOf(store, 's1')).toHaveLength(entries + 1);
  await store.close();
});

test('SQLite: what a record holds is not readable in the file, and opens in its own row only', async () => {
  const path = join(directory, 'sealed.db');
  const store = await openLineStore(`sqlite:${path}`, { key });
  await openTestBatch(store, 2);
  const station = await store.openStation('s1', { leaseMs: 1 });
  const reserved = (await station.claim('b1', { kind: 'next' }, { slot: 'r' }))!;
  await station.apply(lineStepOf(reserved, 'writing', { drawn: { PIN: 'drawn-value' } }));
  await store.close();
  const octets = Buffer.concat(
    readdirSync(directory)
      .filter((name) => name.startsWith('sealed.db'))
      .map((name) => readFileSync(join(directory, name))),
  );
  expect(octets.includes(lineRecord(1).unique.iccid!)).toBe(true);
  for (const secret of ['secret-1', 'drawn-value']) expect(octets.includes(secret)).toBe(false);
  const sqlOptions = {
    key: storeKey(key),
    random: (n: number) => new Uint8Array(n),
    onNote: () => undefined,
  };
  const { database, sealer } = await openSqliteDatabase(path, sqlOptions);
  await sql`update line_records set fields = (select fields from line_records where number = 2) where number = 1`.execute(
    database.kysely,
  );
  const moved = new SqlLineStore({ database, sealer, clock: () => 0 });
  await expect(moved.record('b1', 1)).rejects.toMatchObject({ code: 'SECURITY_SEALED' });
  expect((await moved.record('b1', 2))?.fields).toEqual(lineRecord(2).fields);
  await moved.close();
});

requirePostgres('PostgreSQL', (postgres) => {
  test(
    'three stations in processes of their own',
    () => shareBatch(postgres.database(), ['s1', 's2', 's3'], 300),
    60_000,
  );

  test('two loads of the same values at once', () => loadTwice(postgres.database()), 60_000);

  test('connections that are cut in the middle: typed errors, whole steps, and the chain goes on', async () => {
    const address = postgres.database();
    const store = await openLineStore(address, { key });
    await openTestBatch(store, 400);
    const station = await store.openStation('s1', { leaseMs: 60_000 });
    const failures: unknown[] = [];
    let acknowledged = 0;
    const cutting = (async () => {
      for (let times = 0; times < 5; times++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        postgres.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'simboot'",
        );
      }
    })();
    await Promise.all(
      Array.from({ length: 8 }, async (_, slot) => {
        for (let card = 0; card < 50; card++) {
          try {
            const at = { slot: `r${slot}`, cardId: `c-${slot}-${card}` };
            const reserved = (await station.claim('b1', { kind: 'next' }, at))!;
            await station.apply(lineStepOf(reserved, 'writing'));
            acknowledged++;
          } catch (error) {
            failures.push(error);
          }
        }
      }),
    );
    await cutting;
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'USAGE_STORE_FAILED' });
    const { records, cards } = await store.counts('b1');
    expect(records.writing).toBeGreaterThanOrEqual(acknowledged);
    expect(cards.bound).toBe(records.reserved + records.writing);
    const types = (await chainOf(store, 's1')).map(({ event }) => event.type);
    expect(types.filter((type) => type === 'record.writing')).toHaveLength(records.writing);
    expect(types.filter((type) => type === 'record.reserved')).toHaveLength(
      records.reserved + records.writing,
    );
    await store.close();
  }, 60_000);
});
