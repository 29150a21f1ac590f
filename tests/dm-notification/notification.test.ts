/** Package#0: what is refused, what is tolerated, connection, duplicates and age. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { concat, fromHex, toHex } from '../../src/bytes/index.js';
import {
  CONNECTION_TYPES,
  chooseConnection,
  decodeNotification,
  EMPTY_NOTIFICATION_GUARD,
  encodeNotification,
  guardNotification,
  type NotificationFields,
  type NotificationGuard,
  verifyDigest,
} from '../../src/dm/notification/index.js';
import { DataError } from '../../src/errors/index.js';

const refused = (act: () => unknown, message: RegExp) => {
  expect(act).toThrow(DataError);
  expect(act).toThrow(expect.objectContaining({ code: 'DATA_NOTIFICATION' }));
  expect(act).toThrow(message);
};

describe('what is read', () => {
  test.each([
    ['nothing', '', /shorter than its header \(octet 0\)/],
    ['one octet', '20', /shorter than its header/],
    ['version 1', '1000', /version 1 is not 2 \(octet 0\)/],
    ['version 3', '3000', /version 3/],
    ['an option announced that is missing', '2080', /1 options announced, 0 found \(octet 2\)/],
    ['half an option head', '208060', /announced/],
    ['a value cut short', '20801004646D73', /option 1 is longer than the notification \(octet 2\)/],
    ['octets after the last option', '2080600000', /1 octets follow the last of 1 options \(octet 4\)/],
    ['SERVER-ID twice', '2100 1001 61 0001 62', /SERVER-ID is given twice \(octet 5\)/],
    ['NOTIFICATION-ID of one octet', '2080 3001 07', /NOTIFICATION-ID has 1 octets/],
    ['NOTIFICATION-ID of three octets', '2080 3003 000007', /NOTIFICATION-ID has 3 octets/],
    ['a digest of 31 octets', `2080 401F ${'00'.repeat(31)}`, /SHA256-DIGEST has 31 octets/],
    ['TIMESTAMP without octets', '2080 5000', /TIMESTAMP has 0 octets/],
    ['TIMESTAMP of nine octets', '2080 5009 000000000000000001', /TIMESTAMP has 9 octets/],
    ['a time beyond any date', '2080 5008 0020000000000000', /beyond any date/],
    ['SERVER-ID that is not UTF-8', '2080 1001 FF', /not UTF-8 \(octet 4\)/],
  ])('%s is refused', (_, hex, message) => {
    refused(() => decodeNotification(fromHex(hex)), message);
  });

  test.each([
    ['07', 7],
    ['0102', 258],
    ['67748580', 1735689600],
    ['0067748580', 1735689600],
    ['0000000067748580', 1735689600],
    ['001FFFFFFFFFFFFF', Number.MAX_SAFE_INTEGER],
  ])('TIMESTAMP %s', (value, seconds) => {
    const octets = fromHex(value);
    const bytes = concat(fromHex('2080'), [0x50, octets.length], octets);
    expect(decodeNotification(bytes).timestamp).toBe(seconds);
  });

  test('unknown options are kept, reserved bits and a value of REQ-MOS tolerated', () => {
    const { others, reqMos, findings } = decodeNotification(fromHex('21FF 6001 AA 1002 BBCC F000'));
    expect(reqMos).toBe(true);
    expect(others).toEqual([
      { number: 7, value: fromHex('BBCC') },
      { number: 22, value: new Uint8Array(0) },
    ]);
    expect(findings.map(({ code, where }) => [code, where])).toEqual([
      ['NOTIFICATION_RESERVED', 'octet 1'],
      ['NOTIFICATION_VALUE', 'octet 4'],
    ]);
  });

  test('connection types that are unknown, missing, or after any', () => {
    const read = (value: string) => {
      const octets = fromHex(value);
      return decodeNotification(concat(fromHex('2080'), [0x20, octets.length], octets));
    };
    expect(read('0300')).toMatchObject({ connectionTypes: ['wireline', 'any'], findings: [] });
    expect(read('0902')).toMatchObject({ connectionTypes: ['wlan'], findings: [{ severity: 'warning' }] });
    expect(read('')).toMatchObject({ connectionTypes: [], findings: [{ severity: 'warning' }] });
    expect(read('0001')).toMatchObject({
      connectionTypes: ['any', 'cellular'],
      findings: [{ message: expect.stringContaining('ANY_AVAILABLE') }],
    });
  });

  test('31 options and 4095 octets, the most that the fields hold', () => {
    const others = Array.from({ length: 31 }, (_, index) => ({
      number: 7 + index * 15,
      value: index === 30 ? new Uint8Array(4095).fill(0x5a) : new Uint8Array(0),
    }));
    const bytes = encodeNotification({ others });
    expect(toHex(bytes.subarray(0, 6))).toBe('2f807000f000');
    expect(decodeNotification(bytes).others).toEqual(others);
  });
});

describe('what is written', () => {
  test.each<[string, NotificationFields, RegExp]>([
    ['an empty SERVER-ID', { serverId: '' }, /SERVER-ID/],
    ['SERVER-ID with a line end', { serverId: 'a\n' }, /SERVER-ID/],
    ['SERVER-ID that is not normalized', { serverId: 'e\u0301' }, /SERVER-ID/],
    ['SERVER-ID of 4096 octets', { serverId: 'a'.repeat(4096) }, /4095 octets/],
    ['no connection', { connectionTypes: [] }, /PREFERRED-CON-TYPE/],
    ['a connection twice', { connectionTypes: ['wlan', 'wlan'] }, /PREFERRED-CON-TYPE/],
    ['any before others', { connectionTypes: ['any', 'wlan'] }, /ANY_AVAILABLE/],
    ['NOTIFICATION-ID 65536', { notificationId: 65536 }, /NOTIFICATION-ID/],
    ['NOTIFICATION-ID -1', { notificationId: -1 }, /NOTIFICATION-ID/],
    ['a time of five octets', { timestamp: 2 ** 32 }, /TIMESTAMP/],
    ['half a second', { timestamp: 0.5 }, /TIMESTAMP/],
    ['a digest of 33 octets', { digest: new Uint8Array(33) }, /SHA256-DIGEST/],
    [
      'a known option among the others',
      { others: [{ number: 6, value: new Uint8Array(0) }] },
      /field of its own/,
    ],
    [
      'an option too far from the last',
      { others: [{ number: 16, value: new Uint8Array(0) }] },
      /cannot follow/,
    ],
    ['a fraction as option number', { others: [{ number: 7.5, value: new Uint8Array(0) }] }, /whole number/],
    [
      '32 options',
      { others: Array.from({ length: 32 }, () => ({ number: 7, value: new Uint8Array(0) })) },
      /more than 31/,
    ],
  ])('%s is refused', (_, fields, message) => {
    refused(() => encodeNotification(fields), message);
  });

  test('an empty secret is refused', () => {
    refused(() => encodeNotification({}, { secret: new Uint8Array(0) }), /secret/);
  });
});

const connections = fc.uniqueArray(fc.constantFrom(...CONNECTION_TYPES.slice(1)), { minLength: 1 });
const anyFields: fc.Arbitrary<NotificationFields> = fc.record(
  {
    serverId: fc.stringMatching(/^[a-z0-9.é]{1,40}$/).map((text) => text.normalize('NFC')),
    connectionTypes: fc
      .tuple(connections, fc.boolean())
      .map(([types, any]) => (any ? [...types, 'any' as const] : types)),
    notificationId: fc.integer({ min: 0, max: 0xffff }),
    timestamp: fc.integer({ min: 0, max: 0xffffffff }),
    reqMos: fc.boolean(),
  },
  { requiredKeys: [] },
);

test('property: what is written is read as the same, and only the right secrets verify it', () => {
  const secrets = fc.record({
    secret: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    authData: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(anyFields, secrets, fc.nat(), (fields, given, flip) => {
      const bytes = encodeNotification(fields, given);
      const { digest, findings, version, others, ...read } = decodeNotification(bytes);
      expect(read).toEqual({ ...fields, reqMos: fields.reqMos ?? false });
      expect([digest!.length, findings, version, others]).toEqual([32, [], 2, []]);
      expect(verifyDigest(bytes, given)).toBe('valid');
      const secret = given.secret.slice();
      secret[flip % secret.length]! ^= 1 << (flip % 8);
      expect(verifyDigest(bytes, { ...given, secret })).toBe('invalid');
    }),
  );
});

test('a digest that is right for an empty secret is wrong: anybody could make it', () => {
  const zero = fromHex(`20804020${'00'.repeat(32)}`);
  const digest = createHash('sha256').update(zero).digest();
  const bytes = concat(fromHex('20804020'), digest);
  expect(verifyDigest(bytes, { secret: new Uint8Array(0) })).toBe('invalid');
});

describe('the connection', () => {
  test('the first preferred one that is there', () => {
    expect(chooseConnection(['wlan', 'cellular'], ['cellular', 'wlan'])).toEqual({ use: 'wlan' });
    expect(chooseConnection(['wireline', 'cellular'], ['wlan', 'cellular'])).toEqual({ use: 'cellular' });
  });
  test('none there: wait for one of them', () => {
    expect(chooseConnection(['wireline', 'wlan'], ['cellular'])).toEqual({ wait: ['wireline', 'wlan'] });
  });
  test('any comes last, wherever it stands', () => {
    expect(chooseConnection(['wireline', 'any'], ['wlan', 'cellular'])).toEqual({ use: 'wlan' });
    expect(chooseConnection(['any', 'cellular'], ['wlan', 'cellular'])).toEqual({ use: 'cellular' });
    expect(chooseConnection(['any'], [])).toEqual({ wait: [] });
  });
  test('without a preference, the first that is there', () => {
    expect(chooseConnection(undefined, ['cellular'])).toEqual({ use: 'cellular' });
  });
});

describe('duplicates and age', () => {
  const now = new Date('2025-01-01T00:00:00Z');
  const seconds = now.getTime() / 1000;
  const judge = (guard: NotificationGuard, notification: object, options: object = {}) =>
    guardNotification(guard, { serverId: 'dms1', ...notification }, { now, ...options });

  test('the same identifier of the same server is a duplicate', () => {
    const first = judge(EMPTY_NOTIFICATION_GUARD, { notificationId: 7 });
    expect(first.verdict).toBe('fresh');
    const again = judge(first.guard, { notificationId: 7 });
    expect(again).toEqual({ verdict: 'duplicate', guard: first.guard });
    expect(judge(first.guard, { notificationId: 8 }).verdict).toBe('fresh');
    expect(judge(first.guard, { notificationId: 7, serverId: 'dms2' }).verdict).toBe('fresh');
  });

  test('without identifier nothing is a duplicate, and nothing is remembered', () => {
    expect(judge(EMPTY_NOTIFICATION_GUARD, {})).toEqual({
      verdict: 'fresh',
      guard: EMPTY_NOTIFICATION_GUARD,
    });
  });

  test('the age window, to the second', () => {
    const at = (timestamp: number) =>
      judge(EMPTY_NOTIFICATION_GUARD, { timestamp }, { maxAgeSeconds: 60, maxAheadSeconds: 5 });
    expect(at(seconds - 60).verdict).toBe('fresh');
    expect(at(seconds - 61).verdict).toBe('old');
    expect(at(seconds + 5).verdict).toBe('fresh');
    expect(at(seconds + 6).verdict).toBe('early');
  });

  test('what is too old is not remembered', () => {
    const { guard } = judge(EMPTY_NOTIFICATION_GUARD, { timestamp: 0, notificationId: 7 });
    expect(guard).toBe(EMPTY_NOTIFICATION_GUARD);
  });

  test('memory is bounded: the oldest identifier and the longest silent server go first', () => {
    let guard = EMPTY_NOTIFICATION_GUARD;
    for (let id = 0; id < 300; id++) guard = judge(guard, { notificationId: id }).guard;
    expect(guard.servers[0]!.ids).toHaveLength(64);
    expect(judge(guard, { notificationId: 236 }).verdict).toBe('duplicate');
    expect(judge(guard, { notificationId: 235 }).verdict).toBe('fresh');
    for (let n = 0; n < 40; n++) guard = judge(guard, { notificationId: 1, serverId: `s${n}` }).guard;
    expect(guard.servers).toHaveLength(32);
    expect(guard.servers.some(({ serverId }) => serverId === 'dms1')).toBe(false);
  });

  test('the state survives JSON', () => {
    const { guard } = judge(EMPTY_NOTIFICATION_GUARD, { notificationId: 7 });
    const restored = JSON.parse(JSON.stringify(guard)) as NotificationGuard;
    expect(judge(restored, { notificationId: 7 }).verdict).toBe('duplicate');
  });
});
