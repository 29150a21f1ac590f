/** The authentication functions of a subscription (TS 33.102 §6.3.2), whichever algorithm computes them. */
import { UsageError } from '../../errors/index.js';

/** What f2 to f5 give for one RAND. */
export interface AkaResponse {
  /** f2: 4 to 32 octets. */
  readonly res: Uint8Array;
  /** f3: 16 or 32 octets. */
  readonly ck: Uint8Array;
  /** f4: 16 or 32 octets. */
  readonly ik: Uint8Array;
  /** f5: 6 octets. */
  readonly ak: Uint8Array;
}

/** RAND has 16 octets, SQN 6, AMF 2. */
export interface AkaFunctions {
  /** MAC-A: 8 octets with Milenage; 8, 16 or 32 with TUAK. */
  f1(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array;
  /** MAC-S of a resynchronisation, as long as MAC-A. */
  f1star(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array;
  /** RES, CK, IK and AK of one challenge. */
  f2345(rand: Uint8Array): AkaResponse;
  /** AK of a resynchronisation, 6 octets. */
  f5star(rand: Uint8Array): Uint8Array;
  /** Overwrites the key; the functions refuse afterwards. */
  wipe(): void;
}

/** Refuses octets of another length than `allowed`. */
export function requireOctets(name: string, octets: Uint8Array, ...allowed: readonly number[]): Uint8Array {
  if (allowed.includes(octets.length)) return octets;
  throw new UsageError('USAGE_ARGUMENT', `${name} has ${allowed.join(' or ')} octets, not ${octets.length}`);
}

/** Octet by octet; both have the same length. */
export function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((octet, index) => octet ^ right[index]!);
}
