/** A channel that writes down what passes through it. */
import {
  type CardChannel,
  type CommandApdu,
  encodeCommand,
  type Protocol,
  type ResponseApdu,
} from '../../apdu/index.js';
import { concat, uint16 } from '../../bytes/index.js';
import { SimbootError } from '../../errors/index.js';
import type { ReaderChannel, ShareMode } from '../service.js';
import { Annotator } from './annotate.js';
import { isSecured } from './follow.js';
import type { TraceSink } from './sink.js';

export interface RecorderOptions {
  /** Show the content of every file, secrets of a bootstrap included; keys and PINs stay hidden. */
  readonly reveal?: boolean;
  readonly clock?: RecorderClock;
}

export interface RecorderClock {
  /** The time of day. */
  now(): Date;
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
}

const SYSTEM_CLOCK: RecorderClock = { now: () => new Date(), monotonic: () => performance.now() };

/**
 * Wraps any channel. What the sink gets is safe to keep: see `annotate.ts` for what shows.
 *
 * @example
 * const [channel] = await openReader('sim:uicc');
 * const trace = openTrace('card.pcap');
 * const recorder = new Recorder(channel!, trace);
 * (await openCard(recorder)).mode // → '3g'
 * trace.close();
 */
export class Recorder implements ReaderChannel {
  readonly reader: string;
  readonly protocol: Protocol;
  readonly share: ShareMode;
  readonly #annotator: Annotator;
  /** Follows the files inside a secure channel, which the one for the wire cannot. */
  readonly #insider: Annotator;
  readonly #clock: RecorderClock;

  constructor(
    private readonly channel: CardChannel & Partial<Pick<ReaderChannel, 'share' | 'transaction'>>,
    private readonly sink: TraceSink,
    options: RecorderOptions = {},
  ) {
    this.reader = channel.reader;
    this.protocol = channel.protocol;
    this.share = channel.share ?? 'exclusive';
    this.#annotator = new Annotator(options.reveal ?? false);
    this.#insider = new Annotator(options.reveal ?? false);
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.noteAtr('connect');
  }

  get atr(): Uint8Array {
    return this.channel.atr;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const time = this.#clock.now();
    const start = this.#clock.monotonic();
    try {
      const response = await this.channel.transmit(command);
      this.note(time, start, command, response);
      return response;
    } catch (error) {
      this.note(time, start, command, undefined, error);
      throw error;
    }
  }

  async reset(): Promise<void> {
    await this.channel.reset();
    this.#annotator.reset();
    this.#insider.reset();
    this.noteAtr('reset');
  }

  /**
   * Shows what the last exchange was inside a secure channel, as openly as any other: keys and PINs never, the content
   * of files only if revealed. Nothing in a format that shows only the wire.
   */
  inside(command: CommandApdu, { data, sw }: ResponseApdu): void {
    const exchange = this.#insider.annotate(encodeCommand(command), concat(data, uint16(sw)));
    this.sink.inside?.({ reader: this.reader, time: this.#clock.now(), exchange });
  }

  /** That of the channel; a channel without one has its card to itself anyway. */
  transaction<T>(action: () => Promise<T>): Promise<T> {
    return this.channel.transaction === undefined ? action() : this.channel.transaction(action);
  }

  /** Closes the channel; the sink may serve other channels and stays open. */
  close(): Promise<void> {
    return this.channel.close();
  }

  private note(
    time: Date,
    start: number,
    command: Uint8Array,
    response: Uint8Array | undefined,
    error?: unknown,
  ): void {
    if (!isSecured(command[0] ?? 0)) this.#insider.annotate(command, response);
    this.sink.exchange({
      reader: this.reader,
      time,
      duration: this.#clock.monotonic() - start,
      exchange: this.#annotator.annotate(command, response),
      ...(error === undefined
        ? {}
        : { failure: error instanceof SimbootError ? error.code : 'internal error' }),
    });
  }

  private noteAtr(cause: 'connect' | 'reset'): void {
    const { reader, protocol } = this;
    this.sink.atr({ reader, time: this.#clock.now(), atr: this.atr, protocol, cause });
  }
}
