/** Opening a store: addresses, permissions, versions, keys; and what is on the disk. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { SealingKey } from '../../src/crypto/index.js';
import type { AccountRecord, ServerStore } from '../../src/dm/index.js';
import { openServerStore } from '../../src/store/index.js';
import { migrate } from '../../src/store/sql/migrations.js';
import { RecordSealer } from '../../src/store/sql/records.js';
import { SqlServerStore } from '../../src/store/sql/sql-server-store.js';
import { openSqlite } from '../../src/store/sql/sqlite.js';
import { requirePostgres } from '../support/postgres.js';

const random = (octets: number) => Uint8Array.from(randomBytes(octets));
const KEY = random(32);
let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'simboot-open-'));
  file = join(directory, 'server.db');
});
afterEach(() => {
  chmodSync(directory, 0o700);
  rmSync(directory, { recursive: true });
});

const SECRETS = [
  'pre-shared secret 1',
  'notification secret',
  'text of the script',
  'content of the variant',
  'what came back',
];
const octets = (text: string) => Uint8Array.from(Buffer.from(text));
const ACCOUNT: AccountRecord = {
  accountId: 'dm/1',
  srvId: 'dm',
  credentials: [
    { purpose: 'trsp', kind: 'identity-secret', identity: 'card-1', secret: octets(SECRETS[0]!) },
  ],
  noti: { secret: octets(SECRETS[1]!), data: octets('x') },
  createdAt: 1,
};

async function fill(store: ServerStore): Promise<void> {
  await store.putAccount(ACCOUNT);
  await store.apply('d', [
    {
      type: 'job',
      record: {
        jobId: 'j',
        devId: 'd',
        order: 0,
        script: { kind: 'data', name: 's', text: SECRETS[2]! },
        state: 'queued',
        createdAt: 1,
        updatedAt: 1,
      },
    },
    {
      type: 'repository',
      record: {
        token: 't'.repeat(32),
        devId: 'd',
        use: 'get',
        variants: [{ contentType: 'text/plain', body: octets(SECRETS[3]!) }],
        state: 'open',
        createdAt: 1,
        expiresAt: 2,
      },
    },
    {
      type: 'result',
      record: {
        commandId: 'j/0',
        devId: 'd',
        part: 0,
        at: 1,
        contentType: 'text/plain',
        body: octets(SECRETS[4]!),
        fromCache: false,
      },
    },
  ]);
}

test('everything of a SQLite store is for its owner alone, and no secret is in the clear', async () => {
  writeFileSync(file, '', { mode: 0o644 });
  const notes: string[] = [];
  const store = await openServerStore(`sqlite:${file}`, { onNote: (note) => notes.push(note) });
  await fill(store);
  const names = readdirSync(directory);
  expect(names).toEqual(expect.arrayContaining(['server.db', 'server.db-wal', 'server.db.key']));
  for (const name of names) {
    expect([name, statSync(join(directory, name)).mode & 0o777]).toEqual([name, 0o600]);
    const content = readFileSync(join(directory, name));
    for (const secret of SECRETS) {
      for (const form of [
        secret,
        octets(secret).toString(),
        Buffer.from(secret).toString('base64'),
        Buffer.from(secret).toString('hex'),
      ]) {
        expect(content.includes(form)).toBe(false);
      }
    }
  }
  expect(notes).toEqual([expect.stringContaining('server.db.key')]);
  await store.close();
  const again = await openServerStore(`sqlite:${file}`, { onNote: (note) => notes.push(note) });
  expect(await again.account('dm/1')).toEqual(ACCOUNT);
  expect(notes).toHaveLength(1);
  await again.close();
});

test('a store opens under its own key only', async () => {
  const store = await openServerStore(`sqlite:${file}`);
  await store.close();
  const refused = { code: 'SECURITY_STORE_KEY' };
  await expect(openServerStore(`sqlite:${file}`, { key: KEY })).rejects.toMatchObject(refused);
  await expect(openServerStore(`sqlite:${file}`, { key: KEY.subarray(1) })).rejects.toMatchObject(refused);
  const saved = readFileSync(`${file}.key`);
  writeFileSync(`${file}.key`, 'zz');
  await expect(openServerStore(`sqlite:${file}`)).rejects.toMatchObject(refused);
  rmSync(`${file}.key`);
  await expect(openServerStore(`sqlite:${file}`)).rejects.toMatchObject(refused);
  expect(readdirSync(directory)).not.toContain('server.db.key');
  writeFileSync(`${file}.key`, saved);
  await (await openServerStore(`sqlite:${file}`)).close();
});

test('a sealed value works in its own row only', async () => {
  const store = await openServerStore(`sqlite:${file}`, { key: KEY });
  await store.putAccount(ACCOUNT);
  await store.putAccount({ ...ACCOUNT, accountId: 'dm/2', credentials: [] });
  await store.close();
  const raw = new BetterSqlite(file);
  raw.exec(
    "update accounts set sealed = (select sealed from accounts where account_id = 'dm/1') where account_id = 'dm/2'",
  );
  raw.close();
  const again = await openServerStore(`sqlite:${file}`, { key: KEY });
  await expect(again.account('dm/2')).rejects.toMatchObject({ code: 'SECURITY_SEALED' });
  expect(await again.account('dm/1')).toEqual(ACCOUNT);
  await again.close();
});

test('addresses and places that are none', async () => {
  const refused = { code: 'USAGE_STORE_OPEN' };
  for (const address of [
    '',
    'sqlite:',
    'mysql://x',
    `sqlite:${join(directory, 'none', 'a.db')}`,
    `sqlite:${directory}`,
  ]) {
    await expect(openServerStore(address)).rejects.toMatchObject(refused);
  }
  writeFileSync(file, 'this is no database, but it is long enough to be looked at as one by a program');
  await expect(openServerStore(`sqlite:${file}`)).rejects.toMatchObject(refused);
  mkdirSync(join(directory, 'sub.db'));
  await expect(openServerStore(`sqlite:${join(directory, 'sub.db')}`)).rejects.toMatchObject(refused);
});

test('a store of a newer program is left alone', async () => {
  await (await openServerStore(`sqlite:${file}`, { key: KEY })).close();
  const raw = new BetterSqlite(file);
  raw.exec('update simboot_schema set version = 99');
  raw.close();
  await expect(openServerStore(`sqlite:${file}`, { key: KEY })).rejects.toMatchObject({
    code: 'USAGE_STORE_VERSION',
    details: { version: 99 },
  });
});

test('migrations run once, in their order, all or none', async () => {
  const database = await openSqlite(file);
  const one = () => ['create table a (x integer)'];
  const two = () => ['create table b (x integer)', 'insert into b (x) values (1)'];
  const broken = () => ['create table c (x integer)', 'this is no SQL'];
  await migrate(database, [one]);
  await migrate(database, [one, two]);
  await migrate(database, [one, two]);
  await expect(migrate(database, [one, two, broken])).rejects.toThrow();
  const tables = await sql<{
    name: string;
  }>`select name from sqlite_master where type = 'table' order by name`.execute(database.kysely);
  expect(tables.rows.map(({ name }) => name)).toEqual(['a', 'b', 'simboot_schema']);
  const rows = await sql`select x from b`.execute(database.kysely);
  expect(rows.rows).toHaveLength(1);
  await database.close();
});

test('a full disk: a typed error, nothing half-written, and it goes on once there is room', async () => {
  const database = await openSqlite(file);
  await migrate(database);
  const store = new SqlServerStore(database, new RecordSealer(new SealingKey(KEY), random));
  await store.putAccount(ACCOUNT);
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(database.kysely);
  await sql.raw(`pragma max_page_count = ${rows[0]!.page_count + 4}`).execute(database.kysely);
  const step = (number: number) =>
    store.apply('d', [
      { type: 'notification', record: { devId: 'd', notificationId: number, at: number } },
      {
        type: 'result',
        record: {
          commandId: 'c',
          devId: 'd',
          part: number,
          at: 1,
          contentType: 'x/y',
          body: random(3000),
          fromCache: false,
        },
      },
    ]);
  let written = 0;
  let failure: unknown;
  while (failure === undefined && written < 12) {
    await step(written).then(
      () => written++,
      (error: unknown) => {
        failure = error;
      },
    );
  }
  expect(failure).toMatchObject({ code: 'USAGE_STORE_FULL' });
  const together = await Promise.allSettled([step(50), step(51), step(52)]);
  expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  const { revision, notifications } = await store.load('d');
  expect([revision, notifications.length]).toEqual([written, written]);
  await sql`pragma max_page_count = 100000`.execute(database.kysely);
  expect(await step(101)).toEqual({ ok: true, revision: revision + 1 });
  await store.close();
});

test('steps that come together share transactions; one that fails leaves the others', async () => {
  const database = await openSqlite(file);
  await migrate(database);
  const store = new SqlServerStore(database, new RecordSealer(new SealingKey(KEY), random));
  const notification = (devId: string, notificationId: number) => ({
    type: 'notification' as const,
    record: { devId, notificationId, at: 1 },
  });
  const before = store.commits.transactions;
  const results = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      // Every tenth claims a revision that is not there.
      store.apply(`d${index}`, [notification(`d${index}`, 1)], index % 10 === 0 ? 7 : 0),
    ),
  );
  expect(results.filter(({ ok }) => ok)).toHaveLength(54);
  expect(store.commits.transactions - before).toBe(1);
  for (const index of [0, 1, 10, 59]) {
    const { revision, notifications } = await store.load(`d${index}`);
    expect([revision, notifications.length]).toEqual(index % 10 === 0 ? [0, 0] : [1, 1]);
  }
  // The batch was crowded, so the next step waits for company, but not for long.
  const started = performance.now();
  await store.apply('d1', [], 1);
  expect(performance.now() - started).toBeLessThan(500);
  await store.close();
  await expect(store.apply('d1', [], 2)).rejects.toThrow('closed');
});

test('accounts are put all or none, and their changes are told', async () => {
  const store = await openServerStore(`sqlite:${file}`, { key: KEY });
  const account = (name: string, identity: string): AccountRecord => ({
    accountId: name,
    srvId: 'dm',
    credentials: [{ purpose: 'bootstrap', kind: 'identity-secret', identity, secret: octets('s') }],
    createdAt: 1,
  });
  await store.putAccounts([account('a', '1'), account('b', '2')]);
  const first = await store.accountChanges(undefined, 10);
  expect(first.accounts.map(({ accountId }) => accountId)).toEqual(['a', 'b']);
  await expect(store.putAccounts([account('c', '3'), account('d', '1')])).rejects.toMatchObject({
    code: 'USAGE_ACCOUNT_IDENTITY',
  });
  expect(await store.account('c')).toBeUndefined();
  expect(await store.accountChanges(first.mark, 10)).toEqual({ accounts: [], mark: first.mark, more: false });
  await store.putAccount(account('a', '9'));
  const second = await store.accountChanges(first.mark, 10);
  expect(second.accounts.map(({ accountId }) => accountId)).toEqual(['a']);
  expect(await store.accountOf({ kind: 'psk', identity: '1' }, 'bootstrap')).toBeUndefined();
  await store.close();
});

requirePostgres('PostgreSQL', (postgres) => {
  test('needs a key, and says why it cannot connect without the password', async () => {
    const url = new URL(postgres.database());
    await expect(openServerStore(url.href)).rejects.toMatchObject({ code: 'SECURITY_STORE_KEY' });
    url.password = 'top-secret';
    url.pathname = '/nowhere';
    const failure = await openServerStore(url.href, { key: KEY }).catch((error: Error) => error);
    expect(failure).toMatchObject({
      code: 'USAGE_STORE_OPEN',
      message: expect.stringContaining('no such database'),
    });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('top-secret');
    url.port = '1';
    await expect(openServerStore(url.href, { key: KEY })).rejects.toMatchObject({
      code: 'USAGE_STORE_OPEN',
      message: expect.stringContaining('nobody listens'),
    });
    await expect(openServerStore('postgres://[bad', { key: KEY })).rejects.toMatchObject({
      code: 'USAGE_STORE_OPEN',
    });
  });

  test('several processes may open an empty database at once', async () => {
    const address = postgres.database();
    const stores = await Promise.all(Array.from({ length: 4 }, () => openServerStore(address, { key: KEY })));
    await fill(stores[0]!);
    expect(await stores[3]!.account('dm/1')).toEqual(ACCOUNT);
    await Promise.all(stores.map((store) => store.close()));
    await expect(openServerStore(address, { key: random(32) })).rejects.toMatchObject({
      code: 'SECURITY_STORE_KEY',
    });
  });
});
