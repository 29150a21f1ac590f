/** Files named on the command line. `-` is standard input. */
import { readFile, writeFile } from 'node:fs/promises';
import { DataError, type DataErrorCode, UsageError } from '../src/errors/index.js';
import type { CliContext } from './context.js';

/**
 * @throws UsageError `USAGE_FILE_UNREADABLE` with the path and the reason
 */
export async function readInput(cli: CliContext, path: string): Promise<Uint8Array> {
  if (path === '-') {
    const chunks: Buffer[] = [];
    for await (const chunk of cli.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
    return Uint8Array.from(Buffer.concat(chunks));
  }
  try {
    return Uint8Array.from(await readFile(path));
  } catch (cause) {
    throw new UsageError('USAGE_FILE_UNREADABLE', `cannot read ${path} (${reason(cause)})`, {
      cause,
      details: { path },
    });
  }
}

/**
 * Reads the content of a file, and names the file in what is wrong with it.
 *
 * @throws DataError of `read` with the path before its message
 */
export function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(
      error.code as DataErrorCode,
      `${path === '-' ? 'standard input' : path}: ${error.message}`,
      {
        cause: error,
        details: { ...error.details, file: path },
        next: error.next,
      },
    );
  }
}

/**
 * @param mode permissions of a new file: 0o600 for one with secrets in it
 * @throws UsageError `USAGE_FILE_UNWRITABLE` with the path and the reason
 */
export async function writeOutput(path: string, content: Uint8Array | string, mode = 0o666): Promise<void> {
  try {
    await writeFile(path, content, { mode });
  } catch (cause) {
    throw new UsageError('USAGE_FILE_UNWRITABLE', `cannot write ${path} (${reason(cause)})`, {
      cause,
      details: { path },
    });
  }
}

function reason(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
}
