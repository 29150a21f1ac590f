/** A line on fakes, ready to run: store, readers, handler, records. */
import type {
  CardHandler,
  Job,
  LineEvent,
  LineRecord,
  LineStore,
  NewRecord,
  RunningLine,
  StationHandle,
} from '../../../src/perso/index.js';
import { memoryLineStore, startLine } from '../../../src/perso/index.js';
import { EmulatorReaderService, type ReaderService } from '../../../src/transport/index.js';
import { FakeCard, FakeHandler, FakeWorker, type FakeWorkerOptions, fakeJob } from './fakes.js';

export const BATCH = 'batch';
export const LEASE_MS = 60_000;

export interface RigOptions {
  readonly records?: number;
  readonly cards?: readonly FakeCard[];
  readonly slots?: number;
  readonly job?: Parameters<typeof fakeJob>[0];
  readonly worker?: FakeWorkerOptions;
  readonly store?: LineStore;
  readonly fields?: (record: LineRecord) => Readonly<Record<string, string>>;
  readonly keyMismatch?: readonly string[];
  readonly attended?: boolean;
  readonly reseatMs?: number;
  readonly keyOf?: (number: number) => string;
  readonly clock?: () => number;
  readonly noReaders?: boolean;
}

export function blanks(count: number): FakeCard[] {
  return Array.from({ length: count }, (_, index) => new FakeCard(`c${index + 1}`));
}

export class Rig {
  readonly store: LineStore;
  readers = new EmulatorReaderService();
  readonly handler: FakeHandler;
  readonly worker: FakeWorker;
  readonly job: Job;
  readonly events: LineEvent[] = [];
  readonly slots: string[];
  /** How often values were drawn, by record. */
  readonly drawn = new Map<number, number>();
  readonly abort = new AbortController();
  line!: RunningLine;
  station!: StationHandle;

  constructor(readonly options: RigOptions = {}) {
    this.store = options.store ?? memoryLineStore();
    this.worker = new FakeWorker(options.worker);
    this.job = fakeJob(options.job);
    this.slots = Array.from({ length: options.slots ?? 1 }, (_, index) => `slot ${index + 1}`);
    this.handler = new FakeHandler(this.readers, [...(options.cards ?? blanks(options.records ?? 1))]);
    if (options.noReaders !== true) for (const slot of this.slots) this.readers.addReader(slot);
  }

  /** The same world as another process sees it: what is not given stays. */
  with(parts: {
    readonly store?: LineStore;
    readonly handler?: CardHandler;
    readonly readers?: ReaderService;
  }): Rig {
    const other: Rig = Object.create(Rig.prototype);
    return Object.assign(other, this, { abort: new AbortController(), events: [] }, parts);
  }

  /** A new reader service with the cards where they are: the process that held the old one is gone. */
  repowered(): Rig {
    const old = this.readers;
    this.readers = this.handler.readers = new EmulatorReaderService();
    for (const slot of this.slots) this.readers.addReader(slot, old.remove(slot));
    return this;
  }

  async load(): Promise<void> {
    const { records = 1, keyOf } = this.options;
    await this.store.createBatch({
      batchId: BATCH,
      jobName: 'job',
      jobVersion: '1',
      jobHash: this.job.hash,
      inputHash: '0'.repeat(64),
      createdAt: 0,
    });
    const list = Array.from({ length: records }, (_, index): NewRecord => {
      const number = index + 1;
      return {
        number,
        row: number,
        unique: { name: `n${number}` },
        fields: { name: `n${number}` },
        ...(keyOf === undefined ? {} : { key: keyOf(number) }),
      };
    });
    await this.store.addRecords(BATCH, list);
    await this.store.openBatch(BATCH);
  }

  async start(station: string | StationHandle = 's1'): Promise<RunningLine> {
    this.station =
      typeof station === 'string' ? await this.store.openStation(station, { leaseMs: LEASE_MS }) : station;
    const { options } = this;
    this.line = startLine({
      job: this.job,
      batchId: BATCH,
      station: this.station,
      leaseMs: LEASE_MS,
      store: this.store,
      worker: this.worker,
      readers: this.readers,
      slots: 'all',
      handler: this.handler,
      openRecord: options.fields ?? (({ fields }) => fields),
      draw: ({ number }) => {
        const count = (this.drawn.get(number) ?? 0) + 1;
        this.drawn.set(number, count);
        return { key: `k${number}.${count}` };
      },
      clock: options.clock ?? Date.now,
      monotonic: () => performance.now(),
      signal: this.abort.signal,
      ...(options.keyMismatch === undefined ? {} : { keyMismatch: new Set(options.keyMismatch) }),
      ...(options.attended === undefined ? {} : { attended: options.attended }),
      ...(options.reseatMs === undefined ? {} : { reseatMs: options.reseatMs }),
    });
    this.line.subscribe((event) => this.events.push(event));
    return this.line;
  }

  async run() {
    await this.load();
    return (await this.start()).done;
  }

  record(number: number): Promise<LineRecord | undefined> {
    return this.store.record(BATCH, number);
  }

  /** Types of the journal's entries about a record. */
  async told(number: number): Promise<string[]> {
    const entries = await this.store.journal('s1', { after: 0, limit: 10_000 });
    return entries.filter(({ event }) => event.record === number).map(({ event }) => event.type);
  }
}
