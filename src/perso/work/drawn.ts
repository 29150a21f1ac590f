/** What the steps of a job need drawn for each record, besides the values that the job itself names. */
import type { Drawn, Job } from '../job/types.js';

/** Name of a drawn key set: no field of a job can be called that, so that no template gets at it. */
export function drawnKeysName(step: string): string {
  return `keys:${step}`;
}

/**
 * Values to draw for the steps, by name: the octets of Key-ENC, Key-MAC and Key-DEK in a row for each key set.
 *
 * @example
 * const keys = { kind: 'drawn', length: 16 } as const;
 * drawnBySteps({ steps: [{ kind: 'rotate-keys', name: 'r', keyVersion: 0x31, next: keys }] }) // → { 'keys:r': { kind: 'octets', length: 48 } }
 */
export function drawnBySteps({ steps }: Pick<Job, 'steps'>): Readonly<Record<string, Drawn>> {
  const drawn: Record<string, Drawn> = {};
  for (const step of steps) {
    if (step.kind !== 'rotate-keys' || step.next.kind !== 'drawn') continue;
    drawn[drawnKeysName(step.name)] = { kind: 'octets', length: 3 * step.next.length };
  }
  return drawn;
}
