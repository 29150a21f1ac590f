/** A process dies at every call to store, card and handler; the next one finishes the batch with the same cards. */

import type { JournalEntry } from '../../src/perso/index.js';
import { entryHash } from '../../src/perso/index.js';
import { Crash, type Moment } from '../support/line/crash.js';
import { contentOf, FakeCard } from '../support/line/fakes.js';
import { BATCH, blanks, LEASE_MS, Rig, type RigOptions } from '../support/line/rig.js';

const RECORDS = 3;
const SLOTS = 2;

const VARIANTS: Readonly<Record<string, () => Partial<RigOptions>>> = {
  'cards with an identity': () => ({}),
  'a critical step': () => ({ worker: { critical: 1 } }),
  'a card that loses contact and one that is defective': () => {
    const cards = blanks(RECORDS + 1);
    cards[0]!.fault = (exchange) => (exchange === 6 ? 'mute' : undefined);
    cards[1]!.muteAtPower = 100;
    return { cards };
  },
};

interface World {
  readonly rig: Rig;
  readonly cards: readonly FakeCard[];
}

function world(variant: () => Partial<RigOptions>): World {
  const rig = new Rig({ records: RECORDS, slots: SLOTS, cards: blanks(RECORDS + 1), ...variant() });
  return { rig, cards: [...rig.handler.stack] };
}

async function runUntil({ rig, cards }: World, crash: Crash): Promise<void> {
  await rig.load();
  crash.cards(cards);
  const outer = rig.with({
    store: crash.store(rig.store),
    readers: crash.readers(rig.readers),
    handler: crash.handler(rig.handler),
  });
  const station = await rig.store.openStation('s1', { leaseMs: LEASE_MS });
  const line = await outer.start(crash.station(station));
  await Promise.race([line.done, crash.happened]);
  outer.abort.abort();
}

/** The next process: same store, same cards where they are. */
async function finish({ rig }: World, cards: readonly FakeCard[]): Promise<void> {
  for (const card of cards) card.transmit = FakeCard.prototype.transmit.bind(card);
  const { readers } = rig.repowered();
  const next = rig.with({ readers });
  const result = await (await next.start()).done;
  expect(result.outcome).toBe('done');
}

async function judge({ rig, cards }: World, where: string): Promise<void> {
  const owners = new Map<number, string>();
  for (let number = 1; number <= RECORDS; number++) {
    const record = (await rig.record(number))!;
    if (record.state === 'failed') continue;
    const { state, cardId, drawn } = record;
    expect({ where, number, state }).toEqual({ where, number, state: 'released' });
    const card = cards.find(({ serial }) => serial === cardId)!;
    expect(rig.handler.goodBin).toContain(card);
    expect([...card.files.values()]).toEqual([0, 1, 2].map((step) => contentOf(number, step, drawn!.key!)));
    owners.set(number, cardId!);
  }
  expect(new Set(owners.values()).size).toBe(owners.size);
  for (const card of cards) expect(new Set(card.written.map(owner)).size).toBeLessThanOrEqual(1);
  expect(new Set(cards.flatMap(({ written }) => written.slice(0, 1))).size).toBe(
    cards.filter(({ written }) => written.length > 0).length,
  );
  chain(await rig.store.journal('s1', { after: 0, limit: 10_000 }));
  const { records, cards: counts } = await rig.store.counts(BATCH);
  expect(records.released).toBe(counts.good);
}

/** Record and drawn value of what was written; a second drawing would show. */
function owner(content: string): string {
  const [record, , key] = content.split('/');
  return `${record}/${key}`;
}

function chain(entries: readonly JournalEntry[]): void {
  let previous = '0'.repeat(64);
  for (const [index, entry] of entries.entries()) {
    expect(entry).toMatchObject({ seq: index + 1, previous });
    expect(entryHash(entry)).toBe(entry.hash);
    previous = entry.hash;
  }
}

describe.each(Object.entries(VARIANTS))('%s', (_, variant) => {
  test.each<Moment>(['before', 'after'])(
    'killed %s each call: every record on exactly one card',
    async (moment) => {
      for (let at = 1; ; at++) {
        const there = world(variant);
        const crash = new Crash(at, moment);
        await runUntil(there, crash);
        if (!crash.dead) {
          expect(at).toBeGreaterThan(40);
          break;
        }
        await finish(there, there.cards);
        await judge(there, `${moment} call ${at}`);
      }
    },
  );
});
