import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedCard, loadProfile } from '../../src/simulator/index.js';
import { insert } from './cards.js';
import { staticKeys } from './reference.js';
import { open, TEST_KEY } from './support.js';

function profileFile(domain: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'simboot-domain-')), 'card.yaml');
  writeFileSync(path, `description: a test\nextends: uicc-scp03\nsecurityDomain:\n${domain}`);
  return path;
}

test.each([
  ['uicc-scp03', 0x30, 16, 8, 0x33, staticKeys(TEST_KEY)],
  ['uicc-scp03-s16', 0x30, 32, 16, 0x33, staticKeys(TEST_KEY.repeat(2))],
  ['uicc-scp03-t0', 0x30, 16, 8, 0x33, staticKeys(TEST_KEY)],
  ['uicc-scp03-only', 0x30, 16, 8, 0x33, staticKeys(TEST_KEY)],
  [
    'uicc-scp03-random',
    0x21,
    24,
    8,
    0x13,
    staticKeys(
      '1D72CD9283FD55162722C6BEAA4DC1877F4C0CD0ECC15E05',
      'F4932BA02FFC3098D172790099D2838236F2E61068D56F44',
      'B4BDC610C3F6793708FF1132E2C5BF60523AEAC06B32F204',
    ),
  ],
] as const)('%s opens with its keys', async (name, version, length, size, level, keys) => {
  const card = await insert(name);
  expect(card.keys.map((key) => [key.version, key.identifier, key.length])).toEqual([
    [version, 1, length],
    [version, 2, length],
    [version, 3, length],
  ]);
  await open(card, { size, level, keys, channel: 1 });
  expect(card.secureChannels).toEqual([{ channel: 1, state: 'open', level, keyVersion: version }]);
});

test('with several key sets the lowest version is the default', async () => {
  const set = (octet: string) =>
    `{ enc: ${octet.repeat(16)}, mac: ${octet.repeat(16)}, dek: ${octet.repeat(16)} }`;
  const card = await insert(profileFile(`  keySets: { "7F": ${set('AA')}, "0A": ${set('BB')} }\n`));
  expect([...new Set(card.keys.map(({ version }) => version))]).toEqual([0x0a, 0x30, 0x7f]);
  await open(card, { keys: staticKeys('BB'.repeat(16)) });
});

test('cards without a security domain show none', () => {
  const card = createSimulatedCard({ profile: 'uicc' });
  expect([card.keys, card.secureChannels, card.keyCounters(0x30)]).toEqual([[], [], undefined]);
  expect(card.snapshot().securityDomain).toBeUndefined();
});

test.each([
  [
    'keys of two lengths',
    `  keySets: { "31": { enc: ${'11'.repeat(16)}, mac: ${'11'.repeat(24)}, dek: ${'11'.repeat(16)} } }`,
  ],
  [
    'a key of 15 octets',
    `  keySets: { "31": { enc: ${'11'.repeat(15)}, mac: ${'11'.repeat(16)}, dek: ${'11'.repeat(16)} } }`,
  ],
  ['a missing key', `  keySets: { "31": { enc: ${'11'.repeat(16)} } }`],
  [
    'key version 80',
    `  keySets: { "80": { enc: ${'11'.repeat(16)}, mac: ${'11'.repeat(16)}, dek: ${'11'.repeat(16)} } }`,
  ],
  ['an unknown deviation', '  deviations: { forgetsKeys: true }'],
  ['a short AID', '  aid: A0000001'],
  ['a counter of four octets', '  sequenceCounter: 0x1000000'],
])('%s: refused with the line', (_name, domain) => {
  expect(() => loadProfile(profileFile(`${domain}\n`))).toThrow(
    expect.objectContaining({
      code: 'USAGE_PROFILE_INVALID',
      message: expect.stringMatching(/line 4, securityDomain/),
    }),
  );
});

test('an access rule with a level that does not exist', () => {
  const path = profileFile('  i: "70"\nrules:\n  secured: { read: channel 32 }\n');
  expect(() => createSimulatedCard({ profile: path })).toThrow(/channel 32/);
});
