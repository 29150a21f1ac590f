/** Records by the words of the command line. */
import { InvalidArgumentError } from 'commander';
import { UsageError } from '../../src/errors/index.js';
import type { LineStore } from '../../src/perso/index.js';

/**
 * Number of a record that is named by it, or by its key.
 *
 * @throws UsageError `USAGE_BATCH_UNKNOWN`
 */
export async function recordNumber(store: LineStore, batchId: string, which: string): Promise<number> {
  const keyed = await store.recordByKey(batchId, which);
  if (keyed !== undefined) return keyed.number;
  if (/^[1-9]\d{0,8}$/.test(which)) return Number(which);
  throw new UsageError('USAGE_BATCH_UNKNOWN', `batch ${batchId} has no record ${which}`);
}

/** For an option that takes a number of things. */
export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number is expected.');
  return Number(text);
}
