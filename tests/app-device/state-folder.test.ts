/** The state folder: whole or not at all, one process at a time, nothing lost by damage. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
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
import { StateFolder } from '../../src/app/device/state-folder.js';

let path: string;
const at = (name: string) => join(path, name);
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'simboot-state-')), 'device');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true, force: true }));

async function saved(...states: number[]): Promise<void> {
  const folder = await StateFolder.open(path);
  for (const n of states) await folder.save({ n });
  await folder.close();
}

test('a new device has no state; what was saved last comes back, also in another process', async () => {
  const folder = await StateFolder.open(path);
  expect(await folder.load()).toBeUndefined();
  await folder.save({ n: 1, text: 'ä', list: [null, true] });
  await folder.close();
  const again = await StateFolder.open(path);
  expect(await again.load()).toEqual({ n: 1, text: 'ä', list: [null, true] });
  await again.close();
  expect(readdirSync(path)).toEqual(['state.json']);
});

test('only the owner may look inside', async () => {
  await saved(1, 2);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(path)) expect(statSync(at(name)).mode & 0o777).toBe(0o600);
});

test('saves of one moment come one after the other, and the one before stays beside', async () => {
  const folder = await StateFolder.open(path);
  await Promise.all([1, 2, 3, 4].map((n) => folder.save({ n })));
  expect(await folder.load()).toEqual({ n: 4 });
  expect(JSON.parse(readFileSync(at('state.previous.json'), 'utf8'))).toMatchObject({ state: { n: 3 } });
  await folder.close();
});

test('a folder in use is refused, by this process and by another one', async () => {
  const folder = await StateFolder.open(path);
  const inUse = { code: 'USAGE_STATE_FOLDER', message: expect.stringContaining(`process ${process.pid}`) };
  await expect(StateFolder.open(path)).rejects.toMatchObject(inUse);
  await folder.close();
  writeFileSync(at('lock'), String(process.ppid));
  await expect(StateFolder.open(path)).rejects.toMatchObject({ details: { process: process.ppid } });
});

test('the lock of a process that is gone, or that was killed, counts for nothing', async () => {
  await saved(1);
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(at('lock'), String(pid));
  const folder = await StateFolder.open(path);
  expect(readFileSync(at('lock'), 'utf8')).toBe(String(process.pid));
  await folder.close();
  expect(existsSync(at('lock'))).toBe(false);
});

test.each([
  ['without number, as a power loss leaves it', ''],
  ['with the number of this process, as a container that is started again finds it', String(process.pid)],
])('a lock %s counts for nothing; the folder is taken once', async (_, text) => {
  mkdirSync(path);
  writeFileSync(at('lock'), text);
  const opened = await Promise.allSettled([1, 2, 3].map(() => StateFolder.open(path)));
  const [folder, ...more] = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(more).toEqual([]);
  await expect(StateFolder.open(path)).rejects.toMatchObject({ code: 'USAGE_STATE_FOLDER' });
  await folder!.close();
  expect(readdirSync(path)).toEqual([]);
});

test('of many that find a dead lock, one gets the folder', async () => {
  await saved(1);
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(at('lock'), String(pid));
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => StateFolder.open(path)));
  const open = tries.filter((each) => each.status === 'fulfilled');
  expect(open).toHaveLength(1);
  await open[0]!.value.close();
});

const DAMAGE: Record<string, (text: string) => string> = {
  'cut short': (text) => text.slice(0, -20),
  empty: () => '',
  'one digit changed': (text) => text.replace('"n":2', '"n":7'),
  'no JSON': () => 'hello',
  null: () => 'null',
  'of something else': () => '{"format":"x","version":1,"state":{}}',
};

test.each(Object.keys(DAMAGE))('a damaged state is told and left alone: %s', async (kind) => {
  await saved(1, 2);
  const damaged = DAMAGE[kind]!(readFileSync(at('state.json'), 'utf8'));
  writeFileSync(at('state.json'), damaged);
  const folder = await StateFolder.open(path);
  await expect(folder.load()).rejects.toMatchObject({
    code: 'DATA_DEVICE_STATE',
    details: { file: at('state.json') },
    next: expect.stringContaining('state.previous.json'),
  });
  await folder.close();
  expect(readFileSync(at('state.json'), 'utf8')).toBe(damaged);
  writeFileSync(at('state.json'), readFileSync(at('state.previous.json')));
  const restored = await StateFolder.open(path);
  expect(await restored.load()).toEqual({ n: 1 });
  await restored.close();
});

test('a state of a newer simboot is not touched', async () => {
  await saved(1);
  const text = readFileSync(at('state.json'), 'utf8').replace('"version":1', '"version":2');
  writeFileSync(at('state.json'), text);
  const folder = await StateFolder.open(path);
  await expect(folder.load()).rejects.toThrow('it has version 2, this simboot knows 1');
  await folder.close();
});

test('a state that is missing while the one before is there is no new device', async () => {
  await saved(1, 2);
  rmSync(at('state.json'));
  const folder = await StateFolder.open(path);
  await expect(folder.load()).rejects.toMatchObject({ code: 'DATA_DEVICE_STATE' });
  await folder.close();
});

test('what is left of a save that was cut off does not count', async () => {
  await saved(1);
  writeFileSync(at('state.new.json'), '{"format":"simboot dev');
  const folder = await StateFolder.open(path);
  expect(await folder.load()).toEqual({ n: 1 });
  await folder.save({ n: 2 });
  expect(await folder.load()).toEqual({ n: 2 });
  await folder.close();
});

test('a save that fails leaves the state before, and says why', async () => {
  await saved(1);
  const folder = await StateFolder.open(path);
  rmSync(path, { recursive: true });
  await expect(folder.save({ n: 2 })).rejects.toMatchObject({
    code: 'USAGE_STATE_FOLDER',
    details: { reason: 'ENOENT' },
  });
  await folder.close();
  chmodSync(join(path, '..'), 0o700);
});
