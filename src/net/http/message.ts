/** HTTP as the rest of the program sees it (RFC 9110): whole messages, no sockets. */
import type { Peer } from '../tls/index.js';

/** A request with its whole body. */
export interface HttpRequest {
  readonly method: string;
  /** From the first slash on, with the query. */
  readonly path: string;
  /** Lower-case names; what came several times is joined with a comma (RFC 9110 §5.3). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly peer: Peer;
  /** What the connection uses; absent without TLS. */
  readonly tls?: TlsFacts;
  /** Aborted when the client leaves or the server has to stop. */
  readonly signal: AbortSignal;
}

/** How a connection is protected. */
export interface TlsFacts {
  readonly version: string;
  readonly cipher: string;
  readonly resumed: boolean;
}

/** An answer. `content-length` and `date` are added. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array;
  /** In place of `body`: called once the head is sent, for an answer that goes on (server-sent events). */
  readonly stream?: (out: HttpStream) => void;
  /** Called where the client left, or the server had to stop, before the answer was sent; once at most. */
  readonly onLost?: () => void;
}

/** The body of an answer that goes on; the signal of its request aborts when nobody reads any more. */
export interface HttpStream {
  /** @returns octets that wait for the client to take them: a client that takes none is to be cut off */
  write(octets: Uint8Array): number;
  /** The answer is whole. */
  end(): void;
  /** Breaks the connection. */
  destroy(): void;
}

/** What serves requests: testable without a socket. A throw becomes 500 without a word about its cause. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

/** What a server takes at most. */
export interface HttpLimits {
  /** Octets of a request body; beyond them 413. */
  readonly bodyOctets: number;
  /** Octets of request line and headers; beyond them 431. */
  readonly headerOctets: number;
  /** Time for TLS handshake, and for request line and headers; then 408. */
  readonly headersMs: number;
  /** Time for the whole request; then 408. */
  readonly requestMs: number;
  /** Time without a request on a kept connection. */
  readonly idleMs: number;
  /** Time without a single octet either way, while an answer is made or read. */
  readonly stallMs: number;
  /** Connections at once; more are closed at once. */
  readonly connections: number;
  /** Requests in work at once; more get 503. */
  readonly requests: number;
}

/** Room for the documents of management objects; a firmware repository raises `bodyOctets`. */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  bodyOctets: 1 << 20,
  headerOctets: 16 << 10,
  headersMs: 10_000,
  requestMs: 60_000,
  idleMs: 30_000,
  stallMs: 120_000,
  connections: 10_000,
  requests: 1_000,
};

/** What a server tells its operator. Never a secret, and no identity that was not proven. */
export type HttpServerEvent =
  | { readonly type: 'warning'; readonly message: string }
  /** A handshake failed: `code` is OpenSSL's word for it. */
  | { readonly type: 'tls-failed'; readonly address: string; readonly code: string }
  /** A finished handshake without an acceptable identity. */
  | { readonly type: 'identity-refused'; readonly address: string; readonly reason: string }
  /** The HTTP layer answered by itself. */
  | { readonly type: 'refused'; readonly address: string; readonly status: number; readonly reason: string }
  | { readonly type: 'handler-failed'; readonly path: string; readonly error: unknown };
