/** Scripts as programs: TypeScript that decides from the history (docs/scripts.md). */
import { UsageError } from '../../../errors/index.js';
import type { Script, ScriptDecision, ScriptHistory, Step, StepResult } from './types.js';

/** What a program gives back: steps to send, or that it is through. */
export type ProgramDecision = readonly Step[] | 'done' | { readonly failed: string };

/** What a program sees: the history, and the result of a step by its id. */
export interface ProgramHistory extends ScriptHistory {
  /** The first result of a step, or undefined where it has none yet. */
  result(id: string, item?: number): StepResult | undefined;
}

/**
 * A script from a program. `next` must be pure: after a restart it is asked again with what the store remembers, and
 * must decide the same.
 *
 * @throws UsageError `USAGE_SCRIPT` for a name that is not 1 to 64 letters, digits or ._-
 * @example
 * const script = defineScript({
 *   name: 'identify',
 *   next: (history) => history.result('info') !== undefined ? 'done'
 *     : [{ id: 'info', command: { command: 'GET', clientUri: 'urn:oma:mo:oma-dm-devinfo:1.2//' } }],
 * });
 * script.next({ results: [], alerts: [] }).type // → 'steps'
 */
export function defineScript(program: {
  readonly name: string;
  next(history: ProgramHistory): ProgramDecision;
}): Script {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(program.name)) {
    throw new UsageError('USAGE_SCRIPT', 'a program needs a name of 1 to 64 letters, digits or ._-');
  }
  return { name: program.name, next: (history) => decisionOf(program.next(withResult(history))) };
}

function withResult(history: ScriptHistory): ProgramHistory {
  return {
    ...history,
    result: (id, item = 0) => history.results.find((result) => result.id === id && result.item === item),
  };
}

function decisionOf(decision: ProgramDecision): ScriptDecision {
  if (decision === 'done') return { type: 'done' };
  if ('failed' in decision) return { type: 'failed', reason: decision.failed };
  return { type: 'steps', steps: decision };
}
