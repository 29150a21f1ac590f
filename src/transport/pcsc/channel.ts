/** A channel to a card over PC/SC. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Protocol } from '../../apdu/index.js';
import { GuardedChannel } from '../channel.js';
import { readerFailure } from '../failures.js';
import type { ShareMode } from '../service.js';
import type { NativeBinding, NativeReader } from './binding.js';
import { pcscFailure, SCARD } from './codes.js';
import { connect, disconnect, giveBackConnection, transmit } from './connections.js';
import { emptyAnswer, readerError } from './translate.js';

/** How long a transaction of a shared channel waits for other programs to let go, in milliseconds. */
const TRANSACTION_WAIT = 5_000;

export interface PcscConnection {
  readonly binding: NativeBinding;
  readonly native: NativeReader;
  readonly share: ShareMode;
  readonly protocol: Protocol;
  readonly atr: Uint8Array;
  /** The ATR after a reset. */
  readonly readAtr: () => Promise<Uint8Array>;
}

export function nativeShare(share: ShareMode): number {
  return share === 'exclusive' ? SCARD.SHARE_EXCLUSIVE : SCARD.SHARE_SHARED;
}

export function nativeProtocol(protocol: Protocol): number {
  return protocol === 'T=0' ? SCARD.PROTOCOL_T0 : SCARD.PROTOCOL_T1;
}

/** A channel to a card in a PC/SC reader; `PcscReaderService.connect` makes it. */
export class PcscChannel extends GuardedChannel {
  readonly reader: string;
  readonly protocol: Protocol;
  readonly share: ShareMode;
  #atr: Uint8Array;

  constructor(private readonly connection: PcscConnection) {
    super();
    this.reader = connection.native.name;
    this.protocol = connection.protocol;
    this.share = connection.share;
    this.#atr = connection.atr;
  }

  get atr(): Uint8Array {
    return this.#atr;
  }

  protected async exchange(command: Uint8Array): Promise<Uint8Array> {
    const { native } = this.connection;
    const answer = await this.named('exchange', () =>
      transmit(native, command, nativeProtocol(this.protocol)),
    );
    if (answer.length === 0) throw await emptyAnswer(this.connection.binding, this.reader);
    return answer;
  }

  /** The binding has no reconnect: let go with a reset, and take the card again at once. */
  protected async warmReset(): Promise<void> {
    const { native } = this.connection;
    await this.named('reset', async () => {
      await disconnect(native, SCARD.RESET_CARD);
      await connect(native, nativeShare(this.share), nativeProtocol(this.protocol));
    });
    this.#atr = await this.connection.readAtr();
  }

  /**
   * An exclusive channel is one long transaction. The binding has no SCardBeginTransaction, so a shared channel takes
   * the card exclusively for the time of the action, without resetting it.
   */
  protected async exclusively<T>(action: () => Promise<T>): Promise<T> {
    if (this.share === 'exclusive') return action();
    const taken = await this.inTurn(() => this.takeExclusively());
    if (!taken) throw readerFailure('READER_IN_USE', this.reader, 'transaction');
    try {
      return await action();
    } finally {
      await this.inTurn(() => this.named('transaction', () => this.switchTo('shared')));
    }
  }

  private async takeExclusively(): Promise<boolean> {
    const deadline = performance.now() + TRANSACTION_WAIT;
    return this.named('transaction', async () => {
      await disconnect(this.connection.native, SCARD.LEAVE_CARD);
      for (;;) {
        if (await this.attempt('exclusive')) return true;
        if (performance.now() > deadline) break;
        await sleep(20);
      }
      await connect(this.connection.native, nativeShare('shared'), nativeProtocol(this.protocol));
      return false;
    });
  }

  private async attempt(share: ShareMode): Promise<boolean> {
    try {
      await connect(this.connection.native, nativeShare(share), nativeProtocol(this.protocol));
      return true;
    } catch (error) {
      if (pcscFailure(error as Error).code === 'READER_IN_USE') return false;
      throw error;
    }
  }

  private async switchTo(share: ShareMode): Promise<void> {
    await disconnect(this.connection.native, SCARD.LEAVE_CARD);
    await connect(this.connection.native, nativeShare(share), nativeProtocol(this.protocol));
  }

  /** A card that we alone held is switched off, so that no PIN stays presented. */
  protected async release(): Promise<void> {
    const { native } = this.connection;
    const disposition = this.share === 'exclusive' ? SCARD.UNPOWER_CARD : SCARD.LEAVE_CARD;
    try {
      await disconnect(native, disposition);
    } catch {
      // The card, the reader or the service is gone: there is nothing to give back, and the connection is not reused.
      return;
    }
    giveBackConnection(native);
  }

  private async named<T>(during: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await readerError(this.connection.binding, error as Error, this.reader, during);
    }
  }
}
