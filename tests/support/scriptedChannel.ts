/** A channel that knows by heart what is asked and what it answers: octets written by hand, no card behind. */
import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';

export class ScriptedChannel implements CardChannel {
  readonly reader = 'script';
  readonly atr = Uint8Array.of(0x3b, 0x00);
  private at = 0;

  /** @param script pairs of hex: the command expected next (blanks allowed), the answer with its status word */
  constructor(
    private readonly script: readonly (readonly [command: string, answer: string])[],
    readonly protocol: Protocol = 'T=1',
  ) {}

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const step = this.script[this.at++];
    if (step === undefined) throw new Error(`exchange ${this.at} is not in the script: ${toHex(command)}`);
    const expected = step[0].replace(/\s/g, '').toLowerCase();
    if (toHex(command) !== expected) {
      throw new Error(`exchange ${this.at}: expected ${expected}, got ${toHex(command)}`);
    }
    return fromHex(step[1]);
  }

  async reset(): Promise<void> {}
  async close(): Promise<void> {}

  /** Fails if exchanges of the script were not made. */
  expectDone(): void {
    const left = this.script.slice(this.at).map(([command]) => command);
    if (left.length > 0) throw new Error(`not sent: ${left.join(', ')}`);
  }
}
