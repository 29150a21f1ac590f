/** A farm in this process: no socket, and time that a test or a dry run decides. */
import type { Protocol } from '../../apdu/index.js';
import { UsageError } from '../../errors/index.js';
import {
  type ConnectOptions,
  GuardedChannel,
  type ReaderChannel,
  type ReaderEvent,
  type ReaderService,
  type ReaderStatus,
  readerEvents,
  type ShareMode,
} from '../../transport/index.js';
import { Farm } from './farm.js';
import { parseFarmFault } from './faults.js';
import type { ServeFarmOptions } from './serve.js';
import type { FarmCardView, FarmMove, FarmStatus } from './types.js';

/** Readers whose cards a handler moves. */
export interface FarmReaders extends ReaderService {
  /** Moves the card of a slot; `false` where there was nothing to move. */
  move(slot: string, move: FarmMove): Promise<boolean>;
}

export interface LocalFarmOptions extends Omit<ServeFarmOptions, 'socket' | 'state'> {
  /** Milliseconds that only go forward; those of this process unless told. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** Simulated readers with a stack of blanks. */
export class LocalFarm implements FarmReaders {
  readonly #farm: Farm;
  readonly #watchers = new Set<() => void>();

  /** @throws UsageError for numbers, profiles and faults that make no farm */
  constructor(options: LocalFarmOptions) {
    const { speed = 1, handling = 0, seed = 1, profile = 'uicc-line', wrongProfile = 'sim-line' } = options;
    if (!(speed >= 0 && Number.isFinite(speed))) {
      throw new UsageError('USAGE_ARGUMENT', `the speed of a farm is 0 or more, not ${speed}`);
    }
    this.#farm = new Farm({
      slots: options.slots,
      stock: {
        ...{ cards: options.cards, profile, wrongProfile, seed },
        faults: (options.faults ?? []).map(parseFarmFault),
        ...(options.iccids === undefined ? {} : { iccids: options.iccids }),
      },
      ...{ speed, handling },
      now: options.now ?? (() => performance.now()),
      sleep: options.sleep ?? ((milliseconds) => new Promise((done) => setTimeout(done, milliseconds))),
      onChange: () => {
        for (const report of this.#watchers) report();
      },
    });
  }

  async list(): Promise<ReaderStatus[]> {
    return this.#farm.list();
  }

  async connect(name: string, options: ConnectOptions = {}): Promise<ReaderChannel> {
    const { protocol, signal } = options;
    signal?.throwIfAborted();
    const held = await this.#farm.connect(this, name, protocol);
    const channel = new LocalFarmChannel(this.#farm, this, name, held);
    if (signal?.aborted === true) {
      await channel.close();
      signal.throwIfAborted();
    }
    return channel;
  }

  watch(listener: (event: ReaderEvent) => void, signal: AbortSignal): Promise<void> {
    let before: ReadonlyMap<string, ReaderStatus> = new Map();
    const report = (): void => {
      const after = new Map(this.#farm.list().map((slot) => [slot.name, slot]));
      const events = readerEvents(before, after);
      before = after;
      for (const event of events) listener(event);
    };
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.add(report);
      signal.addEventListener(
        'abort',
        () => {
          this.#watchers.delete(report);
          resolve();
        },
        { once: true },
      );
      report();
    });
  }

  move(slot: string, move: FarmMove): Promise<boolean> {
    return this.#farm.move(slot, move);
  }

  /** Arms a fault on a card, `CARD=KIND[@EXCHANGE][:DETAIL]`; exchanges count from now. @throws UsageError */
  fault(text: string): void {
    const order = parseFarmFault(text);
    if (!('card' in order)) throw new UsageError('USAGE_SIMULATOR_OPTION', `"${text}" names no card`);
    this.#farm.strike(order.card, order.fault);
  }

  status(): FarmStatus {
    return this.#farm.status(1);
  }

  /** Cards after a number, in the order of the stack. */
  cards(after = 0, limit = Number.MAX_SAFE_INTEGER): FarmCardView[] {
    return this.#farm.cards(after, limit);
  }
}

class LocalFarmChannel extends GuardedChannel {
  readonly share: ShareMode = 'exclusive';
  readonly protocol: Protocol;
  readonly #session: number;
  #atr: Uint8Array;

  constructor(
    private readonly farm: Farm,
    private readonly client: object,
    readonly reader: string,
    held: { readonly session: number; readonly atr: Uint8Array; readonly protocol: Protocol },
  ) {
    super();
    this.#session = held.session;
    this.#atr = held.atr;
    this.protocol = held.protocol;
  }

  get atr(): Uint8Array {
    return this.#atr.slice();
  }

  protected exchange(command: Uint8Array): Promise<Uint8Array> {
    return this.farm.transmit(this.client, this.#session, command);
  }

  protected async warmReset(): Promise<void> {
    this.#atr = await this.farm.reset(this.client, this.#session);
  }

  protected release(): Promise<void> {
    return this.farm.close(this.client, this.#session);
  }

  protected exclusively<T>(action: () => Promise<T>): Promise<T> {
    return action();
  }
}
