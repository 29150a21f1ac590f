/** DM 2.0 §5.1.1 leaves the time of packages open: a device gives a session so long, and then gives it up. */

const SESSION_MS = 10 * 60_000;

export class SessionClock {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly limitMs: number = SESSION_MS,
    private readonly expired: (serverId: string) => void,
  ) {}

  started(serverId: string): void {
    this.ended(serverId);
    // Again and again: a session may be busy with something that cannot be aborted.
    this.#timers.set(
      serverId,
      setInterval(() => this.expired(serverId), this.limitMs),
    );
  }

  ended(serverId: string): void {
    clearInterval(this.#timers.get(serverId));
    this.#timers.delete(serverId);
  }

  stop(): void {
    for (const serverId of this.#timers.keys()) this.ended(serverId);
  }
}
