/** Card time as waiting: each slot has a clock of its own, and what a timer fires late is credited to the next exchange. */

/** Milliseconds by which timers may be late and still be made good. */
const CREDIT = 50;
/** Timers wait at least this long; less is kept until it adds up. */
const SHORTEST = 1;

export interface PaceOptions {
  /** Card time is divided by this; 0 waits for nothing. */
  readonly speed: number;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** One slot's clock. */
export class Pace {
  #due = 0;
  #late = 0;

  constructor(private readonly options: PaceOptions) {}

  /** Waits as long as a card needs for so many milliseconds of its time. */
  async wait(milliseconds: number): Promise<void> {
    const { speed, now, sleep } = this.options;
    if (speed === 0) return;
    // what a timer was late is taken off, so that the sum over many exchanges is that of the card
    const start = Math.max(now() - this.#late, this.#due);
    this.#due = start + milliseconds / speed;
    const left = this.#due - now();
    if (left >= SHORTEST) await sleep(left);
    this.#late = Math.min(CREDIT, Math.max(0, now() - this.#due));
  }
}
