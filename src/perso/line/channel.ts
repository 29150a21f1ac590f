/** The channel that the work on a card gets: it counts, and refuses for ever once the line says stop. */
import type { CardChannel, Protocol } from '../../apdu/index.js';
import { ReaderError } from '../../errors/index.js';

export class LineChannel implements CardChannel {
  readonly reader: string;
  readonly protocol: Protocol;
  #revoked = false;

  /** @param exchanged told of every exchange that begins */
  constructor(
    private readonly channel: CardChannel,
    private readonly exchanged: () => void,
  ) {
    this.reader = channel.reader;
    this.protocol = channel.protocol;
  }

  get atr(): Uint8Array {
    return this.channel.atr;
  }

  /** @throws ReaderError `READER_CLOSED` once revoked: no octet reaches the card after that */
  async transmit(command: Uint8Array): Promise<Uint8Array> {
    this.check();
    this.exchanged();
    const answer = await this.channel.transmit(command);
    this.check();
    return answer;
  }

  async reset(): Promise<void> {
    this.check();
    await this.channel.reset();
  }

  /** From now on nothing passes. */
  revoke(): void {
    this.#revoked = true;
  }

  async close(): Promise<void> {
    this.#revoked = true;
    await this.channel.close();
  }

  private check(): void {
    if (this.#revoked) {
      throw new ReaderError('READER_CLOSED', `the line gave the card in ${this.reader} up`);
    }
  }
}
