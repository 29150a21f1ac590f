/** Random octets for identifiers: the system is asked for many at once, because each question costs microseconds. */
import { randomFillSync } from 'node:crypto';

const POOL = 4096;

/** A source of unpredictable octets, each given out once and forgotten by the pool. */
export function pooledRandom(): (octets: number) => Uint8Array {
  const pool = new Uint8Array(POOL);
  let used = POOL;
  return (octets) => {
    if (octets > POOL) return randomFillSync(new Uint8Array(octets));
    if (used + octets > POOL) {
      randomFillSync(pool);
      used = 0;
    }
    const taken = pool.slice(used, used + octets);
    pool.fill(0, used, used + octets);
    used += octets;
    return taken;
  };
}
