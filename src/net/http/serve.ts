/** The HTTP/1.1 server adapter (RFC 9112, DM 2.0 §5.1): node:http and node:https around an `HttpHandler`. */
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServerOfNode } from 'node:https';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { NetworkError, UsageError } from '../../errors/index.js';
import { plainAddress, prepareTlsServer, type TlsServer, type TlsServerProfile } from '../tls/index.js';
import { answerClientError } from './client-error.js';
import { type ServerState, serveExchange } from './exchange.js';
import { DEFAULT_HTTP_LIMITS, type HttpHandler, type HttpLimits, type HttpServerEvent } from './message.js';

export interface ServeOptions {
  readonly handler: HttpHandler;
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Without it: plain HTTP. */
  readonly tls?: TlsServerProfile;
  /**
   * Awaited before each handshake: brings keys up to date, since TLS itself waits for nobody. A connection whose keys
   * cannot be had is closed.
   */
  readonly beforeHandshake?: () => Promise<void>;
  readonly limits?: Partial<HttpLimits>;
  /** How long `close` waits for requests in work; 5 s unless told. */
  readonly graceMs?: number;
  readonly clock?: () => Date;
  /** Stops the server like `close`. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: HttpServerEvent) => void;
}

/** A running server. */
export interface RunningServer {
  /** `http://` or `https://`, host and port. */
  readonly url: string;
  readonly port: number;
  /**
   * Takes new certificates, authorities and suites; open connections stay.
   *
   * @throws as `prepareTlsServer`; the old profile stays in use then
   */
  reload(tls: TlsServerProfile): void;
  /** No new requests; those in work may end within the grace time. Resolves when all connections are closed. */
  close(): Promise<void>;
}

/**
 * Starts a server. The profile is checked before anything listens.
 *
 * @throws NetworkError `NETWORK_LISTEN` where the address cannot be used
 * @throws UsageError, DataError, SecurityError for a TLS profile that cannot work (see `prepareTlsServer`)
 */
export async function serveHttp(options: ServeOptions): Promise<RunningServer> {
  const clock = options.clock ?? (() => new Date());
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const onEvent = options.onEvent ?? (() => {});
  const tls = options.tls === undefined ? undefined : { current: prepareTlsServer(options.tls, clock) };
  for (const message of tls?.current.warnings ?? []) onEvent({ type: 'warning', message });
  const server = makeServer(limits, tls);
  const state: ServerState = {
    handler: options.handler,
    limits,
    onEvent,
    peers: new WeakMap(),
    working: new Set(),
    stopping: false,
  };
  if (tls === undefined) acceptPlain(server, state);
  else acceptTls(server, state, tls);
  watchRequests(server, state);
  if (tls !== undefined && options.beforeHandshake !== undefined) hold(server, options.beforeHandshake);
  const close = closing(server, state, options.graceMs ?? 5_000);
  await listen(server, options.listen);
  if (options.signal?.aborted) await close();
  options.signal?.addEventListener('abort', () => void close(), { once: true });
  const { port } = server.address() as AddressInfo;
  const { host } = options.listen;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    port,
    reload: (profile) => {
      if (tls === undefined) throw new UsageError('USAGE_ARGUMENT', 'this server listens without TLS');
      const prepared = reloadable(prepareTlsServer(profile, clock), tls.current);
      (server as TlsServerOfNode).setSecureContext(prepared.options);
      tls.current = prepared;
      for (const message of prepared.warnings) onEvent({ type: 'warning', message });
    },
    close,
  };
}

/** node:tls asks for keys and certificates the way it was told when the server was made. */
function reloadable(next: TlsServer, current: TlsServer): TlsServer {
  const asks = ({ options }: TlsServer): unknown[] => [
    options.requestCert,
    options.pskCallback !== undefined,
  ];
  if (String(asks(next)) === String(asks(current))) return next;
  throw new UsageError(
    'USAGE_ARGUMENT',
    'whether a listener takes client certificates and pre-shared keys cannot change while it runs',
  );
}

