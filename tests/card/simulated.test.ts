/** The host side against simulated cards, which were written from the specifications without it. */
import type { Protocol } from '../../src/apdu/index.js';
import { decodeIccid, fromHex, toHex } from '../../src/bytes/index.js';
import { encodePin, type FileLocation, openCard, parseKeyValue } from '../../src/card/index.js';
import { emulated } from './emulated.js';
import { AID, errorOf, PKCS15 } from './support.js';

const ADM1 = parseKeyValue({ ascii: '12345678' });
const PIN1 = encodePin('1234');
const DIR: FileLocation = { path: [0x3f00, 0x2f00] };
const ICCID: FileLocation = { path: [0x3f00, 0x2fe2] };
const BOOT: FileLocation = { application: PKCS15, relative: [0x6431] };
const ODF: FileLocation = { application: PKCS15, relative: [0x5031] };
const content = Uint8Array.from({ length: 2048 }, (_, i) => (i * 7) & 0xff);

const CARDS: [profile: string, protocol: Protocol, mode: '2g' | '3g'][] = [
  ['uicc', 'T=1', '3g'],
  ['uicc-t0', 'T=0', '3g'],
  ['uicc', 'T=1', '2g'],
  ['uicc-t0', 'T=0', '2g'],
  ['sim', 'T=0', '2g'],
  ['ruim', 'T=0', '2g'],
  ['uicc-strict', 'T=1', '3g'],
];

test.each(CARDS)(
  '%s over %s in %s: reads, refuses, presents, writes, reads back',
  async (profile, protocol, mode) => {
    const { channel } = await emulated(profile, protocol);
    const card = await openCard(channel, { mode });
    expect(card.mode).toBe(mode);
    expect(decodeIccid(await card.readBinary(ICCID))).toBe('8988211000000001001');
    expect((await card.readRecords(DIR)).some((record) => toHex(record).includes(AID.toLowerCase()))).toBe(
      true,
    );
    expect(toHex(await card.readBinary(ODF)).startsWith('a70a300804063f007f506420')).toBe(true);
    expect(await card.readBinary(BOOT)).toEqual(new Uint8Array(2048).fill(0xff));

    const denied = await errorOf(card.updateBinary(BOOT, 0, content));
    expect(denied).toMatchObject({ code: 'SECURITY_ACCESS_DENIED' });
    expect(denied.message).toMatch(mode === '2g' ? /administrative key/ : /ADM1 \(key 0A\)/);
    if (mode === '2g' || profile === 'uicc-strict') {
      expect(await errorOf(card.present(0x0a, ADM1))).toMatchObject({ code: 'SECURITY_TRIES_UNKNOWN' });
    }
    await card.present(0x0a, ADM1, { consentUnknownTries: true });
    await card.updateBinary(BOOT, 0, content);
    expect(await card.readBinary(BOOT)).toEqual(content);
    expect(await card.readBinary(BOOT, { offset: 300, length: 700 })).toEqual(content.subarray(300, 1000));
  },
);

test('uicc over T=1: one SELECT a file, and content in full-length exchanges', async () => {
  const { channel, sent } = await emulated('uicc');
  const card = await openCard(channel);
  await card.readRecords(DIR);
  await card.readBinary(ODF);
  await card.readBinary(BOOT);
  // MF · DIR + 4 records · ADF · ODF + 1 · BOOT + 8
  expect(sent()).toHaveLength(1 + 5 + 1 + 2 + 9);
  await card.readBinary(BOOT);
  expect(sent()).toHaveLength(8);
  await card.select(BOOT);
  await card.selectApplication(PKCS15);
  expect(sent()).toEqual([]);
});

test('sim over T=0: the walk costs one SELECT a directory, GET RESPONSE one a file', async () => {
  const { channel, sent } = await emulated('sim');
  const card = await openCard(channel, { mode: '2g' });
  await card.readRecords(DIR);
  await card.readBinary(ODF);
  await card.readBinary(BOOT);
  // MF · DIR 2 + 4 records · DF · ODF 2 + 1 · BOOT 2 + 8
  expect(sent()).toHaveLength(1 + 6 + 1 + 3 + 10);
  await card.readBinary(ODF);
  expect(sent()).toHaveLength(2);
});

