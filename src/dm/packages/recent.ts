/** Packages that were read lately: Package#1 of most devices is the same, and so is a Package#3 that says 200. */
import { remembered } from '../../bytes/index.js';
import type { Decoded, PackageLimits } from './read.js';

/** Octets of a package that may come again. */
const LONGEST = 256;

/**
 * A decoder with a memory of the last short packages, by all their octets; what it returns is shared, and frozen.
 * Other limits than the number of octets go past the memory.
 */
export function rememberedPackage<T>(
  decode: (bytes: Uint8Array, limits: PackageLimits) => Decoded<T>,
): (bytes: Uint8Array, limits?: PackageLimits) => Decoded<T> {
  const short = remembered((_octets, bytes: Uint8Array) => frozen(decode(bytes, {})));
  return (bytes, limits = {}) => {
    const { maxOctets = LONGEST, maxDepth, maxItems } = limits;
    const fits = bytes.length <= LONGEST && bytes.length <= maxOctets;
    if (!fits || maxDepth !== undefined || maxItems !== undefined) return decode(bytes, limits);
    const octets = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    return short(octets, bytes);
  };
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}
