/** The key sets of a security domain, with what is counted for each (GPC 2.3.1 §7.5, Amendment D §6.1, §6.2.2.1). */
import { fromHex, toHex } from '../../bytes/index.js';
import { AesKey } from '../../crypto/index.js';

/** One AES key. */
export interface CardKey {
  readonly version: number;
  readonly identifier: number;
  readonly value: Uint8Array;
}

/** What is counted for a key version. */
interface Counters {
  sequence: number;
  /** Failed authentications since the last success. */
  failures: number;
}

/** Key-ENC, Key-MAC and Key-DEK of one version. */
export interface CompleteSet {
  readonly version: number;
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly dek: Uint8Array;
}

export interface KeysImage {
  readonly keys: readonly { readonly version: number; readonly identifier: number; readonly value: string }[];
  readonly counters: readonly {
    readonly version: number;
    readonly sequence: number;
    readonly failures: number;
  }[];
}

const KEY_ID = { ENC: 1, MAC: 2, DEK: 3 } as const;
const CHECK_BLOCK = new Uint8Array(16).fill(0x01);

/** First three octets of a block of 01 under the key (GPC 2.3.1 §B.6). */
export function checkValue(value: Uint8Array): Uint8Array {
  const key = new AesKey(value);
  const check = key.encryptBlock(CHECK_BLOCK).slice(0, 3);
  key.wipe();
  return check;
}

export class CardKeys {
  private keys: CardKey[] = [];
  private readonly counters = new Map<number, Counters>();

  /** Keys in the order in which they came onto the card. */
  get all(): readonly CardKey[] {
    return this.keys;
  }

  find(version: number, identifier: number): CardKey | undefined {
    return this.keys.find((key) => key.version === version && key.identifier === identifier);
  }

  /** The key set of a version, if its three keys are there with one length; version 0 is the first such set. */
  set(version: number): CompleteSet | undefined {
    if (version === 0) {
      for (const key of this.keys) {
        const found = this.set(key.version);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const [enc, mac, dek] = [KEY_ID.ENC, KEY_ID.MAC, KEY_ID.DEK].map((id) => this.find(version, id)?.value);
    if (enc === undefined || mac === undefined || dek === undefined) return undefined;
    return enc.length === mac.length && mac.length === dek.length ? { version, enc, mac, dek } : undefined;
  }

  of(version: number): Counters {
    const found = this.counters.get(version);
    if (found !== undefined) return found;
    const fresh = { sequence: 0, failures: 0 };
    this.counters.set(version, fresh);
    return fresh;
  }

  /** A copy of what is counted for a version that is on the card. */
  counted(version: number): Readonly<Counters> | undefined {
    return this.keys.some((key) => key.version === version) ? { ...this.of(version) } : undefined;
  }

  /** Key versions with their identifiers, in the order in which they came onto the card. */
  versions(): ReadonlyMap<number, readonly CardKey[]> {
    const out = new Map<number, CardKey[]>();
    for (const key of this.keys) out.set(key.version, [...(out.get(key.version) ?? []), key]);
    return out;
  }

  /** Puts all keys at once, each in place of the one with `replaced` as its version and its own identifier. */
  put(fresh: readonly CardKey[], replaced: number): void {
    const before = new Set(this.keys.map((key) => key.version));
    for (const key of fresh) {
      const at = this.keys.findIndex(
        (old) => old.version === replaced && old.identifier === key.identifier && replaced !== 0,
      );
      if (at < 0) this.keys.push(key);
      else this.keys[at] = key;
    }
    const version = fresh[0]?.version ?? 0;
    const isWholeSet = [KEY_ID.ENC, KEY_ID.MAC, KEY_ID.DEK].every((id) =>
      fresh.some((key) => key.identifier === id),
    );
    if (isWholeSet || !before.has(version)) Object.assign(this.of(version), { sequence: 0, failures: 0 });
    this.forgetUnused();
  }

  /** Takes away what `matches`; the number of keys that went. */
  remove(matches: (key: CardKey) => boolean): number {
    const before = this.keys.length;
    this.keys = this.keys.filter((key) => !matches(key));
    this.forgetUnused();
    return before - this.keys.length;
  }

  image(): KeysImage {
    return {
      keys: this.keys.map(({ version, identifier, value }) => ({ version, identifier, value: toHex(value) })),
      counters: [...this.counters].map(([version, counters]) => ({ version, ...counters })),
    };
  }

  restore(image: KeysImage): void {
    this.keys = image.keys.map((key) => ({ ...key, value: fromHex(key.value) }));
    this.counters.clear();
    for (const { version, sequence, failures } of image.counters)
      this.counters.set(version, { sequence, failures });
  }

  private forgetUnused(): void {
    for (const version of [...this.counters.keys()]) {
      if (!this.keys.some((key) => key.version === version)) this.counters.delete(version);
    }
  }
}
