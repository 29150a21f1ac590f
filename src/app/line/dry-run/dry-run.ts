/** The whole batch, or its first cards, on simulated cards: what would come out, and how long it would take. */
import {
  type CardReport,
  type CardWorker,
  type CheckReport,
  type Job,
  type LineControl,
  type LineEvent,
  type LineStore,
  memoryLineStore,
  openFields,
  openRecords,
  type Reason,
  recordMaker,
  type TransportKeys,
} from '../../../perso/index.js';
import { LocalFarm } from '../../../readers/index.js';
import { farmHandler } from '../handlers/index.js';
import { runLineBatch } from '../run-line.js';
import { modelClock } from './clock.js';
import { type SimulatedJob, simulatedJob } from './simulated-job.js';

export interface DryRunOptions {
  readonly job: Job;
  /** The input, which was checked. */
  readonly octets: AsyncIterable<Uint8Array>;
  readonly checked: CheckReport;
  readonly transportKeys: TransportKeys;
  /** Makes the work from a job and its keys. */
  readonly workerOf: (simulated: SimulatedJob) => CardWorker | Promise<CardWorker>;
  /** Records that are tried, from the first on; all unless told. */
  readonly cards?: number;
  /** In the notation of a farm: `KIND:SHARE`, `CARD=KIND[@EXCHANGE][:DETAIL]`. */
  readonly faults: readonly string[];
  /** Chance of faults; the same faults for the same seed. */
  readonly seed: number;
  /** Of the line that the times are told for. */
  readonly slots: number;
  /** Milliseconds that a change of card takes. */
  readonly handlingMs: number;
  readonly random: (octets: number) => Uint8Array;
  readonly signal: AbortSignal;
  readonly onCard?: (card: CardReport, done: number, of: number) => void;
}

export interface DryRunStep {
  readonly step: string;
  /** Modelled milliseconds. */
  readonly p50: number;
  readonly p95: number;
}

export interface DryRunReport {
  readonly job: { readonly name: string; readonly version: string; readonly hash: string };
  readonly inputHash: string;
  readonly profile: string;
  /** Records of the input. */
  readonly records: number;
  readonly tried: number;
  readonly outcome: 'done' | 'stopped' | 'aborted';
  readonly reason?: Reason;
  readonly good: number;
  readonly bad: number;
  readonly returned: number;
  readonly ambiguous: number;
  /** Records that have a good card now; with faults, some have not. */
  readonly recordsDone: number;
  /** Why cards did not become good, the most frequent first. */
  readonly reasons: readonly (Reason & { readonly cards: number })[];
  readonly exchangesPerCard: number;
  readonly steps: readonly DryRunStep[];
  readonly slowest?: DryRunStep;
  /** What the model says of the whole batch. */
  readonly model: {
    readonly slots: number;
    /** Milliseconds. */
    readonly perCard: number;
    readonly handling: number;
    readonly cardsPerHour: number;
    readonly hours: number;
  };
}

const BATCH = 'dry-run';
const STATION = 'dry-run';
/** Nobody else is there whose silence could mean something. */
const LEASE_MS = 86_400_000;
/** Blanks beyond the records, for those that faults spoil. */
const SPARE = 0.25;
const SPARE_LEAST = 20;
const HOUR = 3_600_000;

/**
 * Tries a batch on simulated cards of the job's profile, in this process and in memory: nothing is kept.
 *
 * @throws UsageError for a profile or fault that is not there; DataError for a record that cannot become a card
 */
export async function dryRun(options: DryRunOptions): Promise<DryRunReport> {
  const clock = modelClock();
  const simulated = simulatedJob(options.job, options.random);
  const { job } = simulated;
  const store = memoryLineStore({ clock: clock.now });
  const tried = await load(store, options);
  const iccids = await printedIccids(store, options);
  const stock = iccids?.length ?? tried + Math.max(SPARE_LEAST, Math.ceil(tried * SPARE));
  const farm = new LocalFarm({
    ...{ slots: 1, cards: stock, profile: job.card.simulated, seed: options.seed },
    ...{ faults: options.faults, speed: 1, handling: options.handlingMs },
    ...(iccids === undefined ? {} : { iccids }),
    ...clock,
  });
  const reasons = new Map<string, { code: string; message: string; cards: number }>();
  let done = 0;
  const result = await runLineBatch({
    ...{ job, store, batchId: BATCH, station: STATION, leaseMs: LEASE_MS },
    worker: await options.workerOf(simulated),
    transportKeys: options.transportKeys,
    readers: { readers: farm, slots: 'all', farm, close: async () => undefined },
    handler: farmHandler(farm),
    clock: clock.now,
    monotonic: clock.now,
    random: options.random,
    signal: options.signal,
    attended: false,
    seekQuarantined: true,
    onRunning: async (line) => {
      const codes = job.bind.by === 'code' ? codeGiver(line, store) : () => undefined;
      return line.subscribe((event) => {
        codes(event);
        if (event.type !== 'card') return;
        count(reasons, event.card);
        options.onCard?.(event.card, ++done, tried);
      });
    },
  });
  return report(options, { tried, reasons: [...reasons.values()], result, elapsed: clock.now() });
}

