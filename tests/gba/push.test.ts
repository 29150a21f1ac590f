/** Push information, the small BSF, and the device: octets by hand, then the three against each other over a USIM. */
import { createHmac } from 'node:crypto';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { authenticate, gbaBootstrap, gbaNafKey, openCard } from '../../src/card/index.js';
import { createAuts, Milenage, sqnFromNumber, sqnToNumber, Tuak } from '../../src/crypto/index.js';
import {
  type BsfEnvironment,
  type BsfSubscriber,
  nafId,
  openPushInfo,
  type PushAuthenticator,
  type PushInfoRequest,
  retrievePushInfo,
  SIM_GPI,
  UA_SIMULATOR,
} from '../../src/gba/index.js';
import { emulated } from '../card/emulated.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const IMPI = '001010123456789@ims.mnc001.mcc001.3gppnetwork.org';
const RAND = fromHex('23553cbe9637a89d218ae64dae47bf35');
/** 2026-11-22T12:00:00Z in seconds since 1970. */
const EXPIRY = '6b02d940';
const KEY = new Uint8Array(32).fill(0x4b);

test('the octets of push information', () => {
  const info = {
    gba: 'u',
    rand: RAND,
    autn: fromHex('55f328b43577b9b94a9ffac354dfafb3'),
    nafId: fromHex('612e6203ff000001'),
    pTid: 'p1@naf',
    expires: new Date('2026-11-22T12:00:00Z'),
  } as const;
  const body = [
    '53424750 01 01',
    EXPIRY,
    '23553cbe9637a89d218ae64dae47bf35 55f328b43577b9b94a9ffac354dfafb3',
    '08 612e6203ff000001',
    '06 703140 6e6166',
  ]
    .join('')
    .replaceAll(' ', '');
  const mac = createHmac('sha256', KEY).update('simboot gpi').update(fromHex(body)).digest('hex');
  const bytes = body + mac.slice(0, 32);
  expect(toHex(SIM_GPI.encode(info, KEY))).toBe(bytes);
  expect(SIM_GPI.decode(fromHex(bytes))).toEqual(info);
  expect(SIM_GPI.verify(fromHex(bytes), KEY)).toBe(true);
  for (let bit = 0; bit < bytes.length * 4; bit++) {
    const damaged = fromHex(bytes);
    damaged[bit >> 3]! ^= 0x80 >> (bit & 7);
    expect(SIM_GPI.verify(damaged, KEY)).toBe(false);
  }
  for (let length = 0; length < bytes.length / 2; length++)
    expect(() => SIM_GPI.decode(fromHex(bytes).slice(0, length))).toThrow('not push information');
});

const subscription = () =>
  new Milenage({
    k: fromHex('465b5ce8b199b49faa5f0a2ee238a6bc'),
    opc: fromHex('cd63cb71954a9f4e48a5994e37a02baf'),
  });
const subscriber = (more: Partial<BsfSubscriber> = {}): BsfSubscriber => ({
  impi: IMPI,
  functions: subscription(),
  sqn: new Uint8Array(6),
  amf: fromHex('8000'),
  gbaU: true,
  ...more,
});
const environment: BsfEnvironment = { now: NOW, random: () => RAND, longestLife: 3600 };
const request = (more: Partial<PushInfoRequest> = {}): PushInfoRequest => ({
  ueId: IMPI,
  ueIdType: 'PRIVATE',
  uiccAppLabel: 'USIM',
  nafId: { nafFqdn: 'dm.example.com', uaSecProtId: UA_SIMULATOR },
  ptId: 'p1@naf',
  uiccOrMe: 'GBA_ME',
  requestedLifeTime: new Date('2026-11-22T12:10:00Z'),
  ...more,
});

function answerTo(one: PushInfoRequest, of = subscriber()) {
  const result = retrievePushInfo(one, of, environment);
  if (result.kind !== 'answer') throw new Error(result.cause);
  return result;
}

test('every push has an SQN of its own, and never a life longer than the BSF allows', () => {
  const first = answerTo(request());
  expect(sqnToNumber(first.sqn)).toBe(33n);
  expect(sqnToNumber(answerTo(request(), subscriber({ sqn: first.sqn })).sqn)).toBe(66n);
  expect(first.answer.keyExpiryTime).toEqual(new Date('2026-11-22T12:10:00Z'));
  const long = answerTo(request({ requestedLifeTime: new Date('2027-01-01T00:00:00Z') }));
  expect(long.answer.keyExpiryTime).toEqual(new Date('2026-11-22T13:00:00Z'));
  expect(first.answer.impi).toBeUndefined();
  expect(answerTo(request({ privateIdRequest: true })).answer.impi).toBe(IMPI);
});

