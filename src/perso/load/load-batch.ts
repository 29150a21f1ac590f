/** Records of an input into a store: all of them, or none. */
import { createHash } from 'node:crypto';
import { type DataError, UsageError } from '../../errors/index.js';
import { hashed } from '../check/hashed.js';
import { type CheckReport, recordsRefused } from '../check/index.js';
import type { Job } from '../job/types.js';
import { finding, openRecords, recordMaker, uniqueColumns } from '../records/index.js';
import type { BatchRecord, Duplicate, LineStore } from '../store/port.js';

export interface LoadOptions {
  readonly batchId: string;
  /** What `checkRecords` found in the same input: nothing. */
  readonly checked: CheckReport;
  /** What messages call the input. */
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly signal?: AbortSignal;
  /** Told after each page. */
  readonly onProgress?: (records: number) => void;
}

/**
 * Loads a batch and opens it. A batch of that name that was not loaded to its end is loaded anew; one that is there with
 * the same job and input stays as it is. If anything fails, nothing of the batch stays.
 *
 * @throws DataError `DATA_RECORDS` for an input with findings, or with a number that another batch has by now
 * @throws UsageError `USAGE_ARGUMENT` for a name that cannot be shown, `USAGE_BATCH_EXISTS` for another job or input under that name, or where another process loads it at the
 *   same time, `USAGE_BATCH_INPUT` where the input
 *   is not the one that was checked
 */
export async function loadBatch(
  store: LineStore,
  job: Job,
  octets: AsyncIterable<Uint8Array>,
  options: LoadOptions,
): Promise<BatchRecord> {
  const { batchId, checked, file } = options;
  requirePlainName(batchId);
  if (checked.total > 0) throw recordsRefused(file, checked);
  const known = await store.batch(batchId);
  if (known !== undefined && known.state !== 'loading') return requireSame(known, job, checked);
  if (known !== undefined) await store.dropBatch(batchId);
  const { name: jobName, version: jobVersion, hash: jobHash } = job;
  const { inputHash } = checked;
  await store.createBatch({ batchId, jobName, jobVersion, jobHash, inputHash, createdAt: options.createdAt });
  try {
    await addAll(store, job, octets, options);
    if (!(await isOwn(store, options))) throw loadedElsewhere(batchId);
    return await store.openBatch(batchId);
  } catch (error) {
    await dropQuietly(store, options);
    throw error;
  }
}

/** It stands on terminals, in journals and in the heads of outputs, and is often the name of a file of somebody else. */
function requirePlainName(batchId: string): void {
  if (/^\P{C}{1,200}$/u.test(batchId)) return;
  throw new UsageError(
    'USAGE_ARGUMENT',
    'the name of a batch has 1 to 200 characters, none of them a control character',
    {
      next: 'Give it another one with --batch.',
    },
  );
}

/** Whether the batch that is loading is still the one that was begun here: another process may have begun anew. */
async function isOwn(store: LineStore, { batchId, createdAt }: LoadOptions): Promise<boolean> {
  const batch = await store.batch(batchId);
  return batch?.state === 'loading' && batch.createdAt === createdAt;
}

function loadedElsewhere(batchId: string): UsageError {
  return new UsageError('USAGE_BATCH_EXISTS', `another process loads the batch "${batchId}"`, {
    details: { batchId },
  });
}

function requireSame(known: BatchRecord, job: Job, { inputHash }: CheckReport): BatchRecord {
  if (known.jobHash === job.hash && known.inputHash === inputHash) return known;
  const what = known.jobHash === job.hash ? 'another input' : 'another job';
  throw new UsageError('USAGE_BATCH_EXISTS', `batch "${known.batchId}" is there already, with ${what}`, {
    details: { batchId: known.batchId },
  });
}

async function addAll(
  store: LineStore,
  job: Job,
  octets: AsyncIterable<Uint8Array>,
  { batchId, checked, file, signal, onProgress }: LoadOptions,
): Promise<void> {
  const make = recordMaker(job);
  const hash = createHash('sha256');
  let records = 0;
  for await (const page of openRecords(job.records, hashed(octets, hash))) {
    signal?.throwIfAborted();
    if (page.findings.length > 0) throw changed(file);
    const duplicates = await store.addRecords(batchId, page.rows.map(make));
    if (duplicates.length > 0) throw taken(file, job, duplicates);
    records += page.rows.length;
    onProgress?.(records);
  }
  if (records !== checked.records || hash.digest('hex') !== checked.inputHash) throw changed(file);
}

function changed(file: string): UsageError {
  return new UsageError(
    'USAGE_BATCH_INPUT',
    `${file} is not what it was when it was checked; nothing was loaded`,
    {
      details: { file },
    },
  );
}

function taken(file: string, { records }: Job, duplicates: readonly Duplicate[]): DataError {
  const findings = duplicates.map(({ row, column, other }) => {
    const name = uniqueColumns(records.columns).find(({ as }) => as === column)?.column.name ?? column;
    const message = `batch "${other.batchId}" has the same value in row ${other.row}`;
    return finding(row, name, 'DUPLICATE_BATCH', message);
  });
  return recordsRefused(file, { findings, total: findings.length });
}

/** The failure that is on its way says more than one of tidying up; what stays is loaded anew the next time. */
async function dropQuietly(store: LineStore, options: LoadOptions): Promise<void> {
  try {
    if (await isOwn(store, options)) await store.dropBatch(options.batchId);
  } catch {
    return;
  }
}
