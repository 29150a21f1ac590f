/** A card torn out at any moment holds the old document, none, or the new one (DM 2.0 G.4.3). */
import {
  type BootstrapOnCard,
  eraseBootstrap,
  inspectCard,
  planErase,
  planWrite,
  readBootstrap,
  writeBootstrap,
} from '../../src/bootstrap/index.js';
import { equal } from '../../src/bytes/index.js';
import type { Card } from '../../src/card/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { createSimulatedCard, type SimulatedCard, type TearMoment } from '../../src/simulator/index.js';
import { documentOf, insert, KEYS_PIN, type Mode, privateProfile, profileWith, reinsert } from './support.js';

const small = (name: string) =>
  profileWith(name, ({ pkcs15 }) => {
    pkcs15['6431']!.size = 40;
    pkcs15['6420']!.size = 80;
  });
const blankDirectories = (name: string) =>
  profileWith(name, ({ mf, pkcs15 }) => {
    pkcs15['6431']!.size = 40;
    pkcs15['6420']!.size = 64;
    delete pkcs15['5031']!.hex;
    delete pkcs15['5032']!.hex;
    mf['2F00']!.records = [
      (mf['2F00']!.records as string[])[0]!.replace('6331355007504B435323313551043F007F50', ''),
    ];
  });

const OLD = documentOf(18, 'o');
const NEW = documentOf(26, 'n');
const SHORT = documentOf(12, 's');

type Operation = (card: Card) => Promise<unknown>;
const write =
  (document: Uint8Array, label?: string): Operation =>
  async (card) =>
    writeBootstrap(await planWrite(card, { document, keys: KEYS_PIN, ...(label ? { label } : {}) }));
const erase: Operation = async (card) =>
  eraseBootstrap(await planErase(card, { keys: KEYS_PIN, removeEntries: true }));

/** What a device makes of the card. */
async function seenByDevice(card: Card): Promise<BootstrapOnCard | undefined> {
  try {
    const found = await readBootstrap(card, KEYS_PIN);
    return found.state === 'document' ? found : undefined;
  } catch (error) {
    if (error instanceof SimbootError && error.kind === 'card') return undefined;
    throw error;
  }
}

/** Every exchange of the operation: before, after, and inside each UPDATE after k octets. */
async function moments(emulator: SimulatedCard, mode: Mode, operation: Operation, every: number) {
  const image = emulator.snapshot();
  const { card, channel } = await reinsert(emulator, mode);
  await operation(card);
  const out: { exchange: number; moment: TearMoment }[] = [];
  channel.log.forEach(({ command }, index) => {
    const exchange = index + 1;
    out.push({ exchange, moment: 'before' });
    if (command[1] !== 0xd6 && command[1] !== 0xdc) return;
    for (let octets = 1; octets < command[4]!; octets += every) out.push({ exchange, moment: { octets } });
    out.push({ exchange, moment: 'after' });
  });
  emulator.restore(image);
  return { image, out };
}

async function tearEverywhere(
  emulator: SimulatedCard,
  mode: Mode,
  operation: Operation,
  allowed: readonly (Uint8Array | undefined)[],
  every = 1,
): Promise<void> {
  const { image, out } = await moments(emulator, mode, operation, every);

  expect(out.length).toBeGreaterThan(20);
  for (const { exchange, moment } of out) {
    emulator.restore(image);
    const torn = await reinsert(emulator, mode);
    emulator.faults.tearAt(exchange, moment);
    await expect(operation(torn.card)).rejects.toThrow('the card is gone');
    emulator.faults.clear();

    const { card } = await reinsert(emulator, mode);
    const seen = await seenByDevice(card);
    const isAllowed = allowed.some((document) =>
      document === undefined ? seen === undefined : seen !== undefined && equal(seen.document, document),
    );
    if (!isAllowed) throw new Error(`exchange ${exchange}, ${JSON.stringify(moment)}: ${seen?.state}`);

    const report = await inspectCard(card, { keys: KEYS_PIN });
    expect(report.bootstrap?.state === 'document').toBe(seen !== undefined);

    const again = await writeBootstrap(await planWrite(card, { document: NEW, keys: KEYS_PIN }));
    expect(again.differences).toEqual([]);
    expect((await seenByDevice(card))?.document).toEqual(NEW);
  }
}

describe.each([
  ['uicc', '3g'],
  ['uicc-t0', '2g'],
] as const)('%s in %s mode', (name, mode) => {
  const cardOf = async (profile = small(name), first?: Operation) => {
    const { emulator, card } = await insert(profile, mode);
    if (first) await first(card);
    return emulator;
  };

  test('first write', async () => {
    await tearEverywhere(await cardOf(), mode, write(NEW), [undefined, NEW]);
  });

  test('first write into blank directories', async () => {
    const emulator = createSimulatedCard({ profile: blankDirectories(name) });
    await tearEverywhere(emulator, mode, write(SHORT), [undefined, SHORT]);
  });

  test('longer over shorter, shorter over longer', async () => {
    await tearEverywhere(await cardOf(small(name), write(OLD)), mode, write(NEW), [OLD, undefined, NEW]);
    await tearEverywhere(await cardOf(small(name), write(OLD)), mode, write(SHORT), [OLD, undefined, SHORT]);
  });

  test('the same document with another label, longer and of the same length', async () => {
    const longer = write(OLD, 'another label');
    await tearEverywhere(await cardOf(small(name), write(OLD)), mode, longer, [OLD, undefined]);
    const same = write(NEW, 'XX Bootstrap');
    await tearEverywhere(await cardOf(small(name), write(OLD)), mode, same, [OLD, undefined, NEW]);
  });

  test('private, with its PIN object', async () => {
    const profile = privateProfile(name);
    await tearEverywhere(await cardOf(profile), mode, write(NEW), [undefined, NEW], 40);
  });

  test('erase with its entries', async () => {
    await tearEverywhere(await cardOf(small(name), write(OLD)), mode, erase, [OLD, undefined]);
  });

  test('a document of several kilobytes, sampled', async () => {
    const profile = profileWith(name, ({ pkcs15 }) => {
      pkcs15['6431']!.size = 4096;
    });
    const large = write(documentOf(3000, 'l'));
    await tearEverywhere(
      await cardOf(profile, write(OLD)),
      mode,
      large,
      [OLD, undefined, documentOf(3000, 'l')],
      249,
    );
  });
});
