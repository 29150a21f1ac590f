/** The handshake against a card written separately: every size, mode, level and channel, and every refusal. */
import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { ApduProcessor } from '../../src/apdu/index.js';
import { DIVERSIFICATION_METHODS, diversify, MemoryKey } from '../../src/crypto/index.js';
import { SimbootError } from '../../src/errors/index.js';
import {
  decodeInitializeUpdate,
  initializeUpdate,
  Scp03Handshake,
  SECURITY_LEVELS,
  securityLevel,
} from '../../src/globalplatform/index.js';
import { ReferenceCard, referenceCmac, referenceKdf } from './reference-card.js';
import { keySet, open, rawKeys, SIZES } from './support.js';

const MODES = ['S8', 'S16'] as const;
const sentAuthenticate = (card: ReferenceCard): boolean =>
  card.received.some((hex) => hex.slice(2, 4) === '82');

test('every key size, mode and level', async () => {
  for (const size of SIZES) {
    for (const mode of MODES) {
      for (const level of SECURITY_LEVELS) {
        const card = new ReferenceCard({ ...rawKeys(size), mode });
        const session = await open(card, { keySet: keySet(size, mode), level });
        expect(card.authenticated).toBe(true);
        expect([session.level, session.mode, session.keyVersion, session.warnings]).toEqual([
          level,
          mode,
          1,
          [],
        ]);
      }
    }
  }
});

test('class octets of the handshake on every logical channel', async () => {
  for (let channel = 0; channel < 20; channel++) {
    const card = new ReferenceCard(rawKeys(16));
    await open(card, { keySet: keySet(16), logicalChannel: channel });
    const classes = card.received.map((hex) => Number.parseInt(hex.slice(0, 2), 16));
    expect(classes).toEqual(
      channel < 4 ? [0x80 | channel, 0x84 | channel] : [0xc0 | (channel - 4), 0xe0 | (channel - 4)],
    );
  }
});

test('the host challenge is fresh, or the given one', async () => {
  const card = new ReferenceCard(rawKeys(16));
  await open(card, { keySet: keySet(16) });
  await open(card, { keySet: keySet(16) });
  expect(card.received[0]!.slice(10, 26)).not.toBe(card.received[2]!.slice(10, 26));
  await open(card, { keySet: keySet(16), hostChallenge: new Uint8Array(8).fill(0xab) });
  expect(card.received[4]).toBe('8050010008abababababababab00');
  await open(card, { keySet: keySet(16), random: (octets) => new Uint8Array(octets).fill(octets) });
  expect(card.received[6]).toBe('8050010008080808080808080800');
});

describe('pseudo-random card challenge', () => {
  const aid = Buffer.from('a000000063504b43532d3135', 'hex');
  const card = () => new ReferenceCard({ ...rawKeys(16), i: 0x70, aid, sequence: 41 });

  test('matches with the selected AID', async () => {
    const session = await open(card(), { keySet: keySet(16), selectedAid: aid, strict: true });
    expect(session.warnings).toEqual([]);
  });

  test('warns with another AID or none, and refuses when strict', async () => {
    const other = Buffer.from('a000000151000000', 'hex');
    expect((await open(card(), { keySet: keySet(16), selectedAid: other })).warnings[0]).toContain(
      'does not follow',
    );
    expect((await open(card(), { keySet: keySet(16) })).warnings[0]).toContain('no AID was given');
    for (const selectedAid of [other, undefined]) {
      const refusing = card();
      await expect(
        open(refusing, {
          keySet: keySet(16),
          strict: true,
          ...(selectedAid === undefined ? {} : { selectedAid }),
        }),
      ).rejects.toMatchObject({ code: 'SECURITY_CARD_CHALLENGE' });
      expect(sentAuthenticate(refusing)).toBe(false);
    }
  });
});

