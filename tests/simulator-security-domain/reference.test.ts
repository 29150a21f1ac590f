/** The yardstick itself, against published examples and another program. */
import { spawnSync } from 'node:child_process';
import { cmac, hex, kdf, unhex } from './reference.js';

const KEY = unhex('2B7E151628AED2A6ABF7158809CF4F3C');
const MESSAGE = unhex(
  '6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710',
);

test.each([
  [0, 'BB1D6929E95937287FA37D129B756746'],
  [16, '070A16B46B4D4144F79BDD9DD04A287C'],
  [40, 'DFA66747DE9AE63030CA32611497C827'],
  [64, '51F0BEBF7E3B9D92FC49741779363CFE'],
])('CMAC of %d octets (RFC 4493 §4)', (length, expected) => {
  expect(hex(cmac(KEY, MESSAGE.subarray(0, length)))).toBe(expected);
});

test('CMAC as openssl computes it, for every key size', () => {
  for (const octets of [16, 24, 32]) {
    const key = Buffer.concat([KEY, MESSAGE]).subarray(0, octets);
    const cipher = `cipher:AES-${octets * 8}-CBC`;
    const args = ['mac', '-macopt', cipher, '-macopt', `hexkey:${hex(key)}`, 'CMAC'];
    const { stdout } = spawnSync('openssl', args, { input: MESSAGE.subarray(0, 37) });
    expect(stdout.toString().trim()).toBe(hex(cmac(key, MESSAGE.subarray(0, 37))));
  }
});

test('the derivation input: label, separator, L, counter, context (Amendment D §4.1.5)', () => {
  const context = unhex('0102030405060708A0A1A2A3A4A5A6A7');
  const first = cmac(KEY, unhex('0000000000000000000000040000C0010102030405060708A0A1A2A3A4A5A6A7'));
  const second = cmac(KEY, unhex('0000000000000000000000040000C0020102030405060708A0A1A2A3A4A5A6A7'));
  expect(hex(kdf(KEY, 0x04, 192, context))).toBe(hex(Buffer.concat([first, second.subarray(0, 8)])));
});
