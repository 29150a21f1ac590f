/** The line: one slot machine per reader over one store, and what the slots have in common. */
import type { LineRecord, LineStep, Reason, Wanted } from '../store/port.js';
import { KEY_MISMATCH_CODES } from '../work/index.js';
import type { CardRun } from './card-run.js';
import { steadyClock } from './clock.js';
import type { LineContext, Slot } from './context.js';
import type { CardReport, LineControl, LineEvent, LineMode, LineView } from './events.js';
import { reasonFrom } from './failures.js';
import { LeftBehind } from './left-behind.js';
import { type LookUp, lookUp } from './look-up.js';
import type { LineOptions, LineResult } from './options.js';
import { reasonOf } from './reasons.js';
import { RuleCounter } from './rules.js';
import type { SlotRunner } from './runner.js';
import type { Found, StoreKind } from './slot/state.js';
import { Slots } from './slots.js';
import { type LineStatistics, RunStatistics } from './statistics.js';
import { lineStep } from './steps.js';
import { StoreGate } from './store-gate.js';
import { Tally } from './tally.js';

const RESEAT_MS = 60_000;
const MOST_TICK_MS = 250;

const setEvery = (milliseconds: number, action: () => void) => {
  const timer = setInterval(action, milliseconds);
  return () => clearInterval(timer);
};

export class Line implements LineControl, LineContext {
  readonly done: Promise<LineResult>;
  readonly monotonic: () => number;
  readonly stepTimeoutMs: number;
  readonly reseatMs: number;
  readonly #slots: Slots;
  readonly #listeners = new Set<(event: LineEvent) => void>();
  readonly #tally = new Tally();
  readonly #statistics = new RunStatistics();
  readonly #counter: RuleCounter;
  readonly #watch = new AbortController();
  readonly #timers: (() => void)[] = [];
  /** Slots that asked for a blank, or have one, and no record yet. */
  readonly #expecting = new Set<Slot>();
  /** Cards in slots by identity. */
  readonly #held = new Map<string, Slot>();
  readonly #gate = new StoreGate((error) => this.halt(error));
  readonly #leftBehind: LeftBehind;
  #now: () => number;
  #mode: LineMode = 'running';
  #reason: Reason | undefined;
  #startedAt: number;
  #ready = false;
  #over = false;
  #looking = false;
  #resolve!: (result: LineResult) => void;
  #reject!: (error: unknown) => void;