test.each(['uicc-compact', 'uicc-expanded', 'uicc-locked'])(
  '%s: a bootstrap that needs PIN1, its rule found and satisfied',
  async (profile) => {
    const { channel } = await emulated(profile);
    const card = await openCard(channel);
    expect(await errorOf(card.readBinary(BOOT))).toMatchObject({
      code: 'SECURITY_ACCESS_DENIED',
      details: { key: '01' },
    });
    const read = await card.keysNeeded(BOOT, 'read');
    expect(read.ways).toEqual([[{ kind: 'key', key: 0x01 }]]);
    expect((await card.keysNeeded(BOOT, 'update')).ways).toContainEqual([{ kind: 'key', key: 0x0a }]);
    expect((await card.keysNeeded(ODF, 'read')).ways).toEqual([[]]);
    expect(await card.pinStatus(0x01)).toEqual({ key: 1, state: 'needed', tries: 3 });
    expect(await errorOf(card.present(0x01, encodePin('9999')))).toMatchObject({
      code: 'SECURITY_PIN_WRONG',
      details: { tries: 2 },
    });
    await card.present(0x01, PIN1);
    expect(await card.readBinary(BOOT)).toHaveLength(2048);
    expect(await card.pinStatus(0x01)).toMatchObject({ state: 'verified' });
  },
);

test('uicc-environments: PIN1 is off, the Universal PIN stands in', async () => {
  const { channel } = await emulated('uicc-environments');
  const card = await openCard(channel);
  expect((await card.keysNeeded(BOOT, 'read')).ways).toEqual([[{ kind: 'key', key: 0x11 }]]);
  await card.present(0x11, encodePin('9999'));
  expect(await card.readBinary(BOOT)).toHaveLength(2048);
});

test('uicc: PIN1 is off, so that nothing is needed where the rule names it', async () => {
  const { channel } = await emulated('uicc');
  const card = await openCard(channel);
  const imsi: FileLocation = {
    application: { aid: fromHex('A0000000871002FF49FF018900000100') },
    relative: [0x6f07],
  };
  expect(await card.accessCondition(imsi, 'read')).toEqual({ kind: 'key', key: 1 });
  expect((await card.keysNeeded(imsi, 'read')).ways).toEqual([[]]);
  await card.readBinary(imsi);
});

test.each<[string, number, string[]]>([
  ['uicc', 4, ['40', 'c0']],
  ['uicc-t0', 3, ['03', '83']],
])('%s: files created, resized, deleted on channel %i', async (profile, number, classes) => {
  const { channel, sent } = await emulated(profile);
  const basic = await openCard(channel);
  const others = [];
  for (let i = 0; i < number; i++) others.push(await basic.openLogicalChannel());
  const card = others.at(-1)!;
  expect(card.logicalChannel).toBe(number);
  sent();
  const security = { form: 'referenced', tag: 0x8b, bytes: fromHex('2F0601') } as const;
  const parent: FileLocation = { application: PKCS15, relative: [] };
  const file: FileLocation = { application: PKCS15, relative: [0x6440] };
  await card.present(0x0a, ADM1);
  await card.createFile(parent, { kind: 'ef', fid: 0x6440, structure: 'transparent', size: 32, security });
  expect(await card.select(file)).toMatchObject({ size: 32, fid: 0x6440 });
  await card.resizeFile(file, 64);
  expect(await card.select(file)).toMatchObject({ size: 64 });
  await card.deleteFile(file);
  expect(await errorOf(card.select(file))).toMatchObject({ code: 'CARD_FILE_NOT_FOUND' });
  expect(sent().every((command) => classes.includes(command.slice(0, 2)))).toBe(true);
  for (const other of others) await other.close();
});

test('not-a-uicc is told from a SIM', async () => {
  const { channel } = await emulated('not-a-uicc');
  expect(await errorOf(openCard(channel))).toMatchObject({ code: 'CARD_NOT_A_SIM' });
});

test('extended length where the ATR of the card says so: a whole file in one READ', async () => {
  const { channel, sent } = await emulated('uicc');
  const card = await openCard(channel, { extendedLength: true });
  await card.select(BOOT);
  sent();
  expect(await card.readBinary(BOOT)).toHaveLength(2048);
  expect(sent()).toHaveLength(card.maxRead > 256 ? 1 : 8);
});
