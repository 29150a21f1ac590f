/** Key sets of a job: which one a card has now, and which one it gets. */
import { fromHex } from '../../bytes/index.js';
import { MemoryKey, type StaticKeys, type StoredKeySet, wipeStaticKeys } from '../../crypto/index.js';
import { DataError, SecurityError, UsageError } from '../../errors/index.js';
import type { KeySet } from '../../globalplatform/index.js';
import type { Job, RotateKeysStep } from '../job/types.js';
import type { Values } from './document.js';
import { drawnKeysName } from './drawn.js';

/** Key sets of the line by name, masters among them. */
export type NamedKeySets = ReadonlyMap<string, StoredKeySet>;

/**
 * The set that the cards of a job come with.
 *
 * @throws UsageError `USAGE_KEY_SET`
 */
export function currentKeySet({ keys }: Pick<Job, 'keys'>, sets: NamedKeySets): KeySet | undefined {
  const { scp03 } = keys;
  if (scp03 === undefined) return undefined;
  const { keys: octets, version, mode } = named(sets, scp03.keySet);
  const { diversification } = scp03;
  return {
    keys: octets,
    version: scp03.keyVersion ?? version,
    mode,
    ...(diversification === 'none' ? {} : { diversification }),
  };
}

/** @throws UsageError `USAGE_KEY_SET` where a job names a set that the line does not have */
export function named(sets: NamedKeySets, name: string): StoredKeySet {
  const set = sets.get(name);
  if (set !== undefined) return set;
  throw new UsageError('USAGE_KEY_SET', `the job names the key set ${name}, which the line does not have`);
}

/** The next set of one record; wiped by `release` where it was made for it. */
export interface NextKeySet {
  readonly set: KeySet;
  release(): void;
}

/**
 * @param mode of the card's channel, which a rotation does not change
 * @throws DataError `DATA_FILE_VALUE` where the record has no drawn keys of the right length
 */
export function nextKeySet(
  step: RotateKeysStep,
  mode: KeySet['mode'],
  values: Values,
  sets: NamedKeySets,
): NextKeySet {
  const { next, keyVersion: version } = step;
  if (next.kind === 'diversified') {
    const { keys } = named(sets, next.keySet);
    return { set: { keys, version, mode, diversification: next.method }, release: () => undefined };
  }
  const keys = drawnKeys(step.name, next.length, values);
  return { set: { keys, version, mode }, release: () => wipeStaticKeys(keys) };
}

function drawnKeys(step: string, length: number, values: Values): StaticKeys {
  const text = values[drawnKeysName(step)];
  if (text === undefined || !/^[0-9a-fA-F]*$/.test(text) || text.length !== 6 * length) {
    throw new DataError('DATA_FILE_VALUE', `step ${step}: the record has no drawn keys of ${length} octets`);
  }
  const octets = fromHex(text);
  const key = (index: number): MemoryKey =>
    new MemoryKey(octets.subarray(index * length, (index + 1) * length));
  const keys = { enc: key(0), mac: key(1), dek: key(2) };
  octets.fill(0);
  return keys;
}

/** A card that proves none of the sets that it could have: what the stop rule counts. */
export function keyMismatch(error: unknown): unknown {
  const isRotation = error instanceof SecurityError && error.code === 'SECURITY_KEY_ROTATION';
  if (!isRotation || error.details.live !== 'neither') return error;
  return new SecurityError('SECURITY_KEY_MISMATCH', error.message, { cause: error, details: error.details });
}
