/** TLS of the client (DM 2.0 §9.2): its credentials, whom it trusts, and what a server must prove before a request leaves. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { NetworkError } from '../../errors/index.js';
import { type CheckedCertificate, checkCertificate, readCertificates } from './certificate.js';
import { checkPsk } from './psk.js';
import {
  CIPHER_SUITES,
  type CipherSuite,
  CURVES,
  cipherString,
  cipherSuite,
  LEGACY_SUITES,
} from './suites.js';
import { atLeast, type TlsVersionRange, versionRange } from './versions.js';

/** What a client proves its identity with (DM 2.0 §12.2, Auth/Trsp and Auth/Bootstrap). */
export type TransportCredentials =
  | { readonly kind: 'psk'; readonly identity: string; readonly key: Uint8Array }
  | {
      readonly kind: 'x509';
      /** DER. */
      readonly certificate: Uint8Array;
      /** PKCS#8 DER. */
      readonly key: Uint8Array;
      /** The server's certificate, or that of its authority, DER. */
      readonly serverCertificate?: Uint8Array;
    }
  | { readonly kind: 'http'; readonly user: string; readonly password: string }
  /** PSK where the server takes it; Basic or Digest where it asks for that with 401. */
  | { readonly kind: 'identity-secret'; readonly identity: string; readonly secret: Uint8Array };

/** Whom a client trusts, and from which version on. */
export interface TlsTrust {
  /** Authorities, PEM or DER; those of Node unless told. */
  readonly anchors?: string | Uint8Array;
  /** The server's own certificate (DER): it and no other, whatever name it has. */
  readonly pinned?: Uint8Array;
  /** TLS 1.2 to 1.3 unless told. */
  readonly versions?: TlsVersionRange;
  /** Allows TLS 1.0 and 1.1. */
  readonly legacy?: true;
  /** IANA names; all of §9.2.2 that the credentials allow, unless told. */
  readonly suites?: readonly string[];
}

/** What a client connects with, and how it judges the server. */
export interface TlsClient {
  readonly options: ConnectionOptions;
  /**
   * Judges a finished handshake; nothing was sent before.
   *
   * @throws NetworkError `NETWORK_TLS_VERSION`, `NETWORK_TLS_IDENTITY` or `NETWORK_CERTIFICATE`
   */
  judge(socket: TLSSocket, host: string): void;
}

/**
 * Makes the options of a connection.
 *
 * @throws UsageError `USAGE_ARGUMENT` for an impossible range, suite, identity or key
 * @throws DataError for unreadable anchors and for an own certificate that cannot serve (see `checkCertificate`)
 */
export function prepareTlsClient(
  credentials: TransportCredentials | undefined,
  trust: TlsTrust,
  clock: () => Date,
): TlsClient {
  const legacy = trust.legacy === true;
  const { min, max } = versionRange(trust.versions, legacy);
  const psk = pskOf(credentials);
  const own = ownCertificate(credentials, clock());
  const pins = pinsOf(credentials, trust);
  const context: SecureContextOptions = {
    minVersion: min,
    maxVersion: max,
    ciphers: cipherString(clientSuites(credentials, trust, legacy), legacy ? 0 : 2),
    ecdhCurve: CURVES,
    ...anchorsOf(pins, trust),
    ...(own === undefined
      ? {}
      : { cert: own.chain.map((one) => one.toString()).join(''), key: own.key.toPem() }),
  };
  const options: ConnectionOptions = {
    secureContext: createSecureContext(context),
    rejectUnauthorized: false, // `judge` does it, before anything is sent
    checkServerIdentity: () => undefined,
    ALPNProtocols: ['http/1.1'],
    minDHSize: legacy ? 1024 : 2048,
  };
  if (psk !== undefined) options.pskCallback = () => ({ identity: psk.identity, psk: psk.key });
  return {
    options,
    judge: (socket, host) => {
      const version = socket.getProtocol();
      if (!atLeast(version, min)) throw tooOld(version, host, min);
      const key = keyUsed(socket);
      if (key === 'none' && credentials?.kind === 'psk') throw noPsk(host);
      if (key !== 'psk') judgeServerCertificate(socket, host, { ...pins, now: clock() });
    },
  };
}

function ownCertificate(
  credentials: TransportCredentials | undefined,
  now: Date,
): CheckedCertificate | undefined {
  if (credentials?.kind !== 'x509') return undefined;
  const { certificate, key } = credentials;
  return checkCertificate({ cert: certificate, key, where: 'client certificate' }, now);
}

