/** What the line asks of whoever knows the cards: who a card is, what a record makes of it, whether it is so. */
import type { CardChannel } from '../../apdu/index.js';

/** Who a card is, read without presenting anything. */
export interface CardIdentity {
  /** Hex. */
  readonly atr: string;
  readonly iccid?: string;
  /** Hex of the 42 octets (GPC 2.3.1 §H.6). */
  readonly cplc?: string;
  /** What tells this chip from all others, as the job's `identity` says; absent for `none`. */
  readonly id?: string;
}

/** A record ready for its card: fields opened, values drawn. Hex and digits as text. */
export interface WorkRecord {
  readonly number: number;
  readonly values: Readonly<Record<string, string>>;
}

/** `blank`: nothing of the record; `partial`: some; `complete`: everything; `foreign`: something that no step put there. */
export type CardContent = 'blank' | 'partial' | 'complete' | 'foreign';

export interface WorkHooks {
  readonly signal: AbortSignal;
  /** Before a step begins. `total` counts the steps of this phase. */
  onStep(step: { readonly name: string; readonly index: number; readonly total: number }): void;
  /** After a step; milliseconds come from the caller's clock. */
  onStepDone(step: { readonly name: string; readonly exchanges: number }): void;
  /**
   * Awaited before the first command that may change the card, and before a step that cannot be told apart afterwards or
   * not be repeated: must be durable when it resolves. A card that comes again and is `blank` although it was told is
   * another one with the same identity, or was torn at that very command.
   */
  beforeCritical(index: number): Promise<void>;
}

export interface WorkDifference {
  readonly step: string;
  readonly where: string;
  readonly message: string;
  /** Where it tells of wrong keys: one of `KEY_MISMATCH_CODES`, which a stop rule counts. */
  readonly code?: string;
}

export interface WorkVerification {
  /** None: the card is as ordered. */
  readonly differences: readonly WorkDifference[];
  /** SHA-256 over everything that was read back, 64 hex digits. */
  readonly evidence: string;
}

/** One record on one card. Every method may be called again after a failure or on a new channel to the same card. */
export interface CardWork {
  /**
   * What the card holds, without writing.
   *
   * @param progress as `beforeCritical` told it, of an earlier attempt
   */
  survey(channel: CardChannel, hooks: WorkHooks, progress?: number): Promise<CardContent>;
  /**
   * Carries the steps out. Safe on a card that an earlier attempt left half done. Behind `survey` on the same channel,
   * which nobody else used or reset meanwhile, nothing is asked twice; without one the card is surveyed first.
   *
   * @param progress as `beforeCritical` told it last: an opaque number that only `survey` and `write` understand
   * @throws CardError, ReaderError, SecurityError; `CARD_NOT_REPEATABLE` before anything where it cannot be done again
   */
  write(channel: CardChannel, hooks: WorkHooks, progress?: number): Promise<void>;
  /** Reads everything back and compares. */
  verify(channel: CardChannel, hooks: WorkHooks): Promise<WorkVerification>;
  /** Overwrites what this object holds of secrets. */
  wipe(): void;
}

/** Made once from a job and the keys of the line. */
export interface CardWorker {
  /** Who the card in the slot is: what can be read without writing to it. */
  identify(channel: CardChannel): Promise<CardIdentity>;
  /** Whether the ATR is one that the job expects. */
  expects(atr: Uint8Array): boolean;
  /** @throws DataError where the record cannot become a card of this job (field, value, limit) */
  prepare(record: WorkRecord): CardWork;
}
