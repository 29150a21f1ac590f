/** One simulated slot: the card in it, who holds it, and what happens when it is pulled out. */
import type { CardEmulator, EmulatorAnswer } from '../../apdu/index.js';
import { readerFailure } from '../failures.js';
import { Mutex } from '../mutex.js';
import type { ReaderStatus, ShareMode } from '../service.js';

/** One card from its insertion to its removal. A channel belongs to one insertion and dies with it. */
export interface Insertion {
  readonly card: CardEmulator;
  /** Set when the card or the reader is gone; every later use fails with it. */
  gone?: 'READER_CARD_REMOVED' | 'READER_VANISHED';
  /** Fails the exchange under way, if there is one. */
  interrupt?: () => void;
  atr?: Uint8Array;
  mute: boolean;
  powered: boolean;
}

export class Slot {
  insertion: Insertion | undefined;
  holders: ShareMode[] = [];
  /** Exchanges of several shared channels take turns, as on one set of contacts. */
  readonly contacts = new Mutex();

  /** @param changed told when a card leaves by itself */
  constructor(
    readonly name: string,
    private readonly changed: () => void = () => undefined,
  ) {}

  status(): ReaderStatus {
    const { insertion } = this;
    const use = this.holders.includes('exclusive')
      ? 'exclusive'
      : this.holders.length > 0
        ? 'shared'
        : 'free';
    return {
      name: this.name,
      card: insertion === undefined ? 'absent' : insertion.mute ? 'mute' : 'present',
      use,
      ...(insertion?.atr === undefined ? {} : { atr: insertion.atr }),
    };
  }

  insert(card: CardEmulator): void {
    this.insertion = { card, mute: false, powered: false };
  }

  /** The card leaves: an exchange under way fails at once. */
  eject(code: 'READER_CARD_REMOVED' | 'READER_VANISHED'): CardEmulator | undefined {
    const { insertion } = this;
    if (insertion === undefined) return undefined;
    this.insertion = undefined;
    this.holders = [];
    insertion.gone = code;
    insertion.interrupt?.();
    return insertion.card;
  }

  /**
   * Cold or warm reset; notes the ATR, or that the card is mute.
   *
   * @throws ReaderError `READER_CARD_MUTE`, or why the card is gone
   */
  async activate(insertion: Insertion, how: 'powerOn' | 'reset', during: string): Promise<Uint8Array> {
    const atr = await this.work(insertion, during, () => insertion.card[how]());
    insertion.mute = atr === undefined || atr.length === 0;
    // A card without an answer has no power: who connects next tries again.
    insertion.powered = !insertion.mute;
    if (atr === undefined || atr.length === 0) throw readerFailure('READER_CARD_MUTE', this.name, during);
    insertion.atr = atr;
    return atr;
  }

  /** Anything that the card does, cut short if it leaves meanwhile. */
  work<T>(insertion: Insertion, during: string, action: () => Promise<T>): Promise<T> {
    if (insertion.gone !== undefined) {
      return Promise.reject(readerFailure(insertion.gone, this.name, during));
    }
    return new Promise<T>((resolve, reject) => {
      insertion.interrupt = () =>
        reject(readerFailure(insertion.gone ?? 'READER_CARD_REMOVED', this.name, during));
      action().then(resolve, reject);
    }).finally(() => {
      delete insertion.interrupt;
    });
  }

  /** One exchange; a card that leaves the reader by itself empties the slot. */
  async exchange(insertion: Insertion, command: Uint8Array): Promise<Uint8Array> {
    const answer: EmulatorAnswer = await this.work(insertion, 'exchange', () =>
      insertion.card.transmit(command),
    );
    if (answer.kind === 'response') return answer.response;
    if (answer.kind === 'mute') throw readerFailure('READER_CARD_MUTE', this.name, 'exchange');
    if (this.insertion === insertion) {
      this.eject('READER_CARD_REMOVED');
      this.changed();
    }
    throw readerFailure('READER_CARD_REMOVED', this.name, 'exchange');
  }
}
