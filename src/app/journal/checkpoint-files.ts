/** Where the key for checkpoints is kept, and where checkpoints go. */
import type { KeyObject } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { UsageError } from '../../errors/index.js';
import {
  checkpointLine,
  checkpointPrivateKey,
  makeCheckpointKeys,
  type SignedCheckpoint,
} from '../../perso/index.js';

/**
 * Makes a key pair for checkpoints: the private key in a new file that its owner alone can read, the public one beside
 * it in `<path>.pub`, for auditors.
 *
 * @returns the public key, PEM
 * @throws UsageError `USAGE_FILE_UNWRITABLE`, also where one of the files is there already
 */
export async function makeCheckpointKeyFiles(path: string): Promise<string> {
  const { privateKey, publicKey } = makeCheckpointKeys();
  await writeNew(path, privateKey, 0o600);
  await writeNew(`${path}.pub`, publicKey, 0o644);
  return publicKey;
}

/**
 * The private key of a station, made on first use.
 *
 * @param onNote is told when the pair is made
 * @throws SecurityError `SECURITY_CHECKPOINT_KEY`; UsageError `USAGE_FILE_UNREADABLE`, `USAGE_FILE_UNWRITABLE`
 */
export async function openCheckpointKey(path: string, onNote: (note: string) => void): Promise<KeyObject> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new UsageError('USAGE_FILE_UNREADABLE', `cannot read the key ${path} (${cause.code})`, {
      cause,
      details: { path },
    });
  });
  if (text !== undefined) return checkpointPrivateKey(text);
  await makeCheckpointKeyFiles(path);
  onNote(`made a key for signed checkpoints; auditors need its public half, ${path}.pub, from you`);
  return checkpointPrivateKey(await readFile(path, 'utf8'));
}

/**
 * A file that checkpoints are added to; it should be on another machine (a mounted share, a drive that is taken away).
 *
 * @returns what `CheckpointerOptions.keep` wants: the line is on the disk when the promise resolves
 */
export function appendCheckpoints(path: string): (checkpoint: SignedCheckpoint) => Promise<void> {
  return async (checkpoint) => {
    try {
      const file = await open(path, 'a', 0o644);
      try {
        await file.write(checkpointLine(checkpoint));
        await file.datasync();
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw unwritable(path, cause);
    }
  };
}

async function writeNew(path: string, content: string, mode: number): Promise<void> {
  try {
    const file = await open(path, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): UsageError {
  const { code } = cause as NodeJS.ErrnoException;
  return new UsageError('USAGE_FILE_UNWRITABLE', `cannot write ${path} (${code})`, {
    cause,
    details: { path },
  });
}
