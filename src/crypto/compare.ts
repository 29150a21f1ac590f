/** Comparison of secrets and MACs in constant time. */
import { timingSafeEqual } from 'node:crypto';

/** Whether both are the same; the time does not depend on where they differ (their lengths are no secret). */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
