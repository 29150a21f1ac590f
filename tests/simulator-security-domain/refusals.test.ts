/** What a card refuses, and what remains of a session afterwards (GPC Amendment D §5.6, §7.1). */
import type { SimulatedCard } from '../../src/simulator/index.js';
import { changed, insert } from './cards.js';
import { hex, unhex } from './reference.js';
import { DOMAIN, HOST_CHALLENGE, initiate, octet, open, PKCS15, send } from './support.js';

const VERIFY_ADM1 = unhex('3132333435363738');
const READ_IN_CLEAR = '00B0000002';
const STATUS: [0x80, number, number, number] = [0x80, 0xf2, 0x00, 0x01];
const APPLICATION = `840C${PKCS15}`;

const failures = (card: SimulatedCard) => card.keyCounters(0x30)?.failures;
const states = (card: SimulatedCard) => card.secureChannels.map(({ channel, state }) => [channel, state]);

describe('INITIALIZE UPDATE', () => {
  test.each([
    ['unknown key version', `8050310008${HOST_CHALLENGE.slice(0, 16)}00`, '6A88'],
    ['key identifier', `8050000108${HOST_CHALLENGE.slice(0, 16)}00`, '6A86'],
    ['challenge of S16', `8050000010${HOST_CHALLENGE}00`, '6700'],
    ['challenge of seven octets', `8050000007${HOST_CHALLENGE.slice(0, 14)}00`, '6700'],
    ['no challenge', '8050000000', '6700'],
    ['interindustry class', `0050000008${HOST_CHALLENGE.slice(0, 16)}00`, '6D00'],
    ['secure messaging without a session', `8450000008${HOST_CHALLENGE.slice(0, 16)}00`, '6985'],
  ])('%s', async (_name, command, sw) => {
    const card = await insert('uicc-scp03');
    await send(card, `00A4040C0C${PKCS15}`);
    expect(await send(card, command)).toBe(sw);
    expect([failures(card), states(card)]).toEqual([0, []]);
  });

  test('without a selected application there are no services of a domain', async () => {
    const card = await insert('uicc-scp03');
    expect(await send(card, `8050000008${HOST_CHALLENGE.slice(0, 16)}00`)).toBe('6985');
  });

  test('the sequence counter stops at its end', async () => {
    const card = await insert(changed('uicc-scp03', { sequenceCounter: 0xfffffe }));
    const last = await initiate(card);
    expect(await send(card, last.externalAuthenticate())).toBe('9000');
    expect(card.keyCounters(0x30)).toEqual({ sequence: 0xffffff, failures: 0 });
    expect(await send(card, `8050000008${HOST_CHALLENGE.slice(0, 16)}00`)).toBe('6985');
  });

  test('a card without a security domain knows neither the command nor the class', async () => {
    const card = await insert('uicc');
    expect(await send(card, `8050000008${HOST_CHALLENGE.slice(0, 16)}00`)).toBe('6D00');
    expect(await send(card, '04B0000008')).toBe('6882');
  });
});

