/** What a client is asked, and what it may do. */
import type { TlsTrust, TransportCredentials } from '../tls/index.js';

/** A request of a client. */
export interface ClientRequest {
  readonly method: string;
  /** Absolute, http or https. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

/** An answer with its whole body. */
export interface ClientResponse {
  readonly status: number;
  /** Lower-case names; what came several times is joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Where it came from, after redirections. */
  readonly url: string;
}

/** The limits of one request. */
export interface HttpPolicy {
  /** How many redirections a GET or HEAD follows; other methods follow none and give the answer as it is. */
  readonly redirects: number;
  /** Refuse loopback, private, link-local and other addresses that are not public. */
  readonly forbidPrivate: boolean;
  readonly schemes: readonly ('http' | 'https')[];
  /** Octets of an answer. */
  readonly maxBody: number;
  /** Answer Basic challenges without TLS too, where anybody on the way reads the password. */
  readonly basicWithoutTls: boolean;
  readonly timeouts: {
    /** TCP and TLS. */
    readonly connectMs: number;
    /** Without a single octet of the answer. */
    readonly stallMs: number;
    /** From the start to the end of the answer, all redirections included. */
    readonly totalMs: number;
  };
}

/** Cautious where a mistake costs: no redirections; TLS or not is the caller's choice by the address. */
export const DEFAULT_HTTP_POLICY: HttpPolicy = {
  redirects: 0,
  forbidPrivate: false,
  schemes: ['http', 'https'],
  maxBody: 16 << 20,
  basicWithoutTls: false,
  timeouts: { connectMs: 10_000, stallMs: 30_000, totalMs: 120_000 },
};

/** How one request is sent. */
export interface SendOptions {
  readonly credentials?: TransportCredentials;
  readonly trust?: TlsTrust;
  readonly policy?: Partial<HttpPolicy>;
}
