/** Who is at the other end of a connection, proven by TLS (DM 2.0 §9.2.1). */
import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** What the handshake of this connection proved; never what a header says. */
export type PeerIdentity =
  | { readonly kind: 'psk'; readonly identity: string }
  | {
      readonly kind: 'x509';
      /** The distinguished name, as OpenSSL prints it. */
      readonly subject: string;
      /** SHA-256 of the certificate, lower-case hex. */
      readonly fingerprint256: string;
      readonly der: Uint8Array;
    }
  | { readonly kind: 'none' };

export interface Peer {
  /** The IP address; IPv4 in its own notation, even on a socket of IPv6. */
  readonly address: string;
  readonly identity: PeerIdentity;
}

/** What decides whether a client certificate counts. */
export interface ClientCertificateRule {
  /** Whether certificates of `clientCa` count. */
  readonly ca: boolean;
  /** Fingerprints (SHA-256, lower-case hex) of certificates that count without an authority. */
  readonly pinned?: { has(fingerprint256: string): boolean } | undefined;
  readonly now: () => Date;
}

/** The identity of a finished handshake, or why there must be no session. */
export type IdentityVerdict =
  | { readonly ok: true; readonly identity: PeerIdentity }
  | { readonly ok: false; readonly reason: string };

/**
 * Judges a finished handshake.
 *
 * @param claimed the identity that the pre-shared key callback saw on this socket. It was only *offered*: in TLS 1.3 a
 *   server may look at an identity and go on with a certificate, so it counts only if the key was used
 */
export function judgeIdentity(
  socket: TLSSocket,
  claimed: string | undefined,
  rule: ClientCertificateRule,
): IdentityVerdict {
  const tls13 = socket.getProtocol() === 'TLSv1.3';
  const resumed = socket.isSessionReused();
  const pskUsed = tls13 ? resumed : socket.getCipher().name.includes('PSK');
  if (pskUsed && claimed !== undefined && !(resumed && !tls13)) {
    return { ok: true, identity: { kind: 'psk', identity: claimed } };
  }
  if (pskUsed || resumed) return { ok: false, reason: 'a resumed session has no identity' };
  return judgeCertificate(socket, rule);
}

function judgeCertificate(socket: TLSSocket, rule: ClientCertificateRule): IdentityVerdict {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { ok: true, identity: { kind: 'none' } };
  const der = Uint8Array.from(certificate.raw);
  const fingerprint256 = createHash('sha256').update(der).digest('hex');
  const now = rule.now();
  const valid = now >= new Date(certificate.validFrom) && now <= new Date(certificate.validTo);
  const pinned = valid && rule.pinned?.has(fingerprint256) === true;
  if (!pinned && !(rule.ca && valid && socket.authorized)) {
    const why = valid ? String(socket.authorizationError ?? 'no authority for it') : 'not valid at this time';
    return { ok: false, reason: `client certificate ${fingerprint256} refused: ${why}` };
  }
  return { ok: true, identity: { kind: 'x509', subject: certificate.subject, fingerprint256, der } };
}

/** An address without the IPv6 prefix of an IPv4 address (RFC 4291 §2.5.5.2). */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}
