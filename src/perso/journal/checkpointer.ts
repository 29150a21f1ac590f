/** Writes signed checkpoints of a running station: every so many entries, and at least every so many seconds. */
import type { KeyObject } from 'node:crypto';
import type { LineStore, StationHandle } from '../store/port.js';
import { type SignedCheckpoint, signCheckpoint } from './checkpoint.js';
import { CHAIN_START } from './entry.js';

const PAGE = 1000;

export interface CheckpointerOptions {
  readonly store: LineStore;
  readonly station: StationHandle;
  /** Ed25519, private. */
  readonly key: KeyObject;
  /** Keeps a checkpoint where the station cannot take it back; it is kept when the promise resolves. */
  readonly keep: (checkpoint: SignedCheckpoint) => Promise<void>;
  /** Entries after which one is due. */
  readonly everyEntries: number;
  /** Milliseconds after which one is due, if there are new entries. */
  readonly everyMs: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Counts the entries of a chain, and signs where it stands. One checkpoint at a time. */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #counts = new Map<string, number>();
  #read = { seq: 0, hash: CHAIN_START };
  #last = { seq: 0, at: Number.NEGATIVE_INFINITY };
  #running: Promise<SignedCheckpoint | undefined> | undefined;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  /**
   * Writes a checkpoint if one is due; to be called after steps and by a timer.
   *
   * @returns the checkpoint, once it is kept; nothing if none was due
   * @throws what `keep` and the store throw: the chain goes on, and the next call tries again
   */
  async offer(): Promise<SignedCheckpoint | undefined> {
    if (this.#running !== undefined) return undefined;
    const { station, everyEntries, everyMs, clock } = this.#options;
    const { seq } = await station.head();
    const fresh = seq - this.#last.seq;
    const isDue = fresh >= everyEntries || (fresh > 0 && clock() - this.#last.at >= everyMs);
    return isDue ? this.write() : undefined;
  }

  /** Writes one now, for the end of a run; nothing where the chain is empty or did not grow. */
  write(): Promise<SignedCheckpoint | undefined> {
    this.#running ??= this.#write().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #write(): Promise<SignedCheckpoint | undefined> {
    const { station, key, keep, clock } = this.#options;
    const { station: name } = station;
    await this.#readOn();
    if (this.#read.seq === this.#last.seq) return undefined;
    const at = clock();
    const counts = Object.fromEntries(this.#counts);
    const checkpoint = signCheckpoint({ station: name, ...this.#read, at, counts }, key);
    await keep(checkpoint);
    this.#last = { seq: checkpoint.seq, at };
    return checkpoint;
  }

  async #readOn(): Promise<void> {
    const { store, station } = this.#options;
    for (;;) {
      const page = await store.journal(station.station, { after: this.#read.seq, limit: PAGE });
      for (const { event } of page) this.#counts.set(event.type, (this.#counts.get(event.type) ?? 0) + 1);
      const end = page.at(-1);
      if (end === undefined) return;
      this.#read = { seq: end.seq, hash: end.hash };
    }
  }
}
