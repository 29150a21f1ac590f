/**
 * The readers and their states, told by the binding's status threads: one for the list, one for each reader.
 *
 * The binding has two traps that shape this file. A status thread that is told to stop before it waits again never
 * frees its handle, and the process never ends: so threads are stopped a moment after their last report. And a
 * report blocks the event loop while the same native reader is in an exchange: so exchanges use native readers of
 * their own (`connections.ts`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReaderStatus } from '../service.js';
import type { NativeBinding, NativeList, NativeReader } from './binding.js';
import { SCARD } from './codes.js';
import { listClosed } from './collect.js';

/** Milliseconds after its last report in which a status thread waits again for certain, on a busy machine too. */
const SETTLE = 250;

interface Watched {
  readonly native: NativeReader;
  status?: ReaderStatus;
  ended: boolean;
}

export class ReaderMonitor {
  readonly #list: NativeList;
  readonly #readers = new Map<string, Watched>();
  readonly #all = new Set<Watched>();
  #listed = false;
  #hadPicture = false;
  #failure: Error | undefined;
  #stopped: Promise<void> | undefined;
  #lastReport = performance.now();
  #waiting: (() => void)[] = [];

  /**
   * Starts to watch.
   *
   * @param changed called after each change once the first picture is complete
   * @throws Error of the binding if the service is down
   */
  constructor(
    private readonly binding: NativeBinding,
    private readonly changed: () => void = () => undefined,
  ) {
    this.#list = new binding.PCSCLite();
    this.#list.start((error, names) => (error ? this.fail(error) : this.onList(names)));
  }

  /** Why the watching broke, if it did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether the service has told all its readers at least once. */
  get hadPicture(): boolean {
    return this.#hadPicture;
  }

  /** The readers now, by name. */
  get readers(): ReadonlyMap<string, ReaderStatus> {
    const known = [...this.#readers].filter(([, { status }]) => status !== undefined);
    return new Map(known.map(([name, { status }]) => [name, status!]));
  }

  /**
   * Waits until `condition` holds (at once if it does already, the first picture complete).
   *
   * @returns false if it does not within `milliseconds`
   * @throws Error of the binding if the watching breaks
   */
  async until(condition: () => boolean, milliseconds: number, signal?: AbortSignal): Promise<boolean> {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      if (this.isComplete() && condition()) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await this.nextReport(left);
    }
  }

  /** Ends every status thread. Needs a moment; nobody has to wait for it. */
  stop(): Promise<void> {
    this.#stopped ??= this.end();
    return this.#stopped;
  }

  private async end(): Promise<void> {
    for (let left = SETTLE; left > 0; left = this.#lastReport + SETTLE - performance.now()) await sleep(left);
    this.#list.close();
    for (const watched of this.#all) if (!watched.ended) watched.native.close();
    listClosed(this.binding);
  }

  private isComplete(): boolean {
    const complete = this.#listed && [...this.#readers.values()].every(({ status }) => status !== undefined);
    this.#hadPicture ||= complete;
    return complete;
  }

  private nextReport(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private reported(): void {
    this.#lastReport = performance.now();
    for (const wake of this.#waiting.splice(0)) wake();
    if (this.#stopped === undefined && (this.isComplete() || this.#failure !== undefined)) this.changed();
  }

  private fail(error: Error): void {
    if (this.#stopped !== undefined) return;
    this.#failure ??= error;
    this.reported();
  }

  private onList(names: Buffer): void {
    if (this.#stopped !== undefined) return;
    const now = new Set(readerNames(names));
    for (const name of this.#readers.keys()) if (!now.has(name)) this.#readers.delete(name);
    for (const name of now) if (!this.#readers.has(name)) this.watch(name);
    this.#listed = true;
    this.reported();
  }

  private watch(name: string): void {
    const watched: Watched = { native: new this.binding.CardReader(name), ended: false };
    this.#readers.set(name, watched);
    this.#all.add(watched);
    watched.native.on('_end', () => {
      watched.ended = true;
      // Not from inside its own report: closing takes the same lock.
      setImmediate(() => {
        watched.native.close();
        this.#all.delete(watched);
      });
    });
    watched.native.get_status((error, state, atr) => {
      if (error) this.fail(error);
      else this.onStatus(name, watched, state, atr);
    });
  }

  private onStatus(name: string, watched: Watched, state: number, atr: Buffer): void {
    const gone = (state & (SCARD.STATE_UNKNOWN | SCARD.STATE_UNAVAILABLE)) !== 0;
    if (!gone) watched.status = statusOf(name, state, atr);
    else if (this.#readers.get(name) === watched) this.#readers.delete(name);
    this.reported();
  }
}

/** Names come one after the other, each ended by a zero octet, the list by one more. */
function readerNames(names: Buffer): string[] {
  return names
    .toString('utf8')
    .split('\0')
    .filter((name) => name !== '');
}

function statusOf(name: string, state: number, atr: Buffer): ReaderStatus {
  const has = (flag: number) => (state & flag) !== 0;
  const isMute = has(SCARD.STATE_MUTE) || (atr.length > 0 && !startsAsAtr(atr));
  const card = !has(SCARD.STATE_PRESENT) ? 'absent' : isMute ? 'mute' : 'present';
  return {
    name,
    card,
    use: has(SCARD.STATE_EXCLUSIVE) ? 'exclusive' : has(SCARD.STATE_INUSE) ? 'shared' : 'free',
    ...(card === 'present' && atr.length > 0 ? { atr: Uint8Array.from(atr) } : {}),
  };
}

/** TS, the first octet of every answer to reset, is one of two values (ISO/IEC 7816-3 §8.1). */
function startsAsAtr(atr: Uint8Array): boolean {
  return atr[0] === 0x3b || atr[0] === 0x3f;
}
