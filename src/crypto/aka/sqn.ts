/** Sequence numbers (TS 33.102 Annex C): SQN = SEQ ‖ IND; one place for each value of IND in the USIM's array. */
import { UsageError } from '../../errors/index.js';
import { requireOctets } from './functions.js';

const SQN_BITS = 48;

/** 5 bits of IND and the limits of profile 2 of Annex C.3 where nothing else is told. */
export interface SqnProfile {
  /** Bits of SQN that are IND, 1 to 16. */
  readonly indBits: number;
  /** Δ: how far SEQ may be ahead of the highest accepted one; undefined for no limit. */
  readonly delta?: bigint;
  /** L: how far SEQ may be behind the highest accepted one; undefined for no limit. */
  readonly age?: bigint;
}

/** IND of 5 bits, Δ = 2^28, no limit on the age. */
export const DEFAULT_SQN_PROFILE: SqnProfile = { indBits: 5, delta: 1n << 28n };

/** 6 octets as a number. */
export function sqnToNumber(sqn: Uint8Array): bigint {
  return requireOctets('SQN', sqn, 6).reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

/**
 * A number as 6 octets.
 *
 * @throws UsageError `USAGE_ARGUMENT` for a number that needs more than 48 bits
 */
export function sqnFromNumber(value: bigint): Uint8Array {
  if (value < 0n || value >> BigInt(SQN_BITS) !== 0n)
    throw new UsageError('USAGE_ARGUMENT', 'SQN has 48 bits');
  const octets = new Uint8Array(6);
  for (let index = 5, rest = value; index >= 0; index--, rest >>= 8n) octets[index] = Number(rest & 0xffn);
  return octets;
}

/**
 * The next SQN of an authentication centre that counts SEQ (Annex C.1.1.1, C.1.2): SEQ and IND each go one on.
 *
 * @example sqnToNumber(nextSqn(sqnFromNumber(0x20n))) // → 65n
 */
export function nextSqn(last: Uint8Array, profile: SqnProfile = DEFAULT_SQN_PROFILE): Uint8Array {
  const { seq, ind, bits } = split(last, profile);
  const nextInd = (ind + 1n) & ((1n << bits) - 1n);
  return sqnFromNumber(((seq + 1n) << bits) | nextInd);
}

/** The USIM's array (Annex C.2): what it accepted last for each IND. Immutable. */
export class SqnArray {
  readonly #profile: SqnProfile;
  readonly #accepted: ReadonlyMap<number, bigint>;

  /** @param accepted SEQ by IND; empty for a new card */
  constructor(profile: SqnProfile = DEFAULT_SQN_PROFILE, accepted: Iterable<readonly [number, bigint]> = []) {
    this.#profile = profile;
    this.#accepted = new Map(accepted);
  }

  /** The array after `sqn`, or `undefined` where it is not fresh (Annex C.2.2): SEQ too low, too old or too far ahead. */
  accept(sqn: Uint8Array): SqnArray | undefined {
    const { seq, ind } = split(sqn, this.#profile);
    const { delta, age } = this.#profile;
    const highest = this.#highest().seq;
    if (seq <= (this.#accepted.get(Number(ind)) ?? 0n)) return undefined;
    if (delta !== undefined && seq - highest > delta) return undefined;
    if (age !== undefined && highest - seq > age) return undefined;
    return new SqnArray(this.#profile, new Map(this.#accepted).set(Number(ind), seq));
  }

  /** SQN_MS: the highest accepted SQN, which AUTS tells. */
  get highest(): Uint8Array {
    const { seq, ind } = this.#highest();
    return sqnFromNumber((seq << BigInt(this.#profile.indBits)) | BigInt(ind));
  }

  /** SEQ by IND, for keeping. */
  entries(): [number, bigint][] {
    return [...this.#accepted];
  }

  #highest(): { seq: bigint; ind: number } {
    let best = { seq: 0n, ind: 0 };
    for (const [ind, seq] of this.#accepted) if (seq > best.seq) best = { seq, ind };
    return best;
  }
}

function split(sqn: Uint8Array, { indBits }: SqnProfile): { seq: bigint; ind: bigint; bits: bigint } {
  if (!Number.isInteger(indBits) || indBits < 1 || indBits > 16)
    throw new UsageError('USAGE_ARGUMENT', 'IND has 1 to 16 bits');
  const bits = BigInt(indBits);
  const value = sqnToNumber(sqn);
  return { seq: value >> bits, ind: value & ((1n << bits) - 1n), bits };
}