describe('refused before EXTERNAL AUTHENTICATE', () => {
  const refuses = async (card: ReferenceCard, set = keySet(16), code = 'SECURITY_SCP_PARAMETERS') => {
    const failure = await open(card, { keySet: set }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SimbootError);
    expect((failure as SimbootError).code).toBe(code);
    expect(sentAuthenticate(card)).toBe(false);
    return failure as SimbootError;
  };

  test('the other mode, either way round', async () => {
    await refuses(new ReferenceCard({ ...rawKeys(16), mode: 'S16' }), keySet(16, 'S8'));
    await refuses(new ReferenceCard({ ...rawKeys(16), mode: 'S8' }), keySet(16, 'S16'));
  });

  test.each([
    ['S16 in an S8 answer', 0x61],
    ['a pseudo-random challenge where the answer is consistent but the level is not', 0x20],
    ['no response protection', 0x00],
  ])('i says %s', async (_what, i) => {
    await refuses(new ReferenceCard({ ...rawKeys(16), i }));
  });

  test('an i that contradicts the length of the answer', () => {
    const data = new Uint8Array(29).fill(1);
    data.set([0x01, 0x03, 0x70], 10);
    expect(() => decodeInitializeUpdate(data, 'S8')).toThrow(
      'announces 32 octets where the card answered 29',
    );
  });

  test('another protocol', () => {
    const data = new Uint8Array(28);
    data.set([0x20, 0x02], 10);
    expect(() => decodeInitializeUpdate(data, 'S8')).toThrow('opens SCP02 with key version 20');
  });

  test('a key version that the card has not', async () => {
    await refuses(
      new ReferenceCard({ ...rawKeys(16), version: 2 }),
      keySet(16, 'S8', 3),
      'SECURITY_KEY_VERSION',
    );
  });

  test('wrong keys: the message names key version and i, and that no try was spent', async () => {
    const failure = await refuses(
      new ReferenceCard({ ...rawKeys(16), mac: Buffer.alloc(16, 0x99) }),
      keySet(16),
      'SECURITY_CARD_CRYPTOGRAM',
    );
    expect(failure.message).toContain('key version 01, i 60');
    expect(failure.message).toContain('no try was spent');
    expect(failure.details).toEqual({
      keyVersion: '01',
      i: '60',
      diversificationData: '11'.repeat(10),
      matches: [],
      trySpent: false,
    });
  });

  test('one key in all three places is no key in the wrong place', async () => {
    const one = () => new MemoryKey(Buffer.alloc(16, 0x77));
    const set = { keys: { enc: one(), mac: one(), dek: one() }, version: 1, mode: 'S8' } as const;
    const raw = Buffer.alloc(16, 0x77);
    const card = new ReferenceCard({ ...rawKeys(16), enc: raw, mac: raw });
    const failure = await refuses(card, { ...set, diversification: 'kdf3' }, 'SECURITY_CARD_CRYPTOGRAM');
    expect(failure.details.matches).toEqual(['the given Key-MAC without diversification']);
  });

  test('a replayed or truncated answer', async () => {
    const inner = new ReferenceCard(rawKeys(16));
    const first = await inner.transmit(Buffer.from('8050010008abababababababab00', 'hex'));
    for (const replay of [first, first.slice(5), first.slice(0, 10), Uint8Array.of(0x90, 0x00)]) {
      const seen: number[] = [];
      const channel = {
        reader: 'replay',
        atr: new Uint8Array(0),
        protocol: 'T=1' as const,
        async transmit(command: Uint8Array) {
          seen.push(command[1]!);
          return replay;
        },
        async reset() {},
        async close() {},
      };
      await expect(open(channel, { keySet: keySet(16) })).rejects.toBeInstanceOf(SimbootError);
      expect(seen).toEqual([0x50]);
    }
  });

  test('any flipped bit of the answer to INITIALIZE UPDATE', async () => {
    const card = new ReferenceCard({ ...rawKeys(16), i: 0x70, aid: Buffer.from('a000000151', 'hex') });
    const hostChallenge = new Uint8Array(8).fill(0x5c);
    const honest = await new ApduProcessor(card).send(initializeUpdate(1, hostChallenge));
    for (let bit = 10 * 8; bit < honest.data.length * 8; bit++) {
      const data = honest.data.slice();
      data[bit >> 3]! ^= 0x80 >> (bit & 7);
      const seen: number[] = [];
      const lower = {
        channel: card,
        async send(command: { ins: number }) {
          seen.push(command.ins);
          return { data, sw: 0x9000 };
        },
      };
      const options = {
        keySet: keySet(16),
        hostChallenge,
        selectedAid: Buffer.from('a000000151', 'hex'),
        strict: true,
      };
      await expect(new Scp03Handshake(lower, options).complete()).rejects.toBeInstanceOf(SimbootError);
      expect(seen).toEqual([0x50]);
    }
  });

  test('keys of different lengths, a host challenge of another length', async () => {
    const set = keySet(16);
    const mixed = { ...set, keys: { ...set.keys, dek: new MemoryKey(new Uint8Array(32)) } };
    await refuses(new ReferenceCard(rawKeys(16)), mixed, 'USAGE_ARGUMENT');
    await expect(
      open(new ReferenceCard(rawKeys(16)), { keySet: set, hostChallenge: new Uint8Array(16) }),
    ).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
    expect(() => securityLevel(0x31)).toThrow('not one of 00, 01, 03, 11, 13, 33');
  });
});

describe('diagnosis of a cryptogram that does not match', () => {
  const diagnosed = async (card: ReferenceCard, set = keySet(16)): Promise<string> => {
    const failure = await open(card, { keySet: set }).catch((error: unknown) => error);
    expect(sentAuthenticate(card)).toBe(false);
    return (failure as SimbootError).message;
  };

  test.each(DIVERSIFICATION_METHODS)('the card holds keys diversified by %s', async (method) => {
    const kdd = Buffer.from('00112233445566778899', 'hex');
    const master = rawKeys(16).mac;
    const mac = method === 'kdf3' ? deriveKdf3(master, kdd) : ecbOfTemplate(master, method, kdd);
    const card = new ReferenceCard({ ...rawKeys(16), mac, kdd });
    expect(await diagnosed(card)).toContain(`the given Key-MAC diversified by ${method.toUpperCase()}`);
  });

  test('the card holds a well-known test key, or the keys are mixed up', async () => {
    const known = Buffer.from('404142434445464748494a4b4c4d4e4f', 'hex');
    expect(await diagnosed(new ReferenceCard({ ...rawKeys(16), mac: known }))).toContain(
      'default test key 40..4F',
    );
    const mixed = new ReferenceCard({ ...rawKeys(16), mac: rawKeys(16).enc });
    expect(await diagnosed(mixed)).toContain('the given Key-ENC in the place of Key-MAC');
  });

  test('the keys are not diversified although the key set says so', async () => {
    const set = { ...keySet(16), diversification: 'kdf3' as const };
    expect(await diagnosed(new ReferenceCard(rawKeys(16)), set)).toContain('without diversification');
  });
});

