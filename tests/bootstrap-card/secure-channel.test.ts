/** The whole of DM 2.0 Appendix H: EF(DIR) and the application in clear, then everything through a secure channel. */
import {
  createFiles,
  eraseBootstrap,
  inspectCard,
  planErase,
  planWrite,
  readBootstrap,
  type SecureChannelOptions,
  verifyBootstrap,
  writeBootstrap,
} from '../../src/bootstrap/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { MemoryKey } from '../../src/crypto/index.js';
import type { SecureExchange } from '../../src/globalplatform/index.js';
import { documentOf, insert, KEYS, KEYS_PIN, profileWith, reinsert, type Setup } from './support.js';

const TEST_KEY = '404142434445464748494A4B4C4D4E4F';
const DOCUMENT = documentOf(600, 'q');

function channelTo(hex = TEST_KEY, more: Partial<SecureChannelOptions> = {}): SecureChannelOptions {
  const key = () => new MemoryKey(fromHex(hex));
  return { keySet: { keys: { enc: key(), mac: key(), dek: key() }, version: 0x30, mode: 'S8' }, ...more };
}
const keysFor = (secureChannel: SecureChannelOptions) => ({ ...KEYS, secureChannel });

const CARDS: [profile: string, secureChannel: () => SecureChannelOptions, out: number][] = [
  ['uicc-scp03', () => channelTo(), 239],
  ['uicc-scp03-t0', () => channelTo(), 239],
  ['uicc-scp03-only', () => channelTo(), 239],
  [
    'uicc-scp03-s16',
    () => {
      const options = channelTo(TEST_KEY + TEST_KEY);
      return { ...options, keySet: { ...options.keySet, mode: 'S16' as const } };
    },
    223,
  ],
];

/** Class octets on logical channel 1 after EXTERNAL AUTHENTICATE; GET RESPONSE is never wrapped. */
function classesInside({ channel }: Setup): number[] {
  const commands = channel.log.map(({ command }) => command);
  const start = commands.findIndex((command) => command[0] === 0x85 && command[1] === 0x82);
  expect(start).toBeGreaterThan(0);
  return commands
    .slice(start + 1)
    .filter(([cla, ins]) => ins !== 0xc0 && !(cla === 0x00 && ins === 0x70))
    .map(([cla]) => cla!);
}

describe.each(CARDS)('%s', (profile, secureChannel, out) => {
  test('written, verified, inspected, read and erased; nothing in clear after the handshake', async () => {
    const setup = await insert(profile, '3g');
    const { card, channel, emulator } = setup;
    const keys = keysFor(secureChannel());
    const plan = await planWrite(card, { document: DOCUMENT, keys });
    const planned = channel.take().length;
    const result = await writeBootstrap(plan);
    const sent = channel.log.filter(({ command }) => command[1] !== 0xc0).length;
    expect([planned > 0, sent]).toEqual([true, plan.summary.exchanges.total]);
    expect([result.verified, result.differences]).toEqual([true, []]);
    const sizes = plan.summary.updates.map(({ data }) => data.length);
    expect(Math.max(...sizes)).toBe(out);
    expect(emulator.file('3F00/7F50/6431')?.content.subarray(0, 600)).toEqual(DOCUMENT);

    const runs = [
      () => verifyBootstrap(card, { document: DOCUMENT }, { secureChannel: secureChannel() }),
      () => inspectCard(card, { keys: { secureChannel: secureChannel() }, reveal: true }),
      () => readBootstrap(card, { secureChannel: secureChannel() }),
      async () => eraseBootstrap(await planErase(card, { keys: keysFor(secureChannel()) })),
    ];
    const results: unknown[] = [];
    for (const run of runs) {
      channel.take();
      results.push(await run());
      const classes = classesInside(setup);
      expect(classes.length).toBeGreaterThan(5);
      expect(new Set(classes)).toEqual(new Set([0x05]));
    }
    expect(results).toMatchObject([
      { differences: [] },
      { bootstrap: { state: 'document', bytes: DOCUMENT } },
      { state: 'document', document: DOCUMENT },
      { verified: true },
    ]);
    expect(emulator.secureChannels).toEqual([]);
  });
});

