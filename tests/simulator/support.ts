import { fromHex, toHex } from '../../src/bytes/index.js';
import {
  createSimulatedCard,
  type SimulatedCard,
  type SimulatedCardOptions,
} from '../../src/simulator/index.js';

/** A card with power. */
export async function insert(
  profile: string,
  options: Partial<SimulatedCardOptions> = {},
): Promise<SimulatedCard> {
  const card = createSimulatedCard({ profile, ...options });
  await card.powerOn();
  return card;
}

/** One exchange in hex; `mute` or `removed` where there was no response. */
export async function send(card: SimulatedCard, hex: string): Promise<string> {
  const answer = await card.transmit(fromHex(hex));
  return answer.kind === 'response' ? toHex(answer.response).toUpperCase() : answer.kind;
}

/** Several exchanges, each expected to be done (9000, 61xx or 9Fxx). */
export async function run(card: SimulatedCard, ...commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const response = await send(card, command);
    if (!/(9000|61..|9F..)$/.test(response)) throw new Error(`${command}: ${response}`);
  }
}
