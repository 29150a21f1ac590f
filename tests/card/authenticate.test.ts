/** AUTHENTICATE from the host, octets by hand (TS 31.102 §7.1.2), then against the simulated USIM. */
import { createHash } from 'node:crypto';
import { ApduProcessor } from '../../src/apdu/index.js';
import { encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import {
  authenticate,
  type Card,
  decodeGbaBootstrapParameters,
  gbaBootstrap,
  gbaNafKey,
  openCard,
} from '../../src/card/index.js';
import { createVector, Milenage } from '../../src/crypto/index.js';
import { type Exchange, ScriptedChannel } from '../support/scriptedChannel.js';
import { emulated } from './emulated.js';

const RAND = '23553cbe9637a89d218ae64dae47bf35';
const AUTN = '55f328b43577b9b94a9ffac354dfafb3';
const CHALLENGE = `10${RAND}10${AUTN}`;
const USIM = { aid: fromHex('a0000000871002ff49ff018900000100') };

function scripted(exchanges: readonly Exchange[], logicalChannel = 0, mode: '2g' | '3g' = '3g'): Card {
  const processor = new ApduProcessor(new ScriptedChannel(exchanges));
  return { mode, logicalChannel, processor, selectApplication: async () => undefined } as unknown as Card;
}

const aka = (answer: string, channel = 0) => {
  const cla = channel === 0 ? '00' : '01';
  const card = scripted([[`${cla}88008122${CHALLENGE}00`, answer]], channel);
  return authenticate(card, USIM, fromHex(RAND), fromHex(AUTN));
};

test('3G context: DB with RES, CK, IK and perhaps Kc', async () => {
  const fields = '04aabbccdd02c1c20211220000'.slice(0, 22);
  const plain = await aka(`db${fields}9000`);
  expect(plain).toEqual({
    kind: 'accepted',
    res: fromHex('aabbccdd'),
    ck: fromHex('c1c2'),
    ik: fromHex('1122'),
  });
  expect(await aka(`db${fields}0801020304050607089000`, 1)).toEqual({
    ...plain,
    kc: fromHex('0102030405060708'),
  });
});

test('3G context: DC with AUTS; 9862; other status words; answers of no standard', async () => {
  const auts = '0102030405060708090a0b0c0d0e';
  expect(await aka(`dc0e${auts}9000`)).toEqual({ kind: 'resynchronise', auts: fromHex(auts) });
  await expect(aka('9862')).rejects.toMatchObject({ code: 'SECURITY_AUTN' });
  await expect(aka('6982')).rejects.toMatchObject({ code: 'SECURITY_ACCESS_DENIED' });
  await expect(aka('6d00')).rejects.toMatchObject({ kind: 'card' });
  for (const answer of [
    '9000',
    'da01aa9000',
    'db04aabb9000',
    'db01aa01bb9000',
    'dc0d00112233445566778899aabbcc9000',
  ])
    await expect(aka(answer)).rejects.toMatchObject({ code: 'CARD_RESPONSE' });
});

test('GBA context: DD and RES alone, DE with NAF_Id and IMPI gives Ks_ext_NAF', async () => {
  const card = scripted([
    [`0088008423dd${CHALLENGE}00`, 'db04aabbccdd9000'],
    [`0088008406de02aaaa01bb00`, `db20${'5a'.repeat(32)}9000`],
    [`0088008406de02aaaa01bb00`, '6985'],
    [`0088008406de02aaaa01bb00`, `db10${'5a'.repeat(16)}9000`],
  ]);
  expect(await gbaBootstrap(card, USIM, fromHex(RAND), fromHex(AUTN))).toEqual({
    kind: 'accepted',
    res: fromHex('aabbccdd'),
  });
  const naf = () => gbaNafKey(card, USIM, fromHex('aaaa'), fromHex('bb'));
  expect(toHex(await naf())).toBe('5a'.repeat(32));
  await expect(naf()).rejects.toMatchObject({ kind: 'card' });
  await expect(naf()).rejects.toMatchObject({ code: 'CARD_RESPONSE' });
});

test('refused before anything is sent', async () => {
  const nothing = scripted([]);
  await expect(authenticate(nothing, USIM, fromHex('00'), fromHex(AUTN))).rejects.toThrow(
    'RAND has 16 octets',
  );
  await expect(gbaNafKey(nothing, USIM, new Uint8Array(127), new Uint8Array(1))).rejects.toThrow('126 fit');
  const gsm = scripted([], 0, '2g');
  await expect(authenticate(gsm, USIM, fromHex(RAND), fromHex(AUTN))).rejects.toMatchObject({
    code: 'CARD_MODE',
  });
});

test('EF(GBABP): empty, RAND alone, all three, damaged', () => {
  expect(decodeGbaBootstrapParameters(fromHex('ffffffff'))).toBeUndefined();
  expect(decodeGbaBootstrapParameters(fromHex('00ff'))).toBeUndefined();
  expect(decodeGbaBootstrapParameters(fromHex('02aabbffff'))).toEqual({ rand: fromHex('aabb') });
  expect(decodeGbaBootstrapParameters(fromHex('02aabb01cc02ddeeff'))).toEqual({
    rand: fromHex('aabb'),
    bTid: fromHex('cc'),
    keyLifetime: fromHex('ddee'),
  });
  expect(decodeGbaBootstrapParameters(fromHex('02aabb20cc'))).toEqual({ rand: fromHex('aabb') });
});

test('with a USIM: AKA, and the key of a NAF that both sides derive', async () => {
  const card = await openCard((await emulated('uicc-gba')).channel);
  const centre = new Milenage({
    k: fromHex('465b5ce8b199b49faa5f0a2ee238a6bc'),
    opc: fromHex('cd63cb71954a9f4e48a5994e37a02baf'),
  });
  const rand = fromHex(RAND);
  const vector = (sqn: string) => createVector(centre, rand, fromHex(sqn), fromHex('8000'));
  const first = vector('000000000021');
  expect(await authenticate(card, USIM, rand, first.autn)).toMatchObject({
    kind: 'accepted',
    res: first.xres,
  });
  expect(await authenticate(card, USIM, rand, first.autn)).toMatchObject({ kind: 'resynchronise' });
  const mask = createHash('sha1').update(first.ik).digest().subarray(0, 8);
  const second = vector('000000000042').autn.map((octet, at) => (at < 8 ? octet : octet ^ mask[at - 8]!));
  expect(await gbaBootstrap(card, USIM, rand, second)).toMatchObject({ kind: 'accepted', res: first.xres });
  const impi = encodeUtf8('001010000000001@ims.mnc001.mcc001.3gppnetwork.org');
  const key = await gbaNafKey(card, USIM, fromHex('646d2e6578616d706c652e636f6d03ff000001'), impi);
  expect(toHex(key)).toBe('769983ae75e0bd3e1431ab9416198bfacde8da869e27aac66e38cc3c3d4c9e50');
});
