/** What a batch was like: durations of the steps, yield of the slots, cards per hour, why cards failed. */

import { type Reconciliation, reconcile } from '../outputs/reconcile.js';
import type { JournalEntry, LineStore } from '../store/port.js';
import { entriesOf } from './entries.js';
import { Histogram } from './histogram.js';

/** Milliseconds. */
export interface Durations {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly mean: number;
  readonly largest: number;
}

export interface SlotStatistics {
  readonly station: string;
  readonly slot: string;
  readonly good: number;
  readonly bad: number;
  /** Good of all that were finished here, 0 to 1. */
  readonly yield: number;
}

export interface BatchReport {
  readonly batchId: string;
  readonly job: { readonly name: string; readonly version: string; readonly hash: string };
  /** Milliseconds since 1970: the first and the last entry of this batch. */
  readonly from?: number;
  readonly to?: number;
  readonly good: number;
  readonly bad: number;
  readonly yield?: number;
  /** Good cards per hour between the first and the last of them; stops included. */
  readonly cardsPerHour?: number;
  readonly steps: readonly ({ readonly step: string } & Durations)[];
  readonly slots: readonly SlotStatistics[];
  readonly failures: readonly { readonly code: string; readonly count: number; readonly message: string }[];
  /** Good and bad cards in each of at most 120 equal spans of time. */
  readonly timeline: readonly { readonly at: number; readonly good: number; readonly bad: number }[];
  readonly remakes: number;
  readonly reconciliation: Reconciliation;
}

const SPANS = 120;

/**
 * Reads the journals of a batch; memory does not grow with its cards, but for their times (8 octets each).
 *
 * @param blanksIn blank cards that were given out to the line
 */
export async function reportBatch(
  store: LineStore,
  batch: {
    readonly batchId: string;
    readonly jobName: string;
    readonly jobVersion: string;
    readonly jobHash: string;
    readonly records: number;
  },
  blanksIn?: number,
): Promise<BatchReport> {
  const tally = new Tally();
  for await (const entry of entriesOf(store)) if (entry.event.batchId === batch.batchId) tally.add(entry);
  return {
    batchId: batch.batchId,
    job: { name: batch.jobName, version: batch.jobVersion, hash: batch.jobHash },
    ...tally.summary(),
    reconciliation: await reconcile(store, batch.batchId, batch.records, blanksIn),
  };
}

class Tally {
  readonly #steps = new Map<string, Histogram>();
  readonly #slots = new Map<string, { station: string; slot: string; good: number; bad: number }>();
  readonly #failures = new Map<string, { count: number; message: string }>();
  readonly #good: number[] = [];
  readonly #bad: number[] = [];
  #from: number | undefined;
  #to: number | undefined;
  #remakes = 0;

  add({ at, station, event }: JournalEntry): void {
    this.#from ??= at;
    this.#to = at;
    if (event.type === 'remake.approved') this.#remakes++;
    if (event.type === 'record.verified') {
      this.#good.push(at);
      this.#slot(station, event.slot).good++;
      for (const [step, milliseconds] of Object.entries(timingsOf(event.data?.timings))) {
        const histogram = this.#steps.get(step) ?? new Histogram();
        histogram.add(milliseconds);
        this.#steps.set(step, histogram);
      }
    }
    if (event.type === 'card.scrapped') {
      this.#bad.push(at);
      this.#slot(station, event.slot).bad++;
      const { code, message } = event.reason ?? { code: 'UNKNOWN', message: 'no reason was given' };
      const known = this.#failures.get(code);
      this.#failures.set(code, { count: (known?.count ?? 0) + 1, message: known?.message ?? message });
    }
  }

  summary() {
    const good = this.#good.length;
    const bad = this.#bad.length;
    const span = good < 2 ? 0 : this.#good.at(-1)! - this.#good[0]!;
    return {
      ...(this.#from === undefined ? {} : { from: this.#from, to: this.#to! }),
      good,
      bad,
      ...(good + bad === 0 ? {} : { yield: good / (good + bad) }),
      ...(span === 0 ? {} : { cardsPerHour: ((good - 1) * 3_600_000) / span }),
      steps: [...this.#steps].map(([step, histogram]) => ({ step, ...durationsOf(histogram) })),
      slots: [...this.#slots.values()]
        .map((slot) => ({ ...slot, yield: slot.good / Math.max(1, slot.good + slot.bad) }))
        .sort(
          (a, b) =>
            a.station.localeCompare(b.station) || a.slot.localeCompare(b.slot, 'en', { numeric: true }),
        ),
      failures: [...this.#failures]
        .map(([code, { count, message }]) => ({ code, count, message }))
        .sort((a, b) => b.count - a.count),
      timeline: this.#timeline(),
      remakes: this.#remakes,
    };
  }

  #slot(station: string, slot = 'unknown') {
    const key = `${station}\0${slot}`;
    const found = this.#slots.get(key) ?? { station, slot, good: 0, bad: 0 };
    this.#slots.set(key, found);
    return found;
  }

  #timeline(): { at: number; good: number; bad: number }[] {
    const all = [...this.#good, ...this.#bad];
    if (all.length === 0) return [];
    const from = all.reduce((least, at) => Math.min(least, at));
    const to = all.reduce((most, at) => Math.max(most, at));
    const width = Math.max(1000, Math.ceil((to - from + 1) / SPANS));
    const spans = Array.from({ length: Math.ceil((to - from + 1) / width) }, (_, index) => ({
      at: from + index * width,
      good: 0,
      bad: 0,
    }));
    for (const at of this.#good) spans[Math.floor((at - from) / width)]!.good++;
    for (const at of this.#bad) spans[Math.floor((at - from) / width)]!.bad++;
    return spans;
  }
}

function durationsOf(histogram: Histogram): Durations {
  const { count, mean, largest } = histogram;
  return { count, p50: histogram.quantile(0.5), p95: histogram.quantile(0.95), mean, largest };
}

/** Timings of a `record.verified` entry; what is no number is left out. */
function timingsOf(timings: unknown): Record<string, number> {
  if (typeof timings !== 'object' || timings === null) return {};
  return Object.fromEntries(
    Object.entries(timings).filter(
      (pair): pair is [string, number] => typeof pair[1] === 'number' && pair[1] >= 0,
    ),
  );
}
