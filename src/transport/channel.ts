/** What every channel promises, whatever carries it: one exchange at a time, and after a failure it refuses for ever. */
import type { Protocol } from '../apdu/index.js';
import { DataError, ReaderError, type ReaderErrorCode } from '../errors/index.js';
import type { ReaderChannel, ShareMode } from './service.js';

/** Base of the channels. A carrier adds the exchange itself, the reset and the giving back. */
export abstract class GuardedChannel implements ReaderChannel {
  abstract readonly reader: string;
  abstract readonly protocol: Protocol;
  abstract readonly share: ShareMode;
  abstract readonly atr: Uint8Array;

  #turn: Promise<unknown> = Promise.resolve();
  #failure: ReaderError | undefined;
  #closing: Promise<void> | undefined;

  protected abstract exchange(command: Uint8Array): Promise<Uint8Array>;
  protected abstract warmReset(): Promise<void>;
  /** @param broken whether the channel failed before, so that the card may be gone */
  protected abstract release(broken: boolean): Promise<void>;
  protected abstract exclusively<T>(action: () => Promise<T>): Promise<T>;

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    if (command.length < 4) {
      throw new DataError('DATA_APDU', `a command APDU has at least four octets, this one ${command.length}`);
    }
    return this.inTurn(() => this.exchange(command));
  }

  async reset(): Promise<void> {
    return this.inTurn(() => this.warmReset());
  }

  async transaction<T>(action: () => Promise<T>): Promise<T> {
    this.refuseIfClosed();
    this.refuseIfFailed();
    return this.exclusively(action);
  }

  close(): Promise<void> {
    this.#closing ??= this.#turn.then(() => this.release(this.#failure !== undefined));
    return this.#closing;
  }

  /** Runs after everything that was asked before; a reader error ends the channel. */
  protected async inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.refuseIfClosed();
    const result = this.#turn.then(async () => {
      this.refuseIfFailed();
      try {
        return await work();
      } catch (error) {
        if (error instanceof ReaderError) this.#failure ??= error;
        throw error;
      }
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  private refuseIfFailed(): void {
    if (this.#failure === undefined) return;
    throw new ReaderError(
      this.#failure.code as ReaderErrorCode,
      `the connection to ${this.reader} ended earlier: ${this.#failure.message}`,
      { cause: this.#failure, details: { reader: this.reader }, next: this.#failure.next },
    );
  }

  private refuseIfClosed(): void {
    if (this.#closing !== undefined) {
      throw new ReaderError('READER_CLOSED', `the connection to ${this.reader} is closed`, {
        details: { reader: this.reader },
      });
    }
  }
}