test('the application is selected by its AID once, in clear, and EF(ARR) read inside', async () => {
  const { card, channel } = await insert('uicc-scp03', '3g');
  const exchanges: SecureExchange[] = [];
  const secureChannel = channelTo(TEST_KEY, { onExchange: (exchange) => exchanges.push(exchange) });
  await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: keysFor(secureChannel) }));
  const selections = channel.log.filter(({ command: [, ins, p1] }) => ins === 0xa4 && p1 === 0x04);
  expect(selections.map(({ command }) => toHex(command).slice(0, 8))).toEqual(['01a40404']);
  const plain = exchanges.map(({ plain: { ins, p1, data } }) => [ins, p1, toHex(data ?? new Uint8Array())]);
  expect(plain).toContainEqual([0xa4, 0x08, '2f06']);
  expect(plain.filter(([ins, p1]) => ins === 0xa4 && p1 === 0x04)).toEqual([]);
});

test('a document that only the channel shows: outside access is denied, with advice', async () => {
  const { card } = await insert('uicc-scp03-only', '3g');
  await expect(readBootstrap(card)).rejects.toMatchObject({
    code: 'SECURITY_ACCESS_DENIED',
    message: expect.stringContaining('it takes a secure channel'),
    next: expect.stringContaining('--scp03'),
  });
  await expect(planWrite(card, { document: DOCUMENT, keys: KEYS })).rejects.toMatchObject({
    code: 'SECURITY_ACCESS_DENIED',
    next: expect.stringContaining('--scp03'),
  });
  const report = await inspectCard(card);
  expect(report.bootstrap).toMatchObject({ state: 'unreadable' });
  expect(report.findings.map(({ code }) => code)).not.toContain('not-readable');
  const inside = await inspectCard(card, { keys: { secureChannel: channelTo() } });
  expect(inside.bootstrap).toMatchObject({ state: 'document' });
  expect(inside.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('a rule of channel and PIN makes the object private, as a PIN alone does', async () => {
  const profile = profileWith('uicc-scp03-only', ({ data, pkcs15, pins }) => {
    const rules = data.rules as Record<string, Record<string, string>>;
    rules.both = { ...rules[pkcs15['6431']!.rule as string]!, read: 'channel 33 and PIN1' };
    pkcs15['6431']!.rule = 'both';
    pkcs15['6440'] = { ...pkcs15['6420']!, name: 'EF_AODF', size: 64, hex: '' };
    pins.PIN1!.enabled = true;
  });
  const { card } = await insert(profile, '3g');
  const keys = { ...KEYS_PIN, secureChannel: channelTo() };
  const written = await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys }));
  expect([written.verified, written.findings]).toEqual([true, []]);
  const report = await inspectCard(card, { keys });
  expect(report.pkcs15?.dodf[0]?.entries[0]?.common).toMatchObject({
    flags: { private: true },
    authId: expect.anything(),
  });
  await expect(readBootstrap(card, { secureChannel: channelTo() })).rejects.toMatchObject({
    code: 'SECURITY_ACCESS_DENIED',
  });
});

test('wrong keys: nothing after INITIALIZE UPDATE but the end of the logical channel, and no try spent', async () => {
  const { card, channel, emulator } = await insert('uicc-scp03', '3g');
  const keys = keysFor(channelTo('505152535455565758595A5B5C5D5E5F'));
  for (const run of [
    () => planWrite(card, { document: DOCUMENT, keys }),
    () => inspectCard(card, { keys }),
    () => verifyBootstrap(card, { document: DOCUMENT }, keys),
    () => readBootstrap(card, keys),
  ]) {
    channel.take();
    await expect(run()).rejects.toMatchObject({ code: 'SECURITY_CARD_CRYPTOGRAM', kind: 'security' });
    const sent = channel.log.map(({ command }) => toHex(command.subarray(0, 4)));
    expect(sent.slice(sent.indexOf('81503000') + 1)).toEqual(['00708001']);
  }
  expect(emulator.keyCounters(0x30)?.failures).toBe(0);
  expect((await inspectCard(card)).pkcs15).toBeDefined();
});

