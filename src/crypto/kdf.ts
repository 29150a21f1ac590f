/** Key derivation in counter mode with CMAC (NIST SP 800-108 §5.1), in the form of SCP03 (GPC Amendment D §4.1.5). */
import { concat } from '../bytes/index.js';
import { UsageError } from '../errors/index.js';
import type { AesKey } from './aes-key.js';

/** What a derivation binds: octets before and after the one-octet counter, and the octets wanted. */
export interface CounterDerivation {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** 1 to 4080 octets. */
  readonly octets: number;
}

/** The messages whose CMACs, put together and cut, are the derived octets. */
export function counterMessages(derivation: CounterDerivation): Uint8Array[] {
  const { before, after, octets } = derivation;
  const blocks = Math.ceil(octets / 16);
  if (!Number.isInteger(octets) || blocks < 1 || blocks > 0xff) {
    throw new UsageError('USAGE_ARGUMENT', `a derivation gives 1 to 4080 octets, not ${octets}`);
  }
  return Array.from({ length: blocks }, (_, i) => concat(before, [i + 1], after));
}

/** Derived octets from a key in memory. */
export function deriveOctets(key: AesKey, derivation: CounterDerivation): Uint8Array {
  const blocks = counterMessages(derivation).map((message) => key.cmac(message));
  return concat(...blocks).slice(0, derivation.octets);
}

/**
 * The derivation of SCP03: label of eleven 00 and the constant, separator 00, length L in bits, counter, context.
 *
 * @param constant GPC Amendment D table 4-1, for example 04 for S-ENC
 * @param context host challenge and card challenge, for example
 */
export function scp03Derivation(constant: number, context: Uint8Array, octets: number): CounterDerivation {
  const before = new Uint8Array(15);
  before[11] = constant;
  before[13] = (octets * 8) >> 8;
  before[14] = (octets * 8) & 0xff;
  return { before, after: context, octets };
}
