/** An open session against a card written separately: round trips, damage, and everything that ends a session. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { ApduProcessor, type CommandApdu, claForChannel, ObservedChannel } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { AesKey } from '../../src/crypto/index.js';
import { SimbootError } from '../../src/errors/index.js';
import {
  Scp03Session,
  SECURITY_LEVELS,
  type SecureExchange,
  SecureMessaging,
} from '../../src/globalplatform/index.js';
import { type CardFault, ReferenceCard, type ReferenceCardOptions } from './reference-card.js';
import { keySet, open, rawKeys, SIZES } from './support.js';

/** Answers with Le octets made of the command, so that both directions are seen. */
const reflecting: ReferenceCardOptions['application'] = ({ ins, data, le }) => ({
  data: Uint8Array.from(
    { length: ins === 0xd6 ? 0 : Math.min(le ?? 0, 239) },
    (_, i) => i ^ (data[0] ?? 0x5a),
  ),
});

const card = (more: Partial<ReferenceCardOptions> = {}): ReferenceCard =>
  new ReferenceCard({ ...rawKeys(16), application: reflecting, ...more });

describe('round trips', () => {
  test('every size, mode, level and case of APDU, over T=0 and T=1', async () => {
    const commands: CommandApdu[] = [
      { cla: 0, ins: 0xd6, p1: 0, p2: 0 },
      { cla: 0, ins: 0xb0, p1: 1, p2: 2, le: 16 },
      { cla: 0, ins: 0xd6, p1: 0, p2: 0, data: fromHex('0011223344556677') },
      { cla: 0x80, ins: 0xf2, p1: 0x40, p2: 0, data: fromHex('4f00'), le: 100 },
      { cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 239 },
      { cla: 0, ins: 0xd6, p1: 0, p2: 0, data: new Uint8Array(223).fill(0x42) },
    ];
    for (const size of SIZES) {
      for (const mode of ['S8', 'S16'] as const) {
        for (const level of SECURITY_LEVELS) {
          for (const protocol of ['T=0', 'T=1'] as const) {
            const peer = card({ ...rawKeys(size), mode, protocol });
            const session = await open(peer, { keySet: keySet(size, mode), level });
            for (const command of commands) {
              const response = await session.send(command);
              const seen = peer.plain.at(-1)!;
              expect(response.sw).toBe(0x9000);
              expect([seen.ins, seen.p1, seen.p2]).toEqual([command.ins, command.p1, command.p2]);
              expect(Uint8Array.from(seen.data)).toEqual(command.data ?? new Uint8Array(0));
              if (protocol === 'T=1') expect(response.data).toHaveLength(command.le ?? 0);
            }
          }
        }
      }
    }
  });

  test('any commands on any channel', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.constantFrom(...SIZES),
          mode: fc.constantFrom('S8' as const, 'S16' as const),
          level: fc.constantFrom(...SECURITY_LEVELS),
          channel: fc.integer({ min: 0, max: 19 }),
          base: fc.constantFrom(0x00 as const, 0x80 as const),
          extended: fc.boolean(),
        }),
        fc.array(
          fc.record({
            data: fc.uint8Array({ maxLength: 223 }),
            le: fc.option(fc.integer({ min: 1, max: 239 })),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        async ({ size, mode, level, channel, base, extended }, steps) => {
          const peer = card({ ...rawKeys(size), mode });
          const session = await open(peer, {
            keySet: keySet(size, mode),
            level,
            logicalChannel: channel,
            extendedLength: true,
          });
          const cla = claForChannel(base, channel);
          for (const { data, le } of steps) {
            const body = extended ? Uint8Array.from([...data, ...data, ...data]) : data;
            const response = await session.send({
              cla,
              ins: 0xb0,
              p1: 0x12,
              p2: 0x34,
              ...(body.length > 0 ? { data: body } : {}),
              ...(le === null ? {} : { le }),
            });
            const seen = peer.plain.at(-1)!;
            expect(seen.cla).toBe(cla);
            expect(Uint8Array.from(seen.data)).toEqual(body);
            expect(response.data).toHaveLength(le ?? 0);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('the classes on the wire, octet by octet', async () => {
    for (const [channel, plain, wire] of [
      [0, 0x00, '04'],
      [3, 0x03, '07'],
      [3, 0x83, '87'],
      [4, 0x40, '60'],
      [19, 0x4f, '6f'],
      [19, 0xcf, 'ef'],
      [1, 0x11, '15'],
    ] as const) {
      const peer = card();
      const session = await open(peer, { keySet: keySet(16), logicalChannel: channel });
      await session.send({ cla: plain, ins: 0xb0, p1: 0, p2: 0, le: 4 });
      expect(peer.received.at(-1)!.slice(0, 2)).toBe(wire);
      expect(peer.plain.at(-1)!.cla).toBe(plain);
    }
  });

  test('T=0: the response MAC of a command without Le is fetched, in parts where the card sends parts', async () => {
    const peer = card({ protocol: 'T=0' });
    const session = await open(peer, { keySet: keySet(16) });
    expect((await session.send({ cla: 0, ins: 0xd6, p1: 0, p2: 0, data: fromHex('01') })).sw).toBe(0x9000);
    expect(peer.received.slice(-1)).toEqual(['00c0000008']);
    const long = card({ protocol: 'T=0', application: () => ({ data: new Uint8Array(300).fill(7) }) });
    const other = await open(long, { keySet: keySet(16) });
    expect((await other.send({ cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 256 })).data).toHaveLength(300);
  });

  test('6Cxx: wrapped again with a new counter and MAC', async () => {
    let asked = 0;
    const peer = card({
      application: ({ le }) => (asked++ === 0 ? { sw: 0x6c04 } : { data: new Uint8Array(le ?? 0) }),
    });
    const session = await open(peer, { keySet: keySet(16) });
    const response = await session.send({ cla: 0, ins: 0xb0, p1: 0, p2: 0, data: fromHex('aa'), le: 16 });
    expect(response.data).toHaveLength(4);
    const [first, second] = peer.received.slice(-2);
    expect(first!.slice(-2)).toBe('10');
    expect(second!.slice(-2)).toBe('04');
    expect(first!.slice(10, 42)).not.toBe(second!.slice(10, 42));
  });

  test('warnings carry a MAC, errors do not, and the session goes on after both', async () => {
    const peer = card({ application: ({ p1, p2 }) => ({ sw: (p1 << 8) | p2 }) });
    const session = await open(peer, { keySet: keySet(16) });
    for (const sw of [0x63c2, 0x6282, 0x6a82, 0x6982, 0x9000]) {
      expect(await session.send({ cla: 0, ins: 0x20, p1: sw >> 8, p2: sw & 0xff })).toEqual({
        data: new Uint8Array(0),
        sw,
      });
    }
    expect(session.endedBecause).toBeUndefined();
  });

  test('calls that overlap wait for one another', async () => {
    const peer = card();
    const session = await open(peer, { keySet: keySet(16) });
    const answers = await Promise.all(
      [1, 2, 3].map((n) => session.send({ cla: 0, ins: 0xb0, p1: 0, p2: n, data: Uint8Array.of(n), le: 1 })),
    );
    expect(answers.map((answer) => answer.data[0])).toEqual([1, 2, 3]);
  });

  test('exchanges are told in both forms when asked', async () => {
    const exchanges: SecureExchange[] = [];
    const session = await open(card(), { keySet: keySet(16), onExchange: (one) => exchanges.push(one) });
    await session.send({ cla: 0, ins: 0xb0, p1: 0, p2: 0, data: fromHex('aa'), le: 2 });
    expect(exchanges).toHaveLength(1);
    expect(toHex(exchanges[0]!.plain.data!)).toBe('aa');
    expect(exchanges[0]!.wrapped.data).toHaveLength(24);
    expect(exchanges[0]!.plainResponse.data).toHaveLength(2);
    expect(exchanges[0]!.wrappedResponse.data).toHaveLength(24);
  });
});

describe('limits', () => {
  test.each([
    ['S8', 0x33, 239, 239],
    ['S16', 0x33, 223, 239],
    ['S8', 0x13, 239, 248],
    ['S8', 0x01, 247, 256],
    ['S16', 0x11, 239, 240],
    ['S16', 0x00, 255, 256],
  ] as const)('%s at level %i: %i octets out, %i back', async (mode, level, out, back) => {
    const peer = card({ mode });
    const session = await open(peer, { keySet: keySet(16, mode), level });
    expect([session.maxCommandData, session.maxResponseData]).toEqual([out, back]);
    const update = (length: number) =>
      session.send({ cla: 0, ins: 0xd6, p1: 0, p2: 0, data: new Uint8Array(length) });
    expect((await update(out)).sw).toBe(0x9000);
    if (level !== 0) await expect(update(out + 1)).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
    expect((await update(1)).sw).toBe(0x9000); // nothing was sent, so the session goes on
  });

  test('wrong classes, other channels and the selection of an application are refused before anything is sent', async () => {
    const peer = card();
    const session = await open(peer, { keySet: keySet(16) });
    const before = peer.received.length;
    for (const cla of [0xa0, 0x04, 0x0c, 0x84, 0x01, 0x60]) {
      await expect(session.send({ cla, ins: 0xb0, p1: 0, p2: 0, le: 1 })).rejects.toMatchObject({
        code: 'USAGE_ARGUMENT',
      });
    }
    await expect(
      session.send({ cla: 0, ins: 0xa4, p1: 4, p2: 0, data: fromHex('a000000151') }),
    ).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
    expect(peer.received).toHaveLength(before);
    expect((await session.send({ cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 1 })).sw).toBe(0x9000);
  });
});

describe('deviations of real cards', () => {
  test.each(['encrypt-empty-data', 'no-count-on-empty-data'] as const)('%s', async (deviation) => {
    const read = { cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 16 };
    const update = { cla: 0, ins: 0xd6, p1: 0, p2: 0, data: fromHex('0102') };
    const willing = await open(card({ deviation }), { keySet: keySet(16), deviations: [deviation] });
    for (const command of [read, update, read]) expect((await willing.send(command)).sw).toBe(0x9000);

    const strict = await open(card({ deviation }), { keySet: keySet(16) });
    const answers = async () => {
      for (const command of [read, update, read]) {
        if ((await strict.send(command)).sw !== 0x9000) throw new Error('refused by the card');
      }
    };
    await expect(answers()).rejects.toThrow();
  });

  test('both at once make no sense', () => {
    expect(
      () =>
        new SecureMessaging({} as never, {
          mode: 'S8',
          level: 0x33,
          deviations: ['encrypt-empty-data', 'no-count-on-empty-data'],
        }),
    ).toThrow('not both');
  });
});

describe('damage is detected and ends the session', () => {
  const exchange = async (
    flip: (command: Uint8Array, response: Uint8Array) => { command: Uint8Array; response?: Uint8Array },
    options: Partial<ReferenceCardOptions>,
    command: CommandApdu,
  ) => {
    const peer = card(options);
    let armed = false;
    const channel = {
      reader: 'flipping',
      atr: peer.atr,
      protocol: peer.protocol,
      async transmit(bytes: Uint8Array) {
        if (!armed) return peer.transmit(bytes);
        const changed = flip(bytes, new Uint8Array(0));
        const response = await peer.transmit(changed.command);
        return flip(changed.command, response).response ?? response;
      },
      reset: () => peer.reset(),
      close: () => peer.close(),
    };
    const session = await open(channel, { keySet: keySet(16, options.mode ?? 'S8') });
    armed = true;
    const result = await session.send(command).then(
      (response) => ({ response }),
      (error: unknown) => ({ error }),
    );
    return { session, result, peer };
  };

  const READ = { cla: 0, ins: 0xb0, p1: 0x11, p2: 0x22, data: fromHex('a1b2c3'), le: 20 };

  test.each(['S8', 'S16'] as const)('any flipped bit of a response (%s)', async (mode) => {
    const wire = 32 + (mode === 'S8' ? 8 : 16) + 2;
    for (let bit = 0; bit < wire * 8; bit++) {
      const flip = (command: Uint8Array, response: Uint8Array) => {
        const changed = response.slice();
        if (changed.length > 0) changed[bit >> 3]! ^= 0x80 >> (bit & 7);
        return { command, response: changed };
      };
      const { session, result } = await exchange(flip, { mode }, READ);
      if ('response' in result) {
        // a flipped status word can only claim an error, never data
        expect(result.response.data).toHaveLength(0);
        expect(bit >> 3).toBeGreaterThanOrEqual(wire - 2);
      } else {
        expect(result.error).toMatchObject({ code: 'SECURITY_RESPONSE' });
        expect(session.endedBecause).toBeDefined();
        await expect(session.send(READ)).rejects.toMatchObject({ code: 'SECURITY_SESSION_BROKEN' });
      }
    }
  });

  test('any flipped bit of a command: the card refuses it', async () => {
    const length = 5 + 16 + 8;
    for (let bit = 0; bit < length * 8; bit++) {
      const octet = bit >> 3;
      if (octet === 4) continue; // Lc itself: no APDU any more
      const mask = 0x80 >> (bit & 7);
      // the channel bits, and the bits that say which form the class has, are outside the MAC (§6.2.4)
      if (octet === 0 && (mask & 0x6b) !== 0) continue;
      const flip = (command: Uint8Array) => {
        const changed = command.slice();
        changed[octet]! ^= mask;
        return { command: changed };
      };
      const { result, peer } = await exchange(flip as never, {}, READ);
      expect(peer.plain).toEqual([]);
      expect('response' in result ? result.response.sw : 0).toBe(0x6982);
    }
  });

  test.each(['counter', 'response-icv', 'padding', 'mac-over-status', 'no-response-mac'] as const)(
    'a card with a planted fault: %s',
    async (fault: CardFault) => {
      const hostChallenge = new Uint8Array(8).fill(0x77);
      const session = await open(card({ fault }), { keySet: keySet(16), hostChallenge });
      // one block comes back: with more, a wrong vector garbles only the first, and no host can tell
      const outcome = await session.send({ ...READ, le: 4 }).catch((error: unknown) => error);
      if (fault === 'counter') expect(outcome).not.toMatchObject({ sw: 0x9000 });
      else expect(outcome).toMatchObject({ code: 'SECURITY_RESPONSE' });
    },
  );

  test('a card that does not chain its MACs refuses the second command', async () => {
    const session = await open(card({ fault: 'mac-chaining' }), { keySet: keySet(16), level: 0x01 });
    expect((await session.send(READ)).sw).toBe(0x9000);
    expect((await session.send(READ)).sw).toBe(0x6982);
  });

  test('data that come with an error status are never handed out', async () => {
    const peer = card({ fault: 'data-with-error', application: () => ({ sw: 0x6a82 }) });
    const session = await open(peer, { keySet: keySet(16) });
    await expect(session.send(READ)).rejects.toMatchObject({ code: 'SECURITY_RESPONSE' });
  });

  test('a response of an earlier command', async () => {
    const peer = card();
    const answers: Uint8Array[] = [];
    const channel = {
      reader: 'replaying',
      atr: peer.atr,
      protocol: peer.protocol,
      async transmit(bytes: Uint8Array) {
        const response = await peer.transmit(bytes);
        answers.push(response);
        return answers.length === 4 ? answers[2]! : response;
      },
      reset: () => peer.reset(),
      close: () => peer.close(),
    };
    const session = await open(channel, { keySet: keySet(16) });
    await session.send(READ);
    await expect(session.send(READ)).rejects.toMatchObject({ code: 'SECURITY_RESPONSE' });
  });
});

describe('the end of a session', () => {
  const READ = { cla: 0x01, ins: 0xb0, p1: 0, p2: 0, le: 4 };
  const opened = async () => {
    const channel = new ObservedChannel(card());
    const session = await open(channel, { keySet: keySet(16), logicalChannel: 1 });
    expect((await session.send(READ)).sw).toBe(0x9000);
    return { channel, session };
  };
  const over = async (session: Awaited<ReturnType<typeof opened>>['session'], reason: string) => {
    expect(session.endedBecause).toContain(reason);
    await expect(session.send(READ)).rejects.toMatchObject({
      code: 'SECURITY_SESSION_BROKEN',
      details: { reason: session.endedBecause },
    });
  };

  test('reset, through whoever holds the channel', async () => {
    const { channel, session } = await opened();
    await channel.reset();
    await over(session, 'reset');
  });

  test('an application selected again', async () => {
    const { channel, session } = await opened();
    await channel.transmit(fromHex('01a4040005a000000151'));
    await over(session, 'an application was selected');
  });

  test('a card that refuses even the selection of a file has ended the channel itself', async () => {
    const peer = card({ application: () => ({ sw: 0x6982 }) });
    const session = await open(peer, { keySet: keySet(16), logicalChannel: 1 });
    expect((await session.send(READ)).sw).toBe(0x6982);
    expect(session.endedBecause).toBeUndefined();
    const select = { cla: 0x01, ins: 0xa4, p1: 0, p2: 4, data: fromHex('6431') };
    await expect(session.send(select)).rejects.toMatchObject({ code: 'SECURITY_SESSION_BROKEN' });
    await over(session, 'the card ended it');
  });

  test('without a command MAC there is no channel that the card could end', async () => {
    const peer = card({ application: () => ({ sw: 0x6982 }) });
    const session = await open(peer, { keySet: keySet(16), level: 0x00 });
    const select = { cla: 0x00, ins: 0xa4, p1: 0, p2: 4, data: fromHex('6431') };
    expect((await session.send(select)).sw).toBe(0x6982);
    expect(session.endedBecause).toBeUndefined();
  });

  test('an unwrapped command on the same logical channel', async () => {
    const { channel, session } = await opened();
    await new ApduProcessor(channel).send(READ);
    await over(session, 'unwrapped');
  });

  test('commands on other logical channels do no harm', async () => {
    const { channel, session } = await opened();
    await channel.transmit(fromHex('00a4040005a000000151'));
    await channel.transmit(fromHex('02b0000001'));
    expect(session.endedBecause).toBeUndefined();
  });

  test('its logical channel closed, the connection closed', async () => {
    const one = await opened();
    await one.channel.transmit(fromHex('00708001'));
    await over(one.session, 'logical channel was closed');
    const two = await opened();
    await two.channel.close();
    await over(two.session, 'connection');
  });

  test('MANAGE CHANNEL from another channel goes in clear, also after the end', async () => {
    const plain: string[] = [];
    const peer = card();
    const channel = {
      reader: 'x',
      atr: peer.atr,
      protocol: peer.protocol,
      async transmit(bytes: Uint8Array) {
        if (bytes[1] !== 0x70) return peer.transmit(bytes);
        plain.push(toHex(bytes));
        return fromHex(bytes[2] === 0x80 ? '9000' : '029000');
      },
      reset: () => peer.reset(),
      close: () => peer.close(),
    };
    const session = await open(channel, { keySet: keySet(16), logicalChannel: 1 });
    await session.send({ cla: 0x00, ins: 0x70, p1: 0x00, p2: 0x00, le: 1 });
    expect((await session.send(READ)).sw).toBe(0x9000);
    await session.send({ cla: 0x00, ins: 0x70, p1: 0x80, p2: 0x01 });
    await over(session, 'logical channel was closed');
    await session.send({ cla: 0x00, ins: 0x70, p1: 0x80, p2: 0x02 });
    expect(plain).toEqual(['0070000001', '00708001', '00708002']);
  });

  test('closed by its owner; twice does no harm', async () => {
    const { session } = await opened();
    session.close();
    session.close();
    await over(session, 'it was closed');
  });

  test('the session keys are wiped with it', async () => {
    const raw = rawKeys(16);
    const session = { enc: new AesKey(raw.enc), mac: new AesKey(raw.mac), rmac: new AesKey(raw.mac) };
    const messaging = new SecureMessaging(session, { mode: 'S8', level: 0x33 });
    const { keys } = keySet(16);
    const opened = new Scp03Session(new ApduProcessor(card()), messaging, session, {
      level: 0x33,
      logicalChannel: 0,
      mode: 'S8',
      keyVersion: 1,
      diversificationData: new Uint8Array(10),
      staticKeys: keys,
      ownsStaticKeys: true,
      warnings: [],
    });
    opened.close();
    for (const key of Object.values(session)) expect(() => key.cmac(raw.enc)).toThrow('wiped');
    await expect(keys.dek.cmac(raw.enc)).rejects.toMatchObject({ code: 'SECURITY_KEY_WIPED' });
  });

  test('the reader is gone in the middle', async () => {
    const peer = card();
    let gone = false;
    const channel = {
      reader: 'x',
      atr: peer.atr,
      protocol: peer.protocol,
      transmit: (bytes: Uint8Array) => (gone ? Promise.reject(new Error('gone')) : peer.transmit(bytes)),
      reset: () => peer.reset(),
      close: () => peer.close(),
    };
    const session = await open(channel, { keySet: keySet(16) });
    gone = true;
    const read = { ...READ, cla: 0 };
    await expect(session.send(read)).rejects.toThrow('gone');
    gone = false;
    await expect(session.send(read)).rejects.toBeInstanceOf(SimbootError);
  });

  test('nothing of a session prints a key', async () => {
    const peer = card();
    const channel = {
      reader: 'x',
      atr: peer.atr,
      protocol: peer.protocol,
      transmit: (bytes: Uint8Array) => peer.transmit(bytes), // the card itself is not to be printed
      reset: () => peer.reset(),
      close: () => peer.close(),
    };
    const session = await open(channel, { keySet: keySet(16) });
    const text = inspect(session, { depth: 12, showHidden: true }) + JSON.stringify(session);
    for (const key of Object.values(rawKeys(16))) {
      expect(text.replace(/[^0-9a-f]/gi, '')).not.toContain(key.toString('hex'));
      expect(text).not.toContain([...key].slice(0, 5).join(', '));
    }
  });
});
