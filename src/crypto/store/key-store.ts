/** What every key store offers: key sets by name, with their keys as handles. */

import { UsageError } from '../../errors/index.js';
import { aesKeyLength } from '../aes-key.js';
import type { DiversificationMethod, StaticKeys } from '../diversify.js';
import type { KeyHandle } from '../key-handle.js';

export const KEY_SET_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** What is known of a key set besides its keys. */
export interface KeySetFacts {
  /** 1 to 64 characters: letters, digits, and any of `. _ -`. */
  readonly name: string;
  /** Key version number on the card, 00 to FF; 00 lets the card choose. */
  readonly version: number;
  /** Mode of SCP03 (GPC Amendment D v1.2 §5.1). */
  readonly mode: 'S8' | 'S16';
  /** The keys are master keys, and card keys come from them by this method. */
  readonly diversification?: DiversificationMethod;
}

export interface StoredKeySet extends KeySetFacts {
  readonly keys: StaticKeys;
}

/** A key set as it may be printed. */
export interface KeySetSummary extends KeySetFacts {
  readonly algorithm: string;
  readonly kcv: { readonly enc: string; readonly mac: string; readonly dek: string };
}

export interface KeyStore {
  /** Every key set, without its keys. */
  list(): Promise<KeySetSummary[]>;
  /** @throws UsageError `USAGE_KEY_SET` */
  keySet(name: string): Promise<StoredKeySet>;
  /**
   * One key for itself, such as a transport key: by its label in a token, `SET.enc`, `SET.mac` or `SET.dek` in a file.
   *
   * @throws UsageError `USAGE_KEY_SET`, SecurityError `SECURITY_PKCS11`
   */
  singleKey(label: string): Promise<KeyHandle>;
  /** Wipes or gives back what the store holds; the handles of its key sets end with it. */
  close(): Promise<void>;
}

export function summaryOf(set: StoredKeySet): KeySetSummary {
  const { name, version, mode, diversification, keys } = set;
  const kcv = ({ kcv: value }: KeyHandle): string => value;
  return {
    name,
    version,
    mode,
    ...(diversification === undefined ? {} : { diversification }),
    algorithm: `AES-${keys.enc.length * 8}`,
    kcv: { enc: kcv(keys.enc), mac: kcv(keys.mac), dek: kcv(keys.dek) },
  };
}

/** Octets of three keys of one length, on their way into a store. */
export interface RawKeys {
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly dek: Uint8Array;
}

/**
 * What every store asks of a new key set.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 */
export function requireKeySet(facts: KeySetFacts, keys: RawKeys): void {
  const refuse = (message: string): never => {
    throw new UsageError('USAGE_ARGUMENT', message);
  };
  if (!KEY_SET_NAME.test(facts.name)) {
    refuse('the name of a key set has 1 to 64 letters, digits, dots, dashes or underscores');
  }
  if (!Number.isInteger(facts.version) || facts.version < 0 || facts.version > 0xff) {
    refuse(`key version ${facts.version} is not one octet`);
  }
  const length = aesKeyLength(keys.enc.length);
  if (keys.mac.length !== length || keys.dek.length !== length) {
    refuse(
      `the keys of a key set have one length, not ${length}, ${keys.mac.length} and ${keys.dek.length} octets`,
    );
  }
}
