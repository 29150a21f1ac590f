/** A step of a script that was read, and what it needs to be decided on. */
import type { Condition, ValueTest } from './conditions.js';
import type { CommandMaker } from './shorthand.js';

/** A step that was read. */
export interface CompiledStep {
  readonly id: string;
  readonly make: CommandMaker;
  readonly when?: Condition;
  /** The step over whose leaves it is repeated, and which of them. */
  readonly forEach?: { readonly step: string; readonly where: ValueTest };
  readonly stopsOnFailure: boolean;
  readonly idempotent: boolean;
  readonly final: boolean;
  /** Reads only: harmless next to another one that fails. */
  readonly reads: boolean;
  /** The next step waits for an answer or the end of an operation. */
  readonly waits: boolean;
}
