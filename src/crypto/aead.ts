/** AES-GCM with 96-bit nonces and 128-bit tags (NIST SP 800-38D): secrets at rest, and columns under a transport key. */
import { type CipherGCMTypes, createCipheriv, createDecipheriv } from 'node:crypto';
import { inspect } from 'node:util';
import { concat } from '../bytes/index.js';
import { SecurityError, UsageError } from '../errors/index.js';

export const NONCE = 12;
export const TAG = 16;

/** A key that seals and opens octets; printing, JSON and inspection show its length only. */
export class SealingKey {
  readonly #octets: Uint8Array;

  /**
   * Copies the octets; the caller should wipe its own.
   *
   * @param octets 32: AES-256
   * @throws UsageError `USAGE_ARGUMENT` for another length
   */
  constructor(octets: Uint8Array) {
    if (octets.length !== 32) {
      throw new UsageError('USAGE_ARGUMENT', `a sealing key has 32 octets, not ${octets.length}`);
    }
    this.#octets = Uint8Array.from(octets);
  }

  /**
   * Seals octets to one place.
   *
   * @param place associated data: what the sealed octets belong to; they open nowhere else
   * @param random of cryptographic quality; 12 octets are the nonce
   * @returns nonce (12) ‖ ciphertext ‖ tag (16)
   */
  seal(clear: Uint8Array, place: Uint8Array, random: (octets: number) => Uint8Array): Uint8Array {
    return sealOctets(this.#octets, clear, place, random(NONCE));
  }

  /**
   * The octets that were sealed to this place; wipe them after use.
   *
   * @throws SecurityError `SECURITY_SEALED` for another key or place, or altered octets
   */
  open(sealed: Uint8Array, place: Uint8Array): Uint8Array {
    return openOctets(this.#octets, sealed, place);
  }

  /** Algorithm and length. */
  toString(): string {
    return 'AES-256 sealing key';
  }

  /** The algorithm. */
  toJSON(): { algorithm: string } {
    return { algorithm: 'AES-256-GCM' };
  }

  /** For `console.log`: the same as `toString`. */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** AES-GCM under 16, 24 or 32 octets of key: nonce ‖ ciphertext ‖ tag. */
export function sealOctets(
  key: Uint8Array,
  clear: Uint8Array,
  place: Uint8Array,
  nonce: Uint8Array,
): Uint8Array {
  if (nonce.length !== NONCE) {
    throw new UsageError('USAGE_ARGUMENT', `a nonce has ${NONCE} octets, not ${nonce.length}`);
  }
  const cipher = createCipheriv(gcm(key), key, nonce);
  cipher.setAAD(place);
  return concat(nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag());
}

/** The reverse of `sealOctets`. */
export function openOctets(key: Uint8Array, sealed: Uint8Array, place: Uint8Array): Uint8Array {
  if (sealed.length < NONCE + TAG) throw notOpened();
  const decipher = createDecipheriv(gcm(key), key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(place).setAuthTag(sealed.subarray(-TAG));
  const clear = decipher.update(sealed.subarray(NONCE, -TAG));
  try {
    decipher.final();
  } catch {
    clear.fill(0);
    throw notOpened();
  }
  return Uint8Array.from(clear);
}

function gcm(key: Uint8Array): CipherGCMTypes {
  return `aes-${(key.length * 8) as 128 | 192 | 256}-gcm`;
}

/** Nobody is told why. */
export function notOpened(): SecurityError {
  return new SecurityError('SECURITY_SEALED', 'the sealed value does not open under this key at this place');
}
