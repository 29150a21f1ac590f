/** The HTTP client adapter (DM 2.0 §5.1): sessions and repositories, over TLS profiles and under a policy. */
import { createHash } from 'node:crypto';
import { NetworkError } from '../../errors/index.js';
import { prepareTlsClient, type TlsTrust, type TransportCredentials } from '../tls/index.js';
import { type Resolve, systemResolve } from './addresses.js';
import { WayAgent } from './agent.js';
import { authenticated, type Pool } from './client-auth.js';
import {
  type ClientRequest,
  type ClientResponse,
  DEFAULT_HTTP_POLICY,
  type HttpPolicy,
  type SendOptions,
} from './client-types.js';
import { isRedirect, redirected } from './redirects.js';

export interface HttpClientOptions {
  readonly clock?: () => Date;
  /** Finds the addresses of names; the machine's way unless told. */
  readonly resolve?: Resolve;
}

/** Pools that are kept; the one that was not used longest goes first. */
const MAX_POOLS = 64;

/** Sends requests. Connections are kept per origin, credentials, trust and policy, and shared by nothing else. */
export class HttpClient {
  readonly #clock: () => Date;
  readonly #resolve: Resolve;
  readonly #pools = new Map<string, Pool>();

  constructor(options: HttpClientOptions = {}) {
    this.#clock = options.clock ?? (() => new Date());
    this.#resolve = options.resolve ?? systemResolve;
  }

  /**
   * Sends a request and gives its whole answer, whatever its status.
   *
   * @throws NetworkError `NETWORK_*`: no answer, or none that may be taken
   * @throws UsageError, DataError for credentials or trust that TLS cannot use
   */
  async send(message: ClientRequest, options: SendOptions = {}): Promise<ClientResponse> {
    const policy: HttpPolicy = { ...DEFAULT_HTTP_POLICY, ...options.policy };
    const late = deadline(message, policy);
    try {
      return await this.#follow(message, options, policy, late.signal);
    } finally {
      late.stop();
    }
  }

  /** Closes all connections. */
  close(): void {
    for (const pool of this.#pools.values()) pool.agent.destroy();
    this.#pools.clear();
  }

  async #follow(
    message: ClientRequest,
    options: SendOptions,
    policy: HttpPolicy,
    signal: AbortSignal,
  ): Promise<ClientResponse> {
    let current = message;
    let credentials = options.credentials;
    for (let left = policy.redirects; ; left--) {
      const url = targetOf(current.url, policy);
      const pool = this.#pool(url, credentials, options.trust ?? {}, policy);
      const answer = await authenticated(pool, url, current, credentials, policy, signal);
      if (!isRedirect(current, answer, policy)) return answer;
      if (left === 0)
        throw new NetworkError(
          'NETWORK_REDIRECT',
          `more than ${policy.redirects} redirections, the last to ${url.host}`,
        );
      const next = redirected(current, answer, url);
      if (next.otherOrigin) credentials = undefined;
      current = next.message;
    }
  }

  #pool(url: URL, credentials: TransportCredentials | undefined, trust: TlsTrust, policy: HttpPolicy): Pool {
    const key = poolKey(url, credentials, trust, policy);
    const known = this.#pools.get(key);
    const pool = known ?? this.#newPool(url, credentials, trust, policy);
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    for (const [oldest, old] of this.#pools) {
      if (this.#pools.size <= MAX_POOLS) break;
      old.agent.destroy();
      this.#pools.delete(oldest);
    }
    return pool;
  }

  #newPool(
    url: URL,
    credentials: TransportCredentials | undefined,
    trust: TlsTrust,
    policy: HttpPolicy,
  ): Pool {
    const secure = url.protocol === 'https:';
    const agent = new WayAgent({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (secure ? 443 : 80),
      forbidPrivate: policy.forbidPrivate,
      connectMs: policy.timeouts.connectMs,
      resolve: this.#resolve,
      ...(secure ? { tls: prepareTlsClient(credentials, trust, this.#clock) } : {}),
    });
    return { agent };
  }
}

/** One signal for the caller's wish and the time that is over. */
function deadline(message: ClientRequest, policy: HttpPolicy): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const { totalMs } = policy.timeouts;
  const timer = setTimeout(() => {
    controller.abort(new NetworkError('NETWORK_TIMEOUT', `no whole answer within ${totalMs} ms`));
  }, totalMs);
  const given = message.signal;
  const onAbort = (): void => controller.abort();
  if (given?.aborted) controller.abort();
  given?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    stop: () => {
      clearTimeout(timer);
      given?.removeEventListener('abort', onAbort);
    },
  };
}

function targetOf(text: string, policy: HttpPolicy): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol.slice(0, -1) as 'http' | 'https' | undefined;
  if (url === undefined || scheme === undefined || !policy.schemes.includes(scheme) || url.hostname === '') {
    const allowed = policy.schemes.join(' or ');
    throw new NetworkError(
      'NETWORK_ADDRESS_FORBIDDEN',
      `a request goes to an absolute ${allowed} address, not to ${scheme ?? 'a text without scheme'}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new NetworkError(
      'NETWORK_ADDRESS_FORBIDDEN',
      `the address of ${url.host} holds a user or password`,
    );
  }
  return url;
}

function poolKey(
  url: URL,
  credentials: TransportCredentials | undefined,
  trust: TlsTrust,
  policy: HttpPolicy,
): string {
  const hash = createHash('sha256');
  const parts = {
    credentials,
    trust,
    forbidPrivate: policy.forbidPrivate,
    connectMs: policy.timeouts.connectMs,
  };
  hash.update(
    JSON.stringify(parts, (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ),
  );
  return `${url.origin} ${hash.digest('base64')}`;
}
