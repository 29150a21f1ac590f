/** The readers of the machine, through PC/SC. The binding is loaded with the first call. */
import type { Protocol } from '../../apdu/index.js';
import { ReaderError } from '../../errors/index.js';
import { readerFailure, readerNotFound } from '../failures.js';
import {
  type ConnectOptions,
  type ReaderEvent,
  type ReaderService,
  type ReaderStatus,
  readerEvents,
} from '../service.js';
import { loadBinding, type NativeBinding, type NativeReader } from './binding.js';
import { nativeProtocol, nativeShare, PcscChannel } from './channel.js';
import { SCARD } from './codes.js';
import { connect, disconnect, giveBackConnection, takeConnection } from './connections.js';
import { ReaderMonitor } from './monitor.js';
import { withSharedMonitor } from './shared.js';
import { readerError, serviceError } from './translate.js';

/** Milliseconds within which the service tells all its readers and states; it takes a few. */
const PICTURE_WAIT = 5_000;
/** Milliseconds within which the ATR of a card that was just powered is known. */
const ATR_WAIT = 1_000;

/** Monitors of their own that are still ending: the service admits 200 connections, and each has one a reader. */
const ending = new Set<Promise<void>>();
const MOST_ENDING = 8;

/** The PC/SC readers of this machine. The native binding is loaded with the first call. */
export class PcscReaderService implements ReaderService {
  async list(): Promise<ReaderStatus[]> {
    return withFreshMonitor(await loadBinding(), 'list readers', async (monitor) => {
      await firstPicture(monitor);
      return [...monitor.readers.values()];
    });
  }

  async connect(name: string, options: ConnectOptions = {}): Promise<PcscChannel> {
    options.signal?.throwIfAborted();
    const binding = await loadBinding();
    return withMonitor(binding, 'connect', async (monitor) => {
      await firstPicture(monitor, options.signal);
      requireCard(monitor, name);
      return open(binding, monitor, name, options);
    });
  }

  async watch(listener: (event: ReaderEvent) => void, signal: AbortSignal): Promise<void> {
    const binding = await loadBinding();
    if (signal.aborted) return;
    let before: ReadonlyMap<string, ReaderStatus> = new Map();
    await withMonitor(binding, 'watch readers', async (monitor, onChange) => {
      const report = () => {
        const after = monitor.readers;
        const events = readerEvents(before, after);
        before = after;
        for (const event of events) listener(event);
      };
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        onChange(() => {
          if (monitor.failure !== undefined) reject(monitor.failure);
          else report();
        });
      });
    });
  }
}

/**
 * Runs `work` with a monitor of its own: the service does not report everything that changes later, such as who uses
 * a reader, or the ATR of a warm reset.
 */
async function withFreshMonitor<T>(
  binding: NativeBinding,
  during: string,
  work: (monitor: ReaderMonitor) => Promise<T>,
): Promise<T> {
  while (ending.size >= MOST_ENDING) await Promise.race(ending);
  let monitor: ReaderMonitor | undefined;
  try {
    monitor = new ReaderMonitor(binding);
    return await work(monitor);
  } catch (error) {
    throw isOfBinding(error) ? serviceError(error, during, monitor?.hadPicture) : error;
  } finally {
    if (monitor !== undefined) endInBackground(monitor);
  }
}

function endInBackground(monitor: ReaderMonitor): void {
  const end = monitor.stop().then(() => {
    ending.delete(end);
  });
  ending.add(end);
}

/** Runs `work` with the monitor of this process, and names the failures of the service. */
async function withMonitor<T>(
  binding: NativeBinding,
  during: string,
  work: (monitor: ReaderMonitor, onChange: (listener: () => void) => void) => Promise<T>,
): Promise<T> {
  let granted = false;
  try {
    return await withSharedMonitor(binding, async (monitor, onChange) => {
      try {
        return await work(monitor, onChange);
      } finally {
        granted = monitor.hadPicture;
      }
    });
  } catch (error) {
    throw isOfBinding(error) ? serviceError(error, during, granted) : error;
  }
}

/** Known by its words: the binding's errors have no class of their own. */
function isOfBinding(error: unknown): error is Error {
  return /^SCard\w+ error: /.test((error as Error | undefined)?.message ?? '');
}

async function firstPicture(monitor: ReaderMonitor, signal?: AbortSignal): Promise<void> {
  if (await monitor.until(() => true, PICTURE_WAIT, signal)) return;
  throw new ReaderError(
    'READER_FAILED',
    `the PC/SC service does not tell its readers within ${PICTURE_WAIT} ms`,
  );
}

function requireCard(monitor: ReaderMonitor, name: string): void {
  const status = monitor.readers.get(name);
  if (status === undefined) throw readerNotFound(name, [...monitor.readers.keys()]);
  if (status.card === 'absent') throw readerFailure('READER_EMPTY', name, 'connect');
}

async function open(
  binding: NativeBinding,
  monitor: ReaderMonitor,
  name: string,
  options: ConnectOptions,
): Promise<PcscChannel> {
  const { share = 'exclusive', signal } = options;
  const protocols =
    options.protocol === undefined ? SCARD.PROTOCOL_T0 | SCARD.PROTOCOL_T1 : nativeProtocol(options.protocol);
  const { native, chosen } = await powered(binding, monitor, name, nativeShare(share), protocols);
  if (signal?.aborted) {
    await disconnect(native, SCARD.UNPOWER_CARD);
    giveBackConnection(native);
    signal.throwIfAborted();
  }
  const protocol: Protocol = chosen === SCARD.PROTOCOL_T0 ? 'T=0' : 'T=1';
  const atr = await atrOf(monitor, name);
  const readAtr = () => withFreshMonitor(binding, 'reset', (fresh) => atrOf(fresh, name));
  return new PcscChannel({ binding, native, share, protocol, atr, readAtr });
}

/** A connection that was used before may belong to a service that was started anew since: then a fresh one decides. */
async function powered(
  binding: NativeBinding,
  monitor: ReaderMonitor,
  name: string,
  share: number,
  protocols: number,
): Promise<{ native: NativeReader; chosen: number }> {
  for (;;) {
    const { native, isUsed } = takeConnection(binding, name);
    try {
      return { native, chosen: await connect(native, share, protocols) };
    } catch (error) {
      const failure = await readerError(binding, error as Error, name, 'connect');
      const serviceFailed = failure.code.startsWith('READER_SERVICE');
      if (!serviceFailed) giveBackConnection(native);
      if (serviceFailed && isUsed) continue;
      // Without a proper ATR there is no protocol to agree on.
      const isMute = monitor.readers.get(name)?.card === 'mute';
      throw isMute && failure.code === 'READER_PROTOCOL_MISMATCH'
        ? readerFailure('READER_CARD_MUTE', name, 'connect: no answer to reset', failure)
        : failure;
    }
  }
}

/** Empty where the service never tells it. */
async function atrOf(monitor: ReaderMonitor, name: string): Promise<Uint8Array> {
  await monitor.until(() => monitor.readers.get(name)?.atr !== undefined, ATR_WAIT);
  return monitor.readers.get(name)?.atr ?? new Uint8Array(0);
}
