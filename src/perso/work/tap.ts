/** The channel of a card as the work sees it: it counts exchanges, and refuses once the line has given up waiting. */
import { ApduProcessor, type CardChannel, type Protocol } from '../../apdu/index.js';
import type { Card } from '../../card/index.js';
import { ReaderError } from '../../errors/index.js';

export class Tap implements CardChannel {
  readonly reader: string;
  readonly protocol: Protocol;
  /** Exchanges so far. */
  exchanges = 0;
  /** Ends what is going on when it is aborted. */
  signal: AbortSignal | undefined;
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
    if (this.signal?.aborted) {
      throw new ReaderError('READER_CLOSED', `the work on the card in ${this.reader} was broken off`);
    }
    this.exchanges++;
    return this.inner.transmit(command);
  }

  reset(): Promise<void> {
    this.opened = undefined;
    return this.inner.reset();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
