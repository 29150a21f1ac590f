/** Readers in this process: slots that hold card emulators, each independent of the others. */
import type { CardEmulator } from '../../apdu/index.js';
import { UsageError } from '../../errors/index.js';
import { readerFailure, readerNotFound } from '../failures.js';
import {
  type ConnectOptions,
  type ReaderEvent,
  type ReaderService,
  type ReaderStatus,
  readerEvents,
} from '../service.js';
import { EmulatorChannel, type PaceHook } from './channel.js';
import { Slot } from './slot.js';

export interface EmulatorReaderOptions {
  readonly pace?: PaceHook;
}

/**
 * A reader service over card emulators. Cards and readers may come and go while channels are open.
 *
 * @example
 * const readers = new EmulatorReaderService();
 * readers.addReader('left', createSimulatedCard({ profile: 'uicc' }));
 * readers.addReader('right');
 * (await readers.list()).map(({ card }) => card) // → ['present', 'absent']
 * await readers.connect('right') // throws READER_EMPTY
 */
export class EmulatorReaderService implements ReaderService {
  readonly #slots = new Map<string, Slot>();
  readonly #watchers = new Set<() => void>();

  constructor(private readonly options: EmulatorReaderOptions = {}) {}

  /** @throws UsageError `USAGE_ARGUMENT` if a reader has that name already */
  addReader(name: string, card?: CardEmulator): void {
    if (this.#slots.has(name)) {
      throw new UsageError('USAGE_ARGUMENT', `a simulated reader is called "${name}" already`);
    }
    const slot = new Slot(name, () => this.changed());
    if (card !== undefined) slot.insert(card);
    this.#slots.set(name, slot);
    this.changed();
  }

  /** Unplugs a reader, with the card that may be in it. */
  removeReader(name: string): void {
    this.slot(name).eject('READER_VANISHED');
    this.#slots.delete(name);
    this.changed();
  }

  /** @throws UsageError `USAGE_ARGUMENT` if there is a card in the reader */
  insert(name: string, card: CardEmulator): void {
    const slot = this.slot(name);
    if (slot.insertion !== undefined) {
      throw new UsageError('USAGE_ARGUMENT', `there is a card in the simulated reader "${name}" already`);
    }
    slot.insert(card);
    this.changed();
  }

  /** Pulls the card out, even in the middle of an exchange, and returns it. */
  remove(name: string): CardEmulator | undefined {
    const card = this.slot(name).eject('READER_CARD_REMOVED');
    this.changed();
    return card;
  }

  async list(): Promise<ReaderStatus[]> {
    return [...this.#slots.values()].map((slot) => slot.status());
  }

  async connect(name: string, options: ConnectOptions = {}): Promise<EmulatorChannel> {
    const { share = 'exclusive', signal } = options;
    signal?.throwIfAborted();
    const slot = this.slot(name);
    const { insertion } = slot;
    if (insertion === undefined) throw readerFailure('READER_EMPTY', name, 'connect');
    const taken = share === 'exclusive' ? slot.holders.length > 0 : slot.holders.includes('exclusive');
    if (taken) throw readerFailure('READER_IN_USE', name, 'connect');
    if (options.protocol !== undefined && options.protocol !== insertion.card.protocol) {
      throw readerFailure('READER_PROTOCOL_MISMATCH', name, 'connect');
    }
    slot.holders.push(share);
    try {
      if (!insertion.powered) {
        await slot.contacts.run(() => slot.activate(insertion, 'powerOn', 'connect'));
      }
    } catch (error) {
      const index = slot.holders.indexOf(share);
      if (index >= 0) slot.holders.splice(index, 1);
      throw error;
    } finally {
      this.changed();
    }
    return new EmulatorChannel(slot, insertion, share, this.options.pace);
  }

  watch(listener: (event: ReaderEvent) => void, signal: AbortSignal): Promise<void> {
    let before: ReadonlyMap<string, ReaderStatus> = new Map();
    const report = () => {
      const after = new Map([...this.#slots].map(([name, slot]) => [name, slot.status()]));
      const events = readerEvents(before, after);
      before = after;
      for (const event of events) listener(event);
    };
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
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

  private slot(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw readerNotFound(name, [...this.#slots.keys()]);
    return slot;
  }

  private changed(): void {
    for (const report of this.#watchers) report();
  }
}
