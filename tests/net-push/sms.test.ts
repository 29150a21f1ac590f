/** Short messages that carry a push: TPDUs by hand from TS 23.040, in both directions; long messages. */
import fc from 'fast-check';
import { concat, fromHex, toHex } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import {
  addSms,
  decodeSms,
  EMPTY_SMS_ASSEMBLY,
  encodeSmsDeliver,
  encodeSmsSubmit,
  encodeWspPush,
  type SmsAssembly,
  type SmsPdu,
} from '../../src/net/push/index.js';

const PUSH = '010603d8af8720806000';
const HEADER = '0605040b8423f0';
const failure = (act: () => unknown): SimbootError => {
  try {
    act();
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
const ports = { destination: 2948, source: 9200 };

/** First octet, [reference,] address, PID, DCS, [time,] length, header, push. */
const SUBMIT = `41 00 0B91 1497214365F7 00 04 11 ${HEADER} ${PUSH}`;
const DELIVER = `44 05 81 2143F5 00 04 52101051031500 11 ${HEADER} ${PUSH}`;

describe('SMS-SUBMIT', () => {
  test('is written', () => {
    const written = encodeSmsSubmit(fromHex(PUSH), { destination: '+41791234567' });
    expect(written.map(toHex)).toEqual([toHex(fromHex(SUBMIT))]);
  });
  test('is read', () => {
    expect(decodeSms(fromHex(SUBMIT))).toEqual({
      type: 'submit',
      address: '+41791234567',
      ports,
      data: fromHex(PUSH),
    });
  });
  test.each([
    ['relative', '51', 'AA'],
    ['enhanced', '49', '01020304050607'],
    ['absolute', '59', '01020304050607'],
  ])('with a %s validity period', (_, first, validity) => {
    const bytes = fromHex(`${first} 07 04 81 2143 00 F5 ${validity} 11 ${HEADER} ${PUSH}`);
    expect(decodeSms(bytes)).toMatchObject({ address: '1234', data: fromHex(PUSH) });
  });
});

describe('SMS-DELIVER', () => {
  // 2025-01-01, 15:30:51 in swapped digits, zone 00.
  const timestamp = new Date('2025-01-01T15:30:51Z');
  test('is written', () => {
    const written = encodeSmsDeliver(fromHex(PUSH), { originator: '12345', timestamp });
    expect(written.map(toHex)).toEqual([toHex(fromHex(DELIVER))]);
  });
  test('is read', () => {
    expect(decodeSms(fromHex(DELIVER))).toEqual({
      type: 'deliver',
      address: '12345',
      timestamp,
      ports,
      data: fromHex(PUSH),
    });
  });
  test.each([
    ['80', '2025-01-01T13:30:51.000Z'],
    ['8A', '2025-01-01T22:30:51.000Z'],
  ])('zone %s, quarters of an hour from UTC', (zone, time) => {
    const bytes = fromHex(DELIVER.replace('031500', `0315${zone}`));
    expect(decodeSms(bytes).timestamp!.toISOString()).toBe(time);
  });
  test('a time that is none is left out', () => {
    expect(decodeSms(fromHex(DELIVER.replace('5210105103', 'FFFFFFFFFF')))).not.toHaveProperty('timestamp');
  });
  test('an address in letters, a header with other elements, 8-bit ports', () => {
    // "Simboot" in seven-bit characters, 13 semi-octets.
    const sender = `0D D0 ${sevenBit('Simboot')}`;
    const bytes = fromHex(`44 ${sender} 00 04 52101051031500 13 08 01 02 0000 04 02 0102 ${PUSH}`);
    expect(decodeSms(bytes)).toMatchObject({
      address: 'Simboot',
      ports: { destination: 1, source: 2 },
      data: fromHex(PUSH),
    });
  });
  test('without user data header the data starts at once', () => {
    const bytes = fromHex(`04 04 81 2143 00 04 52101051031500 02 AABB`);
    expect(decodeSms(bytes)).toMatchObject({ data: fromHex('AABB') });
    expect(decodeSms(bytes)).not.toHaveProperty('ports');
  });
});

function sevenBit(text: string): string {
  let bits = 0n;
  [...text].forEach((char, index) => {
    bits |= BigInt(char.charCodeAt(0)) << BigInt(7 * index);
  });
  const octets = Math.ceil((text.length * 7) / 8);
  return Array.from({ length: octets }, (_, i) =>
    ((bits >> BigInt(8 * i)) & 0xffn).toString(16).padStart(2, '0'),
  ).join('');
}

describe('what is refused', () => {
  test.each([
    ['nothing', '', /cut short/],
    ['a status report', '02 00', /neither/],
    ['seven-bit text', SUBMIT.replace(' 00 04 11', ' 00 00 11'), /8-bit/],
    ['UCS2', SUBMIT.replace(' 00 04 11', ' 00 08 11'), /8-bit/],
    ['compressed data', SUBMIT.replace(' 00 04 11', ' 00 24 11'), /8-bit/],
    ['a group that is reserved', SUBMIT.replace(' 00 04 11', ' 00 84 11'), /8-bit/],
    ['a message cut short', SUBMIT.slice(0, -2), /cut short/],
    ['octets after the data', `${SUBMIT} 00`, /follow the user data/],
    ['141 octets of data', `01 00 04 81 2143 00 04 8D ${'00'.repeat(141)}`, /141 octets/],
    ['an address of 21 digits', `01 00 15 81 ${'11'.repeat(11)} 00 04 00`, /20 digits/],
    ['a header longer than the data', '41 00 04 81 2143 00 04 02 0600', /header is longer/],
    ['a header announced without data', '41 00 04 81 2143 00 04 00', /header is longer/],
    ['an element cut short', '41 00 04 81 2143 00 04 04 03 05 04 0B', /element.*cut short/],
  ])('%s', (_, hex, message) => {
    const error = failure(() => decodeSms(fromHex(hex)));
    expect(error.code).toBe('DATA_SMS');
    expect(error.message).toMatch(message);
  });

  test.each(['', '+', '12a', '123456789012345678901', '+49 151'])('the number %j', (destination) => {
    expect(failure(() => encodeSmsSubmit(fromHex(PUSH), { destination })).code).toBe('DATA_SMS');
  });
});

describe('long messages', () => {
  const push = (octets: number) => Uint8Array.from({ length: octets }, (_, index) => index & 0xff);
  const options = { destination: '123', reference: 0xa7 };
  const now = new Date(0);
  const assemble = (messages: readonly Uint8Array[], assembly: SmsAssembly = EMPTY_SMS_ASSEMBLY) => {
    let state = assembly;
    const whole: Uint8Array[] = [];
    for (const message of messages) {
      const added = addSms(state, decodeSms(message), { now });
      state = added.assembly;
      if (added.push !== undefined) whole.push(added.push);
    }
    return { state, whole };
  };

  test('127 octets of notification fit in one message, 128 need two', () => {
    const one = encodeSmsSubmit(encodeWspPush(push(127)), options);
    expect(one).toHaveLength(1);
    expect(one[0]!.at(-141)).toBe(140);
    expect(encodeSmsSubmit(encodeWspPush(push(128)), options)).toHaveLength(2);
  });

  test('each part has reference, count and sequence before the ports, and 128 octets', () => {
    const parts = encodeSmsSubmit(push(300), options);
    const userData = parts.map((part) => toHex(part.subarray(8)));
    expect(userData.map((hex) => hex.slice(0, 26))).toEqual([
      '8c0b0003a7030105040b8423f0',
      '8c0b0003a7030205040b8423f0',
      '380b0003a7030305040b8423f0',
    ]);
    expect(userData.map((hex) => (hex.length - 26) / 2)).toEqual([128, 128, 44]);
    expect(decodeSms(parts[1]!)).toMatchObject({
      concatenation: { reference: 0xa7, total: 3, sequence: 2 },
      ports,
    });
  });

  test('parts in any order, one of them twice, make the push', () => {
    const [one, two, three] = encodeSmsSubmit(push(300), options) as [Uint8Array, Uint8Array, Uint8Array];
    for (const order of [
      [one, two, three],
      [three, one, one, two],
      [two, three, one],
    ]) {
      const { state, whole } = assemble(order);
      expect([whole, state]).toEqual([[push(300)], EMPTY_SMS_ASSEMBLY]);
    }
  });

  test('parts of other senders or references are not mixed', () => {
    const mine = encodeSmsSubmit(push(200), options);
    const other = encodeSmsSubmit(push(200), { ...options, destination: '124' });
    const later = encodeSmsSubmit(push(200), { ...options, reference: 0xa8 });
    expect(assemble([mine[0]!, other[1]!, later[1]!]).whole).toEqual([]);
  });

  test('references of sixteen bits', () => {
    const part = (sequence: number, octet: string) =>
      fromHex(`41 00 04 81 2143 00 04 08 06 0804 1234 02 0${sequence} ${octet}`);
    expect(assemble([part(1, 'AA'), part(2, 'BB')]).whole).toEqual([fromHex('AABB')]);
  });

  test('a sequence beyond the count is no concatenation', () => {
    const bytes = fromHex('41 00 04 81 2143 00 04 07 05 0003 01 02 03 AA');
    expect(decodeSms(bytes)).not.toHaveProperty('concatenation');
  });

  test('memory and time are bounded', () => {
    const part = (reference: number, total = 2): SmsPdu => ({
      type: 'deliver',
      address: '1',
      data: push(1),
      concatenation: { reference, total, sequence: 1 },
    });
    let state = EMPTY_SMS_ASSEMBLY;
    for (let reference = 0; reference < 100; reference++)
      state = addSms(state, part(reference), { now }).assembly;
    expect(state.pending).toHaveLength(16);
    expect(addSms(EMPTY_SMS_ASSEMBLY, part(1, 17), { now }).assembly.pending).toHaveLength(0);
    const later = addSms(state, part(200), { now: new Date(3_600_001) }).assembly;
    expect(later.pending).toHaveLength(1);
  });

  test('more than 255 messages are refused', () => {
    expect(encodeSmsSubmit(push(255 * 128), options)).toHaveLength(255);
    expect(failure(() => encodeSmsSubmit(push(255 * 128 + 1), options)).code).toBe('DATA_SMS');
    expect(failure(() => encodeSmsSubmit(push(200), { ...options, reference: 256 })).code).toBe('DATA_SMS');
  });

  test('property: any push comes back', () => {
    const numbers = fc.stringMatching(/^\+?[0-9]{1,20}$/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), numbers, (octets, number) => {
        const sent = encodeSmsSubmit(octets, { destination: number });
        const received = encodeSmsDeliver(octets, { originator: number, timestamp: now });
        for (const messages of [sent, received]) {
          expect(assemble(messages).whole).toEqual([octets]);
          expect(messages.every((message) => decodeSms(message).address === number)).toBe(true);
        }
      }),
    );
  });
});

test('a push of a notification through short messages', () => {
  const notification = concat(fromHex('2f807000f000'), new Uint8Array(10));
  const [message] = encodeSmsSubmit(encodeWspPush(notification), { destination: '+1234' });
  expect(toHex(decodeSms(message!).data)).toBe(`010603d8af87${toHex(notification)}`);
});
