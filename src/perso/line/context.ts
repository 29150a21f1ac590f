/** What a slot needs of its line, and the line of a slot. */
import type { ReaderService } from '../../transport/index.js';
import type { Job } from '../job/types.js';
import type { LineRecord, LineStep, Reason, Wanted } from '../store/port.js';
import type { CardWorker } from '../work/port.js';
import type { CardRun } from './card-run.js';
import type { LineChannel } from './channel.js';
import type { CardReport, SlotView } from './events.js';
import type { CardHandler } from './handler.js';
import type { Found, SlotAction, SlotMachine, StoreKind } from './slot/state.js';

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
  admit(runner: Slot): void;
  /** Who the card is to the store; holds its identity for this slot. */
  lookUp(runner: Slot, signal: AbortSignal): Promise<Found>;
  /** The record that a claim gave; nothing if none is free. */
  claim(runner: Slot, wanted: Wanted): Promise<LineRecord | undefined>;
  recordByKey(key: string): Promise<LineRecord | undefined>;
  /** One transaction about the record of a card; its record is the one after it. */
  store(runner: Slot, run: CardRun, kind: StoreKind, reason?: Reason): Promise<void>;
  apply(step: LineStep, before?: LineRecord): Promise<LineRecord | undefined>;
  /** The identity of the slot's card is held no more. */
  release(runner: Slot): void;
  left(runner: Slot): void;
  /** A slot waits for nothing any more. */
  rests(runner: Slot): void;
  report(runner: Slot, card: CardReport): void;
  refused(runner: Slot, reason: Reason): void;
  changed(runner: Slot): void;
  note(message: string): void;
}

/** One slot at work. */
export interface Slot {
  readonly name: string;
  readonly context: LineContext;
  readonly machine: SlotMachine;
  /** The card in it. */
  readonly run: CardRun;
  /** The reader is there. */
  readonly plugged: boolean;
  /** Asked for, and held back until the line lets it begin. */
  readonly parked: Extract<SlotAction, { ticket: number }> | undefined;
  /** The open channel to its card. */
  readonly channel: LineChannel;
  /** The line lets the parked activity begin. */
  admitted(): void;
  /** Opens the card; what was open before is closed, so that the card loses power. */
  connect(signal: AbortSignal): Promise<LineChannel>;
  /** Closes what is open, and waits for whatever was given up before. */
  shut(): Promise<void>;
  /** A step begins: it has all its time. */
  extend(step?: SlotView['step']): void;
  view(): SlotView;
}
