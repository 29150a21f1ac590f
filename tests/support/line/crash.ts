/** A process that dies: from one call on, nothing that it does has an effect, and nothing is ever answered. */
import type { CardHandler, LineStore, StationHandle } from '../../../src/perso/index.js';
import type { ReaderService } from '../../../src/transport/index.js';
import type { FakeCard } from './fakes.js';

/** `before`: the last call does not happen; `after`: it happens, and nobody hears of it. */
export type Moment = 'before' | 'after';

const never = () => new Promise<never>(() => undefined);

export class Crash {
  calls = 0;
  readonly happened: Promise<void>;
  #happen!: () => void;

  /** @param at number of the call, from 1; 0 never */
  constructor(
    readonly at: number,
    readonly moment: Moment,
  ) {
    this.happened = new Promise((resolve) => {
      this.#happen = resolve;
    });
  }

  get dead(): boolean {
    return this.at > 0 && this.calls >= this.at;
  }

  async through<T>(call: () => Promise<T>): Promise<T> {
    if (this.dead) return never();
    this.calls++;
    if (!this.dead) return call();
    if (this.moment === 'after') await call().catch(() => undefined);
    this.#happen();
    return never();
  }

  store(store: LineStore): LineStore {
    return this.wrap(store, ['card', 'record', 'recordByKey', 'records', 'counts', 'recoverDead']);
  }

  station(station: StationHandle): StationHandle {
    return this.wrap(station, ['claim', 'apply', 'heartbeat', 'head']);
  }

  handler(handler: CardHandler): CardHandler {
    return this.wrap(handler, ['get', 'good', 'bad', 'reseat']);
  }

  readers(readers: ReaderService): ReaderService {
    return this.wrap(readers, ['connect', 'list']);
  }

  cards(cards: readonly FakeCard[]): void {
    for (const card of cards) {
      const transmit = card.transmit.bind(card);
      card.transmit = (command) => this.through(() => transmit(command));
    }
  }

  private wrap<T extends object>(target: T, names: readonly (keyof T)[]): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value = Reflect.get(object, name);
        if (typeof value !== 'function') return value;
        if (!names.includes(name as keyof T)) return value.bind(object);
        return (...args: unknown[]) => this.through(async () => value.apply(object, args));
      },
    });
  }
}
