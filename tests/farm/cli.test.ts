/** `simboot sim farm`: a farm until it is interrupted, with a report and a state file. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FarmReaderService } from '../../src/readers/index.js';
import { simboot } from '../cli/harness.js';

const folder = () => mkdtempSync(join(tmpdir(), 'simboot-farm-'));

async function reached(path: string): Promise<FarmReaderService> {
  for (let attempt = 0; attempt < 200 && !existsSync(path); attempt++) {
    await new Promise((done) => setTimeout(done, 10));
  }
  return new FarmReaderService(`farm:${path}`);
}

test('it serves the blanks that were asked for, with printed ICCIDs, and reports where they are', async () => {
  const place = folder();
  const socket = join(place, 'farm.sock');
  const iccids = join(place, 'iccids.txt');
  writeFileSync(iccids, '8988211000000001001\n8988211000000001019\n');
  const abort = new AbortController();
  const running = simboot(
    `sim farm --socket ${socket} --slots 2 --cards 2 --speed 0 --iccids ${iccids} --fault 2=dead --state ${place}/state.json --json`,
    { signal: abort.signal },
  );
  const farm = await reached(socket);
  await farm.move('Farm 01', 'get');
  await farm.move('Farm 01', 'good');
  const cards = [];
  for await (const card of farm.cards()) cards.push(card);
  expect(cards.map(({ iccid }) => iccid)).toEqual(['8988211000000001001', '8988211000000001019']);
  expect(cards[1]!.fault).toEqual({ kind: 'dead' });
  await farm.close();
  abort.abort('SIGINT');
  const run = await running;
  expect(run.code).toBe(130);
  expect(run.json()).toMatchObject({ cards: { good: 1, stack: 1, bad: 0 } });
  expect(run.stderr).toContain('2 slots, 2 blanks');
  expect(existsSync(join(place, 'state.json'))).toBe(true);
});

test.each([
  ['--slots none', '--slots: "none" is no number'],
  ['--slots 0', '1 to 1024 slots'],
  ['--fault rain:1', 'is no fault of a farm'],
  ['--fault tear:2', 'is no fault of a farm'],
  ['--profile nobody', 'no simulated card profile is named "nobody"'],
  ['--first-iccid 123', '17 or 18 digits'],
])('%s is refused before it listens', async (option, message) => {
  const run = await simboot(`sim farm --socket ${folder()}/farm.sock ${option}`);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain(message);
});
