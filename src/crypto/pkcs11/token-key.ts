/** An AES key that stays in a PKCS#11 token. What its operations give comes out; the key never does. */
import type { Handle } from 'pkcs11js';
import { toHex } from '../../bytes/index.js';
import { SecurityError } from '../../errors/index.js';
import { aesKeyLength } from '../aes-key.js';
import type { AesKeyLength } from '../engine.js';
import {
  deriveOctetsFrom,
  type KeyDerivation,
  type KeyHandle,
  MemoryKey,
  OpaqueKey,
  refuseExport,
} from '../key-handle.js';
import type { Token } from './token.js';

export class TokenKey extends OpaqueKey implements KeyHandle {
  readonly custody = 'pkcs11';
  readonly length: AesKeyLength;
  readonly kcv: string;
  readonly #token: Token;
  readonly #handle: Handle;
  #ended = false;

  constructor(token: Token, handle: Handle) {
    super();
    this.#token = token;
    this.#handle = handle;
    const { CKA_VALUE_LEN, CKM_AES_ECB } = token.constants;
    this.length = aesKeyLength(readUlong(token.attribute(handle, CKA_VALUE_LEN)));
    const block = new Uint8Array(16).fill(0x01);
    this.kcv = toHex(token.encrypt({ mechanism: CKM_AES_ECB }, handle, block).subarray(0, 3));
  }

  async cmac(message: Uint8Array): Promise<Uint8Array> {
    this.#requireUsable();
    return this.#token.mac({ mechanism: this.#token.constants.CKM_AES_CMAC }, this.#handle, message);
  }

  async encrypt(data: Uint8Array): Promise<Uint8Array> {
    this.#requireUsable();
    const mechanism = { mechanism: this.#token.constants.CKM_AES_CBC, parameter: Buffer.alloc(16) };
    return this.#token.encrypt(mechanism, this.#handle, data);
  }

  /**
   * The derivation is computed in the token, but its result is a key in memory: the mechanisms for key objects
   * (CKM_AES_ECB_ENCRYPT_DATA, CKM_SP800_108_COUNTER_KDF) are not within reach of the binding.
   */
  async derive(derivation: KeyDerivation): Promise<KeyHandle> {
    this.#requireUsable();
    let octets: Uint8Array;
    if (derivation.kind === 'counter') octets = await deriveOctetsFrom(this, derivation);
    else {
      const { CKM_AES_ECB } = this.#token.constants;
      octets = this.#token.encrypt({ mechanism: CKM_AES_ECB }, this.#handle, derivation.data);
    }
    const key = new MemoryKey(octets);
    octets.fill(0);
    return key;
  }

  async exportUnder(): Promise<Uint8Array> {
    return refuseExport('its PKCS#11 token; load a new key set from an encrypted key store file');
  }

  /** Ends this handle. The key stays in the token. */
  wipe(): void {
    this.#ended = true;
  }

  #requireUsable(): void {
    if (this.#ended) throw new SecurityError('SECURITY_KEY_WIPED', 'this handle of a token key was closed');
  }
}

/** A CK_ULONG in the order of the machine. */
function readUlong(value: Buffer): number {
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  return little
    ? value.readUIntLE(0, Math.min(value.length, 6))
    : value.readUIntBE(Math.max(0, value.length - 6), Math.min(value.length, 6));
}