describe('EXTERNAL AUTHENTICATE', () => {
  test('wrong cryptogram 6300, wrong MAC 6982: a try each, and the handshake starts again', async () => {
    const card = await insert('uicc-scp03');
    for (const [at, sw, spent] of [
      [5, '6300', 1],
      [12, '6300', 2],
      [13, '6982', 3],
      [20, '6982', 4],
    ] as const) {
      const command = unhex((await initiate(card)).externalAuthenticate());
      command[at]! ^= 0x01;
      expect(await send(card, hex(command))).toBe(sw);
      expect([failures(card), states(card)]).toEqual([spent, []]);
      expect(await send(card, hex(command))).toBe('6985');
    }
    await open(card);
    expect(failures(card)).toBe(0);
  });

  test('another level than the one under the MAC', async () => {
    const card = await insert('uicc-scp03');
    const command = (await initiate(card, { level: 0x33 })).externalAuthenticate();
    expect(await send(card, command.replace(/^84823300/, '84820100'))).toBe('6982');
  });

  test.each([
    ['i=00', 0x00, [0x00, 0x01, 0x03], [0x11, 0x13, 0x33]],
    ['i=20', 0x20, [0x01, 0x11, 0x13], [0x33]],
    ['i=60', 0x60, [0x33], [0x02, 0x10, 0x30, 0x31, 0x12, 0x80, 0xff]],
  ])('levels of %s: what it does not offer is 6A86 and spends no try', async (_name, i, offered, refused) => {
    const card = await insert(changed('uicc-scp03', { i }));
    for (const level of offered) await open(card, { level });
    for (const level of refused) {
      expect(await send(card, (await initiate(card, { level })).externalAuthenticate())).toBe('6A86');
      expect([failures(card), states(card)]).toEqual([0, []]);
    }
  });

  test('a card that refuses R-MAC although its "i" promises it', async () => {
    const card = await insert(changed('uicc-scp03', { levels: [0x01, 0x03] }));
    expect(await send(card, (await initiate(card, { level: 0x33 })).externalAuthenticate())).toBe('6A86');
    await open(card, { level: 0x03 });
  });

  test('without INITIALIZE UPDATE, of a wrong length, with P2, without secure messaging', async () => {
    const card = await insert('uicc-scp03');
    const command = (await initiate(card)).externalAuthenticate();
    expect(await send(card, command.replace(/^84/, '80'))).toBe('6E00');
    await send(card, `00A4040C0C${PKCS15}`);
    expect(await send(card, command)).toBe('6985');
    expect(
      await send(card, (await initiate(card)).externalAuthenticate().replace(/..$/, '').replace('10', '0F')),
    ).toBe('6700');
    expect(
      await send(card, (await initiate(card)).externalAuthenticate().replace(/^84823300/, '84823301')),
    ).toBe('6A86');
    expect(failures(card)).toBe(0);
  });

  test('the limit locks the key set for ever: 6985 and no cryptogram any more; others still work', async () => {
    const set = { enc: '11'.repeat(16), mac: '22'.repeat(16), dek: '33'.repeat(16) };
    const profile = changed('uicc-scp03', { failureLimit: 3, failureDelay: 500 });
    const { keySets } = profile.data.securityDomain!;
    const card = await insert({
      ...profile,
      data: {
        ...profile.data,
        securityDomain: { ...profile.data.securityDomain!, keySets: { ...keySets, '31': set } },
      },
    });
    for (let tries = 1; tries <= 3; tries++) {
      const wrong = unhex((await initiate(card, { version: 0x30 })).externalAuthenticate());
      wrong[wrong.length - 1]! ^= 0x01;
      const before = card.cardTime;
      expect(await send(card, hex(wrong))).toBe('6982');
      expect(card.cardTime - before).toBeGreaterThan(500 * tries);
      await card.reset();
    }
    expect(failures(card)).toBe(3);
    await send(card, `00A4040C0C${PKCS15}`);
    expect(await send(card, `8050300008${HOST_CHALLENGE.slice(0, 16)}00`)).toBe('6985');
    const keys = { enc: unhex(set.enc), mac: unhex(set.mac), dek: unhex(set.dek) };
    await open(card, { version: 0x31, keys });
  });
});

