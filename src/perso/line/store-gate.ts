/** The way of a line to its store: after a failure nothing goes through until somebody opens it again. */
import { SimbootError } from '../../errors/index.js';

/** Failures of a write that are not the store's: only the one card is concerned. */
const OF_THE_CARD: ReadonlySet<string> = new Set(['USAGE_LINE_CONFLICT', 'CARD_TAKEN']);

export class StoreGate {
  #closed: Error | undefined;
  #inside = 0;
  #waiting: (() => void)[] = [];

  /** @param failed told of each failure of the store, before the one who asked hears of it */
  constructor(private readonly failed: (error: unknown) => void) {}

  /** Why nothing is written any more. */
  get closed(): Error | undefined {
    return this.#closed;
  }

  /** Something is asked, and not yet answered. */
  get busy(): boolean {
    return this.#inside > 0;
  }

  close(error: Error): void {
    this.#closed = error;
  }

  open(): void {
    this.#closed = undefined;
  }

  /** Everything that goes to the store: its failure stops the line, and a stopped line asks it for nothing. */
  async through<T>(action: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw this.#closed;
    this.#inside++;
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof SimbootError && OF_THE_CARD.has(error.code))) this.failed(error);
      throw error;
    } finally {
      this.#inside--;
      if (this.#inside === 0) for (const next of this.#waiting.splice(0)) next();
    }
  }

  /** Once everything that was asked is answered; at once if nothing was. */
  whenIdle(action: () => void): void {
    if (this.#inside === 0) action();
    else this.#waiting.push(action);
  }
}
