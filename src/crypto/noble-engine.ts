/** AES by @noble/ciphers, with the round keys expanded once a key and wiped with it (FIPS 197). */
import { unsafe } from '@noble/ciphers/aes.js';
import type { AesCipher, AesEngine } from './engine.js';

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

class NobleCipher implements AesCipher {
  readonly #encryption: Uint32Array;
  #decryption: Uint32Array | undefined;
  /** Kept only until the first decryption asks for its own schedule. */
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = Uint8Array.from(key);
    this.#encryption = unsafe.expandKeyLE(this.#key);
  }

  encryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array {
    const out = new Uint8Array(data.length);
    const [chain, from, to] = [view(iv), view(data), view(out)];
    let s0 = chain.getUint32(0, true);
    let s1 = chain.getUint32(4, true);
    let s2 = chain.getUint32(8, true);
    let s3 = chain.getUint32(12, true);
    for (let at = 0; at < data.length; at += 16) {
      s0 ^= from.getUint32(at, true);
      s1 ^= from.getUint32(at + 4, true);
      s2 ^= from.getUint32(at + 8, true);
      s3 ^= from.getUint32(at + 12, true);
      ({ s0, s1, s2, s3 } = unsafe.encrypt(this.#encryption, s0, s1, s2, s3));
      to.setUint32(at, s0, true);
      to.setUint32(at + 4, s1, true);
      to.setUint32(at + 8, s2, true);
      to.setUint32(at + 12, s3, true);
    }
    return out;
  }

  decryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array {
    this.#decryption ??= unsafe.expandKeyDecLE(this.#key);
    const out = new Uint8Array(data.length);
    const [from, to] = [view(data), view(out)];
    let chain = view(iv);
    let chainAt = 0;
    for (let at = 0; at < data.length; at += 16) {
      const { s0, s1, s2, s3 } = unsafe.decrypt(
        this.#decryption,
        from.getUint32(at, true),
        from.getUint32(at + 4, true),
        from.getUint32(at + 8, true),
        from.getUint32(at + 12, true),
      );
      to.setUint32(at, s0 ^ chain.getUint32(chainAt, true), true);
      to.setUint32(at + 4, s1 ^ chain.getUint32(chainAt + 4, true), true);
      to.setUint32(at + 8, s2 ^ chain.getUint32(chainAt + 8, true), true);
      to.setUint32(at + 12, s3 ^ chain.getUint32(chainAt + 12, true), true);
      chain = from;
      chainAt = at;
    }
    return out;
  }

  cbcMac(data: Uint8Array): Uint8Array {
    const from = view(data);
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let at = 0; at < data.length; at += 16) {
      s0 ^= from.getUint32(at, true);
      s1 ^= from.getUint32(at + 4, true);
      s2 ^= from.getUint32(at + 8, true);
      s3 ^= from.getUint32(at + 12, true);
      ({ s0, s1, s2, s3 } = unsafe.encrypt(this.#encryption, s0, s1, s2, s3));
    }
    const out = new Uint8Array(16);
    const to = view(out);
    to.setUint32(0, s0, true);
    to.setUint32(4, s1, true);
    to.setUint32(8, s2, true);
    to.setUint32(12, s3, true);
    return out;
  }

  wipe(): void {
    this.#key.fill(0);
    this.#encryption.fill(0);
    this.#decryption?.fill(0);
  }
}

/** AES by @noble/ciphers: the engine unless told otherwise. */
export const nobleEngine: AesEngine = { name: 'noble', cipher: (key) => new NobleCipher(key) };
