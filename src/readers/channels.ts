/** Channels that only make sense where several readers are opened at once. */
import type { CardChannel, CommandApdu, Protocol, ResponseApdu } from '../apdu/index.js';
import type { ReaderError } from '../errors/index.js';
import type { ExchangeListener } from '../globalplatform/index.js';
import type { Recorder } from '../transport/index.js';

/** A reader that could not be opened: everything fails with the reason, so that the other readers can go on. */
export class UnopenedChannel implements CardChannel {
  readonly atr = new Uint8Array(0);
  readonly protocol: Protocol = 'T=1';

  constructor(
    readonly reader: string,
    private readonly reason: ReaderError,
  ) {}

  transmit(): Promise<Uint8Array> {
    return Promise.reject(this.reason);
  }

  reset(): Promise<void> {
    return Promise.reject(this.reason);
  }

  async close(): Promise<void> {}
}

/**
 * What shows the exchanges of a secure channel in the trace of its card, plain beside wrapped; nothing if the card has
 * no trace. The content of files and keys shows as little as elsewhere.
 */
export function plainTrace(channel: CardChannel): ExchangeListener | undefined {
  if (!(channel instanceof TracedChannel)) return undefined;
  return ({ plain, plainResponse }) => channel.inside(plain, plainResponse);
}

/** A recorded channel that tells, once, when it was closed. */
export class TracedChannel implements CardChannel {
  readonly reader: string;
  readonly protocol: Protocol;
  #isOpen = true;

  constructor(
    private readonly recorder: Recorder,
    private readonly closed: () => void,
  ) {
    this.reader = recorder.reader;
    this.protocol = recorder.protocol;
  }

  get atr(): Uint8Array {
    return this.recorder.atr;
  }

  transmit(command: Uint8Array): Promise<Uint8Array> {
    return this.recorder.transmit(command);
  }

  reset(): Promise<void> {
    return this.recorder.reset();
  }

  /** As `Recorder.inside`. */
  inside(command: CommandApdu, response: ResponseApdu): void {
    this.recorder.inside(command, response);
  }

  async close(): Promise<void> {
    const isFirst = this.#isOpen;
    this.#isOpen = false;
    await this.recorder.close();
    if (isFirst) this.closed();
  }
}
