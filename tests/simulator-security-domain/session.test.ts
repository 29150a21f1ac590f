/** One session without a card around it, and what access rules say about sessions. */
import fc from 'fast-check';
import { SecurityError } from '../../src/errors/index.js';
import { loadProfile } from '../../src/simulator/index.js';
import { CardSession } from '../../src/simulator/security-domain/session.js';
import { insert } from './cards.js';
import { Host, hex, kdf, unhex } from './reference.js';
import { HOST_CHALLENGE, initiate, KEYS, open, PKCS15, send, TEST_KEY } from './support.js';

const challenges = [unhex(HOST_CHALLENGE), unhex('A0A1A2A3A4A5A6A7A8A9AAABACADAEAF')] as const;

function pair(size: 8 | 16, level: number): { session: CardSession; host: Host } {
  const [hostChallenge, cardChallenge] = challenges.map((octets) => octets.subarray(0, size));
  const rules = { size, emptyDataEncrypted: false, noCounterOnEmpty: false };
  const session = new CardSession({ version: 1, ...KEYS }, hostChallenge!, cardChallenge!, rules);
  const host = new Host(KEYS, size, level, hostChallenge!, cardChallenge!);
  const command = unhex(host.externalAuthenticate());
  session.verifyMac({
    header: command.subarray(0, 4),
    lc: command.subarray(4, 5),
    data: command.subarray(5),
  });
  session.open(level);
  return { session, host };
}

function apart(command: Buffer) {
  const from = command[4] === 0 ? 7 : 5;
  return { header: command.subarray(0, 4), lc: command.subarray(4, from), data: command.subarray(from) };
}

test('any sequence of commands and answers goes through, of any length, at every level and size', () => {
  const exchange = fc.record({
    data: fc.uint8Array({ maxLength: 300 }),
    answer: fc.uint8Array({ maxLength: 300 }),
    sw: fc.constantFrom(0x9000, 0x6282, 0x63c2, 0x6310),
    ins: fc.integer({ min: 0, max: 255 }),
  });
  const levels = fc.constantFrom(0x01, 0x03, 0x11, 0x13, 0x33);
  fc.assert(
    fc.property(
      fc.constantFrom(8 as const, 16 as const),
      levels,
      fc.array(exchange, { minLength: 1, maxLength: 5 }),
      (size, level, exchanges) => {
        const { session, host } = pair(size, level);
        for (const { data, answer, sw, ins } of exchanges) {
          const plain = session.unwrap(apart(unhex(host.wrap(0x80, ins, 1, 2, data))));
          expect(hex(plain!)).toBe(hex(data));
          const wire = hex(session.protect(sw, answer)) + sw.toString(16);
          expect(host.unwrap(wire)).toEqual({ data: hex(answer), sw: sw.toString(16).toUpperCase() });
        }
      },
    ),
    { numRuns: 150 },
  );
});

test.each([8, 16] as const)('S%d: one wrong bit anywhere, and the command is refused', (size) => {
  const { host } = pair(size, 0x33);
  const length = unhex(host.wrap(0x00, 0xd6, 0, 0, unhex('CAFE'))).length;
  // the class octet is judged before the MAC: its channel bits are not under it
  for (let bit = 8; bit < length * 8; bit++) {
    const fresh = pair(size, 0x33);
    const command = unhex(fresh.host.wrap(0x00, 0xd6, 0, 0, unhex('CAFE')));
    command[bit >> 3]! ^= 0x80 >> (bit & 7);
    expect([bit, fresh.session.unwrap(apart(command))]).toEqual([bit, undefined]);
  }
});

test('right MAC, wrong content: broken blocks, no padding, padding of a whole block too many', () => {
  const contents = [
    '00'.repeat(15),
    'AA'.repeat(16),
    `80${'00'.repeat(31)}`,
    `CAFE80${'00'.repeat(29)}`,
    '00'.repeat(16),
  ];
  for (const content of contents) {
    const { session, host } = pair(8, 0x33);
    expect([content, session.unwrap(apart(unhex(host.wrapRaw(0x00, 0xd6, 0, 0, unhex(content)))))]).toEqual([
      content,
      undefined,
    ]);
  }
});

