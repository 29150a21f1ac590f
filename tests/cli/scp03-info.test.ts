/** `scp03 info`: an unknown card, described without a try. */
import type { CardChannel } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { createSimulatedCard, loadProfile } from '../../src/simulator/index.js';
import { type HarnessOptions, simboot } from './harness.js';

const env = { K: '404142434445464748494A4B4C4D4E4F', OTHER: '5a'.repeat(16) };
const KEYS = '--scp03-enc env:K --scp03-mac env:K --scp03-dek env:K';

/** Answers by the start of the command, as a card of which only this is known; 6D00 otherwise. */
function scripted(answers: Readonly<Record<string, string>>): HarnessOptions & { readonly sent: string[] } {
  const sent: string[] = [];
  const channel: CardChannel = {
    reader: 'scripted',
    atr: new Uint8Array(0),
    protocol: 'T=1',
    async transmit(command) {
      const hex = toHex(command);
      sent.push(hex);
      const [, answer = '6d00'] = Object.entries(answers).find(([start]) => hex.startsWith(start)) ?? [];
      return fromHex(answer);
    },
    reset: async () => undefined,
    close: async () => undefined,
  };
  return { sent, env, openChannels: async () => [channel] };
}

const SELECT = { '00a40400': '6f108408a000000151000000a5049f6501ff9000' };

test('the public part of a simulated card: protocol, key set, diversification data, test keys; no try', async () => {
  const card = createSimulatedCard({ profile: 'uicc-scp03' });
  await card.powerOn();
  const sent: string[] = [];
  const channel: CardChannel = {
    reader: 'simulated',
    atr: new Uint8Array(0),
    protocol: 'T=1',
    async transmit(command) {
      sent.push(toHex(command.subarray(0, 2)));
      const answer = await card.transmit(command);
      if (answer.kind !== 'response') throw new Error(answer.kind);
      return answer.response;
    },
    reset: async () => undefined,
    close: async () => undefined,
  };
  const result = await simboot('scp03 info --json', { env, openChannels: async () => [channel] });
  expect(result.code).toBe(0);
  expect(result.json()).toMatchObject({
    reader: 'simulated',
    aid: 'a000000151000000',
    recognition: {
      version: '2.3',
      protocols: [
        {
          protocol: '03',
          i: '70',
          mode: 'S8',
          cardChallenge: 'pseudo-random',
          responseMac: true,
          responseEncryption: true,
        },
      ],
    },
    keySets: [{ version: '30', keys: [1, 2, 3].map((id) => ({ id: `0${id}`, type: 'AES', length: 16 })) }],
    sequenceCounter: 0,
    handshake: {
      keyVersion: '30',
      i: '70',
      diversificationData: '00010203040506070809',
      sequenceCounter: '000001',
      testKeys: [expect.stringContaining('40..4F')],
    },
    session: null,
    registry: null,
    findings: [{ severity: 'warning', code: 'test-keys' }],
  });
  expect(sent).toEqual(['00a4', '80ca', '80ca', '80ca', '80ca', '8050']);
  expect(card.keyCounters(0x30)?.failures).toBe(0);
});

test('with keys: the registry, at the highest level that the card offers', async () => {
  const opened = await simboot(`scp03 info --reader sim:uicc-scp03 ${KEYS} --json`, { env });
  expect(opened.json()).toMatchObject({
    session: { level: '33', keyVersion: '30' },
    registry: {
      issuerSecurityDomain: [{ aid: 'a000000151000000', lifeCycle: '0f' }],
      applications: [{ aid: 'a0000000871002ff49ff018900000100' }, { aid: 'a000000063504b43532d3135' }],
      loadFiles: [{ modules: ['a000000151535041'] }, {}],
    },
  });
  const text = await simboot(`scp03 info --reader sim:uicc-scp03-t0 ${KEYS}`, { env });
  expect(text.stdout).toMatch(/30 +01 +AES +16 octets +Key-ENC/);
  expect(text.stdout).toMatch(/issuer security domain +A000000151000000 +0F SECURED/);
  const { data } = loadProfile('uicc-scp03-random');
  const { enc, mac, dek } = data.securityDomain!.keySets['21'] as Record<'enc' | 'mac' | 'dek', string>;
  const random = await simboot(
    `scp03 info --reader sim:uicc-scp03-random ${KEYS.replace(/env:K/, 'env:E').replace(/env:K/, 'env:M').replace(/env:K/, 'env:D')} --json`,
    {
      env: { E: enc, M: mac, D: dek },
    },
  );
  expect(random.json()).toMatchObject({ session: { level: '13' }, findings: [{ code: 'no-level-33' }] });
});

