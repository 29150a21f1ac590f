/** What every kind of step can do with the card of one record. */
import type { WorkDifference, WorkHooks } from './port.js';
import type { WorkSession } from './session.js';

/**
 * What a step finds of itself: `done`: all of it; `begun`: some of it; `nothing`; `foreign`: what another record or issuer
 * put there; `unknown`: the card cannot be asked without presenting a key.
 */
export type StepState = 'done' | 'begun' | 'nothing' | 'foreign' | 'unknown';

/** What an earlier attempt left of a critical step: it did not come that far, it passed it, or nobody knows. */
export type Attempt = 'not-begun' | 'passed' | 'open';

export interface WriteContext {
  readonly hooks: WorkHooks;
  readonly attempt: Attempt;
  /** Told of this step by `beforeCritical` of the attempt that is open. */
  readonly flag: boolean;
  /** Nothing of the record is on the card. */
  readonly isBlank: boolean;
  /** Durable before the card sees the first octet of a critical step; `flag` comes back after an interruption. */
  critical(flag: boolean): Promise<void>;
}

/** One step with the values of one record. */
export interface PreparedStep {
  readonly name: string;
  /** Whether the order of a step's execution counts for resuming (`beforeCritical`). */
  readonly isCritical: boolean;
  /** Must not be run again once it may have begun. */
  readonly runsOnce?: boolean;
  /** Whether what it writes differs from record to record, and can be read. */
  readonly tellsRecord: boolean;
  /** Whether it can find what makes the card another one's, so that it is always asked. */
  readonly guards?: boolean;
  /** Changes nothing, presents nothing. */
  survey(session: WorkSession, attempt: Attempt): Promise<StepState>;
  write(session: WorkSession, context: WriteContext): Promise<void>;
  /** Reads back through the session, which keeps what was read as evidence. */
  verify(session: WorkSession): Promise<WorkDifference[]>;
  wipe(): void;
}
