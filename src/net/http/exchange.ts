/** One request and its answer: limits, the handler, and what the HTTP layer says by itself (RFC 9110 §15). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Peer } from '../tls/index.js';
import type {
  HttpHandler,
  HttpLimits,
  HttpRequest,
  HttpResponse,
  HttpServerEvent,
  HttpStream,
  TlsFacts,
} from './message.js';

const EMPTY = new Uint8Array(0);

/** What the exchanges of one server share. */
export interface ServerState {
  readonly handler: HttpHandler;
  readonly limits: HttpLimits;
  readonly onEvent: (event: HttpServerEvent) => void;
  /** Who is at the end of a connection: set once, when the connection is accepted. */
  readonly peers: WeakMap<Socket, { readonly peer: Peer; readonly tls?: TlsFacts }>;
  /** Requests whose answer is not sent yet. */
  readonly working: Set<{ abort(): void }>;
  stopping: boolean;
}

/** A request as its handler sees it. The signal is made when somebody asks for it: most requests are never aborted. */
class ServedRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly peer: Peer;
  readonly tls?: TlsFacts;
  body: Uint8Array = EMPTY;
  #controller: AbortController | undefined;
  #aborted = false;

  constructor(message: IncomingMessage, { peer, tls }: { readonly peer: Peer; readonly tls?: TlsFacts }) {
    this.method = message.method ?? 'GET';
    this.path = pathOf(message.url ?? '/')!;
    this.headers = headersOf(message);
    this.peer = peer;
    if (tls !== undefined) this.tls = tls;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}

/** Serves one request. Never rejects. */
export async function serveExchange(
  state: ServerState,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const connection = state.peers.get(message.socket);
  if (connection === undefined) {
    message.socket.destroy();
    return;
  }
  const early = earlyAnswer(state, message);
  if (early !== undefined) return refuse(state, connection.peer, response, early);
  const request = new ServedRequest(message, connection);
  state.working.add(request);
  let lost: (() => void) | undefined;
  response.once('close', () => {
    state.working.delete(request);
    if (response.writableFinished) return;
    request.abort();
    lost?.();
  });
  try {
    const body = await readBody(message, state.limits.bodyOctets);
    if (body === undefined) return refuse(state, connection.peer, response, TOO_LARGE);
    request.body = body;
    const made = await answer(state, request);
    if (request.aborted) made.onLost?.();
    else lost = made.onLost;
    send(state, request, response, made);
  } catch {
    response.destroy(); // the client left in the middle of its request
  }
}

interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Record<string, string>;
}

const TOO_LARGE: Refusal = { status: 413, reason: 'the body is too large' };

/** What can be said from the head of a request alone. */
function earlyAnswer(state: ServerState, message: IncomingMessage): Refusal | undefined {
  if (message.httpVersion !== '1.1') return { status: 505, reason: `HTTP/${message.httpVersion}` };
  if (pathOf(message.url ?? '') === undefined) return { status: 400, reason: 'the target is no path' };
  if (Number(message.headers['content-length'] ?? 0) > state.limits.bodyOctets) return TOO_LARGE;
  const busy = state.stopping || state.working.size >= state.limits.requests;
  if (!busy) return undefined;
  return {
    status: 503,
    reason: state.stopping ? 'the server is stopping' : 'too many requests at once',
    headers: { 'retry-after': '5' },
  };
}

/** The path of a target in origin form, or in absolute form (RFC 9112 §3.2). */
function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target;
  const absolute = /^https?:\/\/[^/?#]+(?<path>[/?][^#]*)?$/i.exec(target);
  if (absolute === null) return undefined;
  const path = absolute.groups?.path ?? '/';
  return path.startsWith('/') ? path : `/${path}`;
}

function headersOf(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const name of Object.keys(message.headers)) {
    const value = message.headers[name];
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/** The whole body; undefined where it is larger than allowed. Rejects where the client leaves before its end. */
function readBody(message: IncomingMessage, limit: number): Promise<Uint8Array | undefined> | Uint8Array {
  const { 'content-length': length, 'transfer-encoding': coding } = message.headers;
  if (coding === undefined && (length === undefined || length === '0')) {
    message.resume();
    return EMPTY;
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let octets = 0;
    message.on('data', (chunk: Buffer) => {
      octets += chunk.length;
      if (octets > limit) {
        message.pause();
        chunks.length = 0;
        resolve(undefined);
      } else chunks.push(chunk);
    });
    let ended = false;
    message.on('end', () => {
      ended = true;
      resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    message.on('error', reject);
    message.on('close', () => {
      if (!ended) reject(new Error('closed'));
    });
  });
}

async function answer(state: ServerState, request: ServedRequest): Promise<HttpResponse> {
  try {
    return await state.handler(request);
  } catch (error) {
    if (!request.aborted) state.onEvent({ type: 'handler-failed', path: pathOnly(request.path), error });
    return { status: 500, headers: {} };
  }
}

/** Without the query: it may hold what must not be in a log. */
function pathOnly(path: string): string {
  return path.split('?', 1)[0]!;
}

function send(
  state: ServerState,
  request: HttpRequest,
  response: ServerResponse,
  answer: HttpResponse,
): void {
  if (response.destroyed) return;
  const body = request.method === 'HEAD' ? undefined : answer.body;
  try {
    response.writeHead(answer.status, headersToSend(state, answer));
  } catch (error) {
    state.onEvent({ type: 'handler-failed', path: pathOnly(request.path), error });
    response.writeHead(500, { 'content-length': '0' });
    response.end();
    return;
  }
  if (answer.stream === undefined || request.method === 'HEAD') response.end(body);
  else {
    response.flushHeaders();
    answer.stream(streamOf(response));
  }
}

function streamOf(response: ServerResponse): HttpStream {
  return {
    write(octets) {
      if (!response.destroyed && !response.writableEnded) response.write(octets);
      return response.writableLength;
    },
    end: () => void response.end(),
    destroy: () => void response.destroy(),
  };
}

function headersToSend(state: ServerState, answer: HttpResponse): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const name of Object.keys(answer.headers)) {
    const value = answer.headers[name]!;
    headers[name] = typeof value === 'string' ? value : [...value];
  }
  if (answer.status !== 204 && answer.status !== 304 && answer.stream === undefined)
    headers['content-length'] = String(answer.body?.length ?? 0);
  if (state.stopping) headers.connection = 'close';
  return headers;
}

/** Answers without the handler and closes: what the client still sends is not read. */
function refuse(state: ServerState, peer: Peer, response: ServerResponse, refusal: Refusal): void {
  const { status, reason, headers } = refusal;
  state.onEvent({ type: 'refused', address: peer.address, status, reason });
  response.writeHead(status, { ...headers, 'content-length': '0', connection: 'close' });
  response.end(() => response.socket?.destroySoon());
}
