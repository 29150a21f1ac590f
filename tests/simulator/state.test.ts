import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../src/bytes/index.js';
import { createSimulatedCard } from '../../src/simulator/index.js';
import { insert, run, send } from './support.js';

const SELECT_BOOTSTRAP = '00A4080C047F506431';
const VERIFY_ADM1 = '0020000A083132333435363738';
const WRONG_ADM1 = '0020000A080000000000000000';
const CREATE_6440 = '00E0000018621682024121830264408A01058B032F0601800200208800';

function statePath(): string {
  return join(mkdtempSync(join(tmpdir(), 'simboot-state-')), 'card.json');
}

test('files, counters, created files and free memory outlive the program; what was presented does not', async () => {
  const state = statePath();
  const first = await insert('uicc', { state });
  await run(first, VERIFY_ADM1, SELECT_BOOTSTRAP, '00D6000002CAFE', '00A4000C027F50', CREATE_6440);
  expect(await send(first, WRONG_ADM1)).toBe('63C9');
  expect(readdirSync(join(state, '..'))).toEqual(['card.json']);

  const second = createSimulatedCard({ profile: 'uicc', state });
  expect(toHex(second.file('3F00/7F50/6431')!.content.slice(0, 3))).toBe('cafeff');
  expect(second.file('3F00/7F50/6440')!.content.length).toBe(32);
  expect(second.pin('ADM1')).toMatchObject({ tries: 9, verified: false });
  expect(second.freeMemory).toBe(first.freeMemory);
});

test('blocking is for ever, resets included', async () => {
  const state = statePath();
  const card = await insert('uicc-locked', { state });
  for (const left of ['63C2', '63C1', '63C0', '6983']) {
    expect(await send(card, '002000010800000000FFFFFFFF')).toBe(left);
    await card.reset();
  }
  const again = await insert('uicc-locked', { state });
  expect(await send(again, '002000010831323334FFFFFFFF')).toBe('6983');
});

test('the state after a tear is the torn one', async () => {
  const state = statePath();
  const card = await insert('uicc', { state });
  await run(card, VERIFY_ADM1, SELECT_BOOTSTRAP);
  card.faults.tearAt(1, { octets: 1 });
  expect(await send(card, '00D6000002CAFE')).toBe('removed');
  const again = createSimulatedCard({ profile: 'uicc', state });
  expect(toHex(again.file('3F00/7F50/6431')!.content.slice(0, 2))).toBe('caff');
});

test('a state of another profile, a damaged one and a place that cannot be written are refused', async () => {
  const state = statePath();
  await insert('uicc', { state });
  const card = await insert('uicc', { state });
  await run(card, VERIFY_ADM1);
  expect(existsSync(state)).toBe(true);
  const code = (run: () => unknown) => {
    try {
      run();
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(code(() => createSimulatedCard({ profile: 'sim', state }))).toBe('USAGE_SIMULATOR_STATE');
  writeFileSync(state, readFileSync(state, 'utf8').slice(0, 100));
  expect(code(() => createSimulatedCard({ profile: 'uicc', state }))).toBe('USAGE_SIMULATOR_STATE');
  const nowhere = await insert('uicc', { state: '/nowhere/card.json' });
  await expect(send(nowhere, VERIFY_ADM1)).rejects.toMatchObject({ code: 'USAGE_SIMULATOR_STATE' });
});

test('snapshot and restore: the same card again, without power and faults', async () => {
  const card = await insert('uicc');
  const before = card.snapshot();
  await run(
    card,
    VERIFY_ADM1,
    '00A4000C027F50',
    CREATE_6440,
    '00A4000C026431',
    '00D6000002CAFE',
    '00E40000026420',
  );
  expect(await send(card, WRONG_ADM1)).toBe('63C9');
  expect(card.snapshot()).not.toEqual(before);
  card.faults.muteAt(1);
  card.restore(before);
  expect(card.snapshot()).toEqual(before);
  expect(await send(card, '00A4000C023F00')).toBe('mute');
  await card.powerOn();
  expect(await send(card, '00A4000C023F00')).toBe('9000');
  expect(() => createSimulatedCard({ profile: 'sim' }).restore(before)).toThrow(/profile uicc, not sim/);
});
