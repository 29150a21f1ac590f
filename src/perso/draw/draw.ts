/** Values drawn once per record, before the first octet goes to its card. */
import { toHex } from '../../bytes/index.js';
import type { Drawn, Job } from '../job/types.js';
import { drawnBySteps } from '../work/drawn.js';

/** Random octets of cryptographic quality. */
export type Random = (octets: number) => Uint8Array;

/**
 * Draws every value of the job, and the keys that its steps put onto cards: digits, each as likely as any other, or
 * octets as hex digits.
 *
 * @example drawValues({ draw: { pin: { kind: 'digits', length: 4 } } }, (n) => new Uint8Array(n).fill(27)) // → { pin: '7777' }
 */
export function drawValues(
  { draw: named, steps = [] }: Pick<Job, 'draw'> & Partial<Pick<Job, 'steps'>>,
  random: Random,
): Record<string, string> {
  const all = Object.entries({ ...named, ...drawnBySteps({ steps }) });
  return Object.fromEntries(all.map(([name, drawn]) => [name, draw(drawn, random)]));
}

function draw({ kind, length }: Drawn, random: Random): string {
  if (kind === 'digits') return digits(length, random);
  const octets = random(length);
  const text = toHex(octets);
  octets.fill(0);
  return text;
}

/** 250 of the 256 octets stand for a digit; the rest would make 0 to 5 likelier, and are drawn anew. */
function digits(length: number, random: Random): string {
  let text = '';
  while (text.length < length) {
    const octets = random(length - text.length);
    for (const octet of octets) if (octet < 250) text += octet % 10;
    octets.fill(0);
  }
  return text;
}
