/**
 * One monitor for everybody in the process: each costs threads, and connections to the service that it gives back
 * only after a while. It is kept a moment after its last use, since the next command of a card job comes soon.
 */
import type { NativeBinding } from './binding.js';
import { ReaderMonitor } from './monitor.js';

/** Milliseconds that a monitor without users lives on. */
const LINGER = 300;

class SharedMonitor {
  readonly listeners = new Set<() => void>();
  readonly monitor: ReaderMonitor;
  users = 0;
  #ending: NodeJS.Timeout | undefined;

  constructor(readonly binding: NativeBinding) {
    this.monitor = new ReaderMonitor(binding, () => {
      for (const listener of this.listeners) listener();
    });
  }

  take(): void {
    this.users++;
    clearTimeout(this.#ending);
  }

  giveBack(): void {
    if (--this.users > 0) return;
    this.#ending = setTimeout(() => this.end(), this.monitor.failure === undefined ? LINGER : 0);
  }

  private end(): void {
    if (current === this) current = undefined;
    void this.monitor.stop();
  }
}

let current: SharedMonitor | undefined;

/**
 * Runs `work` with the monitor of this process; a broken one is replaced.
 *
 * @param onChange is called now if there is a picture already, and after each change until `work` ends
 * @throws Error of the binding if the service is down
 */
export async function withSharedMonitor<T>(
  binding: NativeBinding,
  work: (monitor: ReaderMonitor, onChange: (listener: () => void) => void) => Promise<T>,
): Promise<T> {
  if (current?.binding !== binding || current.monitor.failure !== undefined)
    current = new SharedMonitor(binding);
  const shared = current;
  shared.take();
  let mine: (() => void) | undefined;
  try {
    return await work(shared.monitor, (listener) => {
      mine = listener;
      shared.listeners.add(listener);
      if (shared.monitor.hadPicture) listener();
    });
  } finally {
    if (mine !== undefined) shared.listeners.delete(mine);
    shared.giveBack();
  }
}
