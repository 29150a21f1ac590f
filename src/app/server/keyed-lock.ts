/** One thing at a time for each key: the steps of one device, while other devices go on. */
export class KeyedLock {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs after everything that was given for this key before. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const run = before === undefined ? work() : before.then(work, work);
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return run;
  }

  /** Keys that something is running or waiting for. */
  get size(): number {
    return this.#last.size;
  }
}
