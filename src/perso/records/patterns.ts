/** Patterns of a job: whatever they are, a page of values is checked within a bounded time. */
import { createContext, Script } from 'node:vm';
import { DataError } from '../../errors/index.js';

/** Milliseconds for one page; a usual pattern takes less than one. */
const TIME_LIMIT = 1_000;

/** Tells which values do not match; `slow` where it took too long to find out. */
export type PatternCheck = (values: readonly string[]) => readonly number[] | 'slow';

/** A whole value has to match, as in an `input` of HTML. */
const LOOP = new Script(
  '(() => { const wrong = []; for (let i = 0; i < values.length; i++) if (!pattern.test(values[i])) wrong.push(i); return wrong; })()',
);

/**
 * Compiles a pattern. It is tried where it can be interrupted, since some patterns take longer than the world lasts.
 *
 * @throws DataError `DATA_JOB` for a pattern that is none
 */
export function patternCheck(pattern: string): PatternCheck {
  let compiled: RegExp;
  try {
    compiled = new RegExp(`^(?:${pattern})$`, 'u');
  } catch (cause) {
    throw new DataError('DATA_JOB', 'the pattern of a column is not a regular expression', { cause });
  }
  const sandbox: { pattern: RegExp; values: readonly string[] } = { pattern: compiled, values: [] };
  const context = createContext(sandbox);
  return (values) => {
    sandbox.values = values;
    try {
      return [...(LOOP.runInContext(context, { timeout: TIME_LIMIT }) as number[])];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'slow';
      throw error;
    } finally {
      sandbox.values = [];
    }
  };
}
