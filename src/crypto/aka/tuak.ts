/**
 * TUAK (TS 35.231): f1 to f5* on Keccak-f[1600]. The clause numbers bits from the most significant bit of the first
 * octet; Keccak from the least significant: every string goes in and out with its octets reversed.
 */
import { keccakP } from '@noble/hashes/sha3.js';
import { encodeUtf8 } from '../../bytes/index.js';
import { SecurityError, UsageError } from '../../errors/index.js';
import { type AkaFunctions, type AkaResponse, requireOctets } from './functions.js';

const STATE = 200;
const ALGORITHM_NAME = encodeUtf8('TUAK1.0');
/** Where the fields stand in the state, in octets (§6.2). */
const AT = { instance: 32, name: 33, rand: 40, amf: 56, sqn: 58, key: 64, padding: 96, end: 135 };
/** Where f2 to f5 come out, in octets (§6.4). */
const OUT = { res: 0, ck: 32, ik: 64, ak: 96 };

export interface TuakSizes {
  /** 64, 128 or 256. */
  readonly macBits?: number;
  /** 32, 64, 128 or 256. */
  readonly resBits?: number;
  /** 128 or 256. */
  readonly ckBits?: number;
  /** 128 or 256. */
  readonly ikBits?: number;
  /** How often Keccak-f runs, 1 or more. */
  readonly iterations?: number;
}

export interface TuakKeys extends TuakSizes {
  /** Subscriber key, 16 or 32 octets. */
  readonly k: Uint8Array;
  /** 32 octets; `tuakTopc` makes it. */
  readonly topc: Uint8Array;
}

/**
 * TOPc from TOP and K (TS 35.231 §6.1).
 *
 * @param k 16 or 32 octets
 * @param top 32 octets
 * @throws UsageError `USAGE_ARGUMENT` for other lengths
 * @example toHex(tuakTopc(new Uint8Array(16).fill(0xab), new Uint8Array(32).fill(0x55)).subarray(0, 4)) // → 'bd04d953'
 */
export function tuakTopc(k: Uint8Array, top: Uint8Array, iterations = 1): Uint8Array {
  requireOctets('K', k, 16, 32);
  return take(run({ top: requireOctets('TOP', top, 32), instance: 0, k, iterations }), 0, 32);
}

/** A subscription whose functions are TUAK. */
export class Tuak implements AkaFunctions {
  readonly #k: Uint8Array;
  readonly #topc: Uint8Array;
  readonly #sizes: Required<TuakSizes>;
  #wiped = false;

  /**
   * Copies the keys; the caller may wipe its own.
   *
   * @throws UsageError `USAGE_ARGUMENT` for lengths and sizes that TS 35.231 does not have
   */
  constructor({ k, topc, ...sizes }: TuakKeys) {
    this.#k = Uint8Array.from(requireOctets('K', k, 16, 32));
    this.#topc = Uint8Array.from(requireOctets('TOPc', topc, 32));
    this.#sizes = { macBits: 64, resBits: 64, ckBits: 128, ikBits: 128, iterations: 1, ...sizes };
    requireSize('MAC', this.#sizes.macBits, 64, 128, 256);
    requireSize('RES', this.#sizes.resBits, 32, 64, 128, 256);
    requireSize('CK', this.#sizes.ckBits, 128, 256);
    requireSize('IK', this.#sizes.ikBits, 128, 256);
    if (!Number.isInteger(this.#sizes.iterations) || this.#sizes.iterations < 1)
      throw new UsageError('USAGE_ARGUMENT', 'Keccak-f runs at least once');
  }

  f1(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array {
    return this.#mac(0x00, rand, sqn, amf);
  }

  f1star(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array {
    return this.#mac(0x80, rand, sqn, amf);
  }

  f2345(rand: Uint8Array): AkaResponse {
    const { resBits, ckBits, ikBits } = this.#sizes;
    const instance = 0x40 | lengthBits(resBits) | (ckBits === 256 ? 0x04 : 0) | (ikBits === 256 ? 0x02 : 0);
    const out = this.#run(instance, rand);
    return {
      res: take(out, OUT.res, resBits / 8),
      ck: take(out, OUT.ck, ckBits / 8),
      ik: take(out, OUT.ik, ikBits / 8),
      ak: take(out, OUT.ak, 6),
    };
  }

  f5star(rand: Uint8Array): Uint8Array {
    return take(this.#run(0xc0, rand), OUT.ak, 6);
  }

  wipe(): void {
    this.#wiped = true;
    this.#k.fill(0);
    this.#topc.fill(0);
  }

  #mac(star: number, rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array {
    const { macBits } = this.#sizes;
    requireOctets('SQN', sqn, 6);
    requireOctets('AMF', amf, 2);
    return take(this.#run(star | lengthBits(macBits), rand, { sqn, amf }), 0, macBits / 8);
  }

  #run(instance: number, rand: Uint8Array, counter?: { sqn: Uint8Array; amf: Uint8Array }): Uint8Array {
    if (this.#wiped) throw new SecurityError('SECURITY_KEY_WIPED', 'the keys of this subscription are wiped');
    requireOctets('RAND', rand, 16);
    const { iterations } = this.#sizes;
    return run({ top: this.#topc, instance, k: this.#k, rand, ...counter, iterations });
  }
}

interface Input {
  readonly top: Uint8Array;
  /** The octet INSTANCE without its last bit, which tells the length of K. */
  readonly instance: number;
  readonly k: Uint8Array;
  readonly rand?: Uint8Array;
  readonly amf?: Uint8Array;
  readonly sqn?: Uint8Array;
  readonly iterations: number;
}

function run({ top, instance, k, rand, amf, sqn, iterations }: Input): Uint8Array {
  const state = new Uint8Array(STATE);
  put(state, 0, top);
  state[AT.instance] = instance | (k.length === 32 ? 0x01 : 0x00);
  put(state, AT.name, ALGORITHM_NAME);
  if (rand !== undefined) put(state, AT.rand, rand);
  if (amf !== undefined) put(state, AT.amf, amf);
  if (sqn !== undefined) put(state, AT.sqn, sqn);
  put(state, AT.key, k);
  state[AT.padding] = 0x1f;
  state[AT.end] = 0x80;
  // Keccak works on words in the machine's order of octets; the strings are little-endian.
  const words = new Uint32Array(STATE / 4);
  const view = new DataView(state.buffer);
  for (let index = 0; index < words.length; index++) words[index] = view.getUint32(index * 4, true);
  for (let turn = 0; turn < iterations; turn++) keccakP(words);
  for (let index = 0; index < words.length; index++) view.setUint32(index * 4, words[index]!, true);
  words.fill(0);
  return state;
}

function put(state: Uint8Array, at: number, octets: Uint8Array): void {
  state.set(Uint8Array.from(octets).reverse(), at);
}

function take(state: Uint8Array, at: number, octets: number): Uint8Array {
  return state.slice(at, at + octets).reverse();
}

/** Bits 2 to 4 of INSTANCE: the length of MAC or RES. */
function lengthBits(bits: number): number {
  return bits === 32 ? 0x00 : (bits / 64) << 3;
}

function requireSize(name: string, bits: number, ...allowed: readonly number[]): void {
  if (allowed.includes(bits)) return;
  throw new UsageError('USAGE_ARGUMENT', `${name} has ${allowed.join(', ')} bits, not ${bits}`);
}
