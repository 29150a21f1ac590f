/** A small batch on two simulated readers: one card is torn out in the middle, and its record comes home. */
import { encodeUtf8, luhnCheckDigit } from '../../bytes/index.js';
import {
  type CardReport,
  cardWorker,
  checkRecords,
  entryHash,
  type Job,
  type JournalEntry,
  type LineStore,
  loadBatch,
  memoryLineStore,
  parseJob,
} from '../../perso/index.js';
import { LocalFarm } from '../../readers/index.js';
import { farmHandler } from '../line/handlers/index.js';
import { runLineBatch } from '../line/run-line.js';
import { type DemoOptions, type DemoStep, unexpected } from './step.js';

const CARDS = 6;
/** The second card leaves its reader in the middle of the bootstrap. */
const TORN = { slot: 'Farm 02', step: 'bootstrap', fault: '2=tear@3:after' };
const BATCH = 'demo';
const STATION = 'demo';
const LEASE_MS = 60_000;

const JOB = `
simboot: job/1
name: demo
version: "1"
records:
  columns:
    iccid: { type: iccid }
    imsi: { type: imsi }
draw: { psk: 16 octets }
keys: { adm: "12345678" }
steps:
  - iccid: "\${iccid}"
  - imsi: "\${imsi}"
  - bootstrap: bootstrap.yaml
`;
const BOOTSTRAP = `
accounts:
  - srvId: dm.example.com
    srvUri: https://dm.example.com/dm
    name: Example operator
    bootstrap:
      serverUri: https://bootstrap.example.com
      psk: { identity: "\${iccid}", key: { hex: "\${psk}" } }
`;

/** The batch as two steps: what was ordered and done, and what the journal tells of the torn card. */
export async function* factoryLine(options: DemoOptions): AsyncGenerator<DemoStep> {
  const job = await parseJob(encodeUtf8(JOB), {
    fileName: 'job.yaml',
    readFile: async () => encodeUtf8(BOOTSTRAP),
  });
  const store = memoryLineStore({ clock: () => options.clock.now().getTime() });
  await load(options, job, store);
  const cards = await run(options, job, store);
  const { records } = await store.counts(BATCH);
  if (records.released !== CARDS) throw unexpected(`${records.released} of ${CARDS} records are done`);
  yield {
    id: 'batch',
    title: 'A batch on the factory line: two readers, one card torn out',
    told:
      'A job file says what a card becomes, an input has a record for each. Every state is in the store before the ' +
      'card sees an octet, and every card is read back after its power was off.',
    results: [
      ...cards.map(cardText),
      `${records.released} of ${CARDS} records on ${CARDS} cards, none twice`,
    ],
    exchanges: [],
  };
  yield await recovery(cards, await store.journal(STATION, { after: 0, limit: 1_000 }));
}

function input(): Uint8Array {
  const rows = Array.from({ length: CARDS }, (_, at) => {
    const number = `898821100000000${String(at + 1).padStart(3, '0')}`;
    return `${number}${luhnCheckDigit(number)},00101000000000${at + 1}`;
  });
  return encodeUtf8(`iccid,imsi\n${rows.join('\n')}\n`);
}

async function load({ clock }: DemoOptions, job: Job, store: LineStore): Promise<void> {
  const octets = async function* () {
    yield input();
  };
  const checked = await checkRecords(job, octets(), { keys: new Map(), clock });
  await loadBatch(store, job, octets(), {
    ...{ batchId: BATCH, checked, file: 'cards.csv' },
    createdAt: clock.now().getTime(),
  });
}

async function run({ clock, random }: DemoOptions, job: Job, store: LineStore): Promise<CardReport[]> {
  const farm = new LocalFarm({ slots: 2, cards: 2 * CARDS, speed: 0 });
  let isTorn = false;
  const cards: CardReport[] = [];
  const result = await runLineBatch({
    ...{ job, store, batchId: BATCH, station: STATION, leaseMs: LEASE_MS },
    worker: cardWorker(job, { random, clock }),
    transportKeys: new Map(),
    readers: { readers: farm, slots: 'all', farm, close: async () => undefined },
    handler: farmHandler(farm),
    clock: () => clock.now().getTime(),
    monotonic: () => 0, // nothing here takes so long that it has to be ended
    random,
    signal: new AbortController().signal,
    attended: false,
    seekQuarantined: true,
    onRunning: async (line) =>
      line.subscribe((event) => {
        if (event.type === 'card') cards.push(event.card);
        if (isTorn || event.type !== 'slot' || event.slot.slot !== TORN.slot) return;
        isTorn = event.slot.step?.name === TORN.step;
        if (isTorn) farm.fault(TORN.fault);
      }),
  });
  if (result.outcome !== 'done')
    throw unexpected(`the line ended: ${result.reason?.message ?? result.outcome}`);
  return cards;
}

function cardText({ slot, record, outcome, exchanges, reason }: CardReport): string {
  const why = reason === undefined ? '' : `: ${reason.message}`;
  return `${slot}, record ${record ?? '-'}: ${outcome}${why} (${exchanges} exchanges)`;
}

async function recovery(cards: readonly CardReport[], journal: readonly JournalEntry[]): Promise<DemoStep> {
  const torn = cards.find(({ outcome }) => outcome === 'ambiguous')?.record;
  if (torn === undefined) throw unexpected('no card was torn out');
  const own = journal.filter(({ event }) => event.record === torn);
  const cardIds = new Set(own.flatMap(({ event }) => event.cardId ?? []));
  if (cardIds.size !== 1) throw unexpected(`record ${torn} was on ${cardIds.size} cards`);
  const broken = journal.find((entry, at) => {
    const isLinked = at === 0 || entry.previous === journal[at - 1]!.hash;
    return !isLinked || entryHash(entry) !== entry.hash;
  });
  if (broken !== undefined) throw unexpected(`the journal is broken at entry ${broken.seq}`);
  const states = own.map(({ event }) => event.type.replace(/^record\./, ''));
  return {
    id: 'batch-recovery',
    title: 'What the journal says of the torn card',
    told:
      'Nobody knows what a torn card holds until it is read. Its record waits in quarantine, for no other card; put ' +
      'in again, the card is known by its chip, and gets the same keys as before.',
    results: [
      `record ${torn}: ${states.filter((state, at) => state !== states[at - 1]).join(' → ')}`,
      `always the same chip, ${[...cardIds][0]!.slice(0, 20)}…`,
      `${journal.length} entries in a chain of SHA-256, the last one ${journal.at(-1)!.hash.slice(0, 16)}…`,
    ],
    exchanges: [],
  };
}
