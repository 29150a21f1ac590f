/** Key sets in one encrypted file. The file is replaced as a whole, so a crash leaves the old one or the new one. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { decodeUtf8, encodeUtf8, fromHex, toHex } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';
import { DIVERSIFICATION_METHODS, type KeyPurpose, wipeStaticKeys } from '../diversify.js';
import { type KeyHandle, MemoryKey } from '../key-handle.js';
import {
  KEY_SET_NAME,
  type KeySetFacts,
  type KeySetSummary,
  type KeyStore,
  type RawKeys,
  requireKeySet,
  type StoredKeySet,
  summaryOf,
} from './key-store.js';
import { damaged, type ScryptCost, seal, unseal } from './sealed.js';

const key = z.string().regex(/^(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$/);
const entrySchema = z.strictObject({
  name: z.string().regex(KEY_SET_NAME),
  version: z.int().min(0).max(0xff),
  mode: z.enum(['S8', 'S16']),
  diversification: z.enum(DIVERSIFICATION_METHODS).optional(),
  enc: key,
  mac: key,
  dek: key,
});
const contentSchema = z.strictObject({ keySets: z.array(entrySchema) });
type Entry = z.infer<typeof entrySchema>;

export interface KeyStoreOptions {
  readonly random?: (octets: number) => Uint8Array;
  /** Cost of scrypt for what is written; tests make it cheap. */
  readonly cost?: ScryptCost;
}

/**
 * Opens a key store file.
 *
 * @throws UsageError `USAGE_FILE_UNREADABLE`
 * @throws SecurityError `SECURITY_KEYSTORE_DAMAGED`, `SECURITY_KEYSTORE_PASSPHRASE`
 */
export async function openFileKeyStore(path: string, passphrase: string): Promise<KeyStore> {
  const entries = await readEntries(path, passphrase);
  return new FileKeyStore(entries.map(toKeySet));
}

/**
 * Puts a key set into the file, which is made where it does not exist.
 *
 * @returns what was stored, as it may be printed
 * @throws UsageError `USAGE_KEY_SET` if the name is taken, `USAGE_ARGUMENT` for a wrong name or key length,
 *   `USAGE_FILE_UNWRITABLE`
 * @throws SecurityError as `openFileKeyStore`
 */
export async function importKeySet(
  path: string,
  passphrase: string,
  facts: KeySetFacts,
  keys: RawKeys,
  options: KeyStoreOptions = {},
): Promise<KeySetSummary> {
  const entries = await readEntries(path, passphrase, true);
  const entry = newEntry(facts, keys);
  if (entries.some(({ name }) => name === facts.name)) {
    throw new UsageError('USAGE_KEY_SET', `the key store has a key set "${facts.name}" already`);
  }
  const random = options.random ?? ((octets: number) => new Uint8Array(randomBytes(octets)));
  const content = encodeUtf8(JSON.stringify({ keySets: [...entries, entry] }));
  const file = await seal(content, passphrase, random, options.cost);
  content.fill(0);
  await replaceFile(path, file);
  const set = toKeySet(entry);
  wipeStaticKeys(set.keys);
  return summaryOf(set);
}

class FileKeyStore implements KeyStore {
  readonly #sets: readonly StoredKeySet[];

  constructor(sets: readonly StoredKeySet[]) {
    this.#sets = sets;
  }

  async list(): Promise<KeySetSummary[]> {
    return this.#sets.map(summaryOf);
  }

  async keySet(name: string): Promise<StoredKeySet> {
    const set = this.#sets.find((one) => one.name === name);
    if (set !== undefined) return set;
    throw new UsageError('USAGE_KEY_SET', `the key store has no key set "${name}"`);
  }

  async singleKey(label: string): Promise<KeyHandle> {
    const [, name = '', purpose] = /^(.+)\.(enc|mac|dek)$/.exec(label) ?? [];
    if (purpose !== undefined) return (await this.keySet(name)).keys[purpose as KeyPurpose];
    throw new UsageError('USAGE_KEY_SET', `"${label}" names no key of a key store file`, {
      next: 'Name key set and key: SET.enc, SET.mac or SET.dek.',
    });
  }

  async close(): Promise<void> {
    for (const { keys } of this.#sets) wipeStaticKeys(keys);
  }
}

async function readEntries(path: string, passphrase: string, mayBeMissing = false): Promise<Entry[]> {
  let file: Uint8Array;
  try {
    file = Uint8Array.from(await readFile(path));
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    if (mayBeMissing && reason === 'ENOENT') return [];
    throw new UsageError('USAGE_FILE_UNREADABLE', `cannot read the key store ${path} (${reason})`, {
      cause,
      details: { path },
    });
  }
  const content = await unseal(file, passphrase);
  try {
    const parsed = contentSchema.safeParse(parsedOrNothing(content));
    if (!parsed.success) throw damaged('its content is not as the format has it');
    return parsed.data.keySets;
  } finally {
    content.fill(0);
  }
}

/** The parser's own message quotes what it read, and that would be keys. */
function parsedOrNothing(content: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(content));
  } catch {
    return undefined;
  }
}

function newEntry(facts: KeySetFacts, keys: RawKeys): Entry {
  requireKeySet(facts, keys);
  const { name, version, mode, diversification } = facts;
  return {
    name,
    version,
    mode,
    ...(diversification === undefined ? {} : { diversification }),
    enc: toHex(keys.enc),
    mac: toHex(keys.mac),
    dek: toHex(keys.dek),
  };
}

function toKeySet(entry: Entry): StoredKeySet {
  const { name, version, mode, diversification } = entry;
  const handle = (hex: string): MemoryKey => {
    const octets = fromHex(hex);
    const made = new MemoryKey(octets);
    octets.fill(0);
    return made;
  };
  return {
    name,
    version,
    mode,
    ...(diversification === undefined ? {} : { diversification }),
    keys: { enc: handle(entry.enc), mac: handle(entry.mac), dek: handle(entry.dek) },
  };
}

/** Writes beside the file, makes it durable, and puts it in place in one step. */
async function replaceFile(path: string, content: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    const directory = await open(dirname(path), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (cause) {
    await rm(beside, { force: true });
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UsageError('USAGE_FILE_UNWRITABLE', `cannot write the key store ${path} (${reason})`, {
      cause,
      details: { path },
    });
  }
}
