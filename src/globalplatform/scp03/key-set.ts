/** A key set as a user names it: card keys or master keys, and what is known of the card that holds them. */
import {
  type DiversificationMethod,
  diversify,
  type KeyHandle,
  recognizeTestKey,
  type StaticKeys,
} from '../../crypto/index.js';
import { UsageError } from '../../errors/index.js';
import type { Scp03Mode } from './parameters.js';

export interface KeySet {
  /** The card's keys, or the issuer's master keys where `diversification` says so. */
  readonly keys: StaticKeys;
  /** Key version number on the card; 00 lets the card choose. */
  readonly version: number;
  /** S8 unless the card is known to work in S16. */
  readonly mode: Scp03Mode;
  readonly diversification?: DiversificationMethod;
}

/**
 * The keys of one card.
 *
 * @param kdd key diversification data, 10 octets, from INITIALIZE UPDATE
 * @throws UsageError `USAGE_ARGUMENT` if the three keys differ in length (GPC Amendment D §6.1)
 */
export async function cardKeys(set: KeySet, kdd: Uint8Array): Promise<StaticKeys> {
  const { enc, mac, dek } = set.keys;
  if (enc.length !== mac.length || mac.length !== dek.length) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      `the keys of a key set have one length, not ${enc.length}, ${mac.length} and ${dek.length} octets`,
    );
  }
  return set.diversification === undefined ? set.keys : diversify(set.diversification, set.keys, kdd);
}

/** Names of well-known test keys in the set, to be shown loudly; empty for keys that are secret. */
export async function testKeysIn(keys: StaticKeys): Promise<string[]> {
  const names: string[] = [];
  for (const [purpose, key] of Object.entries(keys) as [keyof StaticKeys, KeyHandle][]) {
    const name = await recognizeTestKey(key);
    if (name !== undefined) names.push(`Key-${purpose.toUpperCase()} is the ${name}`);
  }
  return names;
}
