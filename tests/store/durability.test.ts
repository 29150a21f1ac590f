/** What was acknowledged survives: kill -9 in the middle of writes, a torn PostgreSQL, two processes on one store. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceState, ServerStore } from '../../src/dm/index.js';
import { openServerStore } from '../../src/store/index.js';
import { Child, removeChildPrograms } from '../support/childProgram.js';
import { requirePostgres } from '../support/postgres.js';

const KEY = '11'.repeat(32);
const key = Uint8Array.from(Buffer.from(KEY, 'hex'));
const ROOMS = ['errors', 'bytes', 'crypto', 'mo', 'dm', 'gba', 'store'];
const DEVICES = 5;

/**
 * Writes steps of two records each, as fast as it goes, and says the number of each step that was acknowledged. Both
 * records carry the number, so that a half step shows.
 */
const WRITER = `
const key = Uint8Array.from(Buffer.from(process.env.KEY, 'hex'));
const opened = await store.openServerStore(process.env.STORE, { key });
const first = Number(process.env.FIRST ?? 0);
const last = Number(process.env.LAST ?? 1e9);
await Promise.all(Array.from({ length: ${DEVICES} }, async (_, index) => {
  const devId = 'd' + index;
  for (let number = first; number < last; number++) {
    const record = (name) => ({ alertId: process.env.WRITER + name + index + '/' + number, devId, sessionId: 's', at: number, package: 1, alert: { alertType: 't', data: number } });
    const notification = { devId, notificationId: number % 65536, at: number };
    const result = await opened.apply(devId, [
      { type: 'alert', record: record('a') },
      { type: 'alert', record: record('b') },
      { type: 'notification', record: notification },
    ]);
    if (!result.ok) throw new Error('conflict');
    process.stdout.write(process.env.WRITER + ' ' + index + ' ' + number + '\\n');
  }
}));
await opened.close();
`;

afterAll(() => removeChildPrograms());

/** Numbers of the last acknowledged step of each device. */
function acknowledged(stdout: string, writer: string): Map<string, number> {
  const last = new Map<string, number>();
  for (const line of stdout.split('\n').slice(0, -1)) {
    const [who, index, number] = line.split(' ');
    if (who === writer) last.set(`d${index}`, Number(number));
  }
  return last;
}

/** Every alert of a device, by page. */
async function alertsOf(store: ServerStore, devId: string): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const after = all.at(-1);
    const page = await store.alerts(devId, after === undefined ? { limit: 1000 } : { after, limit: 1000 });
    if (page.length === 0) return all;
    all.push(...page.map(({ alertId }) => alertId));
  }
}

async function expectWhole(
  store: ServerStore,
  last: ReadonlyMap<string, number>,
  writer = 'w',
): Promise<void> {
  for (const [devId, number] of last) {
    const index = devId.slice(1);
    const ids = (await alertsOf(store, devId)).filter((id) => id.startsWith(writer));
    expect(ids.length % 2).toBe(0);
    const written = ids.length / 2;
    expect(written).toBeGreaterThan(number);
    // The only step beyond the acknowledged ones is the one that was under way.
    expect(written).toBeLessThanOrEqual(number + 2);
    const expected = Array.from({ length: written }, (_, at) => [
      `${writer}a${index}/${at}`,
      `${writer}b${index}/${at}`,
    ]);
    expect(ids).toEqual(expected.flat());
  }
}

/** Starts a writer, waits until it has done something, and kills it like a crash. */
async function kill(store: string, milliseconds: number, env: Record<string, string> = {}) {
  const child = new Child(WRITER, { STORE: store, KEY, WRITER: 'w', ...env }, ROOMS);
  await child.says('w 0 3\n');
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.process.kill('SIGKILL');
  const { stdout } = await child.finished;
  return acknowledged(stdout, 'w');
}

