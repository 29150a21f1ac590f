/**
 * A job on simulated cards: what is written stays as it is to the last octet; what a blank of the bureau has now (its
 * administrative key, PINs, transport key set) is that of the simulated blank, so that a dry run needs no key of a real card.
 */
import { fromHex } from '../../../bytes/index.js';
import { MemoryKey, type StoredKeySet } from '../../../crypto/index.js';
import { UsageError } from '../../../errors/index.js';
import type { Job, Step } from '../../../perso/index.js';
import { loadProfile, type Profile } from '../../../simulator/index.js';
import { keySetNames } from '../key-sets.js';

export interface SimulatedJob {
  readonly job: Job;
  /** Zeros in place of the secrets of the line, which a dry run does not have. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The key set of the simulated blanks by the name that the job has for it; others are drawn. */
  readonly keySets: ReadonlyMap<string, StoredKeySet>;
}

/** @param random of any quality: drawn masters never leave the dry run */
export function simulatedJob(job: Job, random: (octets: number) => Uint8Array): SimulatedJob {
  const profile = loadProfile(job.card.simulated);
  const pins = pinsOf(profile);
  const { adm, pin, scp03 } = job.keys;
  const keys = {
    ...(adm === undefined ? {} : { adm: { ...adm, value: pins.get(adm.reference) ?? adm.value } }),
    ...(pin === undefined ? {} : { pin: { value: pins.get(1) ?? pin.value } }),
    ...(scp03 === undefined ? {} : { scp03: { ...scp03, diversification: 'none' as const } }),
  };
  const steps = job.steps.map(
    (step): Step =>
      step.kind === 'pin' ? { ...step, current: pins.get(step.reference) ?? step.current } : step,
  );
  const keySets = new Map(
    keySetNames(job).map((name) => [name, keySetOf(job, profile, name, random)] as const),
  );
  const secrets = Object.fromEntries(
    Object.entries(job.secrets).map(([name, { kind, length }]) => [
      name,
      '0'.repeat(kind === 'digits' ? length : 2 * length),
    ]),
  );
  return { job: { ...job, keys, steps }, keySets, secrets };
}

function pinsOf({ data }: Profile): ReadonlyMap<number, string> {
  return new Map(
    Object.values(data.pins).flatMap(({ reference, value, hex }) => {
      const text = value ?? hex;
      return text === undefined ? [] : [[reference, text] as const];
    }),
  );
}

function keySetOf(
  job: Job,
  { name: profile, data }: Profile,
  name: string,
  random: (octets: number) => Uint8Array,
): StoredKeySet {
  if (name !== job.keys.scp03?.keySet) return masterSet(name, random);
  const sets = Object.entries(data.securityDomain?.keySets ?? {});
  const wanted = job.keys.scp03.keyVersion;
  const [version, set] =
    sets.find(([number]) => wanted !== undefined && Number.parseInt(number, 16) === wanted) ?? sets[0] ?? [];
  if (version === undefined || set === undefined) {
    throw new UsageError(
      'USAGE_PROFILE_INVALID',
      `simulated cards of profile ${profile} have no key set for the job`,
    );
  }
  const key = (hex: string | Uint8Array) => new MemoryKey(typeof hex === 'string' ? fromHex(hex) : hex);
  return {
    ...{ name, version: Number.parseInt(version, 16), mode: 'S8' },
    keys: { enc: key(set.enc), mac: key(set.mac), dek: key(set.dek) },
  };
}

/** In place of a master of the key store, which a dry run does not have. */
function masterSet(name: string, random: (octets: number) => Uint8Array): StoredKeySet {
  const key = () => new MemoryKey(random(16));
  return { name, version: 0, mode: 'S8', keys: { enc: key(), mac: key(), dek: key() } };
}
