/** Command APDUs (ISO/IEC 7816-4 §5.1) and their T=0 form (TS 102 221 §7.3.1.1): octets written by hand. */
import fc from 'fast-check';
import {
  type CommandApdu,
  channelOfCla,
  claForChannel,
  decodeCommand,
  encodeCommand,
  encodeForT0,
} from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { fuzz } from '../support/fuzz.js';

const header = { cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x0c };
const command = (dataLength: number, le?: number): CommandApdu => ({
  ...header,
  ...(dataLength === 0 ? {} : { data: new Uint8Array(dataLength).fill(0x5a) }),
  ...(le === undefined ? {} : { le }),
});
const data = (length: number) => '5a'.repeat(length);

const CASES: readonly [name: string, hex: string, command: CommandApdu][] = [
  ['1', '00a4040c', command(0)],
  ['2 short', '00a4040c05', command(0, 5)],
  ['2 short, 255', '00a4040cff', command(0, 255)],
  ['2 short, all', '00a4040c00', command(0, 256)],
  ['2 extended, just above', '00a4040c000101', command(0, 257)],
  ['2 extended', '00a4040c001234', command(0, 0x1234)],
  ['2 extended, all', '00a4040c000000', command(0, 65536)],
  ['3 short', '00a4040c025a5a', command(2)],
  ['3 short, longest', `00a4040cff${data(255)}`, command(255)],
  ['3 extended', `00a4040c000100${data(256)}`, command(256)],
  ['3 extended, longest', `00a4040c00ffff${data(65535)}`, command(65535)],
  ['4 short', '00a4040c025a5a10', command(2, 0x10)],
  ['4 short, all', '00a4040c025a5a00', command(2, 256)],
  ['4 extended by Le', '00a4040c0000025a5a0101', command(2, 257)],
  ['4 extended by data', `00a4040c000100${data(256)}0005`, command(256, 5)],
  ['4 extended, all', '00a4040c0000025a5a0000', command(2, 65536)],
];

describe.each(CASES)('case %s', (_, hex, value) => {
  test('is written', () => expect(toHex(encodeCommand(value))).toBe(hex));
  test('is read', () => expect(decodeCommand(fromHex(hex))).toEqual(value));
});

test('an extended form that is longer than needed is read', () => {
  expect(decodeCommand(fromHex('00a4040c0000025a5a'))).toEqual(command(2));
  expect(decodeCommand(fromHex('00a4040c000005'))).toEqual(command(0, 5));
});

test.each([
  ['', 'at least four octets'],
  ['00a404', 'at least four octets'],
  ['00a4040c025a', 'Lc 2 does not fit'],
  ['00a4040c025a5a0000', 'Lc 2 does not fit'],
  ['00a4040c0000', 'extended length cut off'],
  ['00a4040c00000000', 'extended Lc 0 does not fit'],
  ['00a4040c0000035a5a', 'extended Lc 3 does not fit'],
  ['00a4040c0000025a5a00', 'extended Lc 2 does not fit'],
])('%s is refused: %s', (hex, why) => {
  expect(() => decodeCommand(fromHex(hex))).toThrow(
    expect.objectContaining({ code: 'DATA_APDU', message: expect.stringContaining(why) }),
  );
});

test('what cannot be sent is refused before it is sent', () => {
  const refused = expect.objectContaining({ code: 'USAGE_ARGUMENT' });
  expect(() => encodeCommand(command(65536))).toThrow(refused);
  for (const le of [0, -1, 65537, 1.5]) expect(() => encodeCommand(command(0, le))).toThrow(refused);
  for (const p1 of [-1, 256, 0.5]) {
    expect(() => encodeCommand({ ...header, p1 })).toThrow(refused);
    expect(() => encodeForT0({ ...header, p1 })).toThrow(refused);
  }
});

test.each([
  ['case 1 has P3 00', command(0), '00a4040c00'],
  ['case 2', command(0, 5), '00a4040c05'],
  ['case 2, all', command(0, 256), '00a4040c00'],
  ['case 3', command(2), '00a4040c025a5a'],
  ['case 4 goes without Le', command(2, 256), '00a4040c025a5a'],
  ['the longest data', command(255), `00a4040cff${data(255)}`],
])('T=0: %s', (_, value, hex) => {
  expect(toHex(encodeForT0(value))).toBe(hex);
});

test('T=0 cannot carry extended commands', () => {
  const refused = expect.objectContaining({
    code: 'USAGE_ARGUMENT',
    message: expect.stringContaining('T=0'),
  });
  expect(() => encodeForT0(command(256))).toThrow(refused);
  expect(() => encodeForT0(command(0, 257))).toThrow(refused);
});

test('what is written is read back', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const body = fc.record(
    { data: fc.uint8Array({ minLength: 1, maxLength: 600 }), le: fc.integer({ min: 1, max: 65536 }) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(octet, octet, octet, octet, body, (cla, ins, p1, p2, rest) => {
      const value = { cla, ins, p1, p2, ...rest };
      expect(decodeCommand(encodeCommand(value))).toEqual(value);
    }),
  );
});

test('damaged input', () => {
  const seeds = CASES.map(([, hex]) => fromHex(hex)).filter((bytes) => bytes.length < 300);
  expect(fuzz(decodeCommand, seeds).refused).toBeGreaterThan(10_000);
});

test.each([
  [0x00, 0, 0x00],
  [0x00, 1, 0x01],
  [0x00, 3, 0x03],
  [0x00, 4, 0x40],
  [0x00, 5, 0x41],
  [0x00, 19, 0x4f],
  [0x80, 0, 0x80],
  [0x80, 3, 0x83],
  [0x80, 4, 0xc0],
  [0x80, 19, 0xcf],
] as const)('class %d on channel %d is %d', (base, channel, cla) => {
  expect(claForChannel(base, channel)).toBe(cla);
  expect(channelOfCla(cla)).toBe(channel);
});

test('channels outside 0 to 19 are refused; the GSM class is channel 0; secure messaging bits do not count', () => {
  for (const channel of [-1, 20, 1.5]) expect(() => claForChannel(0x00, channel)).toThrow(/outside 0 to 19/);
  expect(channelOfCla(0xa0)).toBe(0);
  expect(channelOfCla(0x07)).toBe(3);
  expect(channelOfCla(0x0c)).toBe(0);
  expect(channelOfCla(0x6f)).toBe(19);
  expect(channelOfCla(0xe1)).toBe(5);
});