test('how much fits into an answer of 256 octets', () => {
  const capacities = [0x01, 0x11, 0x13, 0x33].map((level) => [
    level,
    pair(8, level).session.capacity(256),
    pair(16, level).session.capacity(256),
  ]);
  expect(capacities).toEqual([
    [0x01, 256, 256],
    [0x11, 248, 240],
    [0x13, 248, 240],
    [0x33, 239, 239],
  ]);
});

test('after the end nothing can be done with the keys', () => {
  const { session } = pair(8, 0x33);
  const { dek } = session;
  session.wipe();
  session.level = 0x33;
  for (const use of [
    () => session.protect(0x9000, unhex('CAFE')),
    () => session.verifyMac({ header: unhex('04B00000'), lc: unhex('08'), data: Buffer.alloc(8) }),
    () => dek.encryptBlock(Buffer.alloc(16)),
  ]) {
    expect(use).toThrow(SecurityError);
  }
});

test('the pseudo-random challenge comes from the AID that is selected (Amendment D §6.2.2.1)', async () => {
  const card = await insert('uicc-scp03');
  await initiate(card);
  await send(card, `00A4040C0C${PKCS15}`);
  const response = await send(card, `8050000008${HOST_CHALLENGE.slice(0, 16)}00`);
  const expected = kdf(unhex(TEST_KEY), 0x02, 64, unhex(`000002${PKCS15}`));
  expect(response.slice(26, 42)).toBe(hex(expected));
  expect(response.slice(0, 26)).toBe('00010203040506070809300370');
  expect(response.slice(58)).toBe('0000029000');
});

test('random challenges differ, or come from where the test says', async () => {
  const challenge = async (card: Awaited<ReturnType<typeof insert>>) => {
    await send(card, `00A4040C0C${PKCS15}`);
    return (await send(card, `8050000008${HOST_CHALLENGE.slice(0, 16)}00`)).slice(26, 42);
  };
  const card = await insert('uicc-scp03-random');
  expect(await challenge(card)).not.toBe(await challenge(card));
  const given = await insert('uicc-scp03-random', { random: (octets) => new Uint8Array(octets).fill(0x5a) });
  expect(await challenge(given)).toBe('5A'.repeat(8));
});

test.each([
  ['channel 01', 'B403950110'],
  ['channel 03', 'AF0AB403950110B803950110'],
  ['channel 11', 'B403950130'],
  ['channel 13', 'AF0AB403950130B803950110'],
  ['channel 33', 'AF0AB403950130B803950130'],
])('access rule "%s" as EF(ARR) has it, and at which levels it opens', async (words, octets) => {
  const { data } = loadProfile('uicc-scp03-only');
  const profile = { name: 'rules', data: { ...data, rules: { ...data.rules, secured: { read: words } } } };
  const needed = Number.parseInt(words.slice(-2), 16);
  for (const level of [0x01, 0x03, 0x11, 0x13, 0x33]) {
    const card = await insert(profile);
    expect(hex(card.file('3F00/2F06')!.content)).toContain(`800101${octets}`);
    const host = await open(card, { level });
    await send(card, host.wrap(0x00, 0xa4, 0x08, 0x0c, unhex('7F506431')));
    const { sw } = host.unwrap(await send(card, `${host.wrap(0x00, 0xb0, 0, 0)}02`));
    expect([level, sw]).toEqual([level, (level & needed) === needed ? '9000' : '6982']);
  }
});

test('the compact format says secure messaging with bit 40, and means all of it', async () => {
  const { data } = loadProfile('uicc-scp03-only');
  const card = await insert({ name: 'compact', data: { ...data, security: 'compact' } });
  const fcp = await send(card, '00A40804047F50643100');
  expect(fcp).toContain('8C051B20204040');
  for (const [level, sw] of [
    [0x13, '6982'],
    [0x33, '9000'],
  ] as const) {
    const host = await open(card, { level });
    await send(card, host.wrap(0x00, 0xa4, 0x08, 0x0c, unhex('7F506431')));
    expect(host.unwrap(await send(card, `${host.wrap(0x00, 0xb0, 0, 0)}02`)).sw).toBe(sw);
  }
});
