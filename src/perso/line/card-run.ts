/** One card in one slot, from its coming to its leaving: what the work on it needs, and what it took. */
import type { LineRecord } from '../store/port.js';
import type { CardIdentity, CardWork } from '../work/port.js';

export class CardRun {
  identity?: CardIdentity;
  /** As the store gave it last. */
  record?: LineRecord;
  work?: CardWork;
  drawn?: Readonly<Record<string, string>>;
  evidence?: string;
  exchanges = 0;
  readonly timings: Record<string, number> = {};
  /** Writes of this card's record go one after the other: each names the revision of the one before. */
  #told: Promise<unknown> = Promise.resolve();

  constructor(
    readonly startedAt: number,
    private readonly monotonic: () => number,
  ) {}

  /** Adds the time of a phase; a repeated one counts with all its times. */
  took(phase: string, since: number): void {
    this.timings[phase] = (this.timings[phase] ?? 0) + Math.round(this.monotonic() - since);
  }

  /** Runs after every earlier write of this card. */
  tell<T>(write: () => Promise<T>): Promise<T> {
    const told = this.#told.then(write);
    this.#told = told.catch(() => undefined);
    return told;
  }

  wipe(): void {
    this.work?.wipe();
    delete this.work;
    delete this.drawn;
  }
}
