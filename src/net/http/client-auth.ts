/** 401 at the client (DM 2.0 §9.2.1, RFC 9110 §11.6.1): one more try with user and password, where that is safe. */
import { randomBytes } from 'node:crypto';
import { NetworkError, SimbootError } from '../../errors/index.js';
import { type AuthState, answerChallenge, chooseChallenge, type UserPassword } from '../auth/index.js';
import type { TransportCredentials } from '../tls/index.js';
import type { WayAgent } from './agent.js';
import { exchange } from './client-exchange.js';
import type { ClientRequest, ClientResponse, HttpPolicy } from './client-types.js';

/** Connections of one origin and one set of credentials, and what that origin asks for. */
export interface Pool {
  readonly agent: WayAgent;
  auth?: AuthState | undefined;
}

/** Sends a request; where the server asks for user and password and there are some, sends it once more with them. */
export async function authenticated(
  pool: Pool,
  url: URL,
  message: ClientRequest,
  credentials: TransportCredentials | undefined,
  policy: HttpPolicy,
  signal: AbortSignal,
): Promise<ClientResponse> {
  const account = userPassword(credentials);
  if (account === undefined) return await exchange(pool.agent, url, message, policy, signal);
  const send = (state: AuthState | undefined): Promise<ClientResponse> => {
    const request = state === undefined ? message : withAuthorization(message, url, state, account);
    return exchange(pool.agent, url, request, policy, signal);
  };
  const known = pool.auth;
  const first = await send(known);
  if (first.status !== 401) return first;
  pool.auth = undefined;
  const asked = challengeOf(first, url, policy);
  if (asked === undefined || (asked.scheme === 'basic' && known?.scheme === 'basic')) return first;
  const second = await send(asked);
  if (second.status !== 401) pool.auth = asked;
  return second;
}

function userPassword(credentials: TransportCredentials | undefined): UserPassword | undefined {
  if (credentials?.kind === 'http') return { user: credentials.user, password: credentials.password };
  if (credentials?.kind === 'identity-secret') {
    return { user: credentials.identity, password: credentials.secret };
  }
  return undefined;
}

function withAuthorization(
  message: ClientRequest,
  url: URL,
  state: AuthState,
  account: UserPassword,
): ClientRequest {
  const request = { method: message.method, uri: url.pathname + url.search };
  const authorization = answerChallenge(state, account, request, randomBytes(16).toString('hex'));
  return { ...message, headers: { ...message.headers, authorization } };
}

function challengeOf(answer: ClientResponse, url: URL, policy: HttpPolicy): AuthState | undefined {
  const header = answer.headers['www-authenticate'];
  if (header === undefined) return undefined;
  const state = readChallenge(header, url);
  if (state?.scheme === 'basic' && url.protocol !== 'https:' && !policy.basicWithoutTls) {
    throw new NetworkError(
      'NETWORK_AUTHENTICATION',
      `${url.host} asks for a password in clear (Basic without TLS), which is not sent`,
    );
  }
  return state;
}

function readChallenge(header: string, url: URL): AuthState | undefined {
  try {
    return chooseChallenge(header);
  } catch (cause) {
    if (!(cause instanceof SimbootError)) throw cause;
    throw new NetworkError('NETWORK_PROTOCOL', `${url.host} answers 401 with an unreadable challenge`, {
      cause,
    });
  }
}
