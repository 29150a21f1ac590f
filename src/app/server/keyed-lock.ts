/** One thing at a time for each key: the steps of one device, while other devices go on. */
export class KeyedLock {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs after everything that was given for this key before. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const run = before === undefined ? work() : before.then(work, work);
    const settled = (): void => {
      if (this.#last.get(key) === run) this.#last.delete(key);
    };
    this.#last.set(key, run);
    run.then(settled, settled);
    return run;
  }

  /** Keys that something is running or waiting for. */
  get size(): number {
    return this.#last.size;
  }
}