function makeServer(limits: HttpLimits, tls: { readonly current: TlsServer } | undefined): Server {
  const shortest = Math.min(limits.headersMs, limits.requestMs);
  const options: ServerOptions = {
    maxHeaderSize: limits.headerOctets,
    headersTimeout: Math.min(limits.headersMs, limits.requestMs),
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.max(20, Math.min(1_000, shortest / 2)),
    noDelay: true,
  };
  const server =
    tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tlsOptions(limits, tls) });
  server.maxConnections = limits.connections;
  server.timeout = limits.stallMs;
  return server;
}

function tlsOptions(limits: HttpLimits, tls: { readonly current: TlsServer }): TlsOptions {
  const options: TlsOptions = { ...tls.current.options, handshakeTimeout: limits.headersMs };
  if (options.pskCallback !== undefined) {
    options.pskCallback = (socket, identity) => tls.current.options.pskCallback!(socket, identity);
  }
  return options;
}

function acceptPlain(server: Server, state: ServerState): void {
  server.prependListener('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    state.peers.set(socket, { peer: { address, identity: { kind: 'none' } } });
  });
}

/** A connection without an acceptable identity has no peer, so no request on it is ever served. */
function acceptTls(server: Server, state: ServerState, tls: { readonly current: TlsServer }): void {
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const address = plainAddress(socket.remoteAddress);
    const verdict = tls.current.judge(socket);
    if (!verdict.ok) {
      state.onEvent({ type: 'identity-refused', address, reason: verdict.reason });
      socket.destroy();
      return;
    }
    state.peers.set(socket, {
      peer: { address, identity: verdict.identity },
      tls: {
        version: socket.getProtocol() ?? '',
        cipher: socket.getCipher().standardName,
        resumed: false,
      },
    });
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const address = plainAddress(socket.remoteAddress);
    state.onEvent({ type: 'tls-failed', address, code: error.code ?? 'ERR_SSL' });
  });
}

/** Keeps every new connection from the TLS layer until `ready`; what the client sends meanwhile stays in its socket. */
function hold(server: Server, ready: () => Promise<void>): void {
  const starters = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const broken = (): void => void socket.destroy();
    socket.on('error', broken);
    ready().then(() => {
      socket.off('error', broken);
      if (socket.destroyed) return;
      for (const start of starters) start.call(server, socket);
    }, broken);
  });
}

function watchRequests(server: Server, state: ServerState): void {
  server.on('request', (message, response) => void serveExchange(state, message, response));
  server.on('checkContinue', (message, response) => {
    const length = Number(message.headers['content-length'] ?? 0);
    if (length <= state.limits.bodyOctets) response.writeContinue();
    void serveExchange(state, message, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (state.peers.has(socket as Socket)) answerClientError(error, socket as Socket, state.onEvent);
    else socket.destroy(); // a TLS handshake that failed: HTTP has nothing to say there
  });
  server.on('error', () => {}); // after the start there is none that `listen` does not report
}

function listen(server: Server, at: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      reject(
        new NetworkError('NETWORK_LISTEN', `cannot listen on ${at.host}, port ${at.port}: ${cause.code}`, {
          cause,
          details: { host: at.host, port: at.port, code: cause.code ?? null },
        }),
      );
    };
    server.once('error', failed);
    server.listen(at.port, at.host, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

/** Stops in two steps: idle connections at once, the others when their request is done or the grace time is over. */
function closing(server: Server, state: ServerState, graceMs: number): () => Promise<void> {
  let closed: Promise<void> | undefined;
  const sockets = new Set<Socket>(); // also those in the middle of a TLS handshake, which HTTP does not know
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    closed ??= new Promise((resolve) => {
      state.stopping = true;
      const timer = setTimeout(() => {
        for (const request of state.working) request.abort();
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      server.closeIdleConnections();
    });
    return closed;
  };
}
