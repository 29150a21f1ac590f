/** What an AES implementation must offer; everything else (CMAC, derivation, check values) is built on it. */

/** Octets of an AES key. */
export type AesKeyLength = 16 | 24 | 32;

/** One expanded key. All data are whole blocks of 16 octets; padding is the caller's. */
export interface AesCipher {
  /** CBC (NIST SP 800-38A §6.2); a zero `iv` and one block make it ECB. */
  encryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array;
  /** The reverse of `encryptCbc`. */
  decryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array;
  /** The last block of CBC under a zero vector, without keeping the others. */
  cbcMac(data: Uint8Array): Uint8Array;
  /** Forgets the key as far as the implementation can. */
  wipe(): void;
}

/** An AES implementation; `docs/decisions/aes-engine.md` says why `nobleEngine` is the default. */
export interface AesEngine {
  readonly name: string;
  /** Expands a key of 16, 24 or 32 octets, which the caller has checked. */
  cipher(key: Uint8Array): AesCipher;
}
