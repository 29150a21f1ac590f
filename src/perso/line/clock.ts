/** Time of a line: never earlier than the last entry of the journal, and never going back. */
import { requireClock } from '../store/refusals.js';

/**
 * A clock that goes on with the monotonic one, whatever happens to the wall's.
 *
 * @param clock milliseconds since 1970
 * @param monotonic milliseconds since any moment
 * @param head time of the last entry of the station's journal
 * @throws UsageError `USAGE_LINE_CLOCK` if the wall's clock is behind the journal
 */
export function steadyClock(clock: () => number, monotonic: () => number, head: number): () => number {
  const wall = clock();
  requireClock(wall, head);
  const start = Math.max(wall, head);
  const began = monotonic();
  return () => start + Math.max(0, Math.floor(monotonic() - began));
}