test('SQLite: kill -9 loses nothing that was acknowledged and leaves no half step', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-kill-'));
  try {
    for (const [round, milliseconds] of [40, 75, 131].entries()) {
      const address = `sqlite:${join(directory, `${round}.db`)}`;
      const last = await kill(address, milliseconds);
      expect(last.size).toBe(DEVICES);
      const store = await openServerStore(address, { key });
      await expectWhole(store, last);
      expect((await store.load('d0')).revision).toBe((await alertsOf(store, 'd0')).length / 2);
      await store.close();
    }
    expect(statSync(join(directory, '0.db')).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 60_000);

test('SQLite: two processes write into one file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-two-'));
  try {
    const address = `sqlite:${join(directory, 'one.db')}`;
    await twoProcesses(address);
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 60_000);

/** Both write about the same devices; each finds its own steps whole and in order, and no revision is lost. */
async function twoProcesses(address: string): Promise<void> {
  const steps = 60;
  const children = ['x', 'y'].map(
    (writer) => new Child(WRITER, { STORE: address, KEY, WRITER: writer, LAST: String(steps) }, ROOMS),
  );
  const results = await Promise.all(children.map(({ finished }) => finished));
  expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
    { code: 0, stderr: '' },
    { code: 0, stderr: '' },
  ]);
  const store = await openServerStore(address, { key });
  for (const [index, writer] of ['x', 'y'].entries()) {
    await expectWhole(store, acknowledged(results[index]!.stdout, writer), writer);
  }
  const states: DeviceState[] = [];
  for (let index = 0; index < DEVICES; index++) states.push(await store.load(`d${index}`));
  expect(states.map(({ revision }) => revision)).toEqual(Array(DEVICES).fill(2 * steps));
  await store.close();
}

requirePostgres('PostgreSQL', (postgres) => {
  test('kill -9 of the program loses nothing that was acknowledged', async () => {
    const address = postgres.database();
    const last = await kill(address, 120);
    const store = await openServerStore(address, { key });
    await expectWhole(store, last);
    await store.close();
  }, 60_000);

  test('a crash of the database: typed errors, whole steps, and it goes on', async () => {
    const address = postgres.database();
    const store = await openServerStore(address, { key });
    const alert = (number: number) => ({
      type: 'alert' as const,
      record: {
        alertId: `a${number}`,
        devId: 'd',
        sessionId: 's',
        at: number,
        package: 1 as const,
        alert: { alertType: 't', mark: 'minor' as const },
      },
    });
    const done: number[] = [];
    const failures: unknown[] = [];
    let stop = false;
    const writing = (async () => {
      for (let number = 0; !stop; number++) {
        await store
          .apply('d', [
            alert(number),
            { ...alert(number), record: { ...alert(number).record, alertId: `b${number}` } },
          ])
          .then(
            () => done.push(number),
            async (error: unknown) => {
              failures.push(error);
              await new Promise((resolve) => setTimeout(resolve, 50));
            },
          );
      }
    })();
    while (done.length < 50) await new Promise((resolve) => setTimeout(resolve, 10));
    postgres.restart();
    const before = done.length;
    while (done.length < before + 20) await new Promise((resolve) => setTimeout(resolve, 10));
    stop = true;
    await writing;
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'USAGE_STORE_FAILED' });
    const ids = new Set(await alertsOf(store, 'd'));
    for (const number of done) {
      expect(ids.has(`a${number}`)).toBe(true);
      expect(ids.has(`b${number}`)).toBe(true);
    }
    for (const id of ids) expect(ids.has(`${id.startsWith('a') ? 'b' : 'a'}${id.slice(1)}`)).toBe(true);
    await store.close();
  }, 60_000);

  test('two processes write about the same devices', () => twoProcesses(postgres.database()), 60_000);
});

test('nobody loads the query builder or a driver before a database is opened', async () => {
  const loaded =
    'Object.keys(require.cache).filter((file) => /node_modules.(kysely|pg|better-sqlite3)./.test(file)).length > 0';
  const script = `const before = ${loaded};
    await (await store.openServerStore('memory')).close();
    const inMemory = ${loaded};
    await (await store.openServerStore('sqlite:' + process.env.FILE)).close();
    process.stdout.write([before, inMemory, ${loaded}].join());`;
  const directory = mkdtempSync(join(tmpdir(), 'simboot-lazy-'));
  const { stdout, stderr } = await new Child(script, { FILE: join(directory, 'a.db') }, ROOMS).finished;
  rmSync(directory, { recursive: true });
  expect([stdout, stderr]).toEqual(['false,false,true', '']);
});
