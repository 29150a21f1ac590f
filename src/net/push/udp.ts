/** Connectionless push over UDP (DM 2.0 E.1): a datagram to port 2948, and a listener there. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { DataError, NetworkError, SimbootError } from '../../errors/index.js';
import { PUSH_PORT } from './sms-header.js';
import { decodeWspPush, type WspPush } from './wsp.js';
import { decodeWspMessage, type WspMessage } from './wsp-message.js';

/** One datagram through networks of any kind without fragments (RFC 8085 §3.2). */
const MAX_DATAGRAM = 1200;

export interface UdpTarget {
  /** Name or address. */
  readonly host: string;
  /** 2948 unless told. */
  readonly port?: number;
  readonly signal?: AbortSignal;
}

/**
 * Sends a push as one datagram. That it was sent does not say that it arrived.
 *
 * @param push the PDU of WSP, at most 1200 octets
 * @throws DataError `DATA_PUSH` for a push that is too long
 * @throws NetworkError `NETWORK_UNREACHABLE`, `NETWORK_ABORTED`
 */
export async function sendUdpPush(
  push: Uint8Array,
  { host, port = PUSH_PORT, signal }: UdpTarget,
): Promise<void> {
  if (push.length > MAX_DATAGRAM) {
    throw new DataError('DATA_PUSH', `the push has ${push.length} octets, more than ${MAX_DATAGRAM}`);
  }
  if (signal?.aborted) throw aborted();
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const stop = () => socket.emit('error', aborted());
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((done, fail) => {
      socket.once('error', fail);
      socket.send(push, port, host, (cause) => (cause === null ? done() : fail(cause)));
    });
  } catch (cause) {
    if (cause instanceof SimbootError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new NetworkError('NETWORK_UNREACHABLE', `no datagram could be sent to ${host}:${port} (${code})`, {
      cause,
      details: { host, port },
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    socket.on('error', () => undefined);
    socket.close();
  }
}

/** Who sent a datagram, by its own word: UDP proves nothing. */
export interface UdpSender {
  readonly address: string;
  readonly port: number;
}

export interface UdpReceiverOptions {
  /** Address to listen on; all of IPv4 unless told. */
  readonly host?: string;
  /** 2948 unless told; 0 takes a free one. */
  readonly port?: number;
  /** Octets of a datagram; longer ones are refused. 1500 unless told. */
  readonly maxOctets?: number;
  /** Ends the listener. */
  readonly signal?: AbortSignal;
  readonly onPush: (push: WspPush, from: UdpSender) => void;
  /** A push of another content; without it such a datagram is refused. */
  readonly onMessage?: (message: WspMessage, from: UdpSender) => void;
  /** A datagram that is nothing of these. */
  readonly onRefused?: (error: SimbootError, from: UdpSender) => void;
}

export interface UdpReceiver {
  readonly port: number;
  /** Ends the listener; resolves once the port is free. */
  close(): Promise<void>;
}

/**
 * Listens for pushes. Nothing is answered, whatever comes.
 *
 * @throws NetworkError `NETWORK_LISTEN`
 */
export async function receiveUdpPush(options: UdpReceiverOptions): Promise<UdpReceiver> {
  const { host = '0.0.0.0', port = PUSH_PORT, maxOctets = 1500, signal } = options;
  if (signal?.aborted) throw aborted();
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.on('message', (octets, { address, port: from }) => {
    take(Uint8Array.from(octets.subarray(0, maxOctets + 1)), maxOctets, { address, port: from }, options);
  });
  await listen(socket, host, port);
  // A listener outlives what the network reports about one datagram.
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(() => undefined);
  let closing = false;
  const close = (): Promise<void> => {
    if (!closing) socket.close();
    closing = true;
    signal?.removeEventListener('abort', close);
    return closed;
  };
  signal?.addEventListener('abort', close, { once: true });
  return { port: socket.address().port, close };
}

async function listen(socket: Socket, host: string, port: number): Promise<void> {
  try {
    const listening = once(socket, 'listening');
    socket.bind(port, host);
    await listening;
  } catch (cause) {
    socket.close();
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new NetworkError('NETWORK_LISTEN', `cannot listen on UDP ${host}:${port} (${code})`, {
      cause,
      details: { host, port },
    });
  }
}

function take(octets: Uint8Array, maxOctets: number, from: UdpSender, options: UdpReceiverOptions): void {
  let push: WspPush;
  const { onMessage } = options;
  try {
    if (octets.length > maxOctets)
      throw new DataError('DATA_LIMIT', `a datagram of more than ${maxOctets} octets`);
    if (onMessage !== undefined) {
      const message = decodeWspMessage(octets);
      if (!/^0x|^application\/vnd\.syncml\./.test(message.mediaType)) {
        onMessage(message, from);
        return;
      }
    }
    push = decodeWspPush(octets);
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    options.onRefused?.(error, from);
    return;
  }
  options.onPush(push, from);
}

function aborted(): NetworkError {
  return new NetworkError('NETWORK_ABORTED', 'the push was given up');
}
