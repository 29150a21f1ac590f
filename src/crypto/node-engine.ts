/** AES by node:crypto (OpenSSL). A context is made for every call: Node offers no way to restart one. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { AesCipher, AesEngine } from './engine.js';

const ZERO_IV = new Uint8Array(16);

class NodeCipher implements AesCipher {
  readonly #key: Uint8Array;
  readonly #algorithm: string;

  constructor(key: Uint8Array) {
    this.#key = Uint8Array.from(key);
    this.#algorithm = `aes-${key.length * 8}-cbc`;
  }

  encryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array {
    const cipher = createCipheriv(this.#algorithm, this.#key, iv).setAutoPadding(false);
    return new Uint8Array(cipher.update(data));
  }

  decryptCbc(iv: Uint8Array, data: Uint8Array): Uint8Array {
    const cipher = createDecipheriv(this.#algorithm, this.#key, iv).setAutoPadding(false);
    return new Uint8Array(cipher.update(data));
  }

  cbcMac(data: Uint8Array): Uint8Array {
    return this.encryptCbc(ZERO_IV, data).slice(-16);
  }

  wipe(): void {
    this.#key.fill(0);
  }
}

/** AES by `node:crypto` (OpenSSL). */
export const nodeEngine: AesEngine = { name: 'node', cipher: (key) => new NodeCipher(key) };