test('what is odd about the handshake is a finding of every operation, and refused when strict', async () => {
  const profile = profileWith('uicc-scp03', ({ data }) => {
    (data.securityDomain as Record<string, unknown>).reportedI = 0x78;
  });
  const keys = keysFor(channelTo());
  const odd = expect.arrayContaining([
    expect.objectContaining({ code: 'secure-channel', severity: 'warning' }),
  ]);
  const { card } = await insert(profile, '3g');
  const plan = await planWrite(card, { document: DOCUMENT, keys });
  expect(plan.summary.findings).toEqual(odd);
  const written = await writeBootstrap(plan);
  expect([written.verified, written.findings]).toEqual([true, odd]);
  expect((await verifyBootstrap(card, { document: DOCUMENT }, keys)).findings).toEqual(odd);
  expect((await inspectCard(card, { keys })).findings).toEqual(odd);
  const strict = keysFor(channelTo(TEST_KEY, { strict: true }));
  await expect(readBootstrap(card, strict)).rejects.toMatchObject({ code: 'SECURITY_SCP_PARAMETERS' });
});

test('a card that counts wrongly: it ends the channel, and the message says so', async () => {
  const { card, emulator } = await insert('uicc-scp03-only', '3g');
  emulator.faults.channelDefectAt(8, { kind: 'skip-counter' });
  await expect(inspectCard(card, { keys: keysFor(channelTo()) })).rejects.toMatchObject({
    code: 'SECURITY_SESSION_BROKEN',
    message: expect.stringContaining('the card ended it'),
  });

  const other = await reinsert(emulator, '3g');
  const plan = await planWrite(other.card, { document: DOCUMENT, keys: keysFor(channelTo()) });
  other.emulator.faults.statusFor(0xd6, 0x6982);
  await expect(writeBootstrap(plan)).rejects.toMatchObject({
    code: 'SECURITY_ACCESS_DENIED',
    message: expect.stringMatching(/rule for update: a secure channel$/),
    next: expect.stringContaining('--scp03-deviation'),
  });
});

test('an application without secure channel is told as that', async () => {
  const { card, channel } = await insert('uicc', '3g');
  await expect(inspectCard(card, { keys: keysFor(channelTo()) })).rejects.toMatchObject({
    code: 'SECURITY_SCP_PARAMETERS',
    message: expect.stringContaining('has no secure channel'),
  });
  expect(toHex(channel.log.at(-1)!.command)).toBe('00708001');
});

test.each(['6985', '6983'])(
  'a key set that is locked (%s) is told as that, with no try spent',
  async (sw) => {
    const { card, channel, emulator } = await insert('uicc-scp03', '3g');
    emulator.faults.statusFor(0x50, Number.parseInt(sw, 16));
    const keys = keysFor(channelTo());
    await expect(planWrite(card, { document: DOCUMENT, keys })).rejects.toMatchObject({
      code: 'SECURITY_AUTHENTICATION_REFUSED',
      message: expect.stringContaining('the key set is locked'),
      details: { sw, keyVersion: '30', trySpent: false },
    });
    expect(channel.log.filter(({ command }) => command[1] === 0x50)).toHaveLength(1);
    expect(channel.log.some(({ command }) => command[1] === 0x82)).toBe(false);
  },
);

test('the session broken in the middle of a write: the next one repairs the card', async () => {
  const { card, emulator } = await insert('uicc-scp03', '3g');
  const plan = await planWrite(card, { document: DOCUMENT, keys: keysFor(channelTo()) });
  await card.processor.channel.transmit(fromHex('0180f200'));
  await expect(writeBootstrap(plan)).rejects.toMatchObject({ code: 'SECURITY_SESSION_BROKEN' });
  const again = await reinsert(emulator, '3g');
  const repaired = await planWrite(again.card, { document: DOCUMENT, keys: keysFor(channelTo()) });
  expect((await writeBootstrap(repaired)).verified).toBe(true);
});

test('torn out between exchanges and inside updates: old, none or new, and repaired through the channel', async () => {
  const old = documentOf(300, 'o');
  const write = async ({ card }: Setup, document: Uint8Array) =>
    writeBootstrap(await planWrite(card, { document, keys: keysFor(channelTo()) }));
  const { emulator, ...first } = await insert('uicc-scp03', '3g');
  await write({ emulator, ...first }, old);
  const image = emulator.snapshot();
  first.channel.take();
  await write({ emulator, ...first }, DOCUMENT);
  const total = first.channel.log.length;
  const seen = new Set<string>();
  for (let exchange = 1; exchange <= total; exchange++) {
    for (const moment of ['before', { octets: 50 }, 'after'] as const) {
      emulator.restore(image);
      const torn = await reinsert(emulator, '3g');
      emulator.faults.tearAt(exchange, moment);
      await expect(write(torn, DOCUMENT)).rejects.toThrow('the card is gone');
      emulator.faults.clear();
      const after = await reinsert(emulator, '3g');
      const { state, document } = await readBootstrap(after.card, { secureChannel: channelTo() });
      seen.add(state);
      if (state === 'document') expect([toHex(old), toHex(DOCUMENT)]).toContain(toHex(document));
      expect((await write(after, DOCUMENT)).verified).toBe(true);
    }
  }
  expect([...seen].sort()).toEqual(['document', 'interrupted']);
});

