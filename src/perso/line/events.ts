/** What a line tells while it runs: to the board, the event stream, the statistics. Nothing in it is secret. */
import type { CardCounts, Reason, RecordCounts } from '../store/port.js';

/** `empty` → `inserted` → `bound` → `writing` → `verifying` → `good` or `bad` → `removed` → `empty`. */
export type SlotState =
  | 'empty'
  | 'inserted'
  | 'bound'
  | 'writing'
  | 'verifying'
  | 'good'
  | 'bad'
  | 'ambiguous'
  | 'removed'
  /** Waits for an operator: a code to scan, a card to be put in again. */
  | 'waiting'
  /** Stopped by a rule or by an operator. */
  | 'stopped';

export interface SlotView {
  /** Name of the reader. */
  readonly slot: string;
  readonly state: SlotState;
  readonly record?: number;
  readonly iccid?: string;
  readonly step?: { readonly name: string; readonly index: number; readonly total: number };
  /** The last thing that went wrong here. */
  readonly problem?: Reason;
  readonly good: number;
  readonly bad: number;
  /** Milliseconds since 1970 of the last change. */
  readonly since: number;
}

export type LineMode = 'running' | 'paused' | 'stopping' | 'stopped' | 'done';

export interface LineView {
  readonly batchId: string;
  readonly station: string;
  readonly mode: LineMode;
  /** Why it is stopped or paused. */
  readonly reason?: Reason;
  readonly slots: readonly SlotView[];
  readonly records: RecordCounts;
  readonly cards: CardCounts;
  readonly startedAt: number;
  /** Of the last minutes; 0 until known. */
  readonly cardsPerHour: number;
  /** Good cards of all that this run did, 0 to 1; absent before the first. */
  readonly yield?: number;
  readonly secondsLeft?: number;
}

/** One finished card, with what each step took. */
export interface CardReport {
  readonly slot: string;
  readonly record?: number;
  readonly cardId?: string;
  readonly iccid?: string;
  readonly outcome: 'good' | 'bad' | 'returned' | 'ambiguous';
  readonly reason?: Reason;
  /** Milliseconds by step name; phases `identify`, `verify` and `total` besides. */
  readonly timings: Readonly<Record<string, number>>;
  readonly exchanges: number;
  readonly at: number;
}

export type LineEvent =
  | { readonly type: 'slot'; readonly at: number; readonly slot: SlotView }
  | { readonly type: 'card'; readonly at: number; readonly card: CardReport }
  | { readonly type: 'line'; readonly at: number; readonly mode: LineMode; readonly reason?: Reason }
  | { readonly type: 'note'; readonly at: number; readonly message: string };

/** What an operator or a line controller can do. */
export interface LineControl {
  /** How the line stands now. */
  view(): LineView;
  /** No further card is begun; those in work are finished. */
  pause(): void;
  /** Goes on after a pause. */
  resume(): void;
  /** Finishes the cards in work, then ends. */
  stop(): void;
  /** Asks for the card of a slot to be put in again, and tries it once more. @throws UsageError `USAGE_LINE_SLOT` */
  reseat(slot: string): void;
  /** Gives the card of a slot up. @throws UsageError `USAGE_LINE_SLOT` */
  scrap(slot: string, reason: Reason): void;
  /** A code that was scanned for a slot (binding by code). @throws UsageError `USAGE_LINE_SLOT` */
  scan(slot: string, code: string): void;
  /** Every event from now on; the function returned ends it. */
  subscribe(listener: (event: LineEvent) => void): () => void;
}
