/** What a line is made of. */
import type { ReaderService } from '../../transport/index.js';
import type { Job } from '../job/types.js';
import type { LineRecord, LineStore, Reason, StationHandle } from '../store/port.js';
import type { CardWorker } from '../work/port.js';
import type { LineControl, LineView } from './events.js';
import type { CardHandler } from './handler.js';
import type { LineStatistics } from './statistics.js';

/** Timers are parameters; the returned function ends them. */
export type Every = (milliseconds: number, action: () => void) => () => void;

export interface LineOptions {
  readonly job: Job;
  readonly batchId: string;
  readonly station: StationHandle;
  /** As `openStation` was told. */
  readonly leaseMs: number;
  readonly store: LineStore;
  readonly worker: CardWorker;
  readonly readers: ReaderService;
  /** Names of readers; `all` takes every reader that is there or comes. */
  readonly slots: readonly string[] | 'all';
  readonly handler: CardHandler;
  /** Fields of a record in clear, just before its work. */
  openRecord(
    record: LineRecord,
  ): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Values that a record gets once, before its first write. */
  draw(record: LineRecord): Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  clock(): number;
  /** Milliseconds since any moment, never going back. */
  monotonic(): number;
  /** `setInterval` unless told. */
  readonly every?: Every;
  /** Aborting ends everything at once: nothing more is written, cards in work stay as they are. */
  readonly signal?: AbortSignal;
  /** Somebody is there to resume after a stop; else a stopped line ends once its cards are done. */
  readonly attended?: boolean;
  /**
   * Goes on asking for cards while records are quarantined, though none is free: their cards are among those to come. A
   * blank that comes instead is returned as it came.
   */
  readonly seekQuarantined?: boolean;
  /** Codes of failures that tell of wrong keys (stop rule `keyMismatch`); `KEY_MISMATCH_CODES` unless told. */
  readonly keyMismatch?: ReadonlySet<string>;
  /** How long a card may take to come back after a re-seat; 60 seconds unless told. */
  readonly reseatMs?: number;
}

export interface LineResult {
  /** `done`: no record or blank is left; `stopped`: by an operator, a rule or a failure; `aborted`: by the signal. */
  readonly outcome: 'done' | 'stopped' | 'aborted';
  readonly reason?: Reason;
  readonly view: LineView;
  readonly statistics: LineStatistics;
}

/** A line that runs. */
export type RunningLine = LineControl & {
  /** @throws UsageError `USAGE_LINE_CLOCK`, or what the store says, where the line could not begin */
  readonly done: Promise<LineResult>;
  statistics(): LineStatistics;
};
