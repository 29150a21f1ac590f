import { readFileSync } from 'node:fs';
import { concat, fromHex, toHex } from '../../src/bytes/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { repeatable } from '../support/fuzz.js';

const { cases } = JSON.parse(readFileSync('test-vectors/uicc-commands.json', 'utf8')) as {
  cases: { exchanges: [string, string][] }[];
};
const COMMANDS = cases.flatMap(({ exchanges }) => exchanges.map(([command]) => fromHex(command)));
const KEYS = ['0020000A083132333435363738', '002000010831323334FFFFFFFF', 'A020000A083132333435363738'].map(
  (hex) => fromHex(hex),
);

type Random = (below: number) => number;

function nextCommand(random: Random): Uint8Array {
  const kind = random(20);
  if (kind === 0) return Uint8Array.from({ length: random(300) }, () => random(256));
  if (kind === 1) return KEYS[random(KEYS.length)]!;
  const command = COMMANDS[random(COMMANDS.length)]!.slice();
  if (kind < 8) return command;
  for (let times = 1 + random(2); times > 0 && command.length > 0; times--) {
    command[random(command.length)] = random(3) === 0 ? random(256) : command[random(command.length)]!;
  }
  return kind === 8
    ? command.slice(0, random(command.length + 1))
    : kind === 9
      ? concat(command, [random(256)])
      : command;
}

/** What has to be true of any card at any time. */
function expectSound(card: SimulatedCard): void {
  const image = card.snapshot();
  expect(image.freeMemory).toBeGreaterThanOrEqual(0);
  const visit = (file: (typeof image)['root'], path: string): void => {
    if (file.ef) {
      const length = file.ef.content.length / 2;
      expect([path, length > 0 && length <= 0x7fff]).toEqual([path, true]);
      if (file.ef.recordLength > 0) expect([path, length % file.ef.recordLength]).toEqual([path, 0]);
    }
    const children = file.df?.children ?? [];
    const identifiers = children.map((child) => child.fid).filter((fid) => fid !== undefined);
    expect([path, new Set(identifiers).size]).toEqual([path, identifiers.length]);
    for (const child of children) visit(child, `${path}/${child.fid?.toString(16) ?? child.name}`);
  };
  visit(image.root, '3f00');
  for (const pin of image.pins) {
    expect(pin.value).toHaveLength(16);
    expect(pin.tries).toBeGreaterThanOrEqual(0);
    expect(pin.tries).toBeLessThanOrEqual(10);
  }
}

test.each([
  ['uicc', 1],
  ['uicc-t0', 2],
  ['uicc-environments', 3],
  ['uicc-compact', 4],
  ['sim', 5],
] as const)(
  '20,000 random and damaged commands to %s: always an answer, always a sound card',
  async (profile, seed) => {
    const card = createSimulatedCard({ profile });
    const fresh = card.snapshot();
    const random = repeatable(seed);
    for (let i = 0; i < 20_000; i++) {
      if (i % 500 === 0) {
        expectSound(card);
        card.restore(fresh);
        await card.powerOn();
      }
      const command = nextCommand(random);
      const answer = await card.transmit(command);
      if (
        answer.kind !== 'response' ||
        answer.response.length < 2 ||
        (answer.response.at(-2)! & 0xf0) < 0x60
      ) {
        throw new Error(
          `${toHex(command)}: ${answer.kind} ${answer.kind === 'response' ? toHex(answer.response) : ''}`,
        );
      }
    }
    expectSound(card);
    await card.reset();
    expect(card.openChannels).toEqual([0]);
  },
);