describe('inside a session', () => {
  async function opened(level = 0x33) {
    const card = await insert('uicc-scp03-only');
    const host = await open(card, { channel: 1, level });
    await send(card, host.wrap(0x00, 0xa4, 0x08, 0x0c, unhex('7F506431')));
    return { card, host };
  }

  test('one wrong bit anywhere in a wrapped UPDATE is refused, nothing is written, the session is over', async () => {
    const { card } = await opened();
    const clean = card.snapshot();
    const length = unhex((await opened()).host.wrap(0x00, 0xd6, 0, 0, unhex('CAFE'))).length;
    for (let bit = 0; bit < length * 8; bit++) {
      const { card: victim, host } = await opened();
      const command = unhex(host.wrap(0x00, 0xd6, 0, 0, unhex('CAFE')));
      command[bit >> 3]! ^= 0x80 >> (bit & 7);
      const sw = await send(victim, hex(command));
      expect([bit, sw]).toEqual([bit, expect.stringMatching(/^(6982|6700|6881|6882|6884|6985|6E00)$/)]);
      expect(victim.snapshot().root).toEqual(clean.root);
    }
  });

  test('a command in clear aborts the session, and everything is refused until a new one', async () => {
    const { card, host } = await opened();
    expect(await send(card, READ_IN_CLEAR.replace(/^00/, '01'))).toBe('6982');
    expect(states(card)).toEqual([[1, 'aborted']]);
    expect(await send(card, host.wrap(...STATUS))).toBe('6982');
    expect(await send(card, '81F2000100')).toBe('6982');
    expect(await send(card, host.externalAuthenticate())).toBe('6982');
    await open(card, { channel: 1 });
    expect(states(card)).toEqual([[1, 'open']]);
  });

  test('a replayed, left out or repeated command aborts it', async () => {
    for (const spoil of ['replay', 'skip', 'swap']) {
      const { card, host } = await opened();
      const first = host.wrap(...STATUS);
      const second = host.wrap(...STATUS);
      const order = spoil === 'replay' ? [first, first] : spoil === 'skip' ? [second] : [second, first];
      let sw = '';
      for (const command of order) sw = (await send(card, command)).slice(-4);
      expect([spoil, sw, states(card)]).toEqual([spoil, '6982', [[1, 'aborted']]]);
    }
  });

  test.each([
    ['a wrong counter', { counter: 7 }],
    ['no chaining', { chaining: Buffer.alloc(16) }],
  ])('%s', async (_name, spoil) => {
    const { card, host } = await opened();
    Object.assign(host, spoil);
    expect(await send(card, host.wrap(0x00, 0x20, 0, 0x0a, VERIFY_ADM1))).toBe('6982');
    expect(states(card)).toEqual([[1, 'aborted']]);
  });

  test('a command shorter than its MAC, and one with a MAC over wrong padding', async () => {
    const { card } = await opened();
    expect(await send(card, '05D6000004CAFECAFE')).toBe('6982');
    expect(states(card)).toEqual([[1, 'aborted']]);
  });

  test('a new selection, a closed channel, a reset, a new handshake end it; the channel number does not matter', async () => {
    const endings: [string, string, string][] = [
      ['selection of the same application', `01A4040C0C${PKCS15}`, '9000'],
      ['selection of the domain', `01A4040C08${DOMAIN}`, '9000'],
      ['the channel is closed', '00708001', '9000'],
      ['a handshake that fails', `8150310008${HOST_CHALLENGE.slice(0, 16)}00`, '6A88'],
    ];
    for (const [name, command, sw] of endings) {
      const { card, host } = await opened();
      expect([name, await send(card, command)]).toEqual([name, sw]);
      expect([name, states(card)]).toEqual([name, []]);
      expect(await send(card, host.wrap(...STATUS))).toMatch(/6985|6881/);
    }
    const { card, host } = await opened();
    await card.reset();
    expect(states(card)).toEqual([]);
    await send(card, '0070000101');
    expect(await send(card, host.wrap(...STATUS))).toBe('6985');
  });

  test('what does not end it: other channels, an unknown AID, GET RESPONSE out of place, secured SELECT by name', async () => {
    const { card, host } = await opened();
    expect(await send(card, `00A4040C0C${PKCS15}`)).toBe('9000');
    expect(await send(card, '01A4040C05A000000099')).toBe('6A82');
    expect(await send(card, '01C0000010')).toBe('6985');
    expect(await send(card, `05A4040C14${PKCS15}0011223344556677`)).toBe('6882');
    expect(await send(card, '0570800108AAAAAAAAAAAAAAAA')).toBe('6882');
    expect(host.unwrap(await send(card, `${host.wrap(...STATUS)}00`))).toEqual({
      data: APPLICATION,
      sw: '9000',
    });
  });

  test('2G commands end a session of the basic channel', async () => {
    const card = await insert('uicc-scp03');
    await open(card);
    expect(await send(card, 'A0A40000023F00')).toBe('6982');
    expect(states(card)).toEqual([[0, 'aborted']]);
    expect(await send(card, 'A0A40000023F00')).toBe('6982');
    await card.reset();
    expect(await send(card, 'A0A40000023F00')).toMatch(/^9F/);
  });

  test('errors carry no MAC, warnings do, and the session goes on', async () => {
    const { card, host } = await opened();
    expect(await send(card, host.wrap(0x00, 0xb0, 0x7f, 0xff))).toBe('6B00');
    const warning = await send(card, host.wrap(0x00, 0x20, 0, 0x0a, unhex('3132333435363737')));
    expect([warning.length, host.unwrap(warning)]).toEqual([20, { data: '', sw: '63C9' }]);
    expect(await send(card, host.wrap(0x00, 0xee, 0, 0))).toBe('6D00');
    expect(await send(card, host.wrap(0x80, 0xb0, 0, 0))).toBe('6E00');
    expect(await send(card, host.wrap(0x80, 0x82, 0x33, 0, Buffer.alloc(16)))).toBe('6985');
    expect(await send(card, host.wrap(0x80, 0x50, 0, 0, Buffer.alloc(8)))).toBe('6E00');
    expect(host.unwrap(await send(card, host.wrap(...STATUS))).sw).toBe('9000');
  });

  test('level 13 is not enough where the rule asks for 33', async () => {
    const { card, host } = await opened(0x13);
    expect(await send(card, host.wrap(0x00, 0xb0, 0, 0))).toBe('6982');
    const stronger = await opened(0x33);
    const read = stronger.host.unwrap(await send(stronger.card, `${stronger.host.wrap(0x00, 0xb0, 0, 0)}02`));
    expect(read).toEqual({ data: hex(Buffer.from('[]')), sw: '9000' });
    expect(await send(stronger.card, '00A4080C047F506431')).toBe('9000');
    expect(await send(stronger.card, READ_IN_CLEAR)).toBe('6982');
  });

  test('a wrong Le of a record: 6Cxx without MAC, then again with a new counter', async () => {
    const { card, host } = await opened();
    await send(card, host.wrap(0x00, 0xa4, 0x08, 0x0c, unhex('2F00')));
    expect(await send(card, `${host.wrap(0x00, 0xb2, 2, 4)}10`)).toBe('6C26');
    expect(host.unwrap(await send(card, `${host.wrap(0x00, 0xb2, 2, 4)}26`)).data).toMatch(/^611D/);
  });
});

