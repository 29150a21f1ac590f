/** What a server asks of a client that TLS did not identify (DM 2.0 §9.2.1): Basic and Digest. */
import { createHash, randomBytes } from 'node:crypto';
import { sameSecret } from '../../crypto/index.js';
import { SimbootError } from '../../errors/index.js';
import { type AuthField, formatAuthField, parseCredentials } from './credentials-header.js';
import { type DigestAlgorithm, digestHa1 } from './digest.js';

/** What is known of a user: the password, or its hash with user and realm (RFC 7616 §3.4.2) by algorithm. */
export type HttpSecret =
  | { readonly password: string | Uint8Array }
  | { readonly ha1: Readonly<Partial<Record<DigestAlgorithm, string>>> };

/** Finds the secret of a user. */
export type SecretLookup = (user: string) => HttpSecret | undefined | Promise<HttpSecret | undefined>;

/** What an authenticator looks at. */
export interface AuthRequest {
  readonly method: string;
  /** The target as it came. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: unknown;
}

/** Who it is, or what to answer: 401 with these values of `www-authenticate`, one header each. */
export type AuthOutcome =
  | { readonly ok: true; readonly user: string }
  | { readonly ok: false; readonly challenges: readonly string[]; readonly reason: string };

export interface HttpAuthenticator {
  readonly scheme: 'basic' | 'digest';
  /** Whether it may be used on this connection. */
  offered(request: AuthRequest): boolean;
  /** Values of `www-authenticate`, one header each. `stale`: the user is right, only the nonce is too old. */
  challenges(stale: boolean): string[];
  /** Judges credentials of its scheme. */
  judge(field: AuthField, request: AuthRequest): Promise<AuthVerdict>;
}

export type AuthVerdict =
  | { readonly ok: true; readonly user: string }
  | { readonly ok: false; readonly stale: boolean; readonly reason: string };

/** Authenticates a request by the first scheme that fits; its failure never says whether the user exists. */
export async function authenticate(
  request: AuthRequest,
  authenticators: readonly HttpAuthenticator[],
): Promise<AuthOutcome> {
  const offered = authenticators.filter((one) => one.offered(request));
  const challenge = (stale: boolean, reason: string): AuthOutcome => {
    return { ok: false, challenges: offered.flatMap((one) => one.challenges(stale)), reason };
  };
  const header = request.headers.authorization;
  if (header === undefined) return challenge(false, 'no credentials');
  try {
    const field = parseCredentials(header);
    const judge = offered.find(({ scheme }) => scheme === field.scheme);
    if (judge === undefined) return challenge(false, `the scheme ${field.scheme} is not offered`);
    const verdict = await judge.judge(field, request);
    return verdict.ok ? verdict : challenge(verdict.stale, verdict.reason);
  } catch (error) {
    if (!(error instanceof SimbootError) || error.code !== 'DATA_HTTP_AUTHENTICATION') throw error;
    return challenge(false, error.message);
  }
}

export interface BasicOptions {
  readonly realm: string;
  readonly lookup: SecretLookup;
  /** Offer it without TLS too, where anybody on the way reads the password. */
  readonly withoutTls?: boolean;
}

/** Basic (RFC 7617), UTF-8. Over TLS only unless told. */
export function basicAuthenticator(options: BasicOptions): HttpAuthenticator {
  const { realm, lookup, withoutTls = false } = options;
  return {
    scheme: 'basic',
    offered: ({ tls }) => tls !== undefined || withoutTls,
    challenges: () => [
      formatAuthField('Basic', [
        ['realm', Buffer.from(realm).toString('latin1')],
        ['charset', 'UTF-8'],
      ]),
    ],
    judge: async (field) => {
      const given = readBasic(field.token68);
      if (given === undefined) return { ok: false, stale: false, reason: 'malformed Basic credentials' };
      const secret = await lookup(given.user);
      const same = samePassword(given, secret ?? DECOY, realm);
      if (same && secret !== undefined) return { ok: true, user: given.user };
      return { ok: false, stale: false, reason: 'wrong user or password' };
    },
  };
}

/** Checked in place of the secret of an unknown user, so that the time tells nothing. */
export const DECOY: { readonly password: Uint8Array } = { password: randomBytes(32) };

function readBasic(token: string | undefined): { user: string; password: Uint8Array } | undefined {
  if (token === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(token)) return undefined;
  const octets = Buffer.from(token, 'base64');
  const colon = octets.indexOf(0x3a);
  if (colon < 0 || octets.some((octet) => octet < 0x20 || octet === 0x7f)) return undefined;
  try {
    const user = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets.subarray(0, colon));
    return { user, password: octets.subarray(colon + 1) };
  } catch {
    return undefined;
  }
}

function samePassword(
  given: { readonly user: string; readonly password: Uint8Array },
  secret: HttpSecret,
  realm: string,
): boolean {
  if ('password' in secret) {
    return sameSecret(sha256(given.password), sha256(Buffer.from(secret.password)));
  }
  const algorithm = secret.ha1['SHA-256'] === undefined ? 'MD5' : 'SHA-256';
  const known = secret.ha1[algorithm];
  const ha1 = digestHa1(algorithm, given.user, realm, given.password);
  return known !== undefined && sameSecret(Buffer.from(ha1), Buffer.from(known));
}

function sha256(octets: Uint8Array): Uint8Array {
  return createHash('sha256').update(octets).digest();
}
