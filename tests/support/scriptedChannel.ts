/** A channel that answers from a list, for tests of what wraps a channel. */
import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';

export class ScriptedChannel implements CardChannel {
  readonly atr = fromHex('3b9f96801fc78031a073be21136743200718000001a5');
  readonly #script: [string, string | Error][];

  /** @param script pairs of command and answer in hex, in order; an Error is thrown in place of an answer */
  constructor(
    script: readonly (readonly [command: string, answer: string | Error])[],
    readonly protocol: Protocol = 'T=1',
    readonly reader = 'Scripted 0',
  ) {
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
export async function play(
  channel: CardChannel,
  script: readonly (readonly [command: string, answer: string | Error])[],
): Promise<void> {
  for (const [command] of script) await channel.transmit(fromHex(command)).catch(() => undefined);
}