describe('deviations', () => {
  test('empty data padded and encrypted: that card refuses the command of the specification, and the reverse', async () => {
    const card = await insert(changed('uicc-scp03', { deviations: { emptyDataEncrypted: true } }));
    const host = await open(card);
    expect(host.unwrap(await send(card, host.wrapPadded(...STATUS))).data).toBe(APPLICATION);
    expect(await send(card, host.wrap(...STATUS))).toBe('6982');
    const strict = await insert('uicc-scp03');
    const other = await open(strict);
    expect(await send(strict, other.wrapPadded(...STATUS))).toBe('6982');
  });

  test('a command without data does not count', async () => {
    const card = await insert(changed('uicc-scp03', { deviations: { noCounterOnEmpty: true } }));
    const host = await open(card);
    const answer = await send(card, host.wrap(...STATUS));
    host.counter--;
    expect(host.unwrap(answer).data).toBe(APPLICATION);
    expect(host.unwrap(await send(card, host.wrap(0x00, 0x20, 0, 0x0a, VERIFY_ADM1))).sw).toBe('9000');
  });

  test('a lying "i": in INITIALIZE UPDATE, in the card recognition data', async () => {
    const card = await insert(changed('uicc-scp03', { i: 0x60, reportedI: 0x70, recognitionI: 0x61 }));
    const selected = await send(card, `00A4040008${DOMAIN}00`);
    expect(selected).toContain('06092A864886FC6B040361');
    const response = await send(card, `8050000008${HOST_CHALLENGE.slice(0, 16)}00`);
    expect([response.slice(24, 26), response.length / 2 - 2]).toEqual(['70', 29]);
  });

  test('a card that takes Le for the length of the protected answer', async () => {
    const card = await insert(changed('uicc-scp03', { deviations: { strictLe: true } }));
    const host = await open(card);
    expect(await send(card, `${host.wrap(...STATUS)}${octet(14)}`)).toBe('6C18');
    expect(host.unwrap(await send(card, `${host.wrap(...STATUS)}18`)).data).toBe(APPLICATION);
  });
});

