/** AES and CMAC against FIPS 197, SP 800-38A, RFC 4493 and the library's own CMAC, on both engines. */
import { cmac as nobleCmac } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { AesKey, nobleEngine, nodeEngine, pad80, sameSecret, unpad80 } from '../../src/crypto/index.js';
import { casesOf } from './vectors.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const keyBytes = fc.constantFrom(16, 24, 32).chain(bytes);

describe.each([nobleEngine, nodeEngine])('$name engine', (engine) => {
  const key = (hex: string): AesKey => new AesKey(fromHex(hex), engine);

  test.each([
    ['000102030405060708090a0b0c0d0e0f', '69c4e0d86a7b0430d8cdb78070b4c55a'],
    ['000102030405060708090a0b0c0d0e0f1011121314151617', 'dda97ca4864cdfe06eaf70a0ec0d7191'],
    ['000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', '8ea2b7ca516745bfeafc49904b496089'],
  ])('one block: FIPS 197 appendix C, key %s', (hex, cipher) => {
    expect(toHex(key(hex).encryptBlock(fromHex('00112233445566778899aabbccddeeff')))).toBe(cipher);
  });

  test('CBC: SP 800-38A F.2.1 and F.2.2', () => {
    const aes = key('2b7e151628aed2a6abf7158809cf4f3c');
    const iv = fromHex('000102030405060708090a0b0c0d0e0f');
    const plain = fromHex(
      '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
    );
    const cipher =
      '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7';
    expect(toHex(aes.encryptCbc(iv, plain))).toBe(cipher);
    expect(toHex(aes.decryptCbc(iv, fromHex(cipher)))).toBe(toHex(plain));
  });

  test.each([
    [0, 'bb1d6929e95937287fa37d129b756746'],
    [16, '070a16b46b4d4144f79bdd9dd04a287c'],
    [40, 'dfa66747de9ae63030ca32611497c827'],
    [64, '51f0bebf7e3b9d92fc49741779363cfe'],
  ])('CMAC of %d octets: RFC 4493 §4', (length, mac) => {
    const message = fromHex(
      '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
    ).subarray(0, length);
    expect(toHex(key('2b7e151628aed2a6abf7158809cf4f3c').cmac(message))).toBe(mac);
  });

  test('CMAC in parts is the CMAC of the whole, and that of the library', () => {
    fc.assert(
      fc.property(keyBytes, fc.uint8Array({ maxLength: 80 }), fc.nat(80), (octets, message, cut) => {
        const mac = toHex(new AesKey(octets, engine).cmac(message.subarray(0, cut), message.subarray(cut)));
        expect(mac).toBe(toHex(nobleCmac(message, octets)));
      }),
    );
  });

  test('decryption reverses encryption for every size', () => {
    fc.assert(
      fc.property(
        keyBytes,
        bytes(16),
        fc.nat(6).chain((n) => bytes(16 * n)),
        (octets, iv, data) => {
          const aes = new AesKey(octets, engine);
          expect(aes.decryptCbc(iv, aes.encryptCbc(iv, data))).toEqual(data);
        },
      ),
    );
  });

  test('data at any offset of a larger buffer', () => {
    const buffer = Uint8Array.from({ length: 64 }, (_, i) => i);
    const aes = key('2b7e151628aed2a6abf7158809cf4f3c');
    expect(aes.encryptCbc(buffer.subarray(3, 19), buffer.subarray(5, 37))).toEqual(
      aes.encryptCbc(buffer.slice(3, 19), buffer.slice(5, 37)),
    );
  });

  test('a wiped key refuses, and wrong sizes are refused', () => {
    expect(() => new AesKey(new Uint8Array(17), engine)).toThrow('16, 24 or 32 octets');
    const aes = new AesKey(new Uint8Array(16), engine);
    expect(() => aes.encryptCbc(new Uint8Array(16), new Uint8Array(15))).toThrow('whole blocks');
    aes.wipe();
    expect(() => aes.cmac(new Uint8Array(1))).toThrow('wiped');
  });
});

test('both engines agree on random keys', () => {
  fc.assert(
    fc.property(keyBytes, bytes(16), bytes(64), (octets, iv, data) => {
      const [a, b] = [new AesKey(octets, nobleEngine), new AesKey(octets, nodeEngine)];
      expect(a.encryptCbc(iv, data)).toEqual(b.encryptCbc(iv, data));
      expect(a.decryptCbc(iv, data)).toEqual(b.decryptCbc(iv, data));
      expect(a.cmac(data)).toEqual(b.cmac(data));
    }),
  );
});

test.each(casesOf('pad80').map((c) => [c.id, c] as const))('%s', (_id, { inputs, expected }) => {
  expect(toHex(pad80(fromHex(inputs.data)))).toBe(expected.padded.toLowerCase());
  expect(unpad80(fromHex(expected.padded))).toEqual(fromHex(inputs.data));
});

test.each([
  ['', 'nothing'],
  ['00'.repeat(16), 'only 00'],
  [`${'80'.padEnd(34, '0')}`, 'no whole block'],
  ['ff'.repeat(16), 'no 80'],
])('wrong padding %s: %s', (hex) => {
  expect(unpad80(fromHex(hex))).toBeUndefined();
});

test('a padding longer than needed is taken off whole', () => {
  expect(unpad80(fromHex(`aa80${'00'.repeat(30)}`))).toEqual(fromHex('aa'));
});

test('comparison of secrets', () => {
  expect(sameSecret(fromHex('0102'), fromHex('0102'))).toBe(true);
  expect(sameSecret(fromHex('0102'), fromHex('0103'))).toBe(false);
  expect(sameSecret(fromHex('0102'), fromHex('01'))).toBe(false);
});
