/** Digest access authentication: the computation (RFC 7616 §3.4.1, RFC 2617 §3.2.2), quality of protection `auth`. */
import { createHash } from 'node:crypto';

/** SHA-256 by RFC 7616, MD5 by RFC 2617 for those who know no better. */
export type DigestAlgorithm = 'SHA-256' | 'MD5';

/** What a response is computed from. */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly method: string;
  /** The request target as the header gives it. */
  readonly uri: string;
  readonly nonce: string;
  /** Without it: the response of RFC 2069, for servers that name no quality of protection. */
  readonly qop?: { readonly nc: string; readonly cnonce: string };
}

/** H(user:realm:password) in lower-case hex: enough to check and to make responses, for one realm. */
export function digestHa1(
  algorithm: DigestAlgorithm,
  user: string,
  realm: string,
  password: string | Uint8Array,
): string {
  return hash(algorithm, Buffer.concat([Buffer.from(`${user}:${realm}:`), Buffer.from(password)]));
}

/**
 * The response, lower-case hex.
 *
 * @param ha1 of `digestHa1`
 */
export function digestResponse(ha1: string, input: DigestInput): string {
  const { algorithm, nonce, qop } = input;
  const ha2 = hash(algorithm, Buffer.from(`${input.method}:${input.uri}`, 'latin1'));
  const middle = qop === undefined ? nonce : `${nonce}:${qop.nc}:${qop.cnonce}:auth`;
  return hash(algorithm, Buffer.from(`${ha1}:${middle}:${ha2}`, 'latin1'));
}

/** Octets of a hash in hex. */
export function digestLength(algorithm: DigestAlgorithm): number {
  return algorithm === 'MD5' ? 32 : 64;
}

/**
 * The algorithm of a parameter in any case; MD5 where there is none (RFC 7616 §3.3); undefined for others, session
 * variants too.
 */
export function digestAlgorithm(text: string | undefined): DigestAlgorithm | undefined {
  if (text === undefined || /^md5$/i.test(text)) return 'MD5';
  return /^sha-256$/i.test(text) ? 'SHA-256' : undefined;
}

function hash(algorithm: DigestAlgorithm, octets: Uint8Array): string {
  return createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(octets)
    .digest('hex');
}

/** Text of a parameter whose octets are UTF-8, or Latin-1 where they are not (RFC 7616 §4). */
export function textOf(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}
