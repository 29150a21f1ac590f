/** Chance that a seed repeats, so that a farm can be had again. */

/** Numbers from 0 up to 1, the same for the same seed and number. */
export type Chance = () => number;

/** mulberry32 over a mixed seed: good enough to scatter faults, and nothing else. */
export function chanceOf(seed: number, number: number): Chance {
  let state = mix(seed >>> 0) ^ mix((number * 0x9e3779b1) >>> 0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A whole number from `low` to `high`, both included. */
export function between(chance: Chance, low: number, high: number): number {
  return low + Math.floor(chance() * (high - low + 1));
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