  constructor(private readonly options: LineOptions) {
    const { job, clock, monotonic } = options;
    this.monotonic = monotonic;
    this.stepTimeoutMs = job.timing.stepTimeoutMs;
    this.reseatMs = options.reseatMs ?? RESEAT_MS;
    this.#now = clock;
    this.#startedAt = clock();
    this.#slots = new Slots(this, options.slots);
    this.#leftBehind = new LeftBehind({ ...options, now: this.now });
    this.#counter = new RuleCounter(job.stop, options.keyMismatch ?? KEY_MISMATCH_CODES);
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get job() {
    return this.options.job;
  }
  get readers() {
    return this.options.readers;
  }
  get worker() {
    return this.options.worker;
  }
  get handler() {
    return this.options.handler;
  }
  openRecord = (record: LineRecord) => this.options.openRecord(record);
  draw = (record: LineRecord) => this.options.draw(record);
  now = () => this.#now();

  // --- start and end

  async start(): Promise<void> {
    const { options } = this;
    try {
      options.signal?.throwIfAborted();
      options.signal?.addEventListener('abort', this.aborted, { once: true });
      const head = await options.station.head();
      this.#now = steadyClock(options.clock, options.monotonic, head.at);
      this.#startedAt = this.now();
      await this.recover();
      if (this.#over) return;
      this.setTimers();
      this.watchReaders();
      await this.settle();
      this.checkEnd();
    } catch (error) {
      if (this.#over) return;
      this.close();
      this.#reject(error);
    }
  }

  private async recover(): Promise<void> {
    const { readers, batchId, station, store } = this.options;
    await this.#leftBehind.find(async () => {
      const found = await readers.list();
      return found
        .filter(({ name, card }) => card !== 'absent' && this.#slots.wants(name))
        .map(({ name }) => name);
    });
    await store.recoverDead(station, batchId);
    this.#tally.refresh(await store.counts(batchId));
    this.#ready = true;
  }

  private setTimers(): void {
    const every = this.options.every ?? setEvery;
    const tick = Math.max(1, Math.min(MOST_TICK_MS, this.stepTimeoutMs / 4, this.reseatMs / 4));
    this.#timers.push(
      every(tick, () => {
        const now = this.monotonic();
        for (const runner of this.#slots) runner.tick(now);
      }),
    );
    let beating = false;
    this.#timers.push(
      every(Math.max(1, this.options.leaseMs / 3), () => {
        if (beating || this.#gate.closed !== undefined) return;
        beating = true;
        this.beat().finally(() => {
          beating = false;
        });
      }),
    );
  }

  /** This station lives; what dead ones left behind comes back. */
  private async beat(): Promise<void> {
    const { station, store, batchId } = this.options;
    try {
      await this.#gate.through(() => station.heartbeat());
      const back = await this.#gate.through(() => store.recoverDead(station, batchId));
      if (back.length > 0) this.#tally.refresh(await store.counts(batchId));
      for (const slot of this.#leftBehind.unsettled) {
        const runner = this.#slots.get(slot);
        if (runner === undefined || !runner.machine.present) this.settled(slot);
      }
      this.pump();
      this.checkEnd();
    } catch {
      // The line stopped over it already, and says why.
    }
  }

  private watchReaders(): void {
    this.#slots.addNamed();
    this.options.readers
      .watch((event) => {
        if (!this.#over) this.#slots.see(event, (slot) => this.settled(slot));
      }, this.#watch.signal)
      .catch((error: unknown) => this.halt(error));
  }

  private close(): void {
    this.#over = true;
    for (const end of this.#timers) end();
    this.#watch.abort();
    this.options.signal?.removeEventListener('abort', this.aborted);
  }

  private end(outcome: LineResult['outcome']): void {
    if (this.#over) return;
    this.close();
    for (const runner of this.#slots) runner.finish();
    this.mode(outcome === 'done' ? 'done' : 'stopped', this.#reason);
    const reason = this.#reason;
    this.#resolve({
      outcome,
      ...(reason === undefined ? {} : { reason }),
      view: this.view(),
      statistics: this.statistics(),
    });
  }

  private readonly aborted = () => {
    if (this.#over) return;
    this.#reason = { code: 'ABORTED', message: 'the line was told to end at once' };
    this.freeze(new Error(this.#reason.message), this.#reason);
    this.end('aborted');
  };

  /** The store or the machine failed: nothing more is written to any card. */
  private halt(error: unknown): void {
    if (this.#over || this.#gate.closed !== undefined) return;
    const reason = reasonFrom(error);
    this.freeze(error instanceof Error ? error : new Error(reason.message), reason);
    this.mode('stopped', reason);
    if (this.options.attended !== true || reason.code === 'USAGE_LINE_FENCED')
      this.#gate.whenIdle(() => this.end('stopped'));
  }

  private freeze(error: Error, reason: Reason): void {
    this.#gate.close(error);
    this.#expecting.clear();
    for (const runner of this.#slots) runner.freeze(reason);
    this.#held.clear();
  }

  private mode(mode: LineMode, reason: Reason | undefined): void {
    this.#mode = mode;
    this.#reason = reason;
    this.emit({ type: 'line', at: this.now(), mode, ...(reason === undefined ? {} : { reason }) });
  }

  // --- what an operator does

  pause(): void {
    if (this.#mode === 'running') this.mode('paused', undefined);
  }

  resume(): void {
    if (this.#over || this.#mode === 'running') return;
    if (this.#gate.closed !== undefined) {
      this.#gate.whenIdle(() => void this.restart());
      return;
    }
    this.#counter.reset();
    this.mode('running', undefined);
    for (const runner of this.#slots) runner.deliver({ type: 'start' });
    this.pump();
    this.checkEnd();
  }

  /** After a failure of the store: as a new process would, with the cards that are in the slots. */
  private async restart(): Promise<void> {
    const before = this.#gate.closed;
    if (before === undefined || this.#over) return;
    try {
      await this.recover();
      this.#gate.open();
      this.resume();
      await this.settle();
    } catch (error) {
      this.#gate.close(before);
      this.mode('stopped', reasonFrom(error));
    }
  }

  stop(): void {
    if (this.#over) return;
    this.mode('stopping', this.#reason);
    if (this.#gate.closed === undefined) this.checkEnd();
    else this.#gate.whenIdle(() => this.end('stopped'));
  }

  reseat(slot: string): void {
    this.#slots
      .meant(slot, ({ machine }) => machine.card !== undefined || machine.state === 'waiting')
      .deliver({
        type: 'reseat',
      });
  }

  scrap(slot: string, reason: Reason): void {
    this.#slots
      .meant(slot, ({ machine }) => machine.card !== undefined || machine.state === 'waiting')
      .deliver({
        type: 'scrap',
        reason,
      });
  }

  scan(slot: string, code: string): void {
    this.#slots.meant(slot, ({ machine }) => machine.doing === 'code').deliver({ type: 'scan', code });
  }

  subscribe(listener: (event: LineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // --- what slots ask for

  admit(runner: Slot): void {
    if (this.mayBegin(runner)) {
      this.#expecting.add(runner);
      runner.admitted();
    } else if (this.#ready) queueMicrotask(() => this.checkEnd());
  }

  private mayBegin(runner: Slot): boolean {
    if (!this.#ready || this.#over || this.#gate.closed !== undefined || this.#mode !== 'running')
      return false;
    if (runner.parked?.type === 'open') return true;
    if (!runner.plugged) return false;
    if (this.job.bind.by !== 'next') return this.wanted > 0;
    return this.wanted > this.#expecting.size - (this.#expecting.has(runner) ? 1 : 0);
  }

  /** Cards that are still to come, as far as this station knows. */
  private get wanted(): number {
    const { free, quarantined } = this.#tally.records;
    return free + (this.options.seekQuarantined === true ? quarantined : 0);
  }

  /** Slots that were held back may go on. */
  private pump(): void {
    for (const runner of this.#slots) if (runner.parked !== undefined) this.admit(runner);
  }

  async lookUp(runner: Slot, signal: AbortSignal): Promise<Found> {
    const { store, batchId, station } = this.options;
    const id = runner.run.identity?.id;
    const holder = id === undefined ? undefined : this.#held.get(id);
    const elsewhere = holder === undefined || holder === runner ? undefined : holder.name;
    if (id !== undefined && elsewhere === undefined) this.#held.set(id, runner);
    const read: LookUp['read'] = (action) => this.#gate.through(() => action(store));
    const where = { read, batchId, station: station.station, elsewhere };
    const found = await lookUp(runner, where, signal);
    if (found.kind !== 'unknown') this.#expecting.delete(runner);
    if (found.kind === 'take-over') this.#leftBehind.takenOver(found.record.number);
    this.settled(runner.name);
    return found;
  }

  async claim(runner: Slot, wanted: Wanted): Promise<LineRecord | undefined> {
    const { station, batchId } = this.options;
    const cardId = runner.run.identity?.id;
    const at = { slot: runner.name, ...(cardId === undefined ? {} : { cardId }) };
    const record = await this.#gate.through(() => station.claim(batchId, wanted, at));
    this.#expecting.delete(runner);
    if (record !== undefined) this.#tally.claimed(record);
    return record;
  }

  recordByKey(key: string): Promise<LineRecord | undefined> {
    return this.#gate.through(() => this.options.store.recordByKey(this.options.batchId, key));
  }

  async store(runner: Slot, run: CardRun, kind: StoreKind, reason?: Reason): Promise<void> {
    const { batchId, station, job } = this.options;
    const { record, identity, drawn, evidence } = run;
    const { id, iccid } = identity ?? {};
    const step = lineStep(kind, {
      batchId,
      station: station.station,
      slot: runner.name,
      now: this.now(),
      known: runner.machine.known,
      ...(record === undefined ? {} : { record }),
      ...(id === undefined ? {} : { cardId: id }),
      ...(reason === undefined ? {} : { reason }),
      ...(drawn === undefined ? {} : { drawn }),
      ...(evidence === undefined ? {} : { evidence }),
      data: {
        ...(evidence === undefined ? {} : { evidence }),
        jobHash: job.hash,
        jobVersion: job.version,
        timings: { ...run.timings },
        exchanges: run.exchanges,
        ...(iccid === undefined ? {} : { iccid }),
      },
    });
    const after = await this.apply(step, record);
    if (kind === 'refused' || after === undefined) delete run.record;
    else run.record = after;
    if (after?.state === 'free') this.pump();
  }

  async apply(step: LineStep, before?: LineRecord): Promise<LineRecord | undefined> {
    const after = await this.#gate.through(() => this.options.station.apply(step));
    this.#tally.moved(before?.state, after, step);
    return after;
  }

  release(runner: Slot): void {
    const id = runner.run.identity?.id;
    if (id !== undefined && this.#held.get(id) === runner) this.#held.delete(id);
  }

  left(runner: Slot): void {
    this.#expecting.delete(runner);
    this.settled(runner.name);
  }

  rests(runner: Slot): void {
    if (runner.machine.exhausted) this.#expecting.delete(runner);
    queueMicrotask(() => this.checkEnd());
  }

  report(runner: Slot, card: CardReport): void {
    this.#expecting.delete(runner);
    this.#statistics.add(card);
    this.emit({ type: 'card', at: card.at, card });
    this.rule(this.#counter.count(card));
  }

  refused(runner: Slot, reason: Reason): void {
    const number = runner.run.record?.number;
    this.note(`record ${number ?? '?'} set aside: ${reason.message}`);
    this.rule(this.#counter.countRefused(reason));
  }

  private rule(reason: Reason | undefined): void {
    if (reason === undefined || this.#mode !== 'running') return;
    this.mode('stopped', reason);
    const { batchId } = this.options;
    this.apply({ events: [{ type: 'rule.stopped', batchId, reason }] }).catch(() => undefined);
  }

  late(step: string): Reason {
    return reasonOf('TIMEOUT', `${step}, ${this.stepTimeoutMs} ms`);
  }

  changed(runner: Slot): void {
    if (this.#listeners.size > 0) this.emit({ type: 'slot', at: this.now(), slot: runner.view() });
    if (runner.machine.state === 'stopped') this.settled(runner.name);
  }

  note(message: string): void {
    this.emit({ type: 'note', at: this.now(), message });
  }

  private emit(event: LineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  // --- recovery and end

  /** A slot was looked at since the start. */
  private settled(slot: string): void {
    if (this.#leftBehind.settled(slot)) void this.settle();
  }

  /** Every slot was looked at: records whose card is in none of them are decided. */
  private async settle(): Promise<void> {
    const left = this.#leftBehind.take();
    if (left === undefined) return;
    try {
      for (const record of left) {
        const after = await this.#gate.through(() => this.#leftBehind.settle(record));
        this.#tally.moved(record.state, after);
      }
    } catch {
      // The line stopped over it already; the next start finds them again.
    }
    this.pump();
    this.checkEnd();
  }

  /** Ends the line once there is nothing left to do for it. */
  private checkEnd(): void {
    if (!this.#ready || this.#over || this.#gate.closed !== undefined) return;
    if (this.#gate.busy) {
      this.#gate.whenIdle(() => this.checkEnd());
      return;
    }
    const runners = [...this.#slots];
    if (runners.some((runner) => runner.busy)) return;
    switch (this.#mode) {
      case 'stopping':
        this.end('stopped');
        break;
      case 'stopped':
        if (this.options.attended !== true) this.end('stopped');
        break;
      case 'running':
        if (this.#leftBehind.unsettled.length === 0) this.checkDone(runners);
        break;
      case 'paused':
      case 'done':
        break;
    }
  }

  private checkDone(runners: readonly SlotRunner[]): void {
    if (runners.length > 0 && runners.every(({ machine }) => cannotGoOn(machine))) {
      const stopped = runners.find(({ machine }) => machine.state === 'stopped');
      if (stopped === undefined) this.end('done');
      else if (this.options.attended !== true) {
        this.#reason = stopped.machine.problem;
        this.end('stopped');
      }
    } else if (this.wanted <= 0 && runners.every(waitsForBlank)) void this.lookForFree();
  }

  /** Other stations' records may have come back meanwhile. */
  private async lookForFree(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const counts = await this.#gate.through(() => this.options.store.counts(this.options.batchId));
      this.#tally.refresh(counts);
      if (this.wanted > 0) this.pump();
      else if (this.#slots.every((runner) => !runner.busy && waitsForBlank(runner))) this.end('done');
    } catch {
      // The line stopped over it already.
    } finally {
      this.#looking = false;
    }
  }

  // --- what is seen

  statistics(): LineStatistics {
    return this.#statistics.summary();
  }

  view(): LineView {
    const { batchId, station } = this.options;
    const rate = this.#statistics.cardsPerHour(this.now());
    const part = this.#statistics.yield;
    const records = this.#tally.records;
    const left = records.free + records.reserved + records.writing;
    const reason = this.#reason;
    return {
      batchId,
      station: station.station,
      mode: this.#mode,
      ...(reason === undefined ? {} : { reason }),
      slots: [...this.#slots].map((runner) => runner.view()),
      records,
      cards: this.#tally.cards,
      startedAt: this.#startedAt,
      cardsPerHour: rate,
      ...(part === undefined ? {} : { yield: part }),
      ...(rate > 0 ? { secondsLeft: Math.ceil((left * 3600) / rate) } : {}),
    };
  }
}

type Machine = Slot['machine'];

/** Nothing will happen here without an operator. */
function cannotGoOn(machine: Machine): boolean {
  return machine.state === 'stopped' || (machine.state === 'empty' && machine.exhausted);
}

/** No card is in work, and none is needed while no record is free. */
function waitsForBlank({ machine, parked }: Slot): boolean {
  if (parked !== undefined) return parked.type === 'get';
  return machine.state !== 'waiting' && machine.state !== 'inserted';
}
