/** A channel that tells what happens on it: a secure channel dies when somebody else resets or uses its card. */
import type { Protocol } from './command.js';
import type { CardChannel } from './ports.js';

/** Hears of an event before it happens; must not throw. */
export interface ChannelObserver {
  /** A command is about to go out. */
  transmitting(command: Uint8Array): void;
  /** The card is about to be reset. */
  resetting(): void;
  /** The channel is about to be closed. */
  closing(): void;
}

/** Wraps a channel. Whoever shares the card should share this object, so that nothing goes unheard. */
export class ObservedChannel implements CardChannel {
  readonly #observers = new Set<ChannelObserver>();

  constructor(private readonly inner: CardChannel) {}

  get reader(): string {
    return this.inner.reader;
  }

  get atr(): Uint8Array {
    return this.inner.atr;
  }

  get protocol(): Protocol {
    return this.inner.protocol;
  }

  /** Adds an observer; the returned function takes it off. */
  observe(observer: ChannelObserver): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  transmit(command: Uint8Array): Promise<Uint8Array> {
    for (const observer of [...this.#observers]) observer.transmitting(command);
    return this.inner.transmit(command);
  }

  reset(): Promise<void> {
    for (const observer of [...this.#observers]) observer.resetting();
    return this.inner.reset();
  }

  close(): Promise<void> {
    for (const observer of [...this.#observers]) observer.closing();
    return this.inner.close();
  }
}

/**
 * The channel itself where it can be observed already, otherwise an observed view of it.
 *
 * @example
 * const [channel] = await openReader('sim:uicc');
 * const observed = observe(channel!);
 * observe(observed) === observed // → true
 */
export function observe(channel: CardChannel): ObservedChannel {
  return channel instanceof ObservedChannel ? channel : new ObservedChannel(channel);
}
