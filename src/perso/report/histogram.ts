/** Distribution of durations in bounded memory: quantiles are right to one part in a hundred. */

const GROWTH = 1.02;
const STEP = Math.log(GROWTH);

/** Counts durations in cells whose bounds grow by 2 %, so that a million cards need no more than a hundred. */
export class Histogram {
  readonly #cells = new Map<number, number>();
  #count = 0;
  #sum = 0;
  #largest = 0;

  /** @param milliseconds 0 or more */
  add(milliseconds: number): void {
    const cell = milliseconds < 1 ? 0 : 1 + Math.floor(Math.log(milliseconds) / STEP);
    this.#cells.set(cell, (this.#cells.get(cell) ?? 0) + 1);
    this.#count++;
    this.#sum += milliseconds;
    this.#largest = Math.max(this.#largest, milliseconds);
  }

  get count(): number {
    return this.#count;
  }

  /** Milliseconds; 0 where nothing was counted. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  get largest(): number {
    return this.#largest;
  }

  /**
   * The duration that so many of all do not exceed, within 1 %.
   *
   * @param part 0 to 1
   * @returns milliseconds; 0 where nothing was counted
   */
  quantile(part: number): number {
    let left = Math.ceil(part * this.#count);
    for (const cell of [...this.#cells.keys()].sort((a, b) => a - b)) {
      left -= this.#cells.get(cell)!;
      if (left <= 0) return cell === 0 ? 0.5 : Math.min(this.#largest, GROWTH ** (cell - 0.5));
    }
    return 0;
  }
}
