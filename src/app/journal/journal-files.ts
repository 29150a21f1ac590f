/** Journals as files of NDJSON, one a station. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors/index.js';
import { exportJournal, type JournalSource, type LineStore } from '../../perso/index.js';

export interface ExportedJournal {
  readonly station: string;
  readonly file: string;
  readonly entries: number;
}

/**
 * Writes the journals of stations, each into `<station>.ndjson` (characters that no file name should have as %XX).
 *
 * @param stations all unless told
 * @throws UsageError `USAGE_ARGUMENT` for a station that the store does not know, `USAGE_FILE_UNWRITABLE`
 */
export async function exportJournals(
  store: LineStore,
  directory: string,
  stations: readonly string[] = [],
): Promise<ExportedJournal[]> {
  const known = (await store.stations()).map(({ station }) => station);
  const unknown = stations.find((station) => !known.includes(station));
  if (unknown !== undefined) {
    throw new UsageError('USAGE_ARGUMENT', `the store has no journal of station ${unknown}`, {
      next: `It has those of: ${known.join(', ') || 'none'}.`,
    });
  }
  const exported: ExportedJournal[] = [];
  for (const station of stations.length === 0 ? known : stations)
    exported.push(await exportOne(store, directory, station));
  return exported;
}

async function exportOne(store: LineStore, directory: string, station: string): Promise<ExportedJournal> {
  const file = join(directory, `${encodeURIComponent(station).replace(/^\./, '%2E')}.ndjson`);
  let entries = 0;
  try {
    const out = await open(file, 'w', 0o644);
    try {
      for await (const lines of exportJournal(store, station)) {
        await out.write(lines);
        entries += lines.split('\n').length - 1;
      }
      await out.sync();
    } finally {
      await out.close();
    }
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    throw new UsageError('USAGE_FILE_UNWRITABLE', `cannot write ${file} (${code})`, {
      cause,
      details: { path: file },
    });
  }
  return { station, file, entries };
}

/** A file as a source of `verifyJournal`; the first read throws `USAGE_FILE_UNREADABLE` where it cannot be read. */
export function journalFile(path: string): JournalSource {
  return { name: path, chunks: chunksOf(path) };
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array, undefined> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError('USAGE_FILE_UNREADABLE', `cannot read ${path} (${code})`, {
      cause,
      details: { path },
    });
  }
  return undefined;
}
