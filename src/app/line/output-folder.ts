/** A folder of output files: each appears whole, or the one before stays. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { UsageError } from '../../errors/index.js';
import type { OutputWriter } from '../../perso/index.js';

/**
 * Writes beside the place, syncs, renames, and syncs the folder: after a power failure the file is old or new.
 *
 * @returns a writer whose files stay below `folder`
 * @throws UsageError `USAGE_FILE_UNWRITABLE` from each write
 */
export function outputFolder(folder: string): OutputWriter {
  const base = resolve(folder);
  return {
    async write(name, content, secret) {
      const path = resolve(base, name);
      if (!path.startsWith(base + sep))
        throw new UsageError('USAGE_FILE_UNWRITABLE', `output file ${name} is not below ${folder}`, {
          next: 'Correct the file name in the job.',
        });
      const beside = `${path}.part`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeSynced(beside, content, secret ? 0o600 : 0o644);
        await rename(beside, path);
        await sync(dirname(path));
      } catch (cause) {
        await rm(beside, { force: true }).catch(() => undefined);
        const { code } = cause as NodeJS.ErrnoException;
        if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) throw cause;
        throw new UsageError('USAGE_FILE_UNWRITABLE', `cannot write ${path} (${code})`, {
          cause,
          details: { path },
          next: 'The file before is as it was. Check folder, permissions and free space, then export again.',
        });
      }
    },
  };
}

async function writeSynced(path: string, content: AsyncIterable<Uint8Array>, mode: number): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', mode);
  try {
    let waiting: Uint8Array[] = [];
    let octets = 0;
    for await (const part of content) {
      waiting.push(part);
      octets += part.length;
      if (octets < 1 << 16) continue;
      await file.writeFile(Buffer.concat(waiting));
      waiting = [];
      octets = 0;
    }
    await file.writeFile(Buffer.concat(waiting));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
