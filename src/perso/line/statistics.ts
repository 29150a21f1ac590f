/** What a run is like, in bounded memory: durations of the steps, yield, cards per hour. */
import { Histogram } from '../report/histogram.js';
import type { CardReport } from './events.js';

const SPAN_MS = 10_000;
/** Spans that the rate is taken from: five minutes. */
const SPANS = 30;
/** A job has no more steps than this; a name beyond is not counted. */
const MOST_STEPS = 256;

export interface StepStatistics {
  readonly step: string;
  readonly count: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
}

export interface LineStatistics {
  readonly good: number;
  readonly bad: number;
  readonly returned: number;
  readonly ambiguous: number;
  /** Good of all that were done, 0 to 1; absent before the first. */
  readonly yield?: number;
  readonly steps: readonly StepStatistics[];
  readonly slots: readonly { readonly slot: string; readonly good: number; readonly bad: number }[];
  readonly exchanges: number;
}

/** Counts the cards of one run. */
export class RunStatistics {
  readonly #steps = new Map<string, Histogram>();
  readonly #slots = new Map<string, { good: number; bad: number }>();
  readonly #spans = new Float64Array(SPANS);
  #span = 0;
  #first: number | undefined;
  #exchanges = 0;
  readonly #outcomes = { good: 0, bad: 0, returned: 0, ambiguous: 0 };

  add(card: CardReport): void {
    this.#outcomes[card.outcome]++;
    this.#exchanges += card.exchanges;
    this.countSlot(card);
    if (card.outcome !== 'good') return;
    this.moveTo(card.at);
    this.#spans[this.#span % SPANS]!++;
    for (const [step, ms] of Object.entries(card.timings)) this.step(step)?.add(ms);
  }

  /** Good cards per hour over the last minutes; 0 until known. */
  cardsPerHour(now: number): number {
    if (this.#first === undefined) return 0;
    this.moveTo(now);
    const good = this.#spans.reduce((sum, each) => sum + each, 0);
    const span = Math.min(now - this.#first, (SPANS - 1) * SPAN_MS + (now % SPAN_MS));
    return span < 1000 ? 0 : (good * 3_600_000) / span;
  }

  get yield(): number | undefined {
    const { good, bad, ambiguous } = this.#outcomes;
    const done = good + bad + ambiguous;
    return done === 0 ? undefined : good / done;
  }

  summary(): LineStatistics {
    const part = this.yield;
    return {
      ...this.#outcomes,
      ...(part === undefined ? {} : { yield: part }),
      steps: [...this.#steps].map(([step, times]) => ({
        step,
        count: times.count,
        p50: times.quantile(0.5),
        p95: times.quantile(0.95),
      })),
      slots: [...this.#slots].map(([slot, counts]) => ({ slot, ...counts })),
      exchanges: this.#exchanges,
    };
  }

  private countSlot({ slot, outcome }: CardReport): void {
    if (outcome === 'returned') return;
    const counts = this.#slots.get(slot) ?? { good: 0, bad: 0 };
    counts[outcome === 'good' ? 'good' : 'bad']++;
    this.#slots.set(slot, counts);
  }

  private step(name: string): Histogram | undefined {
    let found = this.#steps.get(name);
    if (found === undefined && this.#steps.size < MOST_STEPS) {
      found = new Histogram();
      this.#steps.set(name, found);
    }
    return found;
  }

  private moveTo(at: number): void {
    const span = Math.floor(at / SPAN_MS);
    if (this.#first === undefined) {
      this.#first = at;
      this.#span = span;
    }
    for (let skipped = 0; this.#span < span && skipped < SPANS; skipped++) {
      this.#span++;
      this.#spans[this.#span % SPANS] = 0;
    }
    this.#span = Math.max(this.#span, span);
  }
}
