/** Stop rules of a station: they protect blanks and counters of tries. */
import type { StopRules } from '../job/types.js';
import type { Reason } from '../store/port.js';
import type { CardReport } from './events.js';
import { reasonOf } from './reasons.js';

/** Counts finished cards until a rule says stop. */
export class RuleCounter {
  #inARow = 0;
  #good = 0;
  #done = 0;
  #wrongAtr = 0;
  #keyMismatch = 0;

  /** @param keyMismatch codes of failures that tell of wrong keys */
  constructor(
    private readonly rules: StopRules,
    private readonly keyMismatch: ReadonlySet<string>,
  ) {}

  /** @returns why the line has to stop, if it has to */
  count({ outcome, reason }: Pick<CardReport, 'outcome' | 'reason'>): Reason | undefined {
    if (outcome === 'returned') return undefined;
    this.#done++;
    if (outcome === 'good') {
      this.#good++;
      this.#inARow = 0;
    } else {
      this.#inARow++;
      if (reason?.code === 'WRONG_ATR') this.#wrongAtr++;
      if (reason !== undefined && this.keyMismatch.has(reason.code)) this.#keyMismatch++;
    }
    return this.tripped(reason);
  }

  /** A record that cannot become a card counts as a bad card in a row. */
  countRefused(reason: Reason): Reason | undefined {
    this.#inARow++;
    return this.tripped(reason);
  }

  /** An operator looked at it: counting begins anew. */
  reset(): void {
    this.#inARow = this.#good = this.#done = this.#wrongAtr = this.#keyMismatch = 0;
  }

  private tripped(last: Reason | undefined): Reason | undefined {
    const { consecutiveFailures, yieldFloor, wrongAtr, keyMismatch } = this.rules;
    const because = last?.message;
    if (reached(this.#keyMismatch, keyMismatch)) return reasonOf('KEY_MISMATCH', because);
    if (reached(this.#wrongAtr, wrongAtr)) return reasonOf('WRONG_ATR_RULE', because);
    if (reached(this.#inARow, consecutiveFailures)) return reasonOf('CONSECUTIVE_FAILURES', because);
    const percent = (100 * this.#good) / this.#done;
    if (yieldFloor.percent > 0 && this.#done >= Math.max(1, yieldFloor.after) && percent < yieldFloor.percent)
      return reasonOf('YIELD_FLOOR', `${this.#good} of ${this.#done}`);
    return undefined;
  }
}

function reached(count: number, limit: number): boolean {
  return limit > 0 && count >= limit;
}
