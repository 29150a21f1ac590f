/** Puts a card emulator behind pcscd: the TCP client of vsmartcard's virtual reader driver (vpcd). */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CardEmulator } from '../../apdu/index.js';
import { ReaderError } from '../../errors/index.js';
import { type VpcdEnd, VpcdSession } from './session.js';

/** TCP port of vpcd's first slot (8C7B); the second slot listens on the next one. */
export const VPCD_PORT = 35963;

export interface VpcdOptions {
  readonly host?: string;
  readonly port?: number;
  /** Ends the service: the card leaves the reader and the promise resolves. */
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for vpcd to listen at the start; 0 unless told. */
  readonly startWait?: number;
  /** Milliseconds between attempts to come back after pcscd has gone away. */
  readonly retryDelay?: number;
  readonly onState?: (state: VpcdState) => void;
}

export type VpcdState = 'inserted' | VpcdEnd;

const RETRY_DELAY = 250;

/**
 * Serves `card` to vpcd until `signal` aborts or the emulator says that the card was removed. When pcscd goes away
 * it waits for its return.
 *
 * @returns why it ended
 * @throws ReaderError `READER_VPCD_UNREACHABLE` if nothing listens at the start
 */
export async function serveVpcd(
  card: CardEmulator,
  options: VpcdOptions = {},
): Promise<'aborted' | 'card-removed'> {
  const signal = options.signal ?? new AbortController().signal;
  let socket = await firstContact(options, signal);
  while (socket !== undefined) {
    const end = await serveOnce(socket, card, signal, options);
    if (signal.aborted) return 'aborted';
    options.onState?.(end);
    if (end === 'card-removed') return end;
    // A mute card never left: it is back before pcscd looks again.
    socket = await comeBack(end === 'card-mute' ? 0 : (options.retryDelay ?? RETRY_DELAY), options, signal);
  }
  return 'aborted';
}

async function serveOnce(
  socket: Socket,
  card: CardEmulator,
  signal: AbortSignal,
  options: VpcdOptions,
): Promise<VpcdEnd> {
  const session = new VpcdSession(socket, card);
  const leave = () => session.leave('card-removed');
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  else options.onState?.('inserted');
  try {
    return await session.ended;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

async function firstContact(options: VpcdOptions, signal: AbortSignal): Promise<Socket | undefined> {
  const { host = '127.0.0.1', port = VPCD_PORT, startWait = 0 } = options;
  const deadline = performance.now() + startWait;
  for (;;) {
    if (signal.aborted) return undefined;
    try {
      return await dial(host, port, signal);
    } catch (cause) {
      if (signal.aborted) return undefined;
      if (performance.now() >= deadline) throw unreachable(host, port, cause as NodeJS.ErrnoException);
      await pause(Math.min(50, options.retryDelay ?? RETRY_DELAY), signal);
    }
  }
}

async function comeBack(
  firstDelay: number,
  options: VpcdOptions,
  signal: AbortSignal,
): Promise<Socket | undefined> {
  const { host = '127.0.0.1', port = VPCD_PORT, retryDelay = RETRY_DELAY } = options;
  let delay = firstDelay;
  while (!signal.aborted) {
    await pause(delay, signal);
    const socket = await dial(host, port, signal).catch(() => undefined);
    if (socket !== undefined) return socket;
    delay = retryDelay;
  }
  return undefined;
}

function dial(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const abort = () => socket.destroy(new Error('aborted'));
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners('error');
      act();
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    socket.once('connect', () => settle(() => resolve(socket)));
    socket.once('error', (error) => settle(() => reject(error)));
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

function unreachable(host: string, port: number, cause: NodeJS.ErrnoException): ReaderError {
  const why =
    cause.code === 'ECONNREFUSED' ? 'nothing listens there' : (cause.code ?? cause.message ?? 'no answer');
  return new ReaderError('READER_VPCD_UNREACHABLE', `cannot reach vpcd on ${host}:${port}: ${why}`, {
    cause,
    details: { host, port },
  });
}
