/** What a script of steps wants next, from what happened: the same history gives the same decision. */
import type { CompiledStep } from './compiled-step.js';
import { fitsValue, holds, leavesOf, stepsOf } from './conditions.js';
import { fillAddress, fillText } from './shorthand.js';
import type { ScriptDecision, ScriptHistory, Step, StepResult } from './types.js';

/** Rounds of one for-each. */
const MAX_ROUNDS = 1000;

/**
 * Walks the steps in their order. Steps that need nothing of one another go together into one package: reads after
 * reads, and anything after steps whose failure does not matter.
 */
export function interpret(steps: readonly CompiledStep[], history: ScriptHistory): ScriptDecision {
  const reached = lastReached(steps, history);
  const batch: { compiled: CompiledStep; steps: readonly Step[] }[] = [];
  for (const [index, compiled] of steps.entries()) {
    const results = history.results.filter(({ id }) => id === compiled.id);
    if (results.length > 0) {
      const failure = failureOf(compiled, results);
      if (failure !== undefined) return failure;
      continue;
    }
    // A step before one that ran was skipped, and stays so whatever came since.
    if (index < reached) continue;
    if (
      batch.length > 0 &&
      !mayJoin(
        compiled,
        batch.map((each) => each.compiled),
      )
    )
      break;
    if (compiled.when !== undefined && !holds(compiled.when, history)) continue;
    const rounds = roundsOf(compiled, history);
    if (rounds.length > MAX_ROUNDS) {
      return { type: 'failed', reason: `step ${compiled.id} would run more than ${MAX_ROUNDS} times` };
    }
    if (rounds.length > 0) batch.push({ compiled, steps: rounds });
  }
  if (batch.length === 0) return { type: 'done' };
  return { type: 'steps', steps: batch.flatMap((each) => each.steps) };
}

function lastReached(steps: readonly CompiledStep[], history: ScriptHistory): number {
  if (history.results.length === 0) return -1;
  const ran = new Set(history.results.map(({ id }) => id));
  return steps.findLastIndex(({ id }) => ran.has(id));
}

function mayJoin(step: CompiledStep, batch: readonly CompiledStep[]): boolean {
  const pending = new Set(batch.map(({ id }) => id));
  const needed = [...(step.when === undefined ? [] : stepsOf(step.when)), step.forEach?.step ?? ''];
  if (needed.some((id) => pending.has(id)) || batch.some(({ waits }) => waits)) return false;
  if (batch.some(({ final }) => final !== step.final)) return false;
  return batch.every(({ stopsOnFailure, reads }) => !stopsOnFailure || (reads && step.reads));
}

function roundsOf({ id, make, forEach, idempotent, final }: CompiledStep, history: ScriptHistory): Step[] {
  const options = { idempotent, final };
  const same = (text: string) => text;
  if (forEach === undefined) return [{ id, command: make(same, same), ...options }];
  const leaves = leavesOf(history.results.filter((result) => result.id === forEach.step));
  return leaves
    .filter(({ value }) => fitsValue(forEach.where, value))
    .map(({ uri, value }, item) => ({
      id,
      item,
      command: make(fillAddress(uri, value), fillText(uri, value)),
      ...options,
    }));
}

function failureOf(step: CompiledStep, results: readonly StepResult[]): ScriptDecision | undefined {
  if (!step.stopsOnFailure) return undefined;
  if (!step.final && results.some(({ outcome }) => outcome === 'in-doubt')) {
    return { type: 'failed', reason: `nobody knows whether step ${step.id} ran`, inDoubt: true };
  }
  const bad = results.find(({ status }) => status !== undefined && !isSuccess(status));
  if (bad === undefined) return undefined;
  return { type: 'failed', reason: `step ${step.id} was answered with ${bad.status}` };
}

/** 2xx, 304, and what applications define as success: 12xx (Appendix C). */
function isSuccess(status: number): boolean {
  return (status >= 200 && status < 300) || status === 304 || (status >= 1200 && status < 1300);
}
