/** What every key store offers: key sets by name, with their keys as handles. */
import type { DiversificationMethod, StaticKeys } from '../diversify.js';
import type { KeyHandle } from '../key-handle.js';

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
