/** ICCID (ITU-T E.118, TS 102 221 §13.2), IMSI (TS 31.102 §4.2.2), Luhn (ISO/IEC 7812-1 annex B): bytes written by hand. */
import fc from 'fast-check';
import {
  decodeIccid,
  decodeImsi,
  decodeSwappedBcd,
  encodeIccid,
  encodeImsi,
  encodeSwappedBcd,
  fromHex,
  luhnCheckDigit,
  luhnValid,
  toHex,
} from '../../src/bytes/index.js';
import { fuzz } from '../support/fuzz.js';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

test('Luhn: the example of the standard, and every single wrong digit is found', () => {
  expect(luhnCheckDigit('7992739871')).toBe('3');
  expect(luhnValid('79927398713')).toBe(true);
  expect(luhnValid('79927398710')).toBe(false);
  expect(luhnCheckDigit('0')).toBe('0');
  expect(luhnValid('')).toBe(false);
  expect(luhnValid('0')).toBe(false);
  fc.assert(
    fc.property(digits(1, 20), fc.nat(), fc.integer({ min: 1, max: 9 }), (number, where, by) => {
      const whole = number + luhnCheckDigit(number);
      const at = where % whole.length;
      const wrong = whole.slice(0, at) + ((Number(whole[at]) + by) % 10) + whole.slice(at + 1);
      return luhnValid(whole) && !luhnValid(wrong);
    }),
  );
});

test('swapped BCD: first digit in the low nibble, F as filler', () => {
  expect(toHex(encodeSwappedBcd('12345'))).toBe('2143f5');
  expect(toHex(encodeSwappedBcd('12', 3))).toBe('21ffff');
  expect(decodeSwappedBcd(fromHex('2143f5'))).toBe('12345');
  expect(decodeSwappedBcd(fromHex('21a3'))).toBe('123A');
  expect(() => encodeSwappedBcd('12x')).toThrow(/position 3 of 3/);
  expect(() => encodeSwappedBcd('12345', 2)).toThrow(/5 digits do not fit in 2 octets/);
  fc.assert(fc.property(digits(0, 40), (number) => decodeSwappedBcd(encodeSwappedBcd(number)) === number));
});

test('ICCID of 18, 19 and 20 digits', () => {
  expect(toHex(encodeIccid('8988211000000000011'))).toBe('988812010000000010f1');
  expect(decodeIccid(fromHex('988812010000000010f1'))).toBe('8988211000000000011');
  expect(toHex(encodeIccid('898821100000000001'))).toBe('988812010000000010ff');
  expect(toHex(encodeIccid('89882110000000000010'))).toBe('98881201000000000001');
  expect(decodeIccid(fromHex('98881201000000000001'))).toBe('89882110000000000010');
});

test.each([
  ['8988211000000000019', /check digit of ICCID 8988211000000000019 should be 1/],
  ['89882110000000000', /18 to 20 decimal digits/],
  ['898821100000000000123', /18 to 20 decimal digits/],
  ['898821100000000001F', /18 to 20 decimal digits/],
])('ICCID %s is refused', (iccid, message) => {
  expect(() => encodeIccid(iccid)).toThrow(message);
});

test('a card with a wrong check digit is still shown', () => {
  expect(decodeIccid(fromHex('988812010000000010f9'))).toBe('8988211000000000019');
});

test('IMSI of odd and even length', () => {
  expect(toHex(encodeImsi('001010123456789'))).toBe('080910101032547698');
  expect(toHex(encodeImsi('00101012345678'))).toBe('0801101010325476f8');
  expect(toHex(encodeImsi('001011'))).toBe('04011010f1ffffffff');
  expect(decodeImsi(fromHex('080910101032547698'))).toBe('001010123456789');
  expect(decodeImsi(fromHex('0801101010325476f8'))).toBe('00101012345678');
  fc.assert(fc.property(digits(6, 15), (imsi) => decodeImsi(encodeImsi(imsi)) === imsi));
});

test.each(['', '09', '00ffffffffffffffff', 'ffffffffffffffffff', '080910'])(
  'EF_IMSI %s is refused',
  (hex) => {
    expect(() => decodeImsi(fromHex(hex))).toThrow(expect.objectContaining({ code: 'DATA_DIGITS' }));
  },
);

test.each(['00101', '0010101234567890', '00101012345678x'])('IMSI %s is refused', (imsi) => {
  expect(() => encodeImsi(imsi)).toThrow(/6 to 15 decimal digits/);
});

test('damaged input', () => {
  const seeds = [fromHex('080910101032547698'), fromHex('0801101010325476f8')];
  expect(fuzz(decodeImsi, seeds).refused).toBeGreaterThan(1000);
  expect(fuzz(decodeIccid, [fromHex('988812010000000010f1')]).refused).toBe(0);
});
