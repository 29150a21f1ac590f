/** A channel that answers exactly the expected commands, in order: octets by hand, no card behind. */
import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';

/** One expected exchange, both sides in hex (spaces allowed); an Error is thrown in place of an answer. */
export type Exchange = readonly [command: string, answer: string | Error];

export class ScriptedChannel implements CardChannel {
  readonly reader = 'Scripted 0';
  readonly atr: Uint8Array;
  readonly #script: [string, string | Error][];

  constructor(
    script: readonly Exchange[],
    readonly protocol: Protocol = 'T=1',
    atr = '3b9f96801fc78031a073be21136743200718000001a5',
  ) {
    this.atr = fromHex(atr);
    this.#script = script.map(([command, answer]) => [toHex(fromHex(command)), answer]);
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const [expected, answer] = this.#script.shift() ?? ['nothing more', ''];
    if (toHex(command) !== expected) throw new Error(`the script expects ${expected}, got ${toHex(command)}`);
    if (answer instanceof Error) throw answer;
    return fromHex(answer);
  }

  async reset(): Promise<void> {}

  async close(): Promise<void> {}

  /** Fails if exchanges of the script were not made. */
  expectDone(): void {
    const left = this.#script.map(([command]) => command);
    if (left.length > 0) throw new Error(`not sent: ${left.join(', ')}`);
  }
}

/** Sends every command of the script. */
export async function play(channel: CardChannel, script: readonly Exchange[]): Promise<void> {
  for (const [command] of script) await channel.transmit(fromHex(command)).catch(() => undefined);
}
