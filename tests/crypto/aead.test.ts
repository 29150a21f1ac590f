/** Sealing keys: AES-256-GCM. The octets are test case 16 of the GCM submission to NIST (McGrew, Viega). */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { SealingKey } from '../../src/crypto/index.js';

const KEY = fromHex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308');
const NONCE = fromHex('cafebabefacedbaddecaf888');
const PLACE = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
const CLEAR = fromHex(
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
);
const SEALED =
  'cafebabefacedbaddecaf888' +
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
  '76fc6ece0f4e1768cddf8853bb2d551b';
const key = new SealingKey(KEY);

test('seals and opens the published case', () => {
  expect(toHex(key.seal(CLEAR, PLACE, () => NONCE))).toBe(SEALED);
  expect(toHex(key.open(fromHex(SEALED), PLACE))).toBe(toHex(CLEAR));
});

test('opens at its place alone, and only as it was', () => {
  const sealed = fromHex(SEALED);
  const refused = expect.objectContaining({ code: 'SECURITY_SEALED' });
  expect(() => key.open(sealed, fromHex('00'))).toThrow(refused);
  expect(() => new SealingKey(new Uint8Array(32)).open(sealed, PLACE)).toThrow(refused);
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const altered = Uint8Array.from(sealed, (octet, index) => (index === at ? octet ^ change : octet));
      expect(() => key.open(altered, PLACE)).toThrow(refused);
    }),
  );
  for (let length = 0; length < sealed.length; length++) {
    expect(() => key.open(sealed.subarray(0, length), PLACE)).toThrow(refused);
  }
});

test('does not print', () => {
  const shown = `${inspect(key)} ${String(key)} ${JSON.stringify(key)} ${JSON.stringify({ ...key })}`;
  expect(shown).not.toMatch(/feffe9|254/i);
  expect(() => new SealingKey(KEY.subarray(1))).toThrow(expect.objectContaining({ code: 'USAGE_ARGUMENT' }));
});
