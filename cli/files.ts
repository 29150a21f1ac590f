/** Files named on the command line. `-` is standard input. */
import { readFile, writeFile } from 'node:fs/promises';
import { UsageError } from '../src/errors/index.js';
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
