/** Key sets for commands that use them on a card. Test keys are named loudly. */
import { existsSync } from 'node:fs';
import type { KeySetFacts, KeyStore, StoredKeySet } from '../src/crypto/index.js';
import { testKeysIn } from '../src/globalplatform/index.js';
import type { CliContext } from './context.js';
import { isToken, type KeyStoreOptions, openStore, passphraseOf, storeKeySet } from './keyStores.js';

/**
 * A key set of an open store, with a warning where well-known test keys are in it.
 *
 * @throws UsageError `USAGE_KEY_SET`, SecurityError from the store
 */
export async function namedKeySet(cli: CliContext, store: KeyStore, name: string): Promise<StoredKeySet> {
  const set = await store.keySet(name);
  const known = await testKeysIn(set.keys);
  if (known.length > 0)
    cli.warn(`key set "${name}" protects nothing, everybody knows it: ${known.join(', ')}`);
  return set;
}

export interface TwoStores extends KeyStoreOptions {
  readonly nextStore?: string;
  readonly nextPassphrase?: string;
}

/** The stores of a rotation: where the current key set is, and where the next one is or will be. */
export interface OpenKeySets {
  current(name: string): Promise<StoredKeySet>;
  /** The next key set, if its store has it. */
  findNext(name: string): Promise<StoredKeySet | undefined>;
  /** Whether `draw` has stored keys. */
  readonly hasDrawn: boolean;
  /** Random keys, on disk before this returns. */
  draw(facts: KeySetFacts, octets: number): Promise<StoredKeySet>;
  close(): Promise<void>;
}

/** @throws UsageError, SecurityError as the stores do; the next store may be a file that does not exist yet */
export async function openKeySets(cli: CliContext, options: TwoStores): Promise<OpenKeySets> {
  const secret = await passphraseOf(cli, options.passphrase);
  const stores: KeyStore[] = [await openStore(options.store, secret)];
  const [first] = stores as [KeyStore];
  const next =
    options.nextStore === undefined
      ? { store: options.store, secret }
      : {
          store: options.nextStore,
          secret: await passphraseOf(cli, options.nextPassphrase, '--next-passphrase'),
        };
  const openNext = async (): Promise<KeyStore> => {
    const store = await openStore(next.store, next.secret);
    stores.push(store);
    return store;
  };
  let hasDrawn = false;
  return {
    get hasDrawn() {
      return hasDrawn;
    },
    current: (name) => namedKeySet(cli, first, name),
    async findNext(name) {
      const store = options.nextStore === undefined ? first : await ifThere(next.store, openNext);
      const sets = (await store?.list()) ?? [];
      return store && sets.some((set) => set.name === name) ? namedKeySet(cli, store, name) : undefined;
    },
    async draw(facts, octets) {
      const keys = { enc: cli.random(octets), mac: cli.random(octets), dek: cli.random(octets) };
      try {
        await storeKeySet(cli, next, facts, keys);
      } finally {
        for (const key of Object.values(keys)) key.fill(0);
      }
      hasDrawn = true;
      // read back from the disk: the card gets what the store has
      return (await openNext()).keySet(facts.name);
    },
    async close() {
      for (const store of stores) await store.close();
    },
  };
}

/** A file store that does not exist yet is made by the first key set in it. */
async function ifThere(store: string, open: () => Promise<KeyStore>): Promise<KeyStore | undefined> {
  return isToken(store) || existsSync(store) ? open() : undefined;
}
