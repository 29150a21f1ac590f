/** A key with the AES operations of SCP03: CBC and ECB (NIST SP 800-38A), CMAC (NIST SP 800-38B, RFC 4493). */
import { SecurityError, UsageError } from '../errors/index.js';
import type { AesCipher, AesEngine, AesKeyLength } from './engine.js';
import { nobleEngine } from './noble-engine.js';

const BLOCK = 16;
const ZERO_BLOCK = new Uint8Array(BLOCK);

/**
 * Octets of AES key in memory, for the inner loop of a session: synchronous, and never printed. Long-lived keys
 * travel as a `KeyHandle`.
 */
export class AesKey {
  readonly length: AesKeyLength;
  readonly #cipher: AesCipher;
  readonly #subkeys: readonly [complete: Uint8Array, padded: Uint8Array];
  #wiped = false;

  /**
   * Copies `key`; the caller may wipe its own.
   *
   * @param key 16, 24 or 32 octets
   * @throws UsageError `USAGE_ARGUMENT` for another length
   */
  constructor(key: Uint8Array, engine: AesEngine = nobleEngine) {
    this.length = aesKeyLength(key.length);
    this.#cipher = engine.cipher(key);
    const first = double(this.#cipher.cbcMac(ZERO_BLOCK));
    this.#subkeys = [first, double(first)];
  }

  /**
   * CBC without padding.
   *
   * @param iv 16 octets
   * @param data whole blocks
   * @throws UsageError `USAGE_ARGUMENT` for a broken block
   * @throws SecurityError `SECURITY_KEY_WIPED`
   */
  encryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array {
    return this.#use(iv, data).encryptCbc(iv, data);
  }

  /** The reverse of `encryptCbc`. */
  decryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array {
    return this.#use(iv, data).decryptCbc(iv, data);
  }

  /** ECB of one block of 16 octets. */
  encryptBlock(block: Uint8Array): Uint8Array {
    return this.#use(block, ZERO_BLOCK).cbcMac(block);
  }

  /** CMAC, 16 octets, over the parts as if they were one message. */
  cmac(...parts: readonly Uint8Array[]): Uint8Array {
    const cipher = this.#use(ZERO_BLOCK, ZERO_BLOCK);
    let length = 0;
    for (const part of parts) length += part.length;
    const complete = length > 0 && length % BLOCK === 0;
    const message = new Uint8Array(complete ? length : length + BLOCK - (length % BLOCK));
    let at = 0;
    for (const part of parts) {
      message.set(part, at);
      at += part.length;
    }
    if (!complete) message[length] = 0x80;
    const subkey = this.#subkeys[complete ? 0 : 1];
    const last = message.length - BLOCK;
    for (let i = 0; i < BLOCK; i++) message[last + i]! ^= subkey[i]!;
    return cipher.cbcMac(message);
  }

  /** Overwrites the key; every later use is refused. */
  wipe(): void {
    this.#wiped = true;
    this.#cipher.wipe();
    for (const subkey of this.#subkeys) subkey.fill(0);
  }

  #use(iv: Uint8Array, data: Uint8Array): AesCipher {
    if (this.#wiped) throw new SecurityError('SECURITY_KEY_WIPED', 'this AES key was wiped');
    if (iv.length !== BLOCK || data.length % BLOCK !== 0) {
      throw new UsageError(
        'USAGE_ARGUMENT',
        `AES works on whole blocks of 16 octets, not ${iv.length} and ${data.length}`,
      );
    }
    return this.#cipher;
  }
}

/**
 * Narrows a number of octets to the sizes of AES.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 */
export function aesKeyLength(length: number): AesKeyLength {
  if (length === 16 || length === 24 || length === 32) return length;
  throw new UsageError('USAGE_ARGUMENT', `an AES key has 16, 24 or 32 octets, not ${length}`);
}

/** Multiplication by x in GF(2^128) (RFC 4493 §2.3). */
function double(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK);
  for (let i = 0; i < BLOCK; i++) out[i] = (block[i]! << 1) | ((block[i + 1] ?? 0) >> 7);
  if ((block[0]! & 0x80) !== 0) out[BLOCK - 1]! ^= 0x87;
  return out;
}
