/** The slot machine: its states, what happens to it, what it asks for. One machine per reader, without I/O. */
import type { Reason } from '../../store/port.js';
import type { CardContent, CardIdentity } from '../../work/port.js';
import type { SlotState } from '../events.js';

/** What does not change while a slot runs. */
export interface SlotRules {
  /** Contact failures that one card may have before it is given up. */
  readonly contactRetries: number;
  /** Bad cards in a row after which the slot stops; 0: never. */
  readonly slotFailures: number;
  /** Records are found by a code that somebody scans. */
  readonly scanned: boolean;
}

/** The record of the card in the slot, as far as the machine must know it. */
export interface SlotRecord {
  readonly number: number;
  /** Octets of it may be on a card: from the acknowledged `writing` on, also of an earlier run. */
  readonly begun: boolean;
  /** Taken over from an earlier run or slot; not told to the store yet. */
  readonly resumed: boolean;
}

/** The one thing that the machine waits for. */
export type Doing =
  /** Nothing: a card, an operator, or the card's removal. */
  | 'nothing'
  | 'get'
  | 'open'
  | 'look-up'
  | 'code'
  | 'claim'
  | 'prepare'
  | 'survey'
  | 'store'
  | 'write'
  | 'verify'
  | 'move'
  | 'reseat'
  /** The card that was asked to be put in again. */
  | 'await';

/** Why the card is opened: to learn who it is, to try again, or freshly powered to be verified. */
export type OpenPurpose = 'first' | 'retry' | 'verify';

/** What follows an acknowledged write of the store. */
export type After =
  | 'write'
  | 'verify'
  | 'good'
  | 'bad'
  | 'returned'
  | 'gone'
  | 'next-record'
  | 'again'
  | 'stop';

/** What is told to the store; `steps.ts` makes the transaction of it. */
export type StoreKind =
  | 'writing'
  | 'resumed'
  | 'verified'
  | 'released'
  | 'freed'
  | 'freed-scrapped'
  | 'refused'
  | 'quarantined'
  | 'failed'
  | 'scrapped'
  | 'returned';

export type Wish = { readonly kind: 'reseat' } | { readonly kind: 'scrap'; readonly reason: Reason };

export interface SlotMachine {
  readonly rules: SlotRules;
  readonly state: SlotState;
  readonly doing: Doing;
  /** Counts activities; an answer to an earlier one is dropped. */
  readonly ticket: number;
  /** A card is in the slot, as the reader told last. */
  readonly present: boolean;
  /** The card left the slot since it was asked to be put in again. */
  readonly left: boolean;
  readonly purpose: OpenPurpose;
  readonly after: After;
  /** Who the card is; from its first opening until it leaves. */
  readonly card?: CardIdentity;
  /** The store knew the card before it came. */
  readonly known: boolean;
  readonly record?: SlotRecord;
  /** Contact failures of this card. */
  readonly tries: number;
  /** Of an operator, until the machine can grant it. */
  readonly wish?: Wish;
  /** What went wrong last. */
  readonly problem?: Reason;
  /** Bad cards in a row. */
  readonly failures: number;
  /** No blanks are left for this slot. */
  readonly exhausted: boolean;
  /** The slot is to stop once its card is done. */
  readonly stopping: boolean;
}

/** What the store knows of a card, judged (`known.ts`). */
export type Found =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'take-over'; readonly record: SlotRecord }
  /** Never to be touched: done already, scrapped, or at work elsewhere. */
  | { readonly kind: 'refused'; readonly reason: Reason };

/** Who must act, as far as the machine decides by it (`failures.ts`). */
export type FailureKind =
  /** Contact, a mute card, a step that took too long, a status word: worth another try. */
  | 'contact'
  /** The card left the slot. */
  | 'gone'
  /** Never tried again with this card: keys, counters of tries. */
  | 'card'
  /** The record cannot become a card of this job. */
  | 'data'
  /** An interrupted step that must not run twice. */
  | 'not-repeatable'
  /** Another process changed the record or card. */
  | 'conflict'
  /** The line itself: keys of the line, a defect; no card is at fault. */
  | 'line';

