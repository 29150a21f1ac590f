/** A channel to a card emulator in this process. */
import type { Protocol } from '../../apdu/index.js';
import { GuardedChannel } from '../channel.js';
import type { ShareMode } from '../service.js';
import type { Insertion, Slot } from './slot.js';

/** Called after each exchange, before its answer is given: a real-time delay, or a count. */
export type PaceHook = (reader: string, command: Uint8Array, response: Uint8Array) => Promise<void> | void;

/** A channel to a card emulator in this process; `EmulatorReaderService.connect` makes it. */
export class EmulatorChannel extends GuardedChannel {
  readonly reader: string;
  readonly protocol: Protocol;
  #inTransaction = false;

  constructor(
    private readonly slot: Slot,
    private readonly insertion: Insertion,
    readonly share: ShareMode,
    private readonly pace: PaceHook | undefined,
  ) {
    super();
    this.reader = slot.name;
    this.protocol = insertion.card.protocol;
  }

  get atr(): Uint8Array {
    return this.insertion.atr ?? new Uint8Array(0);
  }

  protected exchange(command: Uint8Array): Promise<Uint8Array> {
    return this.onContacts(async () => {
      const response = await this.slot.exchange(this.insertion, command);
      const wait = this.pace?.(this.reader, command, response);
      if (wait !== undefined) await this.slot.work(this.insertion, 'exchange', () => wait);
      return response;
    });
  }

  protected async warmReset(): Promise<void> {
    await this.onContacts(() => this.slot.activate(this.insertion, 'reset', 'reset'));
  }

  protected exclusively<T>(action: () => Promise<T>): Promise<T> {
    return this.onContacts(async () => {
      this.#inTransaction = true;
      try {
        return await action();
      } finally {
        this.#inTransaction = false;
      }
    });
  }

  /** Only the last one out switches off, and only if the card is still the same. */
  protected async release(): Promise<void> {
    if (this.insertion.gone !== undefined) return;
    const index = this.slot.holders.indexOf(this.share);
    if (index >= 0) this.slot.holders.splice(index, 1);
    if (this.slot.holders.length > 0) return;
    this.insertion.powered = false;
    await this.insertion.card.powerOff();
  }

  private onContacts<T>(work: () => Promise<T>): Promise<T> {
    return this.#inTransaction ? work() : this.slot.contacts.run(work);
  }
}