test('with wrong keys: nothing after INITIALIZE UPDATE, exit 4', async () => {
  const wrong = KEYS.replaceAll('env:K', 'env:OTHER');
  const result = await simboot(`scp03 info --reader sim:uicc-scp03 ${wrong} --json`, { env });
  expect([result.code, result.json()]).toMatchObject([
    4,
    { error: { code: 'SECURITY_CARD_CRYPTOGRAM', details: { trySpent: false } } },
  ]);
});

test('--passive sends no INITIALIZE UPDATE', async () => {
  const io = scripted(SELECT);
  expect((await simboot('scp03 info --passive --json', io)).json()).toMatchObject({ handshake: null });
  expect(io.sent.some((hex) => hex.startsWith('8050'))).toBe(false);
});

test('a card of which little is known: SCP02, CPLC with dates, initial keys, what is malformed', async () => {
  const io = scripted({
    ...SELECT,
    '80ca0066': '6626732406072a864886fc6b01600c060a2a864886fc6b02020202640b06092a864886fc6b0402159000',
    '80ca9f7f': `9f7f2a4790d3216142700000003180050474207515${'00'.repeat(24)}9000`,
    '80ca00e0': 'e006c00401ff8810c09000',
    '8050': '00000000000000000000ff02aabbccddeeff00112233445566778899000102039000',
  });
  const result = await simboot('scp03 info', io);
  expect(result.code).toBe(0);
  expect(result.stdout).toContain('SCP02, i 15');
  expect(result.stdout).toContain('not SCP03 [no-scp03]');
  expect(result.stdout).toContain('the card opens SCP02 with key version FF');
  expect(result.stdout).toMatch(/IC fabricator: +4790/);
  expect(result.stdout).toMatch(/IC fabrication date: +3180 \(day 180 of a year ending in 3\)/);
  expect(result.stdout).toMatch(/! warning key information template \(00E0\)/);
});

test('S16 is found by the length that the card takes, and a lying i is told', async () => {
  const iu = `${'00'.repeat(10)}300361${'aa'.repeat(32)}9000`;
  const io = scripted({ ...SELECT, '8050000008': '6700', '8050000010': iu });
  const found = await simboot('scp03 info --json', io);
  expect(found.json()).toMatchObject({ handshake: { mode: 'S16', i: '61', testKeys: [] } });
  const lying = scripted({
    ...SELECT,
    '80ca0066': '6626732406072a864886fc6b01600c060a2a864886fc6b02020301640b06092a864886fc6b0403719000',
    '8050': iu,
  });
  expect((await simboot('scp03 info', lying)).stdout).toContain(
    'i is 61 here and 71 in Card Recognition Data',
  );
});

test('a card without a security domain', async () => {
  const result = await simboot('scp03 info --reader sim:uicc --json', { env });
  expect([result.code, result.json()]).toMatchObject([3, { error: { code: 'CARD_FILE_NOT_FOUND' } }]);
});

test('a key version that the card does not have is said, and the rest is shown', async () => {
  const result = await simboot('scp03 info --reader sim:uicc-scp03 --kvn 55 --json', { env });
  expect(result.json()).toMatchObject({
    handshake: null,
    keySets: [{ version: '30' }],
    findings: [
      { severity: 'warning', message: expect.stringContaining('no complete key set of version 55') },
    ],
  });
});
