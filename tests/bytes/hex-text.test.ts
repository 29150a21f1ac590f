/** Hex and UTF-8 at the edges of the program. */
import fc from 'fast-check';
import {
  concat,
  decodeUtf8,
  encodeUtf8,
  equal,
  fromHex,
  hex8,
  hex16,
  padEnd,
  stripEnd,
  toHex,
  uint16,
} from '../../src/bytes/index.js';
import { fuzz } from '../support/fuzz.js';

test('hex in both directions, also from a view into a larger buffer', () => {
  expect(toHex(Uint8Array.of(0x3f, 0x00, 0xff))).toBe('3f00ff');
  expect(toHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('0203');
  expect([...fromHex('3F 00:ff\n0A')]).toEqual([0x3f, 0x00, 0xff, 0x0a]);
  expect(fromHex('')).toHaveLength(0);
  expect(hex16(0x0a4)).toBe('00A4');
  expect(hex8(0xa)).toBe('0A');
  fc.assert(fc.property(fc.uint8Array(), (bytes) => equal(fromHex(toHex(bytes)), bytes)));
});

test.each([
  ['3f0', 'odd number of hex digits (3)'],
  ['3f0g', 'not a hex digit at position 4'],
  ['0x3f', 'not a hex digit at position 2'],
])('hex %s is refused', (text, message) => {
  expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'DATA_HEX', message }));
});

test('filling up and stripping', () => {
  expect(toHex(padEnd(fromHex('3132'), 4))).toBe('3132ffff');
  expect(toHex(padEnd(fromHex('3132'), 3, 0))).toBe('313200');
  expect(toHex(padEnd(fromHex('313233'), 2))).toBe('313233');
  expect(toHex(stripEnd(fromHex('ff3132ffff')))).toBe('ff3132');
  expect(toHex(stripEnd(fromHex('ffff')))).toBe('');
  expect(toHex(stripEnd(fromHex('310000'), 0))).toBe('31');
  expect(toHex(concat([1], fromHex('02'), []))).toBe('0102');
  expect(toHex(uint16(0x7f10))).toBe('7f10');
  expect(equal(fromHex('01'), fromHex('0100'))).toBe(false);
});

describe('UTF-8', () => {
  test('text of one to four octets a character', () => {
    expect(toHex(encodeUtf8('aé€😀'))).toBe('61c3a9e282acf09f9880');
    expect(decodeUtf8(fromHex('61c3a9e282acf09f9880'))).toBe('aé€😀');
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => decodeUtf8(encodeUtf8(text)) === text));
  });

  test.each([
    ['efbbbf7b7d', 0, 'a byte order mark'],
    ['7b80', 1, 'a continuation octet first'],
    ['7bc328', 1, 'a lead octet without continuation'],
    ['7bc0af', 1, 'an overlong form'],
    ['7beda080', 1, 'a surrogate'],
    ['7bf4908080', 1, 'beyond U+10FFFF'],
    ['6161ff', 2, 'an octet that UTF-8 never has'],
  ])('%s is refused at octet %d: %s', (hex, offset) => {
    const details = expect.objectContaining({ offset: expect.any(Number) });
    expect(() => decodeUtf8(fromHex(hex))).toThrow(expect.objectContaining({ code: 'DATA_UTF8', details }));
    try {
      decodeUtf8(fromHex(hex));
    } catch (error) {
      const found = (error as { details: { offset: number } }).details.offset;
      expect(found).toBeGreaterThanOrEqual(offset);
      expect(found).toBeLessThanOrEqual(offset + 1);
    }
  });

  test('a text cut off inside a character is refused', () => {
    expect(() => decodeUtf8(fromHex('61e282'))).toThrow(expect.objectContaining({ code: 'DATA_UTF8' }));
  });

  test('damaged input', () => {
    const { accepted, refused } = fuzz(decodeUtf8, [encodeUtf8('{"aé€😀": [1, 2]}'), fromHex('efbbbf31')]);
    expect(accepted).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});
