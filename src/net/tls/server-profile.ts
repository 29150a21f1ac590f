/** TLS of the server (DM 2.0 §9.2): X.509 and PSK on one listener, checked before it starts. */
import { constants, type X509Certificate } from 'node:crypto';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { UsageError } from '../../errors/index.js';
import {
  type CheckedCertificate,
  checkCertificate,
  checkDates,
  readCertificates,
  type TlsCertificate,
} from './certificate.js';
import { type IdentityVerdict, judgeIdentity } from './peer.js';
import { type PskDirectory, withoutOracle } from './psk.js';
import {
  CIPHER_SUITES,
  type CipherSuite,
  CURVES,
  cipherString,
  cipherSuite,
  LEGACY_SUITES,
} from './suites.js';
import { LEGACY_WARNING, type TlsVersionRange, versionRange } from './versions.js';

/** TLS of a listener. At least one certificate or a PSK directory. */
export interface TlsServerProfile {
  /** One RSA and one EC certificate serve all suites of §9.2.2. */
  readonly certificates?: readonly TlsCertificate[];
  readonly psk?: PskDirectory;
  /** Authorities of client certificates, PEM or DER. With it, or with `pinned`, clients are asked for a certificate. */
  readonly clientCa?: string | Uint8Array;
  /** SHA-256 fingerprints (lower-case hex) of client certificates that count without an authority. */
  readonly pinned?: { has(fingerprint256: string): boolean };
  /** Refuse connections whose handshake proved no identity; without it the application decides. */
  readonly identityRequired?: boolean;
  /** TLS 1.2 to 1.3 unless told. */
  readonly versions?: TlsVersionRange;
  /** Allows TLS 1.0 and 1.1 (`LEGACY_WARNING` says what that risks). */
  readonly legacy?: true;
  /** IANA names; all of §9.2.2 that the certificates and keys allow, unless told. */
  readonly suites?: readonly string[];
}

/** A profile that passed its checks, as node:tls takes it. */
export interface TlsServer {
  readonly options: TlsOptions;
  /** Suites of TLS 1.2 and older that a client can get. */
  readonly suites: readonly CipherSuite[];
  readonly warnings: readonly string[];
  /** Judges the identity of a connection after its handshake. */
  judge(socket: TLSSocket): IdentityVerdict;
}

/**
 * Checks a profile and makes the options of a listener. Sessions are never resumed: a resumed one would come without the
 * identity that its first handshake proved.
 *
 * @throws UsageError `USAGE_ARGUMENT` for a profile that no client could use
 * @throws DataError for certificates and keys (see `checkCertificate`)
 * @throws SecurityError `SECURITY_KEY_CUSTODY` for a key that stays in a module
 */
export function prepareTlsServer(profile: TlsServerProfile, clock: () => Date): TlsServer {
  const legacy = profile.legacy === true;
  const { min, max } = versionRange(profile.versions, legacy);
  const certificates = (profile.certificates ?? []).map((one) => checkCertificate(one, clock()));
  const authorities = clientAuthorities(profile, clock());
  const suites = usableSuites(profile, certificates, legacy);
  const level = legacy ? 0 : 2;
  const claimed = new WeakMap<TLSSocket, string>();
  const asksCertificate = authorities.length > 0 || profile.pinned !== undefined;
  const options: TlsOptions = {
    minVersion: min,
    maxVersion: max,
    ciphers: cipherString(suites, level),
    honorCipherOrder: true,
    ecdhCurve: CURVES,
    dhparam: 'auto',
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    sessionTimeout: 1, // OpenSSL names sessions in TLS 1.3 all the same: clients forget them at once
    cert: certificates.map(({ chain }) => chain.map((one) => one.toString()).join('')),
    key: certificates.map(({ key }) => key.toPem()),
    ALPNProtocols: ['http/1.1'],
    requestCert: asksCertificate,
    rejectUnauthorized: false,
    ca: authorities.map((one) => one.toString()),
  };
  if (profile.psk !== undefined) options.pskCallback = pskCallback(profile.psk, claimed);
  const rule = { ca: authorities.length > 0, pinned: profile.pinned, now: clock };
  return {
    options,
    suites,
    warnings: legacy ? [LEGACY_WARNING] : [],
    judge: (socket) => judged(judgeIdentity(socket, claimed.get(socket), rule), profile),
  };
}

function judged(verdict: IdentityVerdict, profile: TlsServerProfile): IdentityVerdict {
  if (verdict.ok && verdict.identity.kind === 'none' && profile.identityRequired === true) {
    return { ok: false, reason: 'the client proved no identity' };
  }
  return verdict;
}

/** Only identities that the directory knows are noted: whoever offers another one holds no key for it. */
function pskCallback(directory: PskDirectory, claimed: WeakMap<TLSSocket, string>) {
  const lookup = withoutOracle(directory);
  return (socket: TLSSocket, identity: string): Uint8Array | null => {
    claimed.delete(socket);
    if (identity === '') return null; // a session of TLS 1.3 whose name starts with a zero octet
    const { key, known } = lookup(identity);
    if (known) claimed.set(socket, identity);
    return key;
  };
}

function clientAuthorities(profile: TlsServerProfile, now: Date): X509Certificate[] {
  if (profile.clientCa === undefined) return [];
  const authorities = readCertificates(profile.clientCa, 'client CA');
  for (const authority of authorities) checkDates(authority, now, `client CA ${authority.subject}`);
  return authorities;
}

function usableSuites(
  profile: TlsServerProfile,
  certificates: readonly CheckedCertificate[],
  legacy: boolean,
): CipherSuite[] {
  if (certificates.length === 0 && profile.psk === undefined) {
    throw new UsageError('USAGE_ARGUMENT', 'TLS needs a certificate or pre-shared keys (DM 2.0 §9.2.2)');
  }
  const types = new Set<string>(['none', ...certificates.map(({ type }) => type)]);
  if (types.size - 1 < certificates.length) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      'TLS takes one certificate with an RSA key and one with an EC key',
    );
  }
  const wanted = profile.suites?.map(cipherSuite) ?? [...CIPHER_SUITES, ...(legacy ? LEGACY_SUITES : [])];
  const usable = wanted.filter(
    ({ mode, certificate }) => types.has(certificate) && (mode === 'x509' || profile.psk !== undefined),
  );
  if (usable.length === 0) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      'none of the cipher suites works with these certificates and keys',
    );
  }
  return usable;
}
