/** A sample of finished cards that anybody can draw again from its seed. */
import { createHash } from 'node:crypto';

/**
 * Draws so many different numbers of `numbers`, all equally likely; the same seed draws the same.
 *
 * @param seed any text; the protocol has it
 * @returns ascending
 * @example
 * drawSample([1, 2, 3, 4, 5], 2, 'shift 7') // → drawSample([1, 2, 3, 4, 5], 2, 'shift 7')
 */
export function drawSample(numbers: readonly number[], size: number, seed: string): number[] {
  const left = [...numbers];
  const drawn: number[] = [];
  for (let turn = 0; drawn.length < size && left.length > 0; turn++) {
    const at = uniform(seed, turn, left.length);
    drawn.push(left[at]!);
    left[at] = left.at(-1)!;
    left.pop();
  }
  return drawn.sort((a, b) => a - b);
}

/** 48 bits of SHA-256 over seed and turn; of so many numbers none is noticeably likelier than another. */
function uniform(seed: string, turn: number, below: number): number {
  const digest = createHash('sha256').update(`${turn}:${seed}`).digest();
  return digest.readUIntBE(0, 6) % below;
}
