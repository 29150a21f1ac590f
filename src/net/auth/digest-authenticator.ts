/** Digest at the server (RFC 7616, RFC 2617): SHA-256 offered first, then MD5. */
import { sameSecret } from '../../crypto/index.js';
import {
  type AuthRequest,
  type AuthVerdict,
  DECOY,
  type HttpAuthenticator,
  type HttpSecret,
  type SecretLookup,
} from './authenticator.js';
import { type AuthField, formatAuthField } from './credentials-header.js';
import {
  type DigestAlgorithm,
  digestAlgorithm,
  digestHa1,
  digestLength,
  digestResponse,
  textOf,
} from './digest.js';
import { Nonces } from './nonce.js';

export interface DigestOptions {
  readonly realm: string;
  readonly lookup: SecretLookup;
  /** In the order of preference; SHA-256, MD5 unless told. */
  readonly algorithms?: readonly DigestAlgorithm[];
  readonly clock?: () => Date;
  /** How long a nonce works; 5 minutes unless told. */
  readonly nonceLifeMs?: number;
  /** Signs nonces; servers that share it accept one another's. */
  readonly nonceSecret?: Uint8Array;
}

const REMEMBERED_NONCES = 100_000;

/** Digest with quality of protection `auth`. A nonce count works once. */
export function digestAuthenticator(options: DigestOptions): HttpAuthenticator {
  const { realm, algorithms = ['SHA-256', 'MD5'] } = options;
  const nonces = new Nonces({
    clock: options.clock ?? (() => new Date()),
    lifeMs: options.nonceLifeMs ?? 300_000,
    remembered: REMEMBERED_NONCES,
    ...(options.nonceSecret === undefined ? {} : { secret: options.nonceSecret }),
  });
  return {
    scheme: 'digest',
    offered: () => true,
    challenges: (stale) => algorithms.map((algorithm) => challenge(realm, algorithm, nonces.make(), stale)),
    judge: (field, request) => judge(field, request, { ...options, realm, algorithms, nonces }),
  };
}

function challenge(realm: string, algorithm: DigestAlgorithm, nonce: string, stale: boolean): string {
  const params: [string, string][] = [
    ['realm', Buffer.from(realm).toString('latin1')],
    ['qop', 'auth'],
    ['algorithm', algorithm],
    ['nonce', nonce],
    ['charset', 'UTF-8'],
  ];
  if (stale) params.push(['stale', 'true']);
  return formatAuthField('Digest', params);
}

interface Judge extends DigestOptions {
  readonly algorithms: readonly DigestAlgorithm[];
  readonly nonces: Nonces;
}

async function judge(field: AuthField, request: AuthRequest, by: Judge): Promise<AuthVerdict> {
  const given = readDigest(field, request, by);
  if (typeof given === 'string') return { ok: false, stale: false, reason: given };
  if (by.nonces.judge(given.nonce) === 'forged')
    return { ok: false, stale: true, reason: 'a nonce that is not ours' };
  const secret = await by.lookup(given.user);
  const ha1 = secret === undefined ? undefined : ha1Of(secret, given, by.realm);
  const decoy = digestHa1(given.algorithm, given.user, by.realm, DECOY.password); // the same work for an unknown user
  const expected = digestResponse(ha1 ?? decoy, { ...given, method: request.method, uri: request.path });
  const right = sameSecret(Buffer.from(expected), Buffer.from(given.response));
  if (!right || ha1 === undefined) return { ok: false, stale: false, reason: 'wrong user or password' };
  const verdict = by.nonces.use(given.nonce, Number.parseInt(given.qop.nc, 16));
  if (verdict === 'good') return { ok: true, user: given.user };
  return { ok: false, stale: true, reason: `the nonce is ${verdict}` };
}

interface DigestCredentials {
  readonly user: string;
  readonly algorithm: DigestAlgorithm;
  readonly nonce: string;
  readonly response: string;
  readonly qop: { readonly nc: string; readonly cnonce: string };
}

/** The parameters of a request, or what is wrong with them. */
function readDigest({ params }: AuthField, request: AuthRequest, by: Judge): DigestCredentials | string {
  const algorithm = digestAlgorithm(params.get('algorithm'));
  if (algorithm === undefined || !by.algorithms.includes(algorithm))
    return 'an algorithm that is not offered';
  const user = userOf(params);
  const { nonce = '', response = '', nc = '', cnonce = '', realm, uri, qop } = Object.fromEntries(params);
  if (user === undefined || realm === undefined || textOf(realm) !== by.realm)
    return 'another user or realm form';
  if (qop !== 'auth' || !/^[0-9a-f]{8}$/i.test(nc) || cnonce === '') return 'no quality of protection "auth"';
  if (uri !== request.path) return 'made for another target';
  if (response.length !== digestLength(algorithm)) return 'a response of another length';
  return { user, algorithm, nonce, response: response.toLowerCase(), qop: { nc, cnonce } };
}

/** `username`, or `username*` of RFC 7616 §3.4; never both. */
function userOf(params: ReadonlyMap<string, string>): string | undefined {
  const plain = params.get('username');
  const extended = params.get('username*');
  if (extended === undefined) return plain === undefined ? undefined : textOf(plain);
  const value = /^utf-8'[^']*'(?<value>[^']*)$/i.exec(extended)?.groups?.value;
  if (plain !== undefined || value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function ha1Of(
  secret: HttpSecret,
  { algorithm, user }: DigestCredentials,
  realm: string,
): string | undefined {
  return 'password' in secret ? digestHa1(algorithm, user, realm, secret.password) : secret.ha1[algorithm];
}
