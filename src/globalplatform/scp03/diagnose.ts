/** What can be said about a card cryptogram that does not match, without sending anything to the card. */
import { equal } from '../../bytes/index.js';
import {
  DIVERSIFICATION_METHODS,
  type DiversificationMethod,
  diversification,
  type KeyHandle,
  MemoryKey,
  WELL_KNOWN_KEYS,
} from '../../crypto/index.js';
import type { InitializeUpdateResponse } from './initialize-update.js';
import type { KeySet } from './key-set.js';
import { cardCryptogram, deriveSessionKeys, sessionContext, wipeSessionKeys } from './session-keys.js';

/** Says which keys would have matched; an empty list means that none of the tried ones did. */
export interface CryptogramDiagnosis {
  readonly matches: readonly string[];
  /** How many keys were tried on the recorded answer. */
  readonly tried: number;
}

interface Candidate {
  readonly name: string;
  readonly key: KeyHandle;
}

/**
 * Tries, on the answer already received, the usual diversifications of the given keys, the given keys in another
 * role, and the well-known test keys. The card cryptogram depends on Key-MAC alone.
 */
export async function diagnoseCryptogram(
  set: KeySet,
  hostChallenge: Uint8Array,
  response: InitializeUpdateResponse,
): Promise<CryptogramDiagnosis> {
  const matches: string[] = [];
  let tried = 0;
  for await (const { name, key } of candidates(set, response.diversificationData)) {
    tried++;
    if (await explains(key, hostChallenge, response)) matches.push(name);
  }
  return { matches, tried };
}

/**
 * The well-known test keys, as they are or diversified, that give the card cryptogram of this answer: a card that shows
 * one has keys that everybody knows. Nothing is sent.
 */
export async function testKeysBehind(
  hostChallenge: Uint8Array,
  response: InitializeUpdateResponse,
): Promise<string[]> {
  const matches: string[] = [];
  for await (const { name, key } of wellKnown(response.diversificationData)) {
    if (await explains(key, hostChallenge, response)) matches.push(name);
  }
  return matches;
}

async function* candidates(set: KeySet, kdd: Uint8Array): AsyncGenerator<Candidate> {
  const { enc, mac, dek } = set.keys;
  if (set.diversification !== undefined) {
    yield { name: 'the given Key-MAC without diversification', key: mac };
  }
  for (const method of DIVERSIFICATION_METHODS) {
    if (method !== set.diversification) yield* diversified('the given Key-MAC', mac, method, kdd);
  }
  for (const [name, key] of [
    ['Key-ENC', enc],
    ['Key-DEK', dek],
  ] as const) {
    // one key in all three places is not a mixed-up one
    if (key.kcv !== mac.kcv) yield { name: `the given ${name} in the place of Key-MAC`, key };
  }
  yield* wellKnown(kdd);
}

async function* wellKnown(kdd: Uint8Array): AsyncGenerator<Candidate> {
  for (const known of WELL_KNOWN_KEYS) {
    const key = new MemoryKey(known.octets);
    yield { name: `the well-known test key "${known.name}"`, key };
    for (const method of DIVERSIFICATION_METHODS) {
      yield* diversified(`the well-known test key "${known.name}"`, key, method, kdd);
    }
  }
}

async function* diversified(
  name: string,
  master: KeyHandle,
  method: DiversificationMethod,
  kdd: Uint8Array,
): AsyncGenerator<Candidate> {
  if (method !== 'kdf3' && master.length !== 16) return;
  const key = await master.derive(diversification(method, 'mac', kdd, master.length));
  yield { name: `${name} diversified by ${method.toUpperCase()}`, key };
  key.wipe();
}

async function explains(
  mac: KeyHandle,
  hostChallenge: Uint8Array,
  response: InitializeUpdateResponse,
): Promise<boolean> {
  const context = sessionContext(hostChallenge, response.cardChallenge);
  const keys = await deriveSessionKeys({ enc: mac, mac }, context);
  const matches = equal(cardCryptogram(keys.mac, context, response.i.mode), response.cardCryptogram);
  wipeSessionKeys(keys);
  return matches;
}
