/** The key that secrets in a store are sealed under, and where it comes from (docs/decisions/store-key.md). */
import { open, readFile } from 'node:fs/promises';
import { encodeUtf8, fromHex, toHex } from '../bytes/index.js';
import { SealingKey } from '../crypto/index.js';
import { SecurityError, UsageError } from '../errors/index.js';

const OCTETS = 32;

/** A store key from its octets. @throws SecurityError `SECURITY_STORE_KEY` unless there are 32 */
export function storeKey(octets: Uint8Array): SealingKey {
  if (octets.length !== OCTETS) {
    throw new SecurityError(
      'SECURITY_STORE_KEY',
      `a store key has ${OCTETS} octets (${OCTETS * 2} hex digits), not ${octets.length}`,
    );
  }
  return new SealingKey(octets);
}

/**
 * The key file beside an embedded store, made with the store itself: 64 hex digits, readable by its owner alone.
 *
 * @param isNew whether the store is empty: a store with content whose key file is gone gets no other key
 * @returns the key, and whether the file was made now
 */
export async function keyFileBeside(
  path: string,
  isNew: boolean,
  random: (octets: number) => Uint8Array,
): Promise<{ key: SealingKey; made: boolean }> {
  const known = await readKeyFile(path);
  if (known !== undefined) return { key: known, made: false };
  if (!isNew) {
    throw new SecurityError('SECURITY_STORE_KEY', `the key file of the store is gone: ${path}`, {
      details: { path },
      next: 'Put the key file back, or give the key with --store-key.',
    });
  }
  const octets = random(OCTETS);
  try {
    // wx: of two processes that start together, the second reads the key of the first
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(encodeUtf8(`${toHex(octets)}\n`));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const other = code === 'EEXIST' ? await readKeyFile(path) : undefined;
    if (other !== undefined) return { key: other, made: false };
    throw new UsageError('USAGE_FILE_UNWRITABLE', `cannot write the key file ${path} (${code})`, {
      cause,
      details: { path },
    });
  }
  const key = new SealingKey(octets);
  octets.fill(0);
  return { key, made: true };
}

async function readKeyFile(path: string): Promise<SealingKey | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    throw new UsageError('USAGE_FILE_UNREADABLE', `cannot read the key file ${path} (${code})`, {
      cause,
      details: { path },
    });
  }
  if (!/^[0-9a-fA-F]{64}\n?$/.test(text)) {
    throw new SecurityError('SECURITY_STORE_KEY', `the key file ${path} is not ${OCTETS * 2} hex digits`, {
      details: { path },
    });
  }
  return new SealingKey(fromHex(text.trimEnd()));
}
