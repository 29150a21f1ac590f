/** A device against pushes that are lost, late, early, twice, damaged or foreign. The SIM is the simulated USIM. */
import { DROP_REASONS, PushReceiver, protectBootstrap, type Received } from '../../src/bootstrap/index.js';
import { encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import { authenticate, gbaBootstrap, gbaNafKey, openCard } from '../../src/card/index.js';
import { Milenage, sqnFromNumber, sqnToNumber } from '../../src/crypto/index.js';
import {
  dmKeys,
  nafId,
  type PushAuthenticator,
  retrievePushInfo,
  SIM_GPI,
  UA_SIMULATOR,
} from '../../src/gba/index.js';
import { emulated } from '../card/emulated.js';

const IMPI = '001010123456789@ims.mnc001.mcc001.3gppnetwork.org';
const DOCUMENT = encodeUtf8('[{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2//","MOData":{}}]');
const K = fromHex('465b5ce8b199b49faa5f0a2ee238a6bc');
const OPC = fromHex('cd63cb71954a9f4e48a5994e37a02baf');

let now: Date;
let asked: number;
let pushes: number;
beforeEach(() => {
  now = new Date('2026-11-22T12:00:00Z');
  asked = 0;
  pushes = 0;
});

async function usim(): Promise<PushAuthenticator> {
  const card = await openCard((await emulated('uicc-gba')).channel);
  const application = { aid: fromHex('a0000000871002ff49ff018900000100') };
  return {
    authenticate(rand, autn) {
      asked++;
      return authenticate(card, application, rand, autn);
    },
    async gbaKey(rand, autnStar, id, impi) {
      asked++;
      const result = await gbaBootstrap(card, application, rand, autnStar);
      if (result.kind === 'resynchronise') return result;
      return { kind: 'accepted', key: await gbaNafKey(card, application, id, impi) };
    },
  };
}

/** The network's side: the n-th push of this subscriber. */
function push(
  more: { gba?: 'GBA_ME' | 'GBA_U'; fqdn?: string; k?: Uint8Array; life?: number; sqn?: bigint } = {},
) {
  const n = ++pushes;
  const { gba = 'GBA_ME', fqdn = 'dm.example.com', k = K, life = 600_000, sqn = BigInt(n * 33) } = more;
  const request = {
    ueId: IMPI,
    ueIdType: 'PRIVATE',
    uiccAppLabel: 'USIM',
    nafId: { nafFqdn: fqdn, uaSecProtId: UA_SIMULATOR },
    ptId: `p${n}@naf`,
    uiccOrMe: gba,
    requestedLifeTime: new Date(now.getTime() + life),
  } as const;
  const functions = new Milenage({ k, opc: OPC });
  const subscriber = { impi: IMPI, functions, sqn: sqnFromNumber(sqn), amf: fromHex('8000'), gbaU: true };
  const environment = {
    now,
    random: (octets: number) => new Uint8Array(octets).fill(n),
    longestLife: 86_400,
  };
  const result = retrievePushInfo(request, subscriber, environment);
  if (result.kind !== 'answer') throw new Error(result.cause);
  const { meKeyMaterial, gbaPushInfo, keyExpiryTime } = result.answer;
  const association = {
    pTid: request.ptId,
    nafId: nafId(fqdn, UA_SIMULATOR),
    rand: SIM_GPI.decode(gbaPushInfo).rand,
    keys: dmKeys(meKeyMaterial),
    expires: keyExpiryTime!,
  };
  const message = protectBootstrap(DOCUMENT, association, { random: (octets) => new Uint8Array(octets) });
  return { info: gbaPushInfo, message, sqn: sqnToNumber(result.sqn) };
}

const receiver = async (more = {}) =>
  new PushReceiver({ card: await usim(), impi: IMPI, clock: () => now, ...more });

const bootstrapOf = (received: Received) => received.kind === 'bootstrap' && toHex(received.document);

test.each(['GBA_ME', 'GBA_U'] as const)('%s: push information, then the message', async (gba) => {
  const device = await receiver();
  const { info, message } = push({ gba });
  expect(await device.pushInfo(info)).toMatchObject({ kind: 'associated', pTid: 'p1@naf' });
  expect(bootstrapOf(device.message(message))).toBe(toHex(DOCUMENT));
  expect(device.dropped).toEqual({});
});

test('a message that overtook its push information waits for it', async () => {
  const device = await receiver();
  const { info, message } = push();
  expect(device.message(message)).toEqual({ kind: 'held', pTid: 'p1@naf' });
  expect(device.message(message)).toEqual({ kind: 'dropped', reason: 'repeated' });
  expect(bootstrapOf(await device.pushInfo(info))).toBe(toHex(DOCUMENT));
});

test('it does not wait for ever, and not with any number of others', async () => {
  const device = await receiver();
  const first = push();
  device.message(first.message);
  for (let more = 0; more < 7; more++) expect(device.message(push().message).kind).toBe('held');
  expect(device.message(push().message)).toEqual({ kind: 'dropped', reason: 'no-room' });
  now = new Date('2026-11-22T12:10:00Z');
  expect(device.message(push().message).kind).toBe('held');
});

test('what comes twice is dropped, and the card is not asked again', async () => {
  const device = await receiver();
  const { info, message } = push();
  await device.pushInfo(info);
  expect(await device.pushInfo(info)).toEqual({ kind: 'dropped', reason: 'repeated' });
  device.message(message);
  expect(await device.pushInfo(info)).toEqual({ kind: 'dropped', reason: 'repeated' });
  expect(asked).toBe(1);
  // The association is used up, so the repeated message waits for one that never comes.
  expect(device.message(message).kind).toBe('held');
});

test('damaged messages are dropped and leave the association for the genuine one', async () => {
  const device = await receiver();
  const { info, message } = push();
  await device.pushInfo(info);
  const damaged = Uint8Array.from(message);
  damaged[message.length - 1]! ^= 1;
  expect(device.message(damaged)).toEqual({ kind: 'dropped', reason: 'refused' });
  expect(device.message(message.slice(0, 20))).toEqual({ kind: 'dropped', reason: 'malformed' });
  expect(bootstrapOf(device.message(message))).toBe(toHex(DOCUMENT));
  expect(device.dropped).toEqual({ refused: 1, malformed: 1 });
});

test('a damaged message that came first does not stand in the way of the push information', async () => {
  const device = await receiver();
  const { info, message } = push();
  const damaged = Uint8Array.from(message);
  damaged[message.length - 1]! ^= 1;
  expect(device.message(damaged).kind).toBe('held');
  expect((await device.pushInfo(info)).kind).toBe('associated');
  expect(bootstrapOf(device.message(message))).toBe(toHex(DOCUMENT));
});

test('expired, foreign and forged push information, and one for another subscriber', async () => {
  const device = await receiver({ nafIds: [nafId('dm.example.com', UA_SIMULATOR)] });
  const late = push({ life: 1000 });
  now = new Date('2026-11-22T12:00:01Z');
  expect(await device.pushInfo(late.info)).toEqual({ kind: 'dropped', reason: 'expired' });
  expect(await device.pushInfo(push({ fqdn: 'other.example' }).info)).toEqual({
    kind: 'dropped',
    reason: 'foreign-naf',
  });
  expect(await device.pushInfo(fromHex('00'))).toEqual({ kind: 'dropped', reason: 'malformed' });
  expect(asked).toBe(0);
  expect(await device.pushInfo(push({ k: new Uint8Array(16) }).info)).toEqual({
    kind: 'dropped',
    reason: 'card-refused',
  });
  const forged = push();
  forged.info[6]! ^= 0x10;
  expect(await device.pushInfo(forged.info)).toEqual({ kind: 'dropped', reason: 'forged' });
  expect(device.message(forged.message).kind).toBe('held');
});

test('an association ends with its keys', async () => {
  const device = await receiver();
  const { info, message } = push({ life: 60_000 });
  await device.pushInfo(info);
  now = new Date('2026-11-22T12:01:00Z');
  expect(device.message(message).kind).toBe('held');
});

test('a sequence number that is behind gives AUTS, and nothing is kept', async () => {
  const device = await receiver();
  await device.pushInfo(push({ sqn: 3200n }).info);
  const answer = await device.pushInfo(push({ sqn: 32n }).info);
  expect(answer).toMatchObject({ kind: 'resynchronise' });
  expect(device.state.associations).toHaveLength(1);
});

test('a flood of genuine push information is bounded', async () => {
  const device = await receiver();
  for (let count = 0; count < 16; count++)
    expect((await device.pushInfo(push().info)).kind).toBe('associated');
  expect(await device.pushInfo(push().info)).toEqual({ kind: 'dropped', reason: 'no-room' });
});

test('associations, used RANDs and counters outlive power', async () => {
  const card = await usim();
  const first = new PushReceiver({ card, impi: IMPI, clock: () => now });
  const { info, message } = push();
  await first.pushInfo(info);
  await first.pushInfo(fromHex('00'));
  const state = JSON.parse(JSON.stringify(first.state));
  const second = new PushReceiver({ card, impi: IMPI, clock: () => now, state });
  expect(second.dropped).toEqual({ malformed: 1 });
  expect(bootstrapOf(second.message(message))).toBe(toHex(DOCUMENT));
  const third = new PushReceiver({ card, impi: IMPI, clock: () => now, state: second.state });
  expect(await third.pushInfo(info)).toEqual({ kind: 'dropped', reason: 'repeated' });
  expect(
    Object.keys(third.dropped).every((reason) => (DROP_REASONS as readonly string[]).includes(reason)),
  ).toBe(true);
});

test('a card that cannot be asked is the device’s trouble, not the push’s', async () => {
  const card = {
    authenticate: () => Promise.reject(new Error('gone')),
    gbaKey: () => Promise.reject(new Error('gone')),
  };
  const device = await receiver({ card });
  const { info } = push();
  await expect(device.pushInfo(info)).rejects.toThrow('gone');
  expect(device.state).toEqual({ associations: [], seen: [], dropped: {} });
});
