/** What the demonstration tells: one step after the other, each with the octets behind it. */
import type { CardChannel, CardEmulator } from '../../apdu/index.js';
import { toHex } from '../../bytes/index.js';
import { EmulatorReaderService, Recorder, type TraceSink } from '../../transport/index.js';

export interface DemoOptions {
  readonly clock: { now(): Date };
  readonly random: (length: number) => Uint8Array;
}

/** One exchange as it may be shown: keys, PINs and documents appear as a length. */
export interface ShownExchange {
  readonly title: string;
  readonly command: string;
  readonly answer: string;
  readonly meaning: string;
}

export interface DemoStep {
  readonly id: string;
  readonly title: string;
  /** Plain words: what happens and why. */
  readonly told: string;
  /** What came out, one fact a line. */
  readonly results: readonly string[];
  readonly exchanges: readonly ShownExchange[];
  /** A sequence diagram. */
  readonly picture?: string;
}

/** A simulated card in a reader of its own, with a record of everything that passes. */
export class DemoReader {
  readonly #service = new EmulatorReaderService();
  #exchanges: ShownExchange[] = [];

  constructor(
    readonly name: string,
    private readonly card: CardEmulator,
  ) {
    this.#service.addReader(name, card);
  }

  /** An open channel; whoever asks closes it. */
  async connect(): Promise<CardChannel> {
    return new Recorder(await this.#service.connect(this.name), this.sink());
  }

  /** Runs with an open channel and closes it, whatever happens. */
  async use<T>(run: (channel: CardChannel) => Promise<T>): Promise<T> {
    const channel = await this.connect();
    try {
      return await run(channel);
    } finally {
      await channel.close();
    }
  }

  /** Puts the card back after it was torn out. */
  reinsert(): void {
    this.#service.insert(this.name, this.card);
  }

  /** The exchanges since the last call. */
  takeExchanges(): readonly ShownExchange[] {
    const taken = this.#exchanges;
    this.#exchanges = [];
    return taken;
  }

  private sink(): TraceSink {
    return {
      atr: () => undefined,
      exchange: ({ exchange, failure }) => {
        this.#exchanges.push({
          title: exchange.title,
          command: shown(exchange.command),
          answer: exchange.answer ? shown(exchange.answer) : '',
          meaning: exchange.meaning ?? failure ?? '',
        });
      },
      close: () => undefined,
    };
  }
}

function shown({ bytes, from, hidden }: { bytes: Uint8Array; from: number; hidden: number }): string {
  if (hidden === 0) return toHex(bytes);
  return `${toHex(bytes.subarray(0, from))}[${hidden} octets hidden]${toHex(bytes.subarray(from + hidden))}`;
}

/** A plain error: the demonstration runs on its own cards, so this can only be a defect. */
export function unexpected(what: string): Error {
  return new Error(`demonstration: ${what}`);
}
