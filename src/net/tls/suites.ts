/** The thirteen cipher suites of DM 2.0 §9.2.2, by their IANA names, and what OpenSSL calls them. */
import { UsageError } from '../../errors/index.js';

/** One cipher suite of TLS 1.2 or older. */
export interface CipherSuite {
  /** The name in the IANA registry, as DM 2.0 writes it. */
  readonly name: string;
  readonly openssl: string;
  readonly mode: 'psk' | 'x509';
  /** What the server needs: a certificate with that kind of key, or none. */
  readonly certificate: 'rsa' | 'ec' | 'none';
  readonly clause: string;
}

const PSK = 'DM 2.0 §9.2.2 (PSK-TLS mode)';
const X509 = 'DM 2.0 §9.2.2 (X.509 mode)';

/** In the order in which a server prefers them: forward secrecy by elliptic curves, then none, then by DHE (slow). */
export const CIPHER_SUITES = [
  suite('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ec', X509),
  suite('TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256', 'ec', X509),
  suite('TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256', 'ECDHE-PSK-AES128-CBC-SHA256', 'none', PSK),
  suite('TLS_PSK_WITH_AES_128_GCM_SHA256', 'PSK-AES128-GCM-SHA256', 'none', PSK),
  suite('TLS_PSK_WITH_AES_128_CBC_SHA256', 'PSK-AES128-CBC-SHA256', 'none', PSK),
  suite('TLS_RSA_PSK_WITH_AES_128_GCM_SHA256', 'RSA-PSK-AES128-GCM-SHA256', 'rsa', PSK),
  suite('TLS_RSA_PSK_WITH_AES_128_CBC_SHA256', 'RSA-PSK-AES128-CBC-SHA256', 'rsa', PSK),
  suite('TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256', 'rsa', X509),
  suite('TLS_RSA_WITH_AES_128_CBC_SHA256', 'AES128-SHA256', 'rsa', X509),
  suite('TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', 'DHE-RSA-AES128-GCM-SHA256', 'rsa', X509),
  suite('TLS_DHE_RSA_WITH_AES_128_CBC_SHA256', 'DHE-RSA-AES128-SHA256', 'rsa', X509),
  suite('TLS_DHE_PSK_WITH_AES_128_GCM_SHA256', 'DHE-PSK-AES128-GCM-SHA256', 'none', PSK),
  suite('TLS_DHE_PSK_WITH_AES_128_CBC_SHA256', 'DHE-PSK-AES128-CBC-SHA256', 'none', PSK),
] as const satisfies readonly CipherSuite[];

/**
 * Beyond §9.2.2, on a legacy listener alone: six X.509 and three PSK suites of the clause exist in TLS 1.2 only, so TLS
 * 1.0 and 1.1 with X.509 need suites of RFC 3268 and RFC 4492.
 */
export const LEGACY_SUITES = [
  suite('TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA', 'ec', 'RFC 4492'),
  suite('TLS_DHE_RSA_WITH_AES_128_CBC_SHA', 'DHE-RSA-AES128-SHA', 'rsa', 'RFC 3268'),
  suite('TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA', 'rsa', 'RFC 3268'),
] as const satisfies readonly CipherSuite[];

/** TLS 1.3 with SHA-256 only: a pre-shared key of RFC 8446 §4.2.11 belongs to one hash, and ours to SHA-256. */
const TLS13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'] as const;

/** Curves of 256 bits and more (DM 2.0 §9.2.2); X25519 has 255. */
export const CURVES = 'prime256v1:secp384r1:secp521r1';

function suite(
  name: string,
  openssl: string,
  certificate: CipherSuite['certificate'],
  clause: string,
): CipherSuite {
  return { name, openssl, mode: name.includes('PSK') ? 'psk' : 'x509', certificate, clause };
}

/**
 * The suite of an IANA name.
 *
 * @throws UsageError `USAGE_ARGUMENT` for a suite that is not in DM 2.0 §9.2.2
 */
export function cipherSuite(name: string): CipherSuite {
  const found = [...CIPHER_SUITES, ...LEGACY_SUITES].find((known) => known.name === name);
  if (found === undefined) {
    const names = CIPHER_SUITES.map((known) => known.name).join(', ');
    throw new UsageError('USAGE_ARGUMENT', `${name} is not a cipher suite of DM 2.0 §9.2.2: ${names}`);
  }
  return found;
}

/** OpenSSL's cipher string. The security level is always explicit, because Node versions differ in theirs. */
export function cipherString(suites: readonly CipherSuite[], level: 0 | 2): string {
  return [...TLS13_SUITES, ...suites.map(({ openssl }) => openssl), `@SECLEVEL=${level}`].join(':');
}
