/** A simulated card as a channel, and what went over it. */
import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { toHex } from '../../src/bytes/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';

export interface Emulated {
  readonly channel: CardChannel;
  readonly card: SimulatedCard;
  /** Commands so far, in hex; emptied by each call. */
  sent(): string[];
}

export async function emulated(profile: string, protocol?: Protocol): Promise<Emulated> {
  const card = createSimulatedCard({ profile, ...(protocol ? { protocol } : {}) });
  let commands: string[] = [];
  const atr = (await card.powerOn()) ?? new Uint8Array(0);
  const channel: CardChannel = {
    reader: `sim:${profile}`,
    atr,
    protocol: card.protocol,
    async transmit(command) {
      commands.push(toHex(command));
      const answer = await card.transmit(command);
      if (answer.kind !== 'response') throw new Error(answer.kind);
      return answer.response;
    },
    async reset() {
      await card.reset();
    },
    close: () => card.powerOff(),
  };
  const sent = () => {
    const taken = commands;
    commands = [];
    return taken;
  };
  return { channel, card, sent };
}