test('refusals', () => {
  const cause = (one: PushInfoRequest, of: BsfSubscriber | undefined, more: Partial<BsfEnvironment> = {}) => {
    const result = retrievePushInfo(one, of, { ...environment, ...more });
    return result.kind === 'refused' ? result.cause : 'answer';
  };
  expect(cause(request(), undefined)).toBe('USER_UNKNOWN');
  expect(cause(request(), subscriber(), { nafs: new Set(['other.example']) })).toBe('NAF_NOT_AUTHORIZED');
  expect(cause(request(), subscriber(), { nafs: new Set(['dm.example.com']) })).toBe('answer');
  expect(cause(request({ uiccOrMe: 'GBA_U' }), subscriber({ gbaU: false }))).toBe('GBA_U_NOT_SUPPORTED');
  expect(cause(request({ requestedLifeTime: NOW }), subscriber())).toBe('LIFETIME_OVER');
  const resynchronisation = { rand: RAND, auts: new Uint8Array(14) };
  expect(cause(request({ resynchronisation }), subscriber())).toBe('RESYNCHRONISATION_FAILED');
  const long = new Tuak({ k: new Uint8Array(16), topc: new Uint8Array(32), ckBits: 256 });
  expect(cause(request(), subscriber({ functions: long }))).toBe('KEY_SIZE_NOT_SUPPORTED');
});

/** The USIM of profile uicc-gba as the device's authenticator. */
async function usim(): Promise<PushAuthenticator> {
  const card = await openCard((await emulated('uicc-gba')).channel);
  const application = { aid: fromHex('a0000000871002ff49ff018900000100') };
  return {
    authenticate: (rand, autn) => authenticate(card, application, rand, autn),
    async gbaKey(rand, autnStar, id, impi) {
      const result = await gbaBootstrap(card, application, rand, autnStar);
      if (result.kind === 'resynchronise') return result;
      return { kind: 'accepted', key: await gbaNafKey(card, application, id, impi) };
    },
  };
}

const device = { impi: IMPI, now: NOW };

test.each(['GBA_ME', 'GBA_U'] as const)('%s: BSF and device come to the same key', async (uiccOrMe) => {
  const { answer } = answerTo(request({ uiccOrMe }));
  const opened = await openPushInfo(answer.gbaPushInfo, SIM_GPI, await usim(), device);
  expect(opened).toMatchObject({
    kind: 'keys',
    info: { pTid: 'p1@naf', gba: uiccOrMe === 'GBA_U' ? 'u' : 'me' },
  });
  expect(opened.kind === 'keys' && toHex(opened.nafKey)).toBe(toHex(answer.meKeyMaterial));
  expect(answer.uiccKeyMaterial === undefined).toBe(uiccOrMe === 'GBA_ME');
});

test('a card that is ahead tells AUTS, and the BSF goes on from there', async () => {
  const card = await usim();
  const ahead = answerTo(request(), subscriber({ sqn: sqnFromNumber(3200n) }));
  await openPushInfo(ahead.answer.gbaPushInfo, SIM_GPI, card, device);
  const stale = answerTo(request());
  const opened = await openPushInfo(stale.answer.gbaPushInfo, SIM_GPI, card, device);
  if (opened.kind !== 'resynchronise') throw new Error(opened.kind);
  const again = answerTo(request({ resynchronisation: { rand: opened.info.rand, auts: opened.auts } }));
  expect(sqnToNumber(again.sqn)).toBeGreaterThan(3200n);
  expect(await openPushInfo(again.answer.gbaPushInfo, SIM_GPI, card, device)).toMatchObject({ kind: 'keys' });
});

test('an answer that comes late or twice turns no SQN back; one beyond the reach of the card does', () => {
  const functions = subscription();
  const auts = createAuts(functions, RAND, sqnFromNumber(3200n));
  const after = (sqn: bigint) =>
    sqnToNumber(
      answerTo(request({ resynchronisation: { rand: RAND, auts } }), subscriber({ sqn: sqnFromNumber(sqn) }))
        .sqn,
    );
  // SEQ 100 with IND 0 is the card's: the next of the home network is 101 or more, one for each request.
  expect([0n, 3199n, 3200n, 3233n, 6400n].map(after)).toEqual([3233n, 3233n, 3233n, 3266n, 6433n]);
  const reach = 1n << 28n;
  expect(after((100n + reach - 1n) << 5n)).toBe(((100n + reach) << 5n) + 1n);
  expect(after((100n + reach) << 5n)).toBe(3233n);
});

test('what is not for this device never reaches the card', async () => {
  const untouched: PushAuthenticator = {
    authenticate: () => Promise.reject(new Error('the card was asked')),
    gbaKey: () => Promise.reject(new Error('the card was asked')),
  };
  const { gbaPushInfo } = answerTo(request()).answer;
  const open = (bytes: Uint8Array, more = {}) =>
    openPushInfo(bytes, SIM_GPI, untouched, { ...device, ...more });
  expect(await open(gbaPushInfo.slice(1))).toEqual({ kind: 'dropped', reason: 'malformed' });
  expect(await open(gbaPushInfo, { now: new Date('2026-11-22T12:10:00Z') })).toEqual({
    kind: 'dropped',
    reason: 'expired',
  });
  expect(await open(gbaPushInfo, { nafIds: [nafId('other.example', UA_SIMULATOR)] })).toEqual({
    kind: 'dropped',
    reason: 'foreign-naf',
  });
});

test('push information that was changed on the way is forged', async () => {
  const { gbaPushInfo } = answerTo(request()).answer;
  const changed = Uint8Array.from(gbaPushInfo);
  changed[6]! ^= 0x10; // a later end of life
  expect(await openPushInfo(changed, SIM_GPI, await usim(), device)).toEqual({
    kind: 'dropped',
    reason: 'forged',
  });
});
