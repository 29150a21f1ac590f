/** An AES key that stays in a PKCS#11 token. What its operations give comes out; the key never does. */
import type { AesGCM, Handle, Mechanism } from 'pkcs11js';
import { concat, toHex } from '../../bytes/index.js';
import { SecurityError } from '../../errors/index.js';
import { NONCE, notOpened, TAG } from '../aead.js';
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

/** CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, CKR_DATA_INVALID, CKR_ENCRYPTED_DATA_INVALID, CKR_SIGNATURE_INVALID, CKR_AEAD_DECRYPT_FAILED. */
const WRONG_DATA = new Set([0x05, 0x06, 0x20, 0x40, 0xc0, 0x42]);

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

  async decrypt(iv: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
    this.#requireUsable();
    const mechanism = { mechanism: this.#token.constants.CKM_AES_CBC, parameter: Buffer.from(iv) };
    return this.#token.decrypt(mechanism, this.#handle, data);
  }

  async seal(clear: Uint8Array, place: Uint8Array, nonce: Uint8Array): Promise<Uint8Array> {
    this.#requireUsable();
    return concat(nonce, this.#token.encrypt(this.#gcm(nonce, place), this.#handle, clear, TAG));
  }

  async open(sealed: Uint8Array, place: Uint8Array): Promise<Uint8Array> {
    this.#requireUsable();
    if (sealed.length < NONCE + TAG) throw notOpened();
    const mechanism = this.#gcm(sealed.subarray(0, NONCE), place);
    try {
      return this.#token.decrypt(mechanism, this.#handle, sealed.subarray(NONCE));
    } catch (error) {
      // what a token answers to a wrong tag differs between makers
      const code = error instanceof SecurityError ? error.details.returnCode : undefined;
      if (typeof code === 'number' && WRONG_DATA.has(code)) throw notOpened();
      throw error;
    }
  }

  #gcm(iv: Uint8Array, place: Uint8Array): Mechanism {
    const { CKM_AES_GCM, CK_PARAMS_AES_GCM } = this.#token.constants;
    const parameter: AesGCM = {
      type: CK_PARAMS_AES_GCM,
      iv: Buffer.from(iv),
      ivBits: iv.length * 8,
      aad: Buffer.from(place),
      tagBits: TAG * 8,
    };
    return { mechanism: CKM_AES_GCM, parameter };
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
