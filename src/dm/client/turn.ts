/** One step of the client while it is computed: the state so far and the actions so far. */
import type { ClientAction } from './actions.js';
import type { ClientState } from './client-state.js';
import type { ClientEnvironment } from './environment.js';

/** Made for one call of `nextClientStep` and dropped after it; what it was given is never changed. */
export class Turn {
  readonly actions: ClientAction[] = [];
  constructor(
    readonly before: ClientState,
    readonly env: ClientEnvironment,
    private current: ClientState = before,
  ) {}

  get state(): ClientState {
    return this.current;
  }

  update(patch: Partial<ClientState>): void {
    this.current = { ...this.current, ...patch };
  }

  act(action: ClientAction): void {
    this.actions.push(action);
  }

  note(
    level: 'info' | 'warning' | 'error',
    code: string,
    message: string,
    details?: Readonly<Record<string, string | number | boolean>>,
  ): void {
    this.act({ type: 'note', level, code, message, ...(details === undefined ? {} : { details }) });
  }

  /** An id that no action of this device had before. */
  newId(): string {
    const lastId = this.state.lastId + 1;
    this.update({ lastId });
    return `${this.state.epoch}-${lastId}`;
  }
}

/** A map with one entry set. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

/** A map without one entry; the same map where it has none. */
export function withoutEntry<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
