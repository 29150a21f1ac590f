/** The key sets that a job names, from a key store. */
import type { KeyStore, StoredKeySet } from '../../crypto/index.js';
import { UsageError } from '../../errors/index.js';
import type { Job } from '../../perso/index.js';

/** Names of the key sets of a job, each once: of its cards, and masters of the next keys. */
export function keySetNames({ keys, steps }: Pick<Job, 'keys' | 'steps'>): string[] {
  const next = steps.flatMap((step) =>
    step.kind === 'rotate-keys' && step.next.kind === 'diversified' ? [step.next.keySet] : [],
  );
  return [...new Set([...(keys.scp03 === undefined ? [] : [keys.scp03.keySet]), ...next])];
}

/**
 * Opens every key set that a job names.
 *
 * @throws UsageError `USAGE_KEY_SET` where there is no store, or no such set in it; SecurityError of the store
 */
export async function keySetsOfJob(
  job: Pick<Job, 'keys' | 'steps'>,
  store: Pick<KeyStore, 'keySet'> | undefined,
): Promise<ReadonlyMap<string, StoredKeySet>> {
  const names = keySetNames(job);
  if (names.length > 0 && store === undefined) {
    throw new UsageError('USAGE_KEY_SET', `the job names ${names.join(', ')}, and no key store is there`, {
      next: 'Name the key store with --keys.',
    });
  }
  const sets = new Map<string, StoredKeySet>();
  for (const name of names) sets.set(name, await store!.keySet(name));
  return sets;
}