test('diversified keys open the channel', async () => {
  const kdd = Buffer.from('00112233445566778899', 'hex');
  const set = { ...keySet(16), diversification: 'kdf3' as const };
  const derived = await diversify('kdf3', set.keys, kdd);
  const raw = rawKeys(16);
  const card = new ReferenceCard({ enc: deriveKdf3(raw.enc, kdd, 1), mac: deriveKdf3(raw.mac, kdd), kdd });
  const session = await open(card, { keySet: set });
  expect(session.dek.kcv).toBe(derived.dek.kcv);
});

test('a card that refuses the host: a try may be spent, and nothing is repeated', async () => {
  const card = new ReferenceCard(rawKeys(16));
  const wrong = {
    reader: 'x',
    atr: card.atr,
    protocol: card.protocol,
    transmit: (command: Uint8Array) => {
      if (command[1] === 0x82) command = command.map((octet, at) => (at === 6 ? octet ^ 1 : octet));
      return card.transmit(command);
    },
    reset: () => card.reset(),
    close: () => card.close(),
  };
  await expect(open(wrong, { keySet: keySet(16) })).rejects.toMatchObject({
    code: 'SECURITY_AUTHENTICATION_REFUSED',
    details: { sw: '6300', level: '33', trySpent: true },
    message: expect.stringContaining(': a try was spent'),
  });
  expect(card.received.filter((hex) => hex.slice(2, 4) === '82')).toHaveLength(1);
});

test.each([
  ['6982', true, 'a try was spent'],
  ['63c2', true, 'a try was spent'],
  ['6a86', false, 'no try was spent'],
  ['6985', false, 'no try was spent'],
  ['6f00', null, 'not known'],
] as const)('EXTERNAL AUTHENTICATE answered with %s: what became of the try', async (sw, trySpent, words) => {
  const card = new ReferenceCard(rawKeys(16));
  const refusing = {
    reader: 'x',
    atr: card.atr,
    protocol: card.protocol,
    transmit: async (command: Uint8Array) =>
      command[1] === 0x82 ? Uint8Array.from(Buffer.from(sw, 'hex')) : card.transmit(command),
    reset: () => card.reset(),
    close: () => card.close(),
  };
  await expect(open(refusing, { keySet: keySet(16) })).rejects.toMatchObject({
    code: 'SECURITY_AUTHENTICATION_REFUSED',
    details: { trySpent },
    message: expect.stringContaining(words),
  });
});

test('a handshake is used once', async () => {
  const handshake = new Scp03Handshake(new ApduProcessor(new ReferenceCard(rawKeys(16))), {
    keySet: keySet(16),
  });
  await handshake.complete();
  await expect(handshake.complete()).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
});

test('damaged answers to INITIALIZE UPDATE give typed errors only', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(...MODES),
      fc.boolean(),
      (data, mode, plausible) => {
        if (plausible && data.length > 12) data[11] = 0x03;
        try {
          const decoded = decodeInitializeUpdate(data, mode);
          expect(decoded.cardChallenge).toHaveLength(mode === 'S8' ? 8 : 16);
        } catch (error) {
          if (!(error instanceof SimbootError)) throw error;
        }
      },
    ),
    { numRuns: 100_000 },
  );
});

function deriveKdf3(master: Buffer, kdd: Buffer, purpose = 2): Buffer {
  return referenceCmac(master, Buffer.concat([Buffer.of(1, 0, 0, 0, purpose, 0), kdd])).subarray(
    0,
    master.length,
  );
}

function ecbOfTemplate(master: Buffer, method: 'visa2' | 'emv', kdd: Buffer): Buffer {
  const part =
    method === 'emv' ? kdd.subarray(4, 10) : Buffer.concat([kdd.subarray(0, 2), kdd.subarray(4, 8)]);
  const block = Buffer.concat([part, Buffer.of(0xf0, 2), part, Buffer.of(0x0f, 2)]);
  return createCipheriv('aes-128-ecb', master, null).setAutoPadding(false).update(block);
}

test('the reference derivation is the published one', () => {
  const key = Buffer.from('FC90AA67CDC5DABFD5051663045DFA23', 'hex');
  const context = Buffer.from('360CB43F4301B894CAAFA4DAC615236A', 'hex');
  expect(referenceKdf(key, 0x01, context, 8).toString('hex')).toBe('45330ab30bb1a079');
});
