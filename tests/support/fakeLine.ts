/** A line under the hand of a test. */

import { UsageError } from '../../src/errors/index.js';
import type {
  LineControl,
  LineEvent,
  LineMode,
  LineView,
  Reason,
  RecordCounts,
  SlotView,
} from '../../src/perso/index.js';

const NO_RECORDS: RecordCounts = {
  free: 0,
  reserved: 0,
  writing: 0,
  verified: 0,
  released: 0,
  quarantined: 0,
  failed: 0,
  void: 0,
};

export function slotView(slot: string, more: Partial<SlotView> = {}): SlotView {
  return { slot, state: 'empty', good: 0, bad: 0, since: 0, ...more };
}

export function lineView(slots: readonly SlotView[], more: Partial<LineView> = {}): LineView {
  return {
    batchId: 'spring',
    station: 's1',
    mode: 'running',
    slots,
    records: { ...NO_RECORDS, free: 8_796, released: 1_204 },
    cards: { bound: 0, good: 1_204, scrapped: 3, returned: 1 },
    startedAt: 0,
    cardsPerHour: 4_780,
    yield: 0.9917,
    secondsLeft: 6_640,
    ...more,
  };
}

/** A line under the hand of a test: `calls` has what it was told. */
export class FakeControl implements LineControl {
  readonly calls: unknown[][] = [];
  readonly #listeners = new Set<(event: LineEvent) => void>();

  constructor(public current: LineView) {}

  view = (): LineView => this.current;
  pause = (): void => this.#mode('pause', 'paused');
  resume = (): void => this.#mode('resume', 'running');
  stop = (): void => this.#mode('stop', 'stopping');
  reseat = (slot: string): void => this.#atSlot(slot, 'reseat', slot);
  scrap = (slot: string, reason: Reason): void => this.#atSlot(slot, 'scrap', slot, reason);
  scan = (slot: string, code: string): void => this.#atSlot(slot, 'scan', slot, code);

  subscribe = (listener: (event: LineEvent) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get listeners(): number {
    return this.#listeners.size;
  }

  emit(event: LineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #mode(call: string, mode: LineMode): void {
    this.calls.push([call]);
    this.current = { ...this.current, mode };
  }

  #atSlot(slot: string, ...call: unknown[]): void {
    const found = this.current.slots.find((one) => one.slot === slot);
    if (found === undefined || found.state === 'empty') {
      throw new UsageError('USAGE_LINE_SLOT', `slot ${slot} has no card`);
    }
    this.calls.push(call);
  }
}
