/** A card that answers exactly the expected commands, in order: octets by hand, no card behind. */
import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';

/** One expected exchange, both sides in hex (spaces allowed). */
export type Exchange = readonly [command: string, answer: string];

export class ScriptedCard implements CardChannel {
  readonly reader = 'scripted card';
  readonly atr: Uint8Array;
  private at = 0;

  constructor(
    private readonly script: readonly Exchange[],
    readonly protocol: Protocol = 'T=1',
    atr = '3B00',
  ) {
    this.atr = fromHex(atr);
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const step = this.script[this.at];
    const [got, expected] = [toHex(command), step && toHex(fromHex(step[0]))];
    if (!step || got !== expected) {
      throw new Error(`exchange ${this.at + 1}: expected ${expected ?? 'none'}, got ${got}`);
    }
    this.at++;
    return fromHex(step[1]);
  }

  /** Fails unless every expected exchange took place. */
  expectDone(): void {
    const left = this.script.slice(this.at).map(([command]) => command);
    if (left.length > 0) throw new Error(`not sent: ${left.join(', ')}`);
  }

  async reset(): Promise<void> {}
  async close(): Promise<void> {}
}
