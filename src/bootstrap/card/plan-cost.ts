/** What the updates of a plan need and cost: access rules, keys, exchanges, octets. */
import { describeCondition, type FileLocation, type KeyReference } from '../../card/index.js';
import { locationKey } from './paths.js';
import type { PlannedAccess, PlannedUpdate, PlanSummary } from './plan-types.js';
import type { CardSession } from './session.js';

/**
 * The rules of all files that are written, and the keys for them.
 *
 * @param reads whether they are read back
 * @throws SecurityError `SECURITY_ACCESS_DENIED` for a rule that cannot be satisfied with the keys that were given
 */
export async function resolveAccess(
  session: CardSession,
  updates: readonly PlannedUpdate[],
  reads: boolean,
): Promise<{ access: PlannedAccess[]; keys: KeyReference[] }> {
  const access: PlannedAccess[] = [];
  const keys = new Set<KeyReference>();
  for (const { file, location } of oneForEachFile(updates)) {
    for (const operation of reads ? (['update', 'read'] as const) : (['update'] as const)) {
      for (const key of await session.missingKeys(location, operation)) keys.add(key);
      const rule = describeCondition(await session.condition(location, operation));
      access.push({ file, operation, rule });
    }
  }
  return { access, keys: [...keys] };
}

/** @param sizeOf octets that reading a file back takes; absent if nothing is read back */
export function costOf(
  session: CardSession,
  updates: readonly PlannedUpdate[],
  keys: readonly KeyReference[],
  sizeOf: ((location: FileLocation) => number) | undefined,
): Pick<PlanSummary, 'exchanges' | 'octets'> {
  const sizes = sizeOf
    ? oneForEachFile(updates).map(({ location, record, data }) =>
        record === undefined ? sizeOf(location) : data.length,
      )
    : [];
  const select = session.selections(updates.map(({ location }) => location));
  const read = sizes.reduce((sum, size) => sum + Math.ceil(size / session.card.maxRead), 0);
  // In 3G mode a retry counter is read before each key is presented, and the channel is closed at the end.
  const is3g = session.mode === '3g';
  const forKeys = keys.length * (is3g ? 2 : 1);
  const channel = is3g && session.card !== session.base ? 1 : 0;
  const total = select + updates.length + read + forKeys + channel;
  return {
    exchanges: { select, update: updates.length, read, keys: forKeys, channel, total },
    octets: {
      written: updates.reduce((sum, { data }) => sum + data.length, 0),
      read: sizes.reduce((sum, size) => sum + size, 0),
    },
  };
}

function oneForEachFile(updates: readonly PlannedUpdate[]): PlannedUpdate[] {
  return [...new Map(updates.map((update) => [locationKey(update.location), update])).values()];
}
