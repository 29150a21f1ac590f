/** One line of progress with rate and time left; plain lines where the output is no terminal. */
import type { CliOutput, Clock } from '../io.js';

/** Shorter work shows nothing. */
const SHOW_AFTER_MS = 1000;
const TERMINAL_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5000;

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  readonly unit: string;
}

export class Progress {
  private readonly started: number;
  private shownAt: number | undefined;

  constructor(
    private readonly output: CliOutput,
    private readonly clock: Clock,
    private readonly options: ProgressOptions,
  ) {
    this.started = clock.monotonic();
  }

  /** @param done how much of the total is done by now */
  update(done: number): void {
    const now = this.clock.monotonic();
    if (now - this.started < SHOW_AFTER_MS) return;
    const every = this.output.isTTY ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS;
    if (this.shownAt !== undefined && now - this.shownAt < every) return;
    this.shownAt = now;
    this.show(this.line(done, (now - this.started) / 1000));
  }

  /** Removes the line from a terminal. */
  end(): void {
    if (this.shownAt !== undefined && this.output.isTTY) this.output.write('\r\u001b[K');
  }

  private show(line: string): void {
    this.output.write(this.output.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
  }

  private line(done: number, seconds: number): string {
    const { label, total, unit } = this.options;
    const rate = done / seconds;
    const left = rate > 0 ? `, ${Math.ceil((total - done) / rate)} s left` : '';
    const percent = total > 0 ? Math.floor((100 * done) / total) : 100;
    return `${label}: ${done} of ${total} ${unit} (${percent} %), ${Math.round(rate)} ${unit}/s${left}`;
  }
}
