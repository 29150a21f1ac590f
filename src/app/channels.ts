/** Channels that only make sense where several readers are opened at once. */
import type { CardChannel, Protocol } from '../apdu/index.js';
import type { ReaderError } from '../errors/index.js';
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

  async close(): Promise<void> {
    const isFirst = this.#isOpen;
    this.#isOpen = false;
    await this.recorder.close();
    if (isFirst) this.closed();
  }
}