export interface Failure {
  readonly kind: FailureKind;
  readonly reason: Reason;
}

/** Answers to an activity carry its ticket. */
export type SlotAnswer =
  | { readonly type: 'got'; readonly more: boolean }
  | { readonly type: 'opened'; readonly card: CardIdentity }
  /** Its ATR is none of the job. */
  | { readonly type: 'wrong-atr'; readonly reason: Reason }
  | { readonly type: 'looked-up'; readonly found: Found }
  | { readonly type: 'claimed'; readonly record: number }
  /** `taken`: the card belongs to a record already. */
  | { readonly type: 'not-claimed'; readonly reason: Reason; readonly taken: boolean }
  | { readonly type: 'prepared' }
  /** `marked`: the store knows that the card may have been changed. */
  | { readonly type: 'surveyed'; readonly content: CardContent; readonly marked?: boolean }
  | { readonly type: 'stored' }
  | { readonly type: 'written' }
  /** `problem`: the differences in words; none: the card is as ordered. */
  | { readonly type: 'verified'; readonly problem?: Reason }
  | { readonly type: 'moved' }
  | { readonly type: 'reseated'; readonly done: boolean }
  /** The card did not come in time. */
  | { readonly type: 'waited' }
  | { readonly type: 'failed'; readonly failure: Failure };

export type SlotEvent =
  | (SlotAnswer & { readonly ticket: number })
  | { readonly type: 'card-in' }
  | { readonly type: 'card-out' }
  /** The slot is free of its card and may go on. */
  | { readonly type: 'next' }
  /** There are blanks again, or a parked slot is wanted again. */
  | { readonly type: 'wake' }
  | { readonly type: 'scan'; readonly code: string }
  | { readonly type: 'reseat' }
  | { readonly type: 'scrap'; readonly reason: Reason }
  | { readonly type: 'stop'; readonly reason: Reason }
  | { readonly type: 'start' };

/** Work that an answer with this ticket ends. */
export type SlotWork =
  | { readonly type: 'get' }
  | { readonly type: 'open'; readonly purpose: OpenPurpose }
  | { readonly type: 'look-up' }
  | { readonly type: 'claim'; readonly code?: string }
  | { readonly type: 'prepare' }
  | { readonly type: 'survey' }
  | { readonly type: 'store'; readonly kind: StoreKind; readonly reason?: Reason }
  | { readonly type: 'write' }
  | { readonly type: 'verify' }
  | { readonly type: 'move'; readonly to: 'good' | 'bad'; readonly reason?: Reason }
  | { readonly type: 'reseat' }
  | { readonly type: 'await' };

export type SlotAction =
  | (SlotWork & { readonly ticket: number })
  /** Stored while the slot goes on; the store keeps the order of calls. */
  | { readonly type: 'note'; readonly kind: StoreKind; readonly reason?: Reason }
  /** The channel is closed and never waited for; what runs on it ends by itself. */
  | { readonly type: 'abandon' }
  /** One card is done. */
  | { readonly type: 'report'; readonly outcome: Outcome; readonly reason?: Reason }
  /** A record cannot become a card: the card takes another one. */
  | { readonly type: 'record-refused'; readonly reason: Reason }
  /** The card left: its record and secrets are forgotten, `next` follows. */
  | { readonly type: 'left' }
  /** Asks the readers whether a card is there after all. */
  | { readonly type: 'look' };

export type Outcome = 'good' | 'bad' | 'returned' | 'ambiguous';

export interface NextSlot {
  readonly state: SlotMachine;
  readonly actions: readonly SlotAction[];
}

/**
 * An empty slot.
 *
 * @example newSlot({ contactRetries: 2, slotFailures: 0, scanned: false }).state // → 'empty'
 */
export function newSlot(rules: SlotRules): SlotMachine {
  return {
    rules,
    state: 'empty',
    doing: 'nothing',
    ticket: 0,
    present: false,
    left: false,
    purpose: 'first',
    after: 'gone',
    known: false,
    tries: 0,
    failures: 0,
    exhausted: false,
    stopping: false,
  };
}