async function load(store: LineStore, { job, octets, checked, cards }: DryRunOptions): Promise<number> {
  const { name: jobName, version: jobVersion, hash: jobHash } = job;
  const { inputHash } = checked;
  await store.createBatch({ batchId: BATCH, jobName, jobVersion, jobHash, inputHash, createdAt: 0 });
  const make = recordMaker(job);
  const most = cards ?? Number.POSITIVE_INFINITY;
  let loaded = 0;
  for await (const { rows } of openRecords(job.records, octets)) {
    const taken = rows.slice(0, most - loaded).map(make);
    await store.addRecords(BATCH, taken);
    loaded += taken.length;
    if (loaded >= most) break;
  }
  await store.openBatch(BATCH);
  return loaded;
}

/** Cards that are bound by their ICCID come with those of the records. */
async function printedIccids(
  store: LineStore,
  { job, transportKeys }: DryRunOptions,
): Promise<string[] | undefined> {
  if (job.bind.by !== 'iccid') return undefined;
  const iccids: string[] = [];
  for (let after = 0; ; ) {
    const page = await store.records(BATCH, {}, { after, limit: 500 });
    for (const record of page)
      iccids.push((await openFields(record, job, transportKeys))[job.bind.column] ?? '');
    const last = page.at(-1);
    if (last === undefined) return iccids;
    after = last.number;
  }
}

/** Somebody with a scanner: each card that waits for a code gets that of the next free record. */
function codeGiver(line: LineControl, store: LineStore): (event: LineEvent) => void {
  const given = new Map<string, unknown>();
  return (event) => {
    if (event.type !== 'slot' || event.slot.state !== 'waiting') return;
    const { slot, since } = event.slot;
    if (given.get(slot) === since) return;
    given.set(slot, since);
    void store.records(BATCH, { states: ['free'] }, { after: 0, limit: 1 }).then(([record]) => {
      if (record?.key !== undefined) line.scan(slot, record.key);
    });
  };
}

function count(
  reasons: Map<string, { code: string; message: string; cards: number }>,
  card: CardReport,
): void {
  if (card.reason === undefined || card.outcome === 'good') return;
  const { code, message } = card.reason;
  const known = reasons.get(code);
  if (known === undefined) reasons.set(code, { code, message, cards: 1 });
  else known.cards++;
}

interface Outcome {
  readonly tried: number;
  readonly reasons: readonly (Reason & { readonly cards: number })[];
  readonly result: Awaited<ReturnType<typeof runLineBatch>>;
  /** Modelled milliseconds. */
  readonly elapsed: number;
}

function report(options: DryRunOptions, { tried, reasons, result, elapsed }: Outcome): DryRunReport {
  const { job, checked, slots, handlingMs } = options;
  const { statistics, view, outcome, reason } = result;
  const steps = statistics.steps
    .filter(({ step }) => step !== 'total')
    .map(({ step, p50, p95 }) => ({ step, p50, p95 }));
  const slowest = [...steps].sort((a, b) => b.p50 - a.p50)[0];
  const cards = statistics.good + statistics.bad + statistics.returned + statistics.ambiguous;
  const perCard = statistics.good === 0 ? 0 : elapsed / statistics.good;
  return {
    job: { name: job.name, version: job.version, hash: job.hash },
    inputHash: checked.inputHash,
    profile: job.card.simulated,
    records: checked.records,
    tried,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    good: statistics.good,
    bad: statistics.bad,
    returned: statistics.returned,
    ambiguous: statistics.ambiguous,
    recordsDone: view.records.released + view.records.verified,
    reasons: [...reasons].sort((a, b) => b.cards - a.cards),
    exchangesPerCard: cards === 0 ? 0 : Math.round(statistics.exchanges / cards),
    steps,
    ...(slowest === undefined ? {} : { slowest }),
    model: {
      slots,
      perCard: Math.round(perCard),
      handling: handlingMs,
      cardsPerHour: perCard === 0 ? 0 : Math.round((slots * HOUR) / perCard),
      hours: Math.round((1_000 * checked.records * perCard) / slots / HOUR) / 1_000,
    },
  };
}
