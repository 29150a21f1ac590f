/** Host against simulated card: two programs written from the specification apart, meeting on the wire. */
import { ApduProcessor, type CardChannel, claForChannel } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { MemoryKey } from '../../src/crypto/index.js';
import {
  getStatus,
  type KeySet,
  openSecureApplication,
  probeKeySet,
  readCardRecognition,
  readCplc,
  readKeyInformation,
  rotateKeySet,
  type Scp03Mode,
  SECURITY_LEVELS,
  scp03ModeOf,
} from '../../src/globalplatform/index.js';
import { createSimulatedCard, loadProfile, type Profile } from '../../src/simulator/index.js';
import { rawKeys, SIZES } from './support.js';

const AID = fromHex('a000000063504b43532d3135');
const VERSION = 0x30;

function profile(size: number, mode: Scp03Mode, pseudoRandom: boolean, base = 'uicc-scp03'): Profile {
  const loaded = loadProfile(base);
  const domain = (loaded.data as unknown as { securityDomain: Record<string, unknown> }).securityDomain;
  const raw = rawKeys(size);
  const hex = (key: Buffer): string => key.toString('hex').toUpperCase();
  domain.i = 0x60 | (mode === 'S16' ? 1 : 0) | (pseudoRandom ? 0x10 : 0);
  domain.keySets = { 30: { enc: hex(raw.enc), mac: hex(raw.mac), dek: hex(raw.dek) } };
  return loaded;
}

function keysOf(size: number, mode: Scp03Mode, shift = 0, version = VERSION): KeySet {
  const key = (octets: Buffer): MemoryKey => new MemoryKey(octets.map((octet) => (octet + shift) & 0xff));
  const raw = rawKeys(size);
  return { keys: { enc: key(raw.enc), mac: key(raw.mac), dek: key(raw.dek) }, version, mode };
}

async function inserted(from: Profile | string): Promise<CardChannel> {
  const card = createSimulatedCard({ profile: from });
  const atr = (await card.powerOn()) ?? new Uint8Array(0);
  return {
    reader: 'simulated',
    atr,
    protocol: card.protocol,
    async transmit(command) {
      const answer = await card.transmit(command);
      if (answer.kind !== 'response') throw new Error(answer.kind);
      return answer.response;
    },
    reset: async () => void (await card.reset()),
    close: () => card.powerOff(),
  };
}

describe.each(['uicc-scp03', 'uicc-scp03-t0'])('%s', (base) => {
  test.each(SIZES.flatMap((size) => [[size, 'S8'] as const, [size, 'S16'] as const]))(
    '%i octets, %s: every level reads and updates the same',
    async (size, mode) => {
      for (const level of SECURITY_LEVELS) {
        for (const pseudoRandom of [false, true]) {
          const channel = await inserted(profile(size, mode, pseudoRandom, base));
          const options = { keySet: keysOf(size, mode), aid: AID, level, strict: true };
          const { session, close } = await openSecureApplication(channel, options);
          const cla = claForChannel(0x00, session.logicalChannel);
          const select = { cla, ins: 0xa4, p1: 0x00, p2: 0x04, data: fromHex('5031'), le: 256 };
          const { sw, data: fcp } = await session.send(select);
          expect([level, sw, fcp[0]]).toEqual([level, 0x9000, 0x62]);
          const read = { cla, ins: 0xb0, p1: 0, p2: 0, le: 10 };
          const { data } = await session.send(read);
          expect(data[0]).toBe(0xa7);
          expect((await session.send({ cla, ins: 0xb0, p1: 0x7f, p2: 0xff, le: 1 })).sw).not.toBe(0x9000);
          expect((await session.send(read)).data).toEqual(data);
          await close();
        }
      }
    },
  );
});

test('every logical channel', async () => {
  const channel = await inserted(profile(16, 'S8', true));
  const lower = new ApduProcessor(channel);
  const opened = new Set<number>();
  for (let logicalChannel = 1; logicalChannel < 20; logicalChannel++) {
    const { data, sw } = await lower.send({ cla: 0, ins: 0x70, p1: 0, p2: 0, le: 1 });
    if (sw !== 0x9000) break;
    opened.add(data[0]!);
  }
  for (const logicalChannel of [0, ...opened]) {
    const options = { keySet: keysOf(16, 'S8'), aid: AID, logicalChannel, strict: true };
    const { session } = await openSecureApplication(channel, options);
    const cla = claForChannel(0x00, logicalChannel);
    const select = { cla, ins: 0xa4, p1: 0x00, p2: 0x04, data: fromHex('5031'), le: 256 };
    expect([logicalChannel, (await session.send(select)).sw]).toEqual([logicalChannel, 0x9000]);
    session.close();
  }
  expect(opened.size).toBeGreaterThanOrEqual(3);
});

test('wrong keys spend no try: the card opens afterwards as often as before', async () => {
  const channel = await inserted(profile(16, 'S8', true));
  for (let time = 0; time < 30; time++) {
    await expect(
      openSecureApplication(channel, { keySet: keysOf(16, 'S8', 1), aid: AID }),
    ).rejects.toMatchObject({ code: 'SECURITY_CARD_CRYPTOGRAM', details: { trySpent: false } });
  }
  const { session } = await openSecureApplication(channel, { keySet: keysOf(16, 'S8'), aid: AID });
  expect(session.endedBecause).toBeUndefined();
});

test('what the security domain tells of itself', async () => {
  const channel = await inserted(profile(32, 'S16', true));
  const processor = new ApduProcessor(channel);
  await processor.send({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: fromHex('a000000151000000'), le: 256 });
  expect(scp03ModeOf(await readCardRecognition({ processor }))).toBe('S16');
  expect((await readCplc({ processor })).icFabricator).toHaveLength(4);
  expect(
    (await readKeyInformation({ processor })).map(({ id, version, components }) => [id, version, components]),
  ).toEqual([1, 2, 3].map((id) => [id, VERSION, [{ type: 0x88, length: 32 }]]));
  const { session } = await openSecureApplication(channel, {
    keySet: keysOf(32, 'S16'),
    aid: fromHex('a000000151000000'),
    logicalChannel: 0,
  });
  const applications = await getStatus({ processor: session }, 'applications');
  expect(applications.map(({ aid }) => toHex(aid))).toContain(toHex(AID));
});

test.each(SIZES)('rotation of a key set of %i octets, in place and as a new version', async (size) => {
  for (const mode of ['replace', 'add'] as const) {
    const channel = await inserted(profile(size, 'S8', true));
    const lower = new ApduProcessor(channel);
    await lower.send({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: fromHex('a000000151000000'), le: 256 });
    const current = keysOf(size, 'S8');
    const next = keysOf(size, 'S8', 5, 0x31);
    const selectedAid = fromHex('a000000151000000');
    const options = { current, next, mode, selectedAid, strict: true };
    expect(await rotateKeySet(lower, options)).toEqual({ outcome: 'rotated', version: 0x31 });
    expect(await probeKeySet(lower, next)).toBe('live');
    expect(await probeKeySet(lower, current)).toBe(mode === 'add' ? 'live' : 'absent');
  }
});
