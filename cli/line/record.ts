/** Records by the words of the command line. */
import { InvalidArgumentError } from 'commander';
import { UsageError } from '../../src/errors/index.js';
import type { BatchRecord, Job, LineStore } from '../../src/perso/index.js';

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

/**
 * @throws UsageError `USAGE_ARGUMENT` where the job file is not the one that the batch was made with
 */
export function requireSameJob(job: Pick<Job, 'hash'>, batch: BatchRecord): void {
  if (job.hash === batch.jobHash) return;
  throw new UsageError(
    'USAGE_ARGUMENT',
    `the job file has changed since batch ${batch.batchId} was made (job ${batch.jobName} ${batch.jobVersion})`,
    {
      next: 'Use the job file of the batch; what has to be different belongs into a new batch.',
      details: { batch: batch.jobHash, file: job.hash },
    },
  );
}
