/** A lock file with the number of the process that has the folder; that of a process that is gone counts for nothing. */
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors/index.js';

/**
 * @returns gives the folder back
 * @throws UsageError `USAGE_STATE_FOLDER` if another process that lives, or this one, has it
 */
export async function lockFolder(path: string): Promise<() => Promise<void>> {
  const file = join(path, 'lock');
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await create(file)) return () => rm(file, { force: true });
    const owner = await ownerOf(file);
    if (owner === undefined) continue; // given back in between
    if (isAlive(owner)) throw taken(path, owner);
    await takeAway(file, owner);
  }
  throw taken(path, undefined);
}

async function create(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

/** `0` where the owner has not written its number yet, which counts as alive. */
async function ownerOf(file: string): Promise<number | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    return /^\d+$/.test(text) ? Number(text) : 0;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Two processes may find the same dead owner: only the lock of that owner goes, a new one is put back. */
async function takeAway(file: string, dead: number): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw cause;
  }
  if ((await ownerOf(aside)) !== dead) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function taken(path: string, owner: number | undefined): UsageError {
  const who = owner ? `process ${owner}` : 'another process';
  return new UsageError('USAGE_STATE_FOLDER', `the folder ${path} is in use by ${who}`, {
    details: { path, ...(owner ? { process: owner } : {}) },
  });
}