function pskOf(
  credentials: TransportCredentials | undefined,
): { identity: string; key: Uint8Array } | undefined {
  if (credentials?.kind !== 'psk' && credentials?.kind !== 'identity-secret') return undefined;
  const { identity } = credentials;
  const key = credentials.kind === 'psk' ? credentials.key : credentials.secret;
  checkPsk(identity, key);
  return { identity, key };
}

interface Pins {
  readonly pinned: X509Certificate | undefined;
  /** No other certificate will do; else the pinned one is an authority too. */
  readonly only: boolean;
}

function pinsOf(credentials: TransportCredentials | undefined, trust: TlsTrust): Pins {
  const given = credentials?.kind === 'x509' ? credentials.serverCertificate : undefined;
  const der = trust.pinned ?? given;
  const pinned = der === undefined ? undefined : readCertificates(der, 'pinned server certificate')[0];
  return { pinned, only: trust.pinned !== undefined };
}

/** A server certificate from the bootstrap takes the place of the authorities that everybody trusts. */
function anchorsOf({ pinned }: Pins, trust: TlsTrust): { ca?: string[] } {
  const anchors = trust.anchors === undefined ? [] : readCertificates(trust.anchors, 'trust anchors');
  const all = pinned === undefined ? anchors : [pinned, ...anchors];
  return all.length === 0 ? {} : { ca: all.map((one) => one.toString()) };
}

/** RSA_PSK needs a certificate that can be checked (RFC 4279 §4), so it takes part only where anchors are given. */
function clientSuites(
  credentials: TransportCredentials | undefined,
  trust: TlsTrust,
  legacy: boolean,
): CipherSuite[] {
  const modes = {
    psk: ['psk'],
    'identity-secret': ['psk', 'x509'],
    x509: ['x509'],
    http: ['x509'],
    none: ['x509'],
  };
  const allowed = modes[credentials?.kind ?? 'none'];
  const checkable = trust.anchors !== undefined || trust.pinned !== undefined;
  const wanted = trust.suites?.map(cipherSuite) ?? [...CIPHER_SUITES, ...(legacy ? LEGACY_SUITES : [])];
  return wanted.filter(
    ({ mode, certificate }) =>
      allowed.includes(mode) && (mode === 'x509' || certificate === 'none' || checkable),
  );
}

/**
 * Whether the pre-shared key protects this connection, alone or with a certificate. A server of TLS 1.3 may ignore the
 * key offered and go on with a certificate; sessions are never resumed here, so "reused" means the key.
 */
function keyUsed(socket: TLSSocket): 'psk' | 'rsa-psk' | 'none' {
  if (socket.getProtocol() === 'TLSv1.3') return socket.isSessionReused() ? 'psk' : 'none';
  const { name } = socket.getCipher();
  if (!name.includes('PSK')) return 'none';
  return name.startsWith('RSA-PSK') ? 'rsa-psk' : 'psk';
}

function judgeServerCertificate(socket: TLSSocket, host: string, rule: Pins & { readonly now: Date }): void {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw refused(host, 'it shows no certificate');
  const isPinned = rule.pinned?.fingerprint256 === certificate.fingerprint256;
  if (rule.only && !isPinned) throw refused(host, 'it shows another certificate than the one that is pinned');
  const { validFrom, validTo } = certificate;
  if (rule.now < new Date(validFrom) || rule.now > new Date(validTo)) {
    throw refused(host, `its certificate is valid from ${validFrom} to ${validTo}`);
  }
  if (isPinned) return;
  if (!socket.authorized) throw refused(host, `its certificate is not trusted: ${socket.authorizationError}`);
  if (!isFor(certificate, host)) {
    throw refused(host, `its certificate is for ${certificate.subjectAltName ?? certificate.subject}`);
  }
}

/** RFC 6125 §6.4: the name or the IP address; the common name only where there is no DNS name; `*` for a whole label. */
function isFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host.replace(/\.$/, ''), { partialWildcards: false }) !== undefined;
}

function refused(host: string, why: string): NetworkError {
  return new NetworkError('NETWORK_CERTIFICATE', `${host}: ${why}`, { details: { host } });
}

function tooOld(version: string | null, host: string, min: string): NetworkError {
  return new NetworkError(
    'NETWORK_TLS_VERSION',
    `${host} uses ${version ?? 'no TLS'}, and ${min} is the least (DM 2.0 §9.2.2)`,
    {
      details: { host, version, min },
    },
  );
}

function noPsk(host: string): NetworkError {
  return new NetworkError('NETWORK_TLS_IDENTITY', `${host} did not use the pre-shared key that was offered`, {
    details: { host },
  });
}
