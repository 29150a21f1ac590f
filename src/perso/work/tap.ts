/**
 * The channel of a card as the work sees it: it counts exchanges, refuses once the line has given up waiting, and has
 * somebody told before the first command that may change the card.
 */
import { ApduProcessor, type CardChannel, type Protocol } from '../../apdu/index.js';
import type { Card } from '../../card/index.js';
import { ReaderError } from '../../errors/index.js';

/**
 * Instructions that leave the card as it is (TS 102 221 table 10.5, GPC 2.3.1 §11.1.4): SELECT, READ, SEARCH, STATUS,
 * VERIFY, GET DATA, GET RESPONSE, GET CHALLENGE, MANAGE CHANNEL, AUTHENTICATE, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE.
 */
const LEAVES_AS_IT_IS: ReadonlySet<number> = new Set([
  0xa4, 0xb0, 0xb2, 0xa2, 0xf2, 0x20, 0xca, 0xcb, 0xc0, 0x84, 0x70, 0x88, 0x89, 0x50, 0x82,
]);

export class Tap implements CardChannel {
  readonly reader: string;
  readonly protocol: Protocol;
  /** Exchanges so far. */
  exchanges = 0;
  /** Ends what is going on when it is aborted. */
  signal: AbortSignal | undefined;
  /** Awaited once, before the first command that may change the card. */
  beforeChange: (() => Promise<void>) | undefined;
  /** A card that `identify` opened and left at its MF. */
  opened: Card | undefined;
  /** For commands below the card's file system. */
  readonly processor = new ApduProcessor(this);

  constructor(private readonly inner: CardChannel) {
    this.reader = inner.reader;
    this.protocol = inner.protocol;
  }

  get atr(): Uint8Array {
    return this.inner.atr;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    this.#refuseIfAborted();
    const tell = this.beforeChange;
    if (tell !== undefined && !LEAVES_AS_IT_IS.has(command[1]!)) {
      this.beforeChange = undefined;
      await tell();
      this.#refuseIfAborted();
    }
    this.exchanges++;
    return this.inner.transmit(command);
  }

  #refuseIfAborted(): void {
    if (!this.signal?.aborted) return;
    throw new ReaderError('READER_CLOSED', `the work on the card in ${this.reader} was broken off`);
  }

  reset(): Promise<void> {
    this.opened = undefined;
    return this.inner.reset();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