test('EF(DIR), too, is written and read back inside', async () => {
  const profile = profileWith('uicc-scp03', ({ mf, pkcs15 }) => {
    delete pkcs15['5031']!.hex;
    mf['2F00']!.records = [];
    mf['2F00']!.recordLength = 38;
    mf['2F00']!.recordCount = 2;
  });
  const setup = await insert(profile, '3g');
  const plan = await planWrite(setup.card, { document: DOCUMENT, keys: keysFor(channelTo()) });
  expect(plan.summary.updates.some(({ record }) => record !== undefined)).toBe(true);
  expect((await writeBootstrap(plan)).verified).toBe(true);
  expect(new Set(classesInside(setup))).toEqual(new Set([0x05]));
  expect((await readBootstrap(setup.card, { secureChannel: channelTo() })).document).toEqual(DOCUMENT);
});

test('records of EF(DIR) that one wrapped command cannot carry are refused before anything is written', async () => {
  const profile = profileWith('uicc-scp03', ({ mf }) => {
    mf['2F00']!.records = [];
    mf['2F00']!.recordLength = 240;
    mf['2F00']!.recordCount = 2;
  });
  const { card, channel } = await insert(profile, '3g');
  const request = { document: DOCUMENT, keys: keysFor(channelTo()) };
  await expect(planWrite(card, request)).rejects.toMatchObject({ code: 'CARD_FILE_TOO_LARGE' });
  expect(channel.log.filter(({ command: [, ins] }) => ins === 0xd6 || ins === 0xdc)).toEqual([]);
  expect((await writeBootstrap(await planWrite(card, { ...request, keys: KEYS }))).verified).toBe(true);
});

test('on a logical channel above 3', async () => {
  const { card, channel } = await insert('uicc-scp03', '3g');
  for (let n = 1; n <= 4; n++) expect((await card.openLogicalChannel()).logicalChannel).toBe(n);
  channel.take();
  await inspectCard(card, { keys: { secureChannel: channelTo() } });
  const classes = channel.log.filter(({ command: [, ins] }) => ins !== 0x70).map(({ command: [cla] }) => cla);
  // SELECT 41, INITIALIZE UPDATE C1, EXTERNAL AUTHENTICATE E1, then 61
  const handshake = classes.indexOf(0xe1);
  expect(classes.slice(handshake - 2, handshake)).toEqual([0x41, 0xc1]);
  expect(new Set(classes.slice(handshake + 1))).toEqual(new Set([0x61]));
});

test('a card without a free logical channel is not used on the basic one', async () => {
  const { card, channel } = await insert('uicc-scp03-t0', '3g');
  for (let n = 1; n <= 3; n++) await card.openLogicalChannel();
  channel.take();
  await expect(readBootstrap(card, { secureChannel: channelTo() })).rejects.toMatchObject({
    code: 'CARD_CHANNEL',
  });
  expect(channel.log.filter(({ command }) => command[1] === 0x50)).toEqual([]);
});

test('no PIN or ADM goes out before the channel is open', async () => {
  const { card, channel } = await insert('uicc-no-pkcs15', '3g');
  const rule = { form: 'referenced', tag: 0x8b, bytes: fromHex('2F0601') } as const;
  const security = { directory: rule, public: rule, bootstrap: rule };
  await expect(createFiles(card, { security, keys: keysFor(channelTo()) })).rejects.toMatchObject({
    code: 'SECURITY_ACCESS_DENIED',
    message: expect.stringContaining('the secure channel is not open yet'),
  });
  expect(channel.log.filter(({ command }) => command[1] === 0x20)).toEqual([]);
});

test('a card in 2G mode has no secure channel', async () => {
  const { card } = await insert('uicc-scp03', '2g');
  await expect(readBootstrap(card, { secureChannel: channelTo() })).rejects.toMatchObject({
    code: 'CARD_MODE',
  });
});
