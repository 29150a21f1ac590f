/** Milenage (TS 35.206): f1 to f5* on AES-128, with the constants c1 to c5 and r1 to r5 of its clause 4.1. */
import { concat } from '../../bytes/index.js';
import { AesKey } from '../aes-key.js';
import type { AesEngine } from '../engine.js';
import { type AkaFunctions, type AkaResponse, requireOctets, xor } from './functions.js';

/** Rotation in octets and the last octet of the constant, of OUT1 to OUT5. */
const OUT = [
  { rotate: 8, constant: 0 },
  { rotate: 0, constant: 1 },
  { rotate: 4, constant: 2 },
  { rotate: 8, constant: 4 },
  { rotate: 12, constant: 8 },
] as const;

export interface MilenageKeys {
  /** Subscriber key, 16 octets. */
  readonly k: Uint8Array;
  /** OP encrypted under K, 16 octets; `milenageOpc` makes it. */
  readonly opc: Uint8Array;
}

/**
 * OPc = OP ⊕ E_K(OP) (TS 35.206 §4.1).
 *
 * @param k 16 octets
 * @param op 16 octets
 * @throws UsageError `USAGE_ARGUMENT` for other lengths
 * @example
 * const k = fromHex('465b5ce8b199b49faa5f0a2ee238a6bc');
 * toHex(milenageOpc(k, fromHex('cdc202d5123e20f62b6d676ac72cb318'))) // → 'cd63cb71954a9f4e48a5994e37a02baf'
 */
export function milenageOpc(k: Uint8Array, op: Uint8Array): Uint8Array {
  const key = new AesKey(requireOctets('K', k, 16));
  const opc = xor(key.encryptBlock(requireOctets('OP', op, 16)), op);
  key.wipe();
  return opc;
}

/** A subscription whose functions are Milenage. */
export class Milenage implements AkaFunctions {
  readonly #key: AesKey;
  readonly #opc: Uint8Array;

  /**
   * Copies the keys; the caller may wipe its own.
   *
   * @throws UsageError `USAGE_ARGUMENT` for other lengths than 16
   */
  constructor({ k, opc }: MilenageKeys, engine?: AesEngine) {
    this.#key = new AesKey(requireOctets('K', k, 16), engine);
    this.#opc = Uint8Array.from(requireOctets('OPc', opc, 16));
  }

  f1(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array {
    return this.#out1(rand, sqn, amf).slice(0, 8);
  }

  f1star(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array {
    return this.#out1(rand, sqn, amf).slice(8);
  }

  f2345(rand: Uint8Array): AkaResponse {
    const temp = this.#temp(rand);
    const out2 = this.#out(1, temp);
    return { res: out2.slice(8), ck: this.#out(2, temp), ik: this.#out(3, temp), ak: out2.slice(0, 6) };
  }

  f5star(rand: Uint8Array): Uint8Array {
    return this.#out(4, this.#temp(rand)).slice(0, 6);
  }

  wipe(): void {
    this.#key.wipe();
    this.#opc.fill(0);
  }

  #temp(rand: Uint8Array): Uint8Array {
    return this.#key.encryptBlock(xor(requireOctets('RAND', rand, 16), this.#opc));
  }

  #out1(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array {
    const half = concat(requireOctets('SQN', sqn, 6), requireOctets('AMF', amf, 2));
    const rotated = rotateLeft(xor(concat(half, half), this.#opc), OUT[0].rotate);
    return xor(this.#key.encryptBlock(xor(this.#temp(rand), rotated)), this.#opc);
  }

  #out(index: 1 | 2 | 3 | 4, temp: Uint8Array): Uint8Array {
    const { rotate, constant } = OUT[index];
    const block = rotateLeft(xor(temp, this.#opc), rotate);
    block[15]! ^= constant;
    return xor(this.#key.encryptBlock(block), this.#opc);
  }
}

function rotateLeft(block: Uint8Array, octets: number): Uint8Array {
  return concat(block.subarray(octets), block.subarray(0, octets));
}
