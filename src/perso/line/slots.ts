/** The slots of a line: a runner for each reader that it uses, told what the readers see. */
import { UsageError } from '../../errors/index.js';
import type { ReaderEvent } from '../../transport/index.js';
import type { LineContext } from './context.js';
import { SlotRunner } from './runner.js';
import type { SlotRules } from './slot/state.js';

export class Slots implements Iterable<SlotRunner> {
  readonly #runners = new Map<string, SlotRunner>();

  /** @param names as `LineOptions` has them */
  constructor(
    private readonly context: LineContext,
    private readonly names: readonly string[] | 'all',
  ) {}

  [Symbol.iterator](): Iterator<SlotRunner> {
    return this.#runners.values();
  }

  every(test: (runner: SlotRunner) => boolean): boolean {
    return [...this].every(test);
  }

  wants(reader: string): boolean {
    return this.names === 'all' || this.names.includes(reader);
  }

  get(name: string): SlotRunner | undefined {
    return this.#runners.get(name);
  }

  /** The slots that are named are there before their readers are. */
  addNamed(): void {
    if (this.names !== 'all') for (const name of this.names) this.runner(name);
  }

  /** What a reader saw; `left` is told before a slot hears that its card is out. */
  see(event: ReaderEvent, left: (slot: string) => void): void {
    if (!this.wants(event.reader)) return;
    const runner = this.runner(event.reader);
    switch (event.kind) {
      case 'reader-added':
        runner.plugged = true;
        // Whether a card is in it is told in the same breath; only an empty slot asks for one.
        queueMicrotask(() => runner.deliver({ type: 'wake' }));
        break;
      case 'reader-removed':
        runner.plugged = false;
        if (runner.machine.present) runner.deliver({ type: 'card-out' });
        this.context.changed(runner);
        break;
      case 'card-inserted':
        runner.deliver({ type: 'card-in' });
        break;
      case 'card-removed':
        left(runner.name);
        runner.deliver({ type: 'card-out' });
        break;
    }
  }

  /** The slot that an operator means. @throws UsageError `USAGE_LINE_SLOT` where there is none, or nothing to do */
  meant(name: string, fits: (runner: SlotRunner) => boolean): SlotRunner {
    const runner = this.#runners.get(name);
    if (runner === undefined) {
      const names = [...this.#runners.keys()].join(', ');
      throw new UsageError('USAGE_LINE_SLOT', `the line has no slot ${name}; it has: ${names || 'none'}`);
    }
    if (!fits(runner))
      throw new UsageError(
        'USAGE_LINE_SLOT',
        `slot ${name} is ${runner.machine.state}: there is nothing to do`,
      );
    return runner;
  }

  private runner(name: string): SlotRunner {
    let runner = this.#runners.get(name);
    if (runner === undefined) {
      const { bind, timing, stop } = this.context.job;
      const rules: SlotRules = {
        contactRetries: timing.contactRetries,
        slotFailures: stop.slotFailures,
        scanned: bind.by === 'code',
      };
      runner = new SlotRunner(name, this.context, rules);
      this.#runners.set(name, runner);
    }
    return runner;
  }
}
