/** A job file and its input, as the commands of `batch` name them. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../src/errors/index.js';
import { type Job, parseJob } from '../../src/perso/index.js';
import type { CliContext } from '../context.js';
import { readInput } from '../files.js';

/**
 * Reads a job; what it includes is named relative to it.
 *
 * @throws DataError `DATA_JOB`, UsageError `USAGE_FILE_UNREADABLE`
 */
export async function readJob(cli: CliContext, path: string): Promise<Job> {
  const folder = path === '-' ? '.' : dirname(path);
  return parseJob(await readInput(cli, path), {
    fileName: path,
    readFile: (name) => readInput(cli, resolve(folder, name)),
  });
}

/** An input file that is read as often as asked. */
export interface RecordsFile {
  readonly path: string;
  /** Octets of the file; 0 where nobody knows. */
  readonly size: number;
  /** @param onOctets told how many were read by then */
  open(onOctets?: (octets: number) => void): AsyncIterable<Uint8Array>;
}

/**
 * The input of a job: the one that the command names, else the one that the job names.
 *
 * @throws UsageError `USAGE_ARGUMENT` without any, `USAGE_FILE_UNREADABLE`
 */
export async function recordsFile(
  job: Job,
  jobPath: string,
  named: string | undefined,
): Promise<RecordsFile> {
  const own = job.records.file === undefined ? undefined : resolve(dirname(jobPath), job.records.file);
  const path = named ?? own;
  if (path === undefined) {
    throw new UsageError('USAGE_ARGUMENT', 'the job names no file of records', {
      next: 'Name one with --records.',
    });
  }
  try {
    const { size } = await stat(path);
    return { path, size, open: (onOctets) => octetsOf(path, onOctets) };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function* octetsOf(path: string, onOctets?: (octets: number) => void): AsyncIterable<Uint8Array> {
  let octets = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      octets += (chunk as Buffer).length;
      yield chunk as Buffer;
      onOctets?.(octets);
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): UsageError {
  const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new UsageError('USAGE_FILE_UNREADABLE', `cannot read ${path} (${why})`, {
    cause,
    details: { path },
  });
}