describe('defects on demand', () => {
  const answers = async (
    kind: 'wrong-mac' | 'no-mac' | 'replay' | 'skip-counter' | 'padding' | 'long-padding',
  ) => {
    const card = await insert('uicc-scp03');
    const host = await open(card);
    host.unwrap(await send(card, host.wrap(...STATUS)));
    card.faults.channelDefectAt(1, { kind });
    return { card, host, answer: await send(card, host.wrap(...STATUS)) };
  };

  test.each(['wrong-mac', 'no-mac', 'replay'] as const)('%s: the MAC does not fit', async (kind) => {
    const { host, answer } = await answers(kind);
    expect(() => host.unwrap(answer)).toThrow('R-MAC');
  });

  test.each(['skip-counter', 'padding'] as const)(
    '%s: the MAC fits, the plain text does not',
    async (kind) => {
      const { host, answer } = await answers(kind);
      expect(() => host.unwrap(answer)).toThrow('padding');
    },
  );

  test('each bit of a protected response', async () => {
    for (const bit of [0, 7, 100, 191]) {
      const card = await insert('uicc-scp03');
      const host = await open(card);
      card.faults.channelDefectAt(1, { kind: 'flip', bit });
      const answer = await send(card, host.wrap(...STATUS));
      expect(() => host.unwrap(answer)).toThrow('R-MAC');
    }
  });
});

describe('R-MAC sessions (Amendment D §7.1.3, §7.1.4)', () => {
  const BEGIN = 0x7a;
  const END = 0x78;

  test.each([
    [0x01, 0x10, 0x11],
    [0x03, 0x10, 0x13],
    [0x03, 0x30, 0x33],
    [0x13, 0x30, 0x33],
  ])('from level %i with P1 %i to %i and back', async (level, p1, raised) => {
    const card = await insert('uicc-scp03');
    const host = await open(card, { level });
    const exchange = async (command: string) => host.unwrap(await send(card, command));
    expect(await exchange(host.wrap(0x80, BEGIN, p1, 0x01, unhex('03AABBCC')))).toEqual({
      data: '',
      sw: '9000',
    });
    host.level = raised;
    expect(card.secureChannels[0]?.level).toBe(raised);
    expect(await exchange(host.wrap(...STATUS))).toEqual({ data: APPLICATION, sw: '9000' });
    const last = await send(card, host.wrap(0x80, END, 0x00, 0x03));
    expect([last.length, host.unwrap(last)]).toEqual([20, { data: '', sw: '9000' }]);
    host.level = level;
    expect(await exchange(host.wrap(...STATUS))).toEqual({ data: APPLICATION, sw: '9000' });
  });

  test.each([
    ['nothing to raise', 0x33, BEGIN, 0x30, 0x01, '', '6985'],
    ['R-MAC is there', 0x11, BEGIN, 0x10, 0x01, '', '6985'],
    ['R-ENCRYPTION without C-DECRYPTION', 0x01, BEGIN, 0x30, 0x01, '', '6985'],
    ['no such P1', 0x01, BEGIN, 0x20, 0x01, '', '6A86'],
    ['no such P2', 0x01, BEGIN, 0x10, 0x03, '', '6A86'],
    ['data that are not LV', 0x01, BEGIN, 0x10, 0x01, '05AA', '6A80'],
    ['nothing to end', 0x03, END, 0x00, 0x03, '', '6985'],
    ['P2 of the end', 0x03, END, 0x00, 0x01, '', '6A86'],
  ])('%s: refused, and the session goes on', async (_name, level, ins, p1, p2, data, sw) => {
    const card = await insert('uicc-scp03');
    const host = await open(card, { level });
    expect(await send(card, host.wrap(0x80, ins, p1, p2, unhex(data)))).toBe(sw);
    expect(host.unwrap(await send(card, host.wrap(...STATUS)))).toEqual({ data: APPLICATION, sw: '9000' });
  });

  test('not at level 00, not without a session, not more than "i" offers', async () => {
    const card = await insert(changed('uicc-scp03', { i: 0x10 }));
    await open(card, { level: 0x00 });
    expect(await send(card, '807A1001')).toBe('6985');
    const host = await open(card, { level: 0x01 });
    expect(await send(card, host.wrap(0x80, BEGIN, 0x10, 0x01))).toBe('6985');
    await card.reset();
    await send(card, `00A4040C0C${PKCS15}`);
    expect(await send(card, '807A1001')).toBe('6985');
  });
});
