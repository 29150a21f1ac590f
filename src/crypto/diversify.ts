/**
 * A card's keys from a master key and the ten octets of key diversification data that INITIALIZE UPDATE returns
 * (GPC Amendment D §7.1.1.6 leaves the method to the issuer). The three methods are the ones that issuers' tools
 * share; their key check values are those of AES (GPC 2.3.1 §B.6).
 */
import { concat, toHex } from '../bytes/index.js';
import { UsageError } from '../errors/index.js';
import { AesKey } from './aes-key.js';
import type { AesKeyLength } from './engine.js';
import { deriveOctets } from './kdf.js';
import { type KeyDerivation, type KeyHandle, keyCheckValue } from './key-handle.js';

/** The methods by name; `DIVERSIFICATION_CONSTRUCTIONS` says what each computes. */
export const DIVERSIFICATION_METHODS = ['kdf3', 'visa2', 'emv'] as const;
export type DiversificationMethod = (typeof DIVERSIFICATION_METHODS)[number];

/** What each method computes, in words, for reports. */
export const DIVERSIFICATION_CONSTRUCTIONS: Readonly<Record<DiversificationMethod, string>> = {
  kdf3: 'SP 800-108 counter mode with AES-CMAC, counter first, then 00 00 00 k 00 and the diversification data',
  visa2: 'AES-128-ECB of octets 1-2 and 5-8 of the diversification data, F0 k, the same octets, 0F k',
  emv: 'AES-128-ECB of octets 5-10 of the diversification data, F0 k, the same octets, 0F k',
};

/** The keys of a key set, with their key identifiers (GPC Amendment D table 6-1). */
export const KEY_PURPOSES = { enc: 1, mac: 2, dek: 3 } as const;
export type KeyPurpose = keyof typeof KEY_PURPOSES;

/**
 * How one key of a card comes from its master key.
 *
 * @param kdd 10 octets of key diversification data
 * @throws UsageError `USAGE_ARGUMENT` for another length, or for VISA2 and EMV with a master key other than AES-128:
 *   their block of 16 octets is the key, so no longer key is defined
 */
export function diversification(
  method: DiversificationMethod,
  purpose: KeyPurpose,
  kdd: Uint8Array,
  length: AesKeyLength,
): KeyDerivation {
  if (kdd.length !== 10) {
    throw new UsageError('USAGE_ARGUMENT', `key diversification data has 10 octets, not ${kdd.length}`);
  }
  const k = KEY_PURPOSES[purpose];
  if (method === 'kdf3') {
    const after = concat([0, 0, 0, k, 0], kdd);
    return { kind: 'counter', before: new Uint8Array(0), after, octets: length };
  }
  if (length !== 16) {
    const name = method.toUpperCase();
    throw new UsageError('USAGE_ARGUMENT', `${name} diversification is defined for AES-128 only`, {
      next: 'Use KDF3 for a longer master key.',
      details: { method, octets: length },
    });
  }
  const part = method === 'visa2' ? concat(kdd.subarray(0, 2), kdd.subarray(4, 8)) : kdd.subarray(4, 10);
  return { kind: 'encrypt', data: concat(part, [0xf0, k], part, [0x0f, k]) };
}

/** The three keys of a card. */
export interface StaticKeys {
  readonly enc: KeyHandle;
  readonly mac: KeyHandle;
  readonly dek: KeyHandle;
}

/**
 * A card's key set from master keys; one master for all three, or one each.
 *
 * @throws UsageError `USAGE_ARGUMENT` as `diversification`
 * @example
 * const master = new MemoryKey(new Uint8Array(16));
 * const keys = await diversify('kdf3', { enc: master, mac: master, dek: master }, new Uint8Array(10));
 * new Set([keys.enc.kcv, keys.mac.kcv, keys.dek.kcv]).size // → 3
 */
export async function diversify(
  method: DiversificationMethod,
  masters: StaticKeys,
  kdd: Uint8Array,
): Promise<StaticKeys> {
  const one = (purpose: KeyPurpose): Promise<KeyHandle> =>
    masters[purpose].derive(diversification(method, purpose, kdd, masters[purpose].length));
  return { enc: await one('enc'), mac: await one('mac'), dek: await one('dek') };
}

/** A diversified key set as hex: for the calculator, which shows keys by design. */
export interface DiversifiedHex {
  readonly enc: string;
  readonly mac: string;
  readonly dek: string;
  readonly kcv: { readonly enc: string; readonly mac: string; readonly dek: string };
}

/**
 * The keys themselves. Anything but a calculator should use `diversify`, which never shows them.
 *
 * @param master 16, 24 or 32 octets (VISA2, EMV: 16)
 * @param kdd 10 octets
 * @throws UsageError `USAGE_ARGUMENT` as `diversification`
 */
export function diversifiedOctets(
  method: DiversificationMethod,
  master: Uint8Array,
  kdd: Uint8Array,
): DiversifiedHex {
  const key = new AesKey(master);
  const octets = (purpose: KeyPurpose): Uint8Array => {
    const derivation = diversification(method, purpose, kdd, key.length);
    return derivation.kind === 'counter' ? deriveOctets(key, derivation) : key.encryptBlock(derivation.data);
  };
  const [enc, mac, dek] = [octets('enc'), octets('mac'), octets('dek')];
  const kcv = (key: Uint8Array): string => keyCheckValue(new AesKey(key));
  return {
    enc: toHex(enc),
    mac: toHex(mac),
    dek: toHex(dek),
    kcv: { enc: kcv(enc), mac: kcv(mac), dek: kcv(dek) },
  };
}

/** Wipes all three keys. */
export function wipeStaticKeys(keys: StaticKeys): void {
  keys.enc.wipe();
  keys.mac.wipe();
  keys.dek.wipe();
}
