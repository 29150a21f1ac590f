/** 100,000 damaged certificate files: DER and PEM, read or refused with a typed error. */
import { readCertificateFile } from '../../src/bootstrap/index.js';
import { fuzz } from '../support/fuzz.js';
import { convert, pair } from './authority.js';

test('100,000 damaged certificates', () => {
  const { certificate } = pair('p256', 'ec:P-256');
  const der = convert('x509', 'p256.pem', 'p256.der', '-outform', 'DER');
  const { accepted, refused } = fuzz(
    (bytes) => readCertificateFile(bytes, 'certificate'),
    [der, certificate],
  );
  expect(accepted + refused).toBe(100_000);
  expect(refused).toBeGreaterThan(30_000);
});
