import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { repeatable } from '../support/fuzz.js';
import { type Host, hex, unhex } from './reference.js';
import { DOMAIN, HOST_CHALLENGE, octet, open, PKCS15, send } from './support.js';

type Random = (below: number) => number;
const INSTRUCTIONS = [
  0x20, 0x50, 0x70, 0x78, 0x7a, 0x82, 0xa4, 0xb0, 0xc0, 0xca, 0xd6, 0xd8, 0xe2, 0xe4, 0xf2,
];
const CLASSES = [0x00, 0x01, 0x04, 0x05, 0x0c, 0x60, 0x80, 0x81, 0x84, 0x85, 0xa0, 0xc0, 0xe0];
const SEEDS = [
  `00A4040C08${DOMAIN}`,
  `00A4040C0C${PKCS15}`,
  `8050000008${HOST_CHALLENGE.slice(0, 16)}00`,
  `8482330010${HOST_CHALLENGE}`,
  '80CA006600',
  '80CA2F00025C0000',
  `80D8008129${`3188101122334455667788991122334455667703ABCDEF`.repeat(2)}`,
  '80E29000054203001122',
  '80E4000003D2013000',
  '80F24002024F0000',
].map((command) => unhex(command));

const octets = (random: Random, most: number) => Uint8Array.from({ length: random(most) }, () => random(256));

/** Data objects, key fields and noise: what the commands of a domain take apart. */
function content(random: Random): Uint8Array {
  const seed = SEEDS[random(SEEDS.length)]!.slice(5);
  if (seed.length > 0) seed[random(seed.length)] = random(256);
  return random(3) === 0
    ? octets(random, 120)
    : seed.slice(0, random(2) === 0 ? seed.length : random(seed.length + 1));
}

function inClear(random: Random): Uint8Array {
  const command = SEEDS[random(SEEDS.length)]!.slice();
  command[random(command.length)] = random(256);
  if (random(4) === 0) command[0] = CLASSES[random(CLASSES.length)]!;
  return random(5) === 0 ? command.slice(0, random(command.length + 1)) : command;
}

/** Well protected nonsense: it gets past the MAC, to the commands themselves. */
function wrapped(random: Random, host: Host, withLe: boolean): Uint8Array {
  const ins = random(4) === 0 ? random(256) : INSTRUCTIONS[random(INSTRUCTIONS.length)]!;
  const base = random(3) === 0 ? 0x00 : 0x80;
  const command = unhex(
    host.wrap(base, ins, random(4) * 0x40, random(3) * 0x40 + random(4), content(random)),
  );
  if (random(40) === 0) command[random(command.length)]! ^= 1 << random(8);
  return !withLe || random(2) === 0 ? command : unhex(hex(command) + octet(random(256)));
}

async function expectAnswer(card: SimulatedCard, command: Uint8Array): Promise<void> {
  const answer = await card.transmit(command);
  const response = answer.kind === 'response' ? answer.response : new Uint8Array(0);
  if ((response.at(-2) ?? 0) >> 4 !== 6 && (response.at(-2) ?? 0) >> 4 !== 9)
    throw new Error(`${hex(command)}: ${answer.kind} ${hex(response)}`);
}

test.each([
  ['uicc-scp03', 1],
  ['uicc-scp03-t0', 2],
] as const)(
  '50,000 damaged commands to %s, in clear and protected: always an answer',
  async (profile, seed) => {
    const card = createSimulatedCard({ profile });
    const fresh = card.snapshot();
    const random = repeatable(seed);
    let protectedCommands = 0;
    const again = () =>
      open(card, { aid: random(3) === 0 ? PKCS15 : DOMAIN, level: [0x01, 0x03, 0x33][random(3)]! });
    for (let round = 0; round < 500; round++) {
      card.restore(fresh);
      await card.powerOn();
      let host = await again();
      for (let command = 0; command < 100; command++) {
        if (round % 3 === 0) {
          await expectAnswer(card, inClear(random));
          continue;
        }
        if (card.secureChannels[0]?.state !== 'open') host = await again();
        await expectAnswer(card, wrapped(random, host, card.protocol === 'T=1'));
        protectedCommands++;
      }
    }
    expect(protectedCommands).toBeGreaterThan(30_000);
    card.restore(fresh);
    await card.powerOn();
    expect(await send(card, `00A4040C0C${PKCS15}`)).toBe('9000');
  },
);
