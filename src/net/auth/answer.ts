/** How a client answers 401 (RFC 9110 §15.5.2): Digest SHA-256, else Digest MD5, else Basic. */
import { DataError } from '../../errors/index.js';
import { type AuthField, formatAuthField, parseChallenges } from './credentials-header.js';
import { type DigestAlgorithm, digestAlgorithm, digestHa1, digestResponse } from './digest.js';

/** User and password; the octets of a password are its UTF-8 unless they are given. */
export interface UserPassword {
  readonly user: string;
  readonly password: string | Uint8Array;
}

/** What a server asked for last; the next request answers it without being asked. */
export interface AuthState {
  readonly scheme: 'basic' | 'digest';
  readonly challenge: AuthField;
  readonly algorithm: DigestAlgorithm;
  /** Requests made with this nonce. */
  count: number;
}

/**
 * The strongest challenge that this client can answer.
 *
 * @returns undefined for none; `basic` never replaces `digest` where both are offered
 * @throws DataError `DATA_HTTP_AUTHENTICATION` for a value that cannot be read
 */
export function chooseChallenge(header: string): AuthState | undefined {
  const states = parseChallenges(header).flatMap((challenge): AuthState[] => {
    if (challenge.scheme === 'basic') return [{ scheme: 'basic', challenge, algorithm: 'MD5', count: 0 }];
    const algorithm = digestAlgorithm(challenge.params.get('algorithm'));
    const usable = challenge.scheme === 'digest' && algorithm !== undefined && answerable(challenge);
    return usable ? [{ scheme: 'digest', challenge, algorithm, count: 0 }] : [];
  });
  const rank = ({ scheme, algorithm }: AuthState): number =>
    scheme === 'basic' ? 0 : algorithm === 'MD5' ? 1 : 2;
  return states.sort((a, b) => rank(b) - rank(a))[0];
}

/** `auth-int` alone cannot be answered; neither can a challenge without realm or nonce. */
function answerable({ params }: AuthField): boolean {
  const qop = params.get('qop');
  const auth = qop === undefined || qop.split(',').some((one) => one.trim().toLowerCase() === 'auth');
  return auth && params.has('realm') && params.has('nonce');
}

/**
 * The value of `authorization`; counts the use of the nonce.
 *
 * @throws DataError `DATA_HTTP_AUTHENTICATION` for a user that the scheme cannot carry: Basic ends it at a colon
 * @param cnonce a fresh random text of at least 64 bits
 */
export function answerChallenge(
  state: AuthState,
  { user, password }: UserPassword,
  request: { readonly method: string; readonly uri: string },
  cnonce: string,
): string {
  if (state.scheme === 'basic') {
    if (user.includes(':')) throw new DataError('DATA_HTTP_AUTHENTICATION', 'a user of Basic has no colon');
    return `Basic ${Buffer.concat([Buffer.from(`${user}:`), Buffer.from(password)]).toString('base64')}`;
  }
  const { challenge, algorithm } = state;
  const value = (name: string): string => challenge.params.get(name) ?? '';
  const nc = (++state.count).toString(16).padStart(8, '0');
  const qop = challenge.params.has('qop') ? { qop: { nc, cnonce } } : {};
  const nonce = value('nonce');
  const ha1 = digestHa1(algorithm, user, Buffer.from(value('realm'), 'latin1').toString(), password);
  const response = digestResponse(ha1, { algorithm, ...request, nonce, ...qop });
  const params: [string, string][] = [
    ['username', Buffer.from(user).toString('latin1')],
    ['realm', value('realm')],
    ['uri', request.uri],
    ['algorithm', algorithm],
    ['nonce', nonce],
  ];
  if ('qop' in qop) params.push(['nc', nc], ['cnonce', cnonce], ['qop', 'auth']);
  params.push(['response', response]);
  if (challenge.params.has('opaque')) params.push(['opaque', value('opaque')]);
  return formatAuthField('Digest', params, ['qop']);
}
