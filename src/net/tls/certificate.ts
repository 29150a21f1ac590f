/** Certificates for TLS (RFC 5280): reading chains, and what must hold before a listener starts (DM 2.0 §9.2.2). */
import { X509Certificate } from 'node:crypto';
import { DataError } from '../../errors/index.js';
import { keyStrength, TlsKey, type TlsKeyInput } from './key.js';

/** A certificate with its chain (PEM text, or PEM or DER octets), and its private key. */
export interface TlsCertificate {
  readonly cert: string | Uint8Array;
  readonly key: TlsKeyInput;
  /** For messages: the file. */
  readonly where?: string;
}

/** A certificate that passed the checks. */
export interface CheckedCertificate {
  readonly chain: readonly X509Certificate[];
  readonly key: TlsKey;
  readonly type: 'rsa' | 'ec';
}

const PEM =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/**
 * All certificates of a PEM or DER file, in its order.
 *
 * @throws DataError `DATA_CERTIFICATE` where there is none or one is unreadable
 */
export function readCertificates(input: string | Uint8Array, where: string): X509Certificate[] {
  const octets = typeof input === 'string' ? Buffer.from(input) : Buffer.from(input);
  const blocks = octets.includes('-----BEGIN') ? (octets.toString('latin1').match(PEM) ?? []) : [octets];
  if (blocks.length === 0)
    throw new DataError('DATA_CERTIFICATE', `${where}: no certificate in this PEM file`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new DataError('DATA_CERTIFICATE', `${where}: certificate ${index + 1} is unreadable`, { cause });
    }
  });
}

/**
 * Whether a certificate and its key can serve TLS at a time.
 *
 * @throws DataError `DATA_CERTIFICATE` (unreadable, RSA below 2048 or EC below 256 bits, another kind of key),
 *   `DATA_CERTIFICATE_DATES`, `DATA_PRIVATE_KEY`, `DATA_KEY_MISMATCH`
 * @throws SecurityError `SECURITY_KEY_CUSTODY`
 */
export function checkCertificate(certificate: TlsCertificate, now: Date): CheckedCertificate {
  const where = certificate.where ?? 'TLS certificate';
  const chain = readCertificates(certificate.cert, where);
  const leaf = chain[0]!;
  const key = TlsKey.of(certificate.key, `${where}: key`);
  const type = checkStrength(leaf, where);
  checkDates(leaf, now, where);
  if (!leaf.checkPrivateKey(key.keyObject)) {
    throw new DataError('DATA_KEY_MISMATCH', `${where}: the private key is not that of ${leaf.subject}`);
  }
  return { chain, key, type };
}

function checkStrength(certificate: X509Certificate, where: string): 'rsa' | 'ec' {
  const { type, bits } = keyStrength(certificate.publicKey);
  if (type === 'rsa' && bits >= 2048) return 'rsa';
  if (type === 'ec' && bits >= 256) return 'ec';
  throw new DataError(
    'DATA_CERTIFICATE',
    `${where}: a key of ${bits} bits (${type}); RSA needs 2048 and EC 256 (DM 2.0 §9.2.2)`,
  );
}

/**
 * Whether a certificate is valid at a time.
 *
 * @throws DataError `DATA_CERTIFICATE_DATES`
 */
export function checkDates(certificate: X509Certificate, now: Date, where: string): void {
  const { validFrom, validTo } = certificate;
  if (now >= new Date(validFrom) && now <= new Date(validTo)) return;
  throw new DataError(
    'DATA_CERTIFICATE_DATES',
    `${where}: valid from ${validFrom} to ${validTo}, and it is ${now.toISOString()}`,
  );
}
