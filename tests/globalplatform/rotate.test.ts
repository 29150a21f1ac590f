/** Key rotation against a card that really takes keys, torn before and after every exchange. */
import { createDecipheriv } from 'node:crypto';
import { ApduProcessor, type CardChannel } from '../../src/apdu/index.js';
import { type KeyHandle, MemoryKey } from '../../src/crypto/index.js';
import { ReaderError } from '../../src/errors/index.js';
import {
  type KeySet,
  planRotation,
  probeKeySet,
  type RotationOptions,
  rotateKeySet,
} from '../../src/globalplatform/index.js';
import { ReferenceCard } from './reference-card.js';
import { keySet, rawKeys } from './support.js';

const fresh = { enc: Buffer.alloc(16, 0xe1), mac: Buffer.alloc(16, 0xe2), dek: Buffer.alloc(16, 0xe3) };
const NEXT: KeySet = {
  keys: { enc: new MemoryKey(fresh.enc), mac: new MemoryKey(fresh.mac), dek: new MemoryKey(fresh.dek) },
  version: 0x21,
  mode: 'S8',
};
const CURRENT = keySet(16);
const ROTATION: RotationOptions = { current: CURRENT, next: NEXT, mode: 'replace' };

/** A card with one key set that PUT KEY replaces; `refuse` makes it refuse, `lie` report another check value. */
function cardTakingKeys(behaviour: { refuse?: number; lie?: boolean; version?: number } = {}): ReferenceCard {
  const state = { ...rawKeys(16), version: behaviour.version ?? 1 };
  const card = new ReferenceCard(
    new Proxy(state, {
      get: (target, name) => (name === 'application' ? application : Reflect.get(target, name)),
    }) as never,
  );
  function application({ ins, p1, data }: { ins: number; p1: number; data: Buffer }) {
    if (ins !== 0xd8) return {};
    if (behaviour.refuse !== undefined) return { sw: behaviour.refuse };
    if (p1 !== 0 && p1 !== state.version) return { sw: 0x6a88 };
    const keys: Buffer[] = [];
    const kcvs: Buffer[] = [];
    for (let at = 1; at < data.length; at += 23) {
      const decipher = createDecipheriv('aes-128-cbc', state.dek, Buffer.alloc(16)).setAutoPadding(false);
      keys.push(decipher.update(data.subarray(at + 3, at + 19)));
      kcvs.push(data.subarray(at + 20, at + 23));
    }
    Object.assign(state, { enc: keys[0], mac: keys[1], dek: keys[2], version: data[0] });
    if (behaviour.lie) kcvs[0] = Buffer.from('000000', 'hex');
    return { data: Buffer.concat([data.subarray(0, 1), ...kcvs]) };
  }
  return card;
}

/** Loses the card at exchange `at`, before or after the card got the command. */
function tearing(card: ReferenceCard, at: number, when: 'before' | 'after'): CardChannel {
  let count = 0;
  return {
    reader: 'tearing',
    atr: card.atr,
    protocol: card.protocol,
    async transmit(command) {
      count++;
      if (count > at || (count === at && when === 'before')) throw new ReaderError('READER_EMPTY', 'torn');
      const response = await card.transmit(command);
      if (count === at) throw new ReaderError('READER_EMPTY', 'torn');
      return response;
    },
    reset: () => card.reset(),
    close: () => card.close(),
  };
}

const sent = (card: ReferenceCard, ins: string): number =>
  card.received.filter((hex) => hex.slice(2, 4) === ins).length;

test('probing tells live, other and absent, and never authenticates', async () => {
  const card = cardTakingKeys();
  const processor = new ApduProcessor(card);
  expect(await probeKeySet(processor, CURRENT)).toBe('live');
  expect(await probeKeySet(processor, { ...NEXT, version: 1 })).toBe('other');
  expect(await probeKeySet(processor, NEXT)).toBe('absent');
  expect(sent(card, '82')).toBe(0);
});

test('a rotation proves the new keys; a second run finds them', async () => {
  const card = cardTakingKeys();
  const processor = new ApduProcessor(card);
  expect(await rotateKeySet(processor, ROTATION)).toEqual({ outcome: 'rotated', version: 0x21 });
  expect(await probeKeySet(processor, NEXT)).toBe('live');
  expect(await rotateKeySet(processor, ROTATION)).toEqual({ outcome: 'already', version: 0x21 });
  expect(sent(card, '82')).toBe(1);
});

