/** A small batch in parallel on two slots of the real PC/SC service; every card is read by hand afterwards. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runLineBatch } from '../../src/app/index.js';
import { decodeSwappedBcd, encodeUtf8, fromHex } from '../../src/bytes/index.js';
import {
  type CardHandler,
  type CardReport,
  cardWorker,
  checkRecords,
  loadBatch,
  memoryLineStore,
  parseJob,
} from '../../src/perso/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { type InsertedCard, requirePcscd, VIRTUAL_READERS } from '../support/pcscd.js';

const FOLDER = 'docs/examples/line/';
const RECORDS = 6;
const random = (octets: number) => Uint8Array.from(randomBytes(octets));
const clock = { now: () => new Date() };

/** A hand at each slot. */
class Hands {
  readonly good: { readonly card: SimulatedCard; readonly record: number | undefined }[] = [];
  readonly #there = new Map<
    string,
    { readonly card: SimulatedCard; readonly inserted: Promise<InsertedCard> }
  >();
  #taken = 0;

  constructor(private readonly insert: (card: SimulatedCard, slot: 0 | 1) => Promise<InsertedCard>) {}

  async get(slot: string): Promise<boolean> {
    const number = ++this.#taken;
    const cplc = Uint8Array.from({ length: 42 }, (_, index) => (index === 41 ? number : index));
    const card = createSimulatedCard({ profile: 'uicc-line', chip: { cplc } });
    // the line may be done with the card before the service has told everybody that it is there
    const inserted = this.insert(card, VIRTUAL_READERS.indexOf(slot as never) as 0 | 1);
    this.#there.set(slot, { card, inserted });
    await inserted;
    return true;
  }

  async moveGood(slot: string, record: number | undefined): Promise<void> {
    const { card, inserted } = this.#there.get(slot)!;
    this.good.push({ card, record });
    await (await inserted).remove();
  }

  bad = async ({ slot }: { slot: string }): Promise<void> => (await this.#there.get(slot)!.inserted).remove();
  reseat = async (): Promise<boolean> => false;
}

requirePcscd('a batch on two readers', (pcscd) => {
  test('each slot at its own card, at the same time, and every card as ordered', async () => {
    const job = await parseJob(readFileSync(`${FOLDER}uicc.yaml`), {
      fileName: 'uicc.yaml',
      readFile: async (name) => readFileSync(FOLDER + name),
    });
    const rows = readFileSync(`${FOLDER}cards.csv`, 'utf8')
      .split('\n')
      .slice(0, RECORDS + 1);
    const input = async function* () {
      yield encodeUtf8(`${rows.join('\n')}\n`);
    };
    const store = memoryLineStore();
    const checked = await checkRecords(job, input(), { keys: new Map(), clock });
    await loadBatch(store, job, input(), { batchId: 'b', checked, file: 'cards.csv', createdAt: Date.now() });
    const hands = new Hands((card, slot) => pcscd.insert(card, slot));
    const handler: CardHandler = {
      get: (slot) => hands.get(slot),
      good: ({ slot, record }) => hands.moveGood(slot, record),
      bad: hands.bad,
      reseat: hands.reseat,
    };
    const cards: CardReport[] = [];
    let together = 0;
    const result = await runLineBatch({
      ...{ job, store, batchId: 'b', station: 's1', leaseMs: 60_000, random, handler },
      worker: cardWorker(job, { random, clock }),
      transportKeys: new Map(),
      readers: { readers: pcscd.service, slots: VIRTUAL_READERS, close: async () => undefined },
      clock: () => Date.now(),
      monotonic: () => performance.now(),
      signal: new AbortController().signal,
      attended: false,
      onRunning: async (line) =>
        line.subscribe((event) => {
          if (event.type === 'card') cards.push(event.card);
          const busy = line.view().slots.filter(({ state }) => state === 'writing' || state === 'verifying');
          if (busy.length === 2) together++;
        }),
    });
    expect(result.view.slots.flatMap(({ problem }) => problem ?? [])).toEqual([]);
    expect(cards.map(({ outcome, reason }) => [outcome, reason])).toEqual(
      Array.from({ length: RECORDS }, () => ['good', undefined]),
    );
    expect([result.outcome, result.view.records.released]).toEqual(['done', RECORDS]);
    expect(together).toBeGreaterThan(0);
    expect(new Set(cards.map(({ slot }) => slot))).toEqual(new Set(VIRTUAL_READERS));
    const iccids: [number | undefined, string][] = [];
    for (const { card, record } of hands.good) iccids.push([record, await iccidOf(card)]);
    expect(new Map(iccids)).toEqual(new Map(rows.slice(1).map((row, at) => [at + 1, row.split(',')[0]])));
  }, 120_000);
});

/** EF_ICCID by commands by hand, TS 102 221 §11.1.1, §11.1.3. */
async function iccidOf(card: SimulatedCard): Promise<string> {
  await card.powerOn();
  await card.transmit(fromHex('00a4000c022fe2'));
  const answer = await card.transmit(fromHex('00b000000a'));
  if (answer.kind !== 'response') throw new Error(answer.kind);
  return decodeSwappedBcd(answer.response.slice(0, 10));
}
