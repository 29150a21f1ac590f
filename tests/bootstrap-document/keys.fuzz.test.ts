/** 100,000 damaged private key files: PKCS#8 and SEC1, DER and PEM, read or refused with a typed error. */
import { readPrivateKeyFile } from '../../src/bootstrap/index.js';
import { fuzz } from '../support/fuzz.js';
import { convert, pair } from './authority.js';

test('100,000 damaged private keys', () => {
  const { privateKey } = pair('p256', 'ec:P-256');
  const pkcs8 = convert('pkcs8', 'p256.key', 'p256.p8', '-topk8', '-nocrypt', '-outform', 'DER');
  const sec1 = convert('ec', 'p256.key', 'p256.sec1', '-outform', 'DER');
  const seeds = [pkcs8, sec1, privateKey];
  const { accepted, refused } = fuzz((bytes) => readPrivateKeyFile(bytes, 'key'), seeds);
  expect(accepted + refused).toBe(100_000);
  expect(refused).toBeGreaterThan(30_000);
});
