/** Keys that are used but never seen: printing, JSON and inspection show the key check value only. */
import { inspect } from 'node:util';
import { concat, toHex } from '../bytes/index.js';
import { SecurityError } from '../errors/index.js';
import { openOctets, sealOctets } from './aead.js';
import { AesKey } from './aes-key.js';
import type { AesEngine, AesKeyLength } from './engine.js';
import { type CounterDerivation, counterMessages } from './kdf.js';

/** How a key comes from another: by SP 800-108 in counter mode, or as the AES-ECB encryption of whole blocks. */
export type KeyDerivation =
  | ({ readonly kind: 'counter' } & CounterDerivation)
  | { readonly kind: 'encrypt'; readonly data: Uint8Array };

/** An AES key in some custody. Operations are asynchronous, since a key may live in a module outside the process. */
export interface KeyHandle {
  readonly length: AesKeyLength;
  /** Key check value: the first three octets of AES-ECB over a block of 01 (GPC 2.3.1 §B.6), as six hex digits. */
  readonly kcv: string;
  /** Where the key octets are. */
  readonly custody: 'memory' | 'pkcs11';
  /** CMAC, 16 octets. */
  cmac(message: Uint8Array): Promise<Uint8Array>;
  /** AES-CBC under a zero vector, without padding (GPC 2.3.1 §B.2.1); one block is ECB. */
  encrypt(data: Uint8Array): Promise<Uint8Array>;
  /**
   * The reverse of AES-CBC without padding; one block under a zero vector is ECB.
   *
   * @param iv 16 octets
   * @param data whole blocks
   */
  decrypt(iv: Uint8Array, data: Uint8Array): Promise<Uint8Array>;
  /**
   * AES-GCM under this key, to one place (`SealingKey.seal`).
   *
   * @param nonce 12 octets, never the same twice under one key
   * @returns nonce (12) ‖ ciphertext ‖ tag (16)
   */
  seal(clear: Uint8Array, place: Uint8Array, nonce: Uint8Array): Promise<Uint8Array>;
  /**
   * What was sealed to this place; wipe it after use.
   *
   * @throws SecurityError `SECURITY_SEALED` for another key or place, or altered octets
   */
  open(sealed: Uint8Array, place: Uint8Array): Promise<Uint8Array>;
  /** A new key, in the same custody where its mechanisms allow. */
  derive(derivation: KeyDerivation): Promise<KeyHandle>;
  /**
   * This key's octets, then `padding`, encrypted under `by` (GPC Amendment D §6.2.8): the one way out.
   *
   * @throws SecurityError `SECURITY_KEY_CUSTODY` where the custody does not give the key away
   */
  exportUnder(by: KeyHandle, padding: Uint8Array): Promise<Uint8Array>;
  /** Ends the use of this handle and overwrites what the process holds of the key. */
  wipe(): void;
}

/** Derived octets from a key in any custody. They are in memory then, whatever the custody. */
export async function deriveOctetsFrom(key: KeyHandle, derivation: CounterDerivation): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  for (const message of counterMessages(derivation)) blocks.push(await key.cmac(message));
  const octets = concat(...blocks).slice(0, derivation.octets);
  for (const block of blocks) block.fill(0);
  return octets;
}

/** Base of every handle: whatever prints it prints the KCV. */
export abstract class OpaqueKey {
  abstract readonly length: AesKeyLength;
  abstract readonly kcv: string;
  abstract readonly custody: 'memory' | 'pkcs11';

  /** Size and KCV. */
  toString(): string {
    return `AES-${this.length * 8} key, KCV ${this.kcv}`;
  }

  /** Algorithm and KCV. */
  toJSON(): { algorithm: string; kcv: string } {
    return { algorithm: `AES-${this.length * 8}`, kcv: this.kcv };
  }

  /** For `console.log`: the same as `toString`. */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** A key in the memory of this process. */
export class MemoryKey extends OpaqueKey implements KeyHandle {
  readonly custody = 'memory';
  readonly length: AesKeyLength;
  readonly kcv: string;
  readonly #aes: AesKey;
  readonly #octets: Uint8Array;
  readonly #engine: AesEngine | undefined;
  #wiped = false;

  /**
   * Copies the octets; the caller should wipe its own.
   *
   * @param octets 16, 24 or 32
   * @throws UsageError `USAGE_ARGUMENT` for another length
   */
  constructor(octets: Uint8Array, engine?: AesEngine) {
    super();
    this.#engine = engine;
    this.#aes = new AesKey(octets, engine);
    this.#octets = Uint8Array.from(octets);
    this.length = this.#aes.length;
    this.kcv = keyCheckValue(this.#aes);
  }

  async cmac(message: Uint8Array): Promise<Uint8Array> {
    return this.#aes.cmac(message);
  }

  async encrypt(data: Uint8Array): Promise<Uint8Array> {
    return this.#aes.encryptCbc(new Uint8Array(16), data);
  }

  async decrypt(iv: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
    return this.#aes.decryptCbc(iv, data);
  }

  async seal(clear: Uint8Array, place: Uint8Array, nonce: Uint8Array): Promise<Uint8Array> {
    this.#requireUsable();
    return sealOctets(this.#octets, clear, place, nonce);
  }

  async open(sealed: Uint8Array, place: Uint8Array): Promise<Uint8Array> {
    this.#requireUsable();
    return openOctets(this.#octets, sealed, place);
  }

  async derive(derivation: KeyDerivation): Promise<KeyHandle> {
    const octets =
      derivation.kind === 'counter'
        ? await deriveOctetsFrom(this, derivation)
        : encryptEcb(this.#aes, derivation.data);
    const key = new MemoryKey(octets, this.#engine);
    octets.fill(0);
    return key;
  }

  async exportUnder(by: KeyHandle, padding: Uint8Array): Promise<Uint8Array> {
    this.#requireUsable();
    const clear = concat(this.#octets, padding);
    try {
      return await by.encrypt(clear);
    } finally {
      clear.fill(0);
    }
  }

  wipe(): void {
    this.#aes.wipe();
    this.#octets.fill(0);
    this.#wiped = true;
  }

  #requireUsable(): void {
    if (this.#wiped) throw new SecurityError('SECURITY_KEY_WIPED', 'this AES key was wiped');
  }
}

/**
 * Key check value of a key in memory, six lower-case hex digits (GPC 2.3.1 §B.6).
 *
 * @example keyCheckValue(new AesKey(fromHex('404142434445464748494A4B4C4D4E4F'))) // → '504a77'
 */
export function keyCheckValue(key: AesKey): string {
  return toHex(key.encryptBlock(new Uint8Array(16).fill(0x01)).subarray(0, 3));
}

function encryptEcb(key: AesKey, data: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 16) blocks.push(key.encryptBlock(data.subarray(at, at + 16)));
  return concat(...blocks);
}

/** For a custody that does not give keys away. */
export function refuseExport(where: string): never {
  throw new SecurityError('SECURITY_KEY_CUSTODY', `the key stays in ${where}`);
}
