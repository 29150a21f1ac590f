/** The line with the real work on simulated cards: 50 records on 8 slots, with faults; cards judged by commands by hand. */
import type { CardEmulator } from '../../src/apdu/index.js';
import { decodeSwappedBcd, fromHex, luhnValid } from '../../src/bytes/index.js';
import {
  type CardHandler,
  cardWorker,
  type HandlerCard,
  memoryLineStore,
  startLine,
} from '../../src/perso/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { EmulatorReaderService } from '../../src/transport/index.js';
import {
  AUTHENTICATE,
  BOOTSTRAP,
  clock,
  FILES,
  PINS,
  testJob,
  testKeySets,
  testRandom,
  VALUES,
} from '../perso-work/support.js';

const RECORDS = 50;
const SLOTS = 8;
const SELECT_ICCID = fromHex('00a4000c022fe2');
const READ_ICCID = fromHex('00b000000a');

interface Blank {
  readonly number: number;
  readonly card: CardEmulator;
}

/** Pulled out, or silent, at one exchange. */
function broken(card: CardEmulator, at: number, kind: 'mute' | 'removed'): CardEmulator {
  let exchange = 0;
  return {
    protocol: card.protocol,
    powerOn: () => card.powerOn(),
    reset: () => card.reset(),
    powerOff: () => card.powerOff(),
    transmit: async (command) => (++exchange === at ? { kind } : card.transmit(command)),
  };
}

function blank(number: number): Blank {
  const cplc = Uint8Array.from({ length: 42 }, (_, index) => (index === 41 ? number : index));
  const card = createSimulatedCard({ profile: 'uicc-line', chip: { cplc } } as Parameters<
    typeof createSimulatedCard
  >[0]);
  if (number % 10 === 3) return { number, card: broken(card, 20 + number, 'removed') };
  if (number % 10 === 7) return { number, card: broken(card, 20 + number, 'mute') };
  if (number === 25) return { number, card: { ...broken(card, 0, 'mute'), powerOn: async () => undefined } };
  return { number, card };
}

class Hands implements CardHandler {
  readonly goodBin = new Map<number, CardEmulator>();
  readonly badBin: string[] = [];
  readonly #in = new Map<string, Blank>();
  constructor(
    private readonly readers: EmulatorReaderService,
    private readonly stack: Blank[],
  ) {}

  async get(slot: string): Promise<boolean> {
    const next = this.stack.shift();
    if (next === undefined) return false;
    this.#in.set(slot, next);
    this.readers.insert(slot, next.card);
    return true;
  }

  /** A card that jumped out of its slot goes under the stack. */
  jumped(slot: string): void {
    const card = this.#in.get(slot);
    this.#in.delete(slot);
    if (card !== undefined) this.stack.push(card);
  }

  async good({ slot, record }: HandlerCard): Promise<void> {
    this.#in.delete(slot);
    this.goodBin.set(record!, this.readers.remove(slot)!);
  }

  async bad({ slot, reason }: HandlerCard & { reason: { code: string } }): Promise<void> {
    this.#in.delete(slot);
    this.readers.remove(slot);
    this.badBin.push(reason.code);
  }

  async reseat(slot: string): Promise<boolean> {
    const held = this.#in.get(slot);
    this.#in.delete(slot);
    this.readers.remove(slot);
    if (held === undefined) return false;
    this.#in.set(slot, held);
    this.readers.insert(slot, held.card);
    return true;
  }
}

async function iccidOf(card: CardEmulator): Promise<string> {
  await card.powerOn();
  await card.transmit(SELECT_ICCID);
  const answer = await card.transmit(READ_ICCID);
  if (answer.kind !== 'response') throw new Error('no answer');
  return decodeSwappedBcd(answer.response.subarray(0, 10)).slice(0, 19);
}

function iccidFor(number: number): string {
  const body = `8988211000${String(number).padStart(8, '0')}`;
  return `${body}${[...'0123456789'].find((digit) => luhnValid(body + digit))}`;
}

async function runBatch(records: number, slots: number, stack: Blank[]) {
  const job = {
    ...testJob({ steps: [BOOTSTRAP, ...FILES, PINS[0]!, PINS[2]!], checks: AUTHENTICATE }),
    timing: { stepTimeoutMs: 5000, contactRetries: 2 },
  };
  const store = memoryLineStore();
  const about = {
    batchId: 'b',
    jobName: 'j',
    jobVersion: '1',
    jobHash: job.hash,
    inputHash: '',
    createdAt: 0,
  };
  await store.createBatch(about);
  const numbers = Array.from({ length: records }, (_, index) => index + 1);
  await store.addRecords(
    'b',
    numbers.map((number) => ({
      number,
      row: number,
      unique: { iccid: iccidFor(number) },
      fields: { iccid: iccidFor(number), imsi: `00101${String(number).padStart(10, '0')}` },
    })),
  );
  await store.openBatch('b');
  const readers = new EmulatorReaderService();
  const hands = new Hands(readers, stack);
  for (let slot = 1; slot <= slots; slot++) readers.addReader(`r${slot}`);
  const watching = new AbortController();
  void readers.watch((event) => {
    if (event.kind === 'card-removed') hands.jumped(event.reader);
  }, watching.signal);
  const random = testRandom();
  const worker = cardWorker(job, { keySets: testKeySets(), random, clock });
  const line = startLine({
    job,
    batchId: 'b',
    station: await store.openStation('s1', { leaseMs: 60_000 }),
    leaseMs: 60_000,
    store,
    worker,
    readers,
    slots: 'all',
    seekQuarantined: true,
    handler: hands,
    openRecord: ({ fields }) => ({ ...VALUES, ...fields }),
    draw: () => ({ psk: Buffer.from(random(16)).toString('hex') }),
    clock: Date.now,
    monotonic: () => performance.now(),
  });
  const result = await line.done;
  watching.abort();
  return { result, hands, counts: await store.counts('b') };
}

test('every record on one card, whatever was torn or silent meanwhile', async () => {
  const stack = Array.from({ length: RECORDS + 5 }, (_, index) => blank(index + 1));
  const { result, hands, counts } = await runBatch(RECORDS, SLOTS, stack);
  expect(result.outcome).toBe('done');
  expect(counts.records.released + counts.records.failed + counts.records.quarantined).toBe(RECORDS);
  expect(counts.records.quarantined + counts.records.failed).toBe(0);
  expect(hands.badBin.filter((reason) => reason !== 'NO_RECORD')).toEqual(['READER_CARD_MUTE']);
  expect(new Set(hands.goodBin.values()).size).toBe(RECORDS);
  for (const [number, card] of hands.goodBin) expect(await iccidOf(card)).toBe(iccidFor(number));
  expect(result.statistics.ambiguous).toBeGreaterThan(0);
});

test.each([45, 50, 60, 64, 80, 100])(
  'a blank twin of a card that was torn at exchange %i is not written: the record waits for its own card',
  async (at) => {
    const card = () => blank(1).card as SimulatedCard;
    const [first, twin] = [card(), card()];
    const torn = { number: 1, card: broken(first, at, 'removed') };
    const { hands } = await runBatch(1, 1, [torn, { number: 2, card: twin }]);
    expect(hands.badBin).toEqual(['BLANK_AGAIN']);
    expect([...hands.goodBin]).toEqual([[1, torn.card]]);
    expect(await iccidOf(first)).toBe(iccidFor(1));
    expect(twin.file('3F00/2FE2')!.content.every((octet) => octet === 0xff)).toBe(true);
  },
);
