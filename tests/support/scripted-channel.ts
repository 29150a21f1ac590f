import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';

/** One expected exchange: the command and its answer, both in hex (spaces allowed). */
export type Exchange = readonly [command: string, response: string];

/** A card that answers exactly the expected commands, in order, and refuses anything else. */
export class ScriptedChannel implements CardChannel {
  readonly reader = 'scripted';
  readonly atr: Uint8Array;
  readonly protocol: Protocol;
  private at = 0;

  constructor(
    private readonly script: readonly Exchange[],
    options: { readonly protocol?: Protocol; readonly atr?: string } = {},
  ) {
    this.protocol = options.protocol ?? 'T=1';
    this.atr = fromHex(options.atr ?? '3B00');
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const expected = this.script[this.at];
    const got = toHex(command);
    const wanted = expected && toHex(fromHex(expected[0]));
    if (got !== wanted) throw new Error(`exchange ${this.at + 1}: expected ${wanted ?? 'none'}, got ${got}`);
    this.at++;
    return fromHex(expected![1]);
  }

  /** Fails unless every expected exchange took place. */
  assertDone(): void {
    if (this.at !== this.script.length) {
      throw new Error(
        `only ${this.at} of ${this.script.length} exchanges; next is ${this.script[this.at]?.[0]}`,
      );
    }
  }

  async reset(): Promise<void> {}
  async close(): Promise<void> {}
}
