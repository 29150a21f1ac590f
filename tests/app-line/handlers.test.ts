/** Hook commands as processes: what they are told, what their ends mean, and what never becomes a command. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HookOptions, hookHandler } from '../../src/app/line/handlers/hook.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-hooks-'));
afterAll(() => rmSync(folder, { recursive: true }));

function program(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

function handler(hooks: HookOptions['hooks'], more: Partial<HookOptions> = {}) {
  return hookHandler({
    hooks: { get: 'true', good: 'true', bad: 'true', ...hooks },
    batchId: 'spring',
    station: 's1',
    env: { PATH: process.env.PATH, ADM_KEY: 'secret-of-the-line' },
    timeoutMs: 5_000,
    folder,
    ...more,
  });
}

const told = join(folder, 'told');
const tell = program('tell', `env > '${told}'; printf '%s\\n' "$#" "$@" >> '${told}'`);

test('a command knows slot, record, ICCID, outcome and reason, and no secret of the line', async () => {
  const hooks = handler({ bad: `${tell} "two words" 'x'y` });
  await hooks.bad({
    slot: 'left; rm -rf /',
    record: 7,
    iccid: '89490200001234567890',
    reason: { code: 'TORN', message: '$(touch owned) `touch owned`' },
  });
  const lines = readFileSync(told, 'utf8');
  for (const line of [
    'SIMBOOT_SLOT=left; rm -rf /',
    'SIMBOOT_RECORD=7',
    'SIMBOOT_ICCID=89490200001234567890',
    'SIMBOOT_OUTCOME=bad',
    'SIMBOOT_REASON=TORN',
    'SIMBOOT_MESSAGE=$(touch owned) `touch owned`',
    'SIMBOOT_BATCH=spring',
    'SIMBOOT_STATION=s1',
    'SIMBOOT_MOVE=bad',
  ]) {
    expect(lines).toContain(`${line}\n`);
  }
  expect(lines).toMatch(/\n2\ntwo words\nxy\n$/);
  expect(lines).not.toContain('secret-of-the-line');
});

test('no shell reads the command', async () => {
  await handler({ good: `${tell} ; touch ${join(folder, 'owned')} $HOME` }).good({ slot: 's' });
  expect(readFileSync(told, 'utf8')).toMatch(/\n4\n;\ntouch\n.*owned\n\$HOME\n$/);
  expect(existsSync(join(folder, 'owned'))).toBe(false);
});

test('get: 0 is a card, 3 is none any more, and nothing else is either', async () => {
  expect(await handler({ get: 'true' }).get('s')).toBe(true);
  expect(await handler({ get: program('none', 'exit 3') }).get('s')).toBe(false);
  const stuck = handler({ get: program('stuck', 'echo "feeder jammed" >&2; exit 1') }).get('s');
  await expect(stuck).rejects.toMatchObject({
    code: 'READER_HANDLER',
    message: 'hook "get" ended with 1: feeder jammed',
    details: { slot: 's' },
  });
  await expect(handler({ good: program('three', 'exit 3') }).good({ slot: 's' })).rejects.toMatchObject({
    code: 'READER_HANDLER',
  });
});

test.each([
  ['is not there', join(folder, 'missing'), /cannot be started \(ENOENT\)/],
  ['is killed', program('killed', 'kill -9 $$'), /was ended by SIGKILL/],
])('a command that %s', async (_, get, message) => {
  await expect(handler({ get }).get('s')).rejects.toThrow(message);
});

test('a command that hangs ends with everything that it started', async () => {
  const alive = join(folder, 'alive');
  const hang = program('hang', `trap '' TERM; (sleep 3; touch '${alive}') & wait; sleep 30`);
  const from = Date.now();
  await expect(handler({ get: hang }, { timeoutMs: 200 }).get('s')).rejects.toThrow(
    'took longer than 200 ms',
  );
  expect(Date.now() - from).toBeLessThan(2_900);
  await new Promise((done) => setTimeout(done, 3_200 - (Date.now() - from)));
  expect(existsSync(alive)).toBe(false);
}, 10_000);

test.each([
  [{ get: undefined }, 'no hook "get"'],
  [{ good: '  ' }, 'no hook "good"'],
  [{ bad: `say "it` }, 'a quote has no end'],
  [{ bad: `"" x` }, 'no hook "bad"'],
])('refused before the first card: %j', (hooks, message) => {
  expect(() => handler(hooks as HookOptions['hooks'])).toThrow(message);
});

test('it cannot put a card in again by itself', async () => {
  expect(await handler({}).reseat('s')).toBe(false);
});
