/** What a slot needs of its line. */
import type { ReaderService } from '../../transport/index.js';
import type { Job } from '../job/types.js';
import type { LineRecord, LineStep, Reason, Wanted } from '../store/port.js';
import type { CardWorker } from '../work/port.js';
import type { CardRun } from './card-run.js';
import type { CardReport } from './events.js';
import type { CardHandler } from './handler.js';
import type { SlotRunner } from './runner.js';
import type { Found, StoreKind } from './slot/state.js';

export interface LineContext {
  readonly job: Job;
  readonly readers: ReaderService;
  readonly worker: CardWorker;
  readonly handler: CardHandler;
  readonly stepTimeoutMs: number;
  readonly reseatMs: number;
  readonly monotonic: () => number;
  now(): number;
  openRecord(
    record: LineRecord,
  ): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  draw(record: LineRecord): Readonly<Record<string, string>>;
  late(step: string): Reason;

  /** Begins the parked activity of a slot now, or when the line lets it. */
  admit(runner: SlotRunner): void;
  /** Who the card is to the store; holds its identity for this slot. */
  lookUp(runner: SlotRunner, signal: AbortSignal): Promise<Found>;
  /** The record that a claim gave; nothing if none is free. */
  claim(runner: SlotRunner, wanted: Wanted): Promise<LineRecord | undefined>;
  recordByKey(key: string): Promise<LineRecord | undefined>;
  /** One transaction about the record of a card; its record is the one after it. */
  store(runner: SlotRunner, run: CardRun, kind: StoreKind, reason?: Reason): Promise<void>;
  apply(step: LineStep, before?: LineRecord): Promise<LineRecord | undefined>;
  /** The identity of the slot's card is held no more. */
  release(runner: SlotRunner): void;
  left(runner: SlotRunner): void;
  /** A slot waits for nothing any more. */
  rests(runner: SlotRunner): void;
  report(runner: SlotRunner, card: CardReport): void;
  refused(runner: SlotRunner, reason: Reason): void;
  changed(runner: SlotRunner): void;
  note(message: string): void;
}
