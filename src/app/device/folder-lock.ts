/** A lock file with the number of the process that has the folder; that of a process that is gone counts for nothing. */
import { link, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors/index.js';

/** Folders that this process has or is about to take. */
const OURS = new Set<string>();

/**
 * @returns gives the folder back
 * @throws UsageError `USAGE_STATE_FOLDER` if another process that lives, or this one, has it
 */
export async function lockFolder(path: string): Promise<() => Promise<void>> {
  const file = join(await realpath(path), 'lock');
  if (OURS.has(file)) throw taken(path, process.pid);
  OURS.add(file);
  try {
    await take(path, file);
  } catch (error) {
    OURS.delete(file);
    throw error;
  }
  return async () => {
    await rm(file, { force: true });
    OURS.delete(file);
  };
}

async function take(path: string, file: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await create(file)) return;
    const owner = await ownerOf(file);
    if (owner === undefined) continue; // given back in between
    if (isAlive(owner)) throw taken(path, owner);
    await takeAway(file, owner);
  }
  throw taken(path, undefined);
}

/** Written beside and linked, so that a lock is never without its number, also on a full disk. */
async function create(file: string): Promise<boolean> {
  const mine = `${file}.${process.pid}.new`;
  try {
    await writeFile(mine, String(process.pid), { mode: 0o600 });
    await link(mine, file);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  } finally {
    await rm(mine, { force: true });
  }
}

/** `0` for a lock without number, as a power loss may leave it: nobody has it. */
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
  // This process has no lock here, so one with its number is of a process before it, as in a container started again.
  if (pid === 0 || pid === process.pid) return false;
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
