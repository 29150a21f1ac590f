/** Damaged input: the same mutations every run, and the promise that only typed errors come out. */
import { SimbootError } from '../../src/errors/index.js';

/** A small generator of repeatable numbers (xorshift32). */
export function repeatable(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/**
 * Feeds `decode` mutations of good inputs: flipped bits, replaced, removed, inserted and repeated octets, cuts.
 *
 * @returns how many inputs were accepted and how many refused with a SimbootError; anything else is thrown on, with
 *   the input in hex
 */
export function fuzz(
  decode: (bytes: Uint8Array) => unknown,
  seeds: readonly Uint8Array[],
  count = 100_000,
): { accepted: number; refused: number } {
  const random = repeatable(20260101);
  let accepted = 0;
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const input = mutate(seeds[random(seeds.length)]!, random);
    try {
      decode(input);
      accepted++;
    } catch (error) {
      if (!(error instanceof SimbootError)) {
        throw new Error(`input ${Buffer.from(input).toString('hex')}: ${String(error)}`, { cause: error });
      }
      refused++;
    }
  }
  return { accepted, refused };
}

/** A good input damaged in one to four places. */
export function mutate(seed: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = Array.from(seed);
  for (let times = 1 + random(4); times > 0; times--)
    bytes = MUTATIONS[random(MUTATIONS.length)]!(bytes, random);
  return Uint8Array.from(bytes);
}

type Mutation = (bytes: number[], random: (below: number) => number) => number[];

/** Octets that lengths, tags, padding and encodings turn on. */
const TELLING = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xc0, 0xef, 0xfe, 0xff];

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => replaced(bytes, random, (octet) => octet ^ (1 << random(8))),
  (bytes, random) => replaced(bytes, random, () => random(256)),
  (bytes, random) => replaced(bytes, random, () => TELLING[random(TELLING.length)]!),
  (bytes, random) => replaced(bytes, random, (octet) => (octet + (random(2) ? 1 : 255)) & 0xff),
  (bytes, random) => bytes.slice(0, random(bytes.length + 1)),
  (bytes, random) => bytes.slice(random(bytes.length + 1)),
  (bytes, random) => bytes.toSpliced(random(bytes.length + 1), 1 + random(3)),
  (bytes, random) => bytes.toSpliced(random(bytes.length + 1), 0, random(256)),
  (bytes, random) => {
    const at = random(bytes.length + 1);
    return bytes.toSpliced(at, 0, ...bytes.slice(at, at + 1 + random(8)));
  },
];

function replaced(
  bytes: number[],
  random: (below: number) => number,
  change: (octet: number) => number,
): number[] {
  if (bytes.length === 0) return [random(256)];
  const at = random(bytes.length);
  return bytes.with(at, change(bytes[at]!) & 0xff);
}
