import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeIccid, fromHex, luhnValid, toHex } from '../../src/bytes/index.js';
import { UsageError } from '../../src/errors/index.js';
import { createSimulatedCard, listProfiles, loadProfile, SIM_OPTIONS } from '../../src/simulator/index.js';
import { PROFILE } from '../../src/simulator/profile/schema.js';

const names = listProfiles().map((profile) => profile.name);

function profileFile(yaml: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'simboot-profile-')), 'card.yaml');
  writeFileSync(path, yaml);
  return path;
}

function usageError(run: () => unknown): UsageError {
  try {
    run();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}

test('the profiles that the product promises are there', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'sim',
      'uicc',
      'uicc-t0',
      'uicc-2g',
      'ruim',
      'uicc-compact',
      'uicc-expanded',
      'uicc-no-pkcs15',
      'uicc-foreign-oiddo',
      'uicc-foreign-doubleoid',
      'uicc-foreign-nopath',
      'uicc-foreign-dodfs',
      'uicc-foreign-noauthid',
      'uicc-dir-full',
      'uicc-locked',
      'uicc-small',
      'not-a-uicc',
    ]),
  );
});

describe.each(names)('profile %s', (name) => {
  const card = createSimulatedCard({ profile: name });

  test('answers a reset with an ATR whose check octet is right (ISO/IEC 7816-3 §8.2.5)', async () => {
    const atr = (await card.powerOn())!;
    const offersOnlyT0 = protocolsOf(atr).every((protocol) => protocol === 0);
    const check = atr.slice(1).reduce((sum, octet) => sum ^ octet, 0);
    if (!offersOnlyT0) expect(check).toBe(0);
    expect(protocolsOf(atr)[0]).toBe(card.protocol === 'T=0' ? 0 : 1);
  });

  test('has a one-line description and, if it is a telecom card, a valid ICCID, or a blank one at a line', () => {
    expect(loadProfile(name).data.description).not.toContain('\n');
    const iccid = card.file('3F00/2FE2');
    if (card.profile.data.kind === 'other') expect(iccid).toBeUndefined();
    else if (name.endsWith('-line')) expect(iccid!.content).toEqual(new Uint8Array(10).fill(0xff));
    else expect(luhnValid(decodeIccid(iccid!.content))).toBe(true);
  });
});

/** Protocols of the TD octets, and T=0 where there is none; the octets are walked to the end of the ATR. */
function protocolsOf(atr: Uint8Array): number[] {
  const protocols: number[] = [];
  let at = 1;
  let y = atr[at]! >> 4;
  const historical = atr[at++]! & 0x0f;
  while (y !== 0) {
    at += [1, 2, 4].filter((bit) => (y & bit) !== 0).length;
    if ((y & 8) === 0) break;
    protocols.push(atr[at]! & 0x0f);
    y = atr[at++]! >> 4;
  }
  const hasCheck = protocols.some((protocol) => protocol !== 0) ? 1 : 0;
  expect(atr.length).toBe(at + historical + hasCheck);
  return protocols.length === 0 ? [0] : protocols;
}

test('EF(DIR), ODF, TokenInfo of the demo cards are the bytes of PKCS#15 §5.4, §5.5 and §5.9', () => {
  const card = createSimulatedCard({ profile: 'uicc' });
  const dir = card.file('3F00/2F00')!;
  expect(dir.recordLength).toBe(38);
  expect(toHex(dir.content.slice(38, 76))).toBe(
    '611d4f0ca000000063504b43532d31355007504b435323313551043f007f50ffffffffffffff',
  );
  expect(toHex(card.file('3F00/7F50/5031')!.content)).toBe(
    'a70a300804063f007f506420ffffffffffffffffffffffffffffffffffffffff',
  );
  expect(toHex(card.file('3F00/7F50/6431')!.content)).toBe('ff'.repeat(2048));
});

test('EF_ARR of the demo cards: READ always, everything else ADM1 (TS 102 221 §9.2.7)', () => {
  const arr = createSimulatedCard({ profile: 'uicc' }).file('3F00/2F06')!;
  expect(toHex(arr.content.slice(0, arr.recordLength))).toMatch(
    /^800101900080015aa40683010a9501088401d4a40683010a950108(ff)+$/,
  );
});

test('a profile from a file extends a built-in one, adds and removes files', () => {
  const path = profileFile(`
description: mine
extends: ${join(__dirname, '../../src/simulator/profiles/uicc.yaml')}
root:
  files:
    7F10: remove
    7F50:
      files:
        '6440': { rule: public, size: 10, text: ab }
`);
  const card = createSimulatedCard({ profile: path });
  expect(card.file('3F00/7F10')).toBeUndefined();
  expect(card.file('3F00/7F50/6440')!.content).toEqual(fromHex('6162ffffffffffffffff'));
});

test('the profile in docs/simulated-cards.md is one', () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/simulated-cards.md', 'utf8'))![1]!;
  const card = createSimulatedCard({ profile: profileFile(yaml) });
  expect(card.file('3F00/7F50/6431')!.content).toHaveLength(512);
  expect(card.pin('PIN1')!.enabled).toBe(true);
});

test('docs/simulated-cards.md names every key of a profile and every option of a reader', () => {
  const text = readFileSync('docs/simulated-cards.md', 'utf8');
  const keys = Object.keys(PROFILE.shape).filter((key) => key !== 'description');
  expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  expect(SIM_OPTIONS.filter(({ name }) => !text.includes(`\`${name}=`))).toEqual([]);
});

test.each([
  ['an unknown key', 'kind: uicc\natr: 3B00\nprotocol: T=0\ncolour: red\n', /line 1|colour/],
  ['a wrong value', 'description: x\nkind: uicc\natr: 3B00\nprotocol: T=7\n', /line 4, protocol/],
  ['a wrong nested value', 'description: x\nextends: uicc\ntime:\n  clock: fast\n', /line 4, time\.clock/],
  ['broken YAML', 'description: [\n', /not YAML/],
  ['a list', '- a\n', /a map of settings/],
])('%s is refused with file and place', (_what, yaml, message) => {
  const error = usageError(() => loadProfile(profileFile(yaml)));
  expect(error.code).toBe('USAGE_PROFILE_INVALID');
  expect(error.message).toMatch(message);
});

test('a profile that extends itself, an unknown name, an unreadable path', () => {
  const path = profileFile('');
  writeFileSync(path, `extends: ${path}\n`);
  expect(usageError(() => loadProfile(path)).message).toMatch(/extends itself/);
  expect(usageError(() => loadProfile('no-such-card')).code).toBe('USAGE_PROFILE_UNKNOWN');
  expect(usageError(() => loadProfile('/nowhere/card.yaml')).code).toBe('USAGE_FILE_UNREADABLE');
});

test.each([
  ['more content than the file has', '{ rule: public, size: 1, text: abc }', /3F00\/6FFF: 3 octets/],
  ['an unknown rule', '{ rule: nobody, size: 1 }', /rule "nobody"/],
  ['an alias without an anchor', '{ rule: public, iccid: *nothing }', /aliases/],
  ['a bad ICCID', '{ rule: public, iccid: "8988211000000001002" }', /check digit/],
])('%s is refused with the path of the file', (_what, file, message) => {
  const path = profileFile(`description: x\nextends: uicc\nroot:\n  files:\n    6FFF: ${file}\n`);
  const error = usageError(() => createSimulatedCard({ profile: path }));
  expect(error.code).toBe('USAGE_PROFILE_INVALID');
  expect(error.message).toMatch(message);
});