test('torn before or after every exchange: the next run always ends with the new keys', async () => {
  const whole = cardTakingKeys();
  await rotateKeySet(new ApduProcessor(whole), ROTATION);
  const exchanges = whole.received.length;
  expect(exchanges).toBeGreaterThan(5);
  for (let at = 1; at <= exchanges; at++) {
    for (const when of ['before', 'after'] as const) {
      const card = cardTakingKeys();
      const torn = rotateKeySet(new ApduProcessor(tearing(card, at, when)), ROTATION);
      const told = await torn.catch((error: ReaderError) => error);
      expect(told).toMatchObject({ code: 'READER_EMPTY' });
      const live = (told as ReaderError).details.live;
      await card.reset();
      const really = (await probeKeySet(new ApduProcessor(card), NEXT)) === 'live' ? 'next' : 'current';
      // what is claimed to be known is true; only a PUT KEY without an answer leaves it open
      if (live === 'unknown') expect(whole.received[at - 1]!.slice(2, 4)).toBe('d8');
      else expect([at, when, live ?? 'current']).toEqual([at, when, really]);
      await card.reset();
      expect(await rotateKeySet(new ApduProcessor(card), ROTATION)).toMatchObject({ version: 0x21 });
      expect(await probeKeySet(new ApduProcessor(card), NEXT)).toBe('live');
    }
  }
});

test('a card that refuses PUT KEY keeps its keys, and the error says so', async () => {
  const card = cardTakingKeys({ refuse: 0x6a80 });
  await expect(rotateKeySet(new ApduProcessor(card), ROTATION)).rejects.toMatchObject({
    code: 'SECURITY_KEY_ROTATION',
    details: { live: 'current', sw: '6A80' },
    next: expect.stringContaining('(bare)'),
  });
});

test('a card that reports other check values: live is what the card proves', async () => {
  const card = cardTakingKeys({ lie: true });
  await expect(rotateKeySet(new ApduProcessor(card), ROTATION)).rejects.toMatchObject({
    code: 'SECURITY_KEY_ROTATION',
    details: { live: 'next', accepted: true },
  });
  expect(await rotateKeySet(new ApduProcessor(card), ROTATION)).toMatchObject({ outcome: 'already' });
});

test('a card with neither key set is not touched', async () => {
  const card = cardTakingKeys();
  const unknown = { ...NEXT, version: 1 };
  await expect(
    rotateKeySet(new ApduProcessor(card), { ...ROTATION, current: unknown }),
  ).rejects.toMatchObject({ code: 'SECURITY_KEY_ROTATION', details: { live: 'neither' } });
  expect(sent(card, '82')).toBe(0);
});

test('the next key set needs a version of its own', async () => {
  const processor = new ApduProcessor(cardTakingKeys());
  const refused = (options: Partial<RotationOptions>) =>
    expect(rotateKeySet(processor, { ...ROTATION, ...options })).rejects.toMatchObject({
      code: 'USAGE_ARGUMENT',
    });
  await refused({ next: { ...NEXT, version: 0 } });
  await refused({ next: { ...NEXT, version: 1 }, mode: 'add' });
});

test('what no card could take is refused before anything is sent', async () => {
  const card = cardTakingKeys();
  const refused = async (next: KeySet, code: string, more: Partial<RotationOptions> = {}) =>
    expect(rotateKeySet(new ApduProcessor(card), { ...ROTATION, next, ...more })).rejects.toMatchObject({
      code,
    });
  await refused({ ...NEXT, mode: 'S16' }, 'USAGE_ARGUMENT');
  await refused({ ...keySet(24), version: 0x21 }, 'USAGE_ARGUMENT', { form: 'bare' });
  const inToken = { ...NEXT.keys.enc, length: 16, custody: 'pkcs11', kcv: '000000' } as unknown as KeyHandle;
  await refused({ ...NEXT, keys: { enc: inToken, mac: inToken, dek: inToken } }, 'SECURITY_KEY_CUSTODY');
  expect(card.received).toEqual([]);
});

test('a plan tells the state and changes nothing', async () => {
  const card = cardTakingKeys();
  const plan = () => planRotation(new ApduProcessor(card), ROTATION);
  expect(await plan()).toEqual({ live: 'current', next: 'absent', current: 'live' });
  await rotateKeySet(new ApduProcessor(card), ROTATION);
  const before = card.received.length;
  expect(await plan()).toEqual({ live: 'next', next: 'live' });
  expect(card.received.slice(before).every((hex) => hex.startsWith('8050'))).toBe(true);
});

test('an initial key set (FF) is given up by adding: P1 is 00', async () => {
  const card = cardTakingKeys({ version: 0xff });
  const current = { ...CURRENT, version: 0 };
  expect(await rotateKeySet(new ApduProcessor(card), { ...ROTATION, current })).toMatchObject({
    outcome: 'rotated',
  });
  expect(card.plain.find(({ ins }) => ins === 0xd8)).toMatchObject({ p1: 0, p2: 0x81 });
});
