/** Connections of one origin and one set of credentials, kept alive. */
import { Agent, type ClientRequestArgs } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NetworkError } from '../../errors/index.js';
import { startTls, type TlsClient } from '../tls/index.js';
import { addressesOf, type Resolve } from './addresses.js';

/** Where the connections of an agent lead. */
export interface Way {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsClient;
  readonly forbidPrivate: boolean;
  readonly connectMs: number;
  readonly resolve: Resolve;
}

/** Less than the 5 s after which node:http servers close: a request must not meet a connection that just ends. */
const KEEP_IDLE_MS = 4_000;

/** An agent that connects to checked addresses only, and gives a TLS connection out after the server is judged. */
export class WayAgent extends Agent {
  readonly #way: Way;

  constructor(way: Way) {
    super({ keepAlive: true, maxFreeSockets: 16, timeout: KEEP_IDLE_MS });
    this.#way = way;
  }

  override createConnection(
    _options: ClientRequestArgs,
    created?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    open(this.#way).then(
      (socket) => created?.(null, socket),
      (error: Error) => created?.(error, undefined as unknown as Duplex),
    );
    return undefined;
  }
}

async function open(way: Way): Promise<Socket> {
  const addresses = await addressesOf(way.host, way.forbidPrivate, way.resolve);
  const deadline = Date.now() + way.connectMs;
  let failure: unknown;
  for (const address of addresses) {
    const socket = await connectTo(address, way, deadline).catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    if (socket !== undefined) return await protect(socket, way, deadline);
  }
  throw failure;
}

function connectTo(address: string, way: Way, deadline: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: way.port, noDelay: true });
    const stop = expire(deadline, () => socket.destroy(), way, reject);
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      stop();
      reject(unreachable(way, address, cause));
    });
    socket.once('connect', () => {
      stop();
      socket.on('error', () => {}); // until the next layer listens
      resolve(socket);
    });
  });
}

async function protect(socket: Socket, way: Way, deadline: number): Promise<Socket> {
  if (way.tls === undefined) return socket;
  const serverName = isIP(way.host) === 0 ? way.host : '';
  let stop = (): void => {};
  const late = new Promise<never>((_, reject) => {
    stop = expire(deadline, () => socket.destroy(), way, reject);
  });
  try {
    return await Promise.race([startTls(socket, way.tls, way.host, serverName), late]);
  } finally {
    stop();
  }
}

/** Ends a step at its deadline; call what it gives when the step is done. */
function expire(deadline: number, end: () => void, way: Way, reject: (error: Error) => void): () => void {
  const timer = setTimeout(
    () => {
      reject(
        new NetworkError(
          'NETWORK_TIMEOUT',
          `no connection to ${way.host}, port ${way.port}, within ${way.connectMs} ms`,
          {
            details: { host: way.host, port: way.port },
          },
        ),
      );
      end();
    },
    Math.max(0, deadline - Date.now()),
  );
  return () => clearTimeout(timer);
}

function unreachable(way: Way, address: string, cause: NodeJS.ErrnoException): NetworkError {
  const message = `no connection to ${way.host} (${address}), port ${way.port}: ${cause.code ?? cause.message}`;
  const details = { host: way.host, address, port: way.port, code: cause.code ?? null };
  return new NetworkError('NETWORK_UNREACHABLE', message, { cause, details });
}
