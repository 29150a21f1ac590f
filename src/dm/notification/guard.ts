/**
 * Duplicates and age of notifications (DM 2.0 §5.2.1.2, NOTIFICATION-ID and TIMESTAMP). The state is plain data that
 * JSON carries; it grows to a limit only. Feed it notifications whose digest is verified, or anybody can fill it.
 */

/** What was seen, by server: the latest identifiers, newest last. */
export interface NotificationGuard {
  readonly servers: readonly { readonly serverId: string; readonly ids: readonly number[] }[];
}

/** Nothing was seen yet. */
export const EMPTY_NOTIFICATION_GUARD: NotificationGuard = { servers: [] };

/** `early`: its time lies in the future by more than clocks differ. */
export type NotificationVerdict = 'fresh' | 'duplicate' | 'old' | 'early';

export interface GuardOptions {
  readonly now: Date;
  /** Older than this is `old`; 24 hours unless told. */
  readonly maxAgeSeconds?: number;
  /** How far a clock may be ahead; 5 minutes unless told. */
  readonly maxAheadSeconds?: number;
  /** Identifiers remembered for each server; 64 unless told. */
  readonly idsPerServer?: number;
  /** Servers remembered, the longest silent is forgotten first; 32 unless told. */
  readonly servers?: number;
}

/**
 * Judges a notification and remembers it where it is fresh. Without NOTIFICATION-ID a duplicate cannot be told, and
 * without TIMESTAMP its age cannot.
 *
 * @param notification `serverId` of the account it belongs to, also where the option is absent
 * @example guardNotification(EMPTY_NOTIFICATION_GUARD, { serverId: 'dms1', notificationId: 1 }, { now: new Date(0) }).verdict // → 'fresh'
 */
export function guardNotification(
  guard: NotificationGuard,
  { serverId, notificationId, timestamp }: { serverId: string; notificationId?: number; timestamp?: number },
  options: GuardOptions,
): { verdict: NotificationVerdict; guard: NotificationGuard } {
  const seconds = options.now.getTime() / 1000;
  if (timestamp !== undefined) {
    if (timestamp < seconds - (options.maxAgeSeconds ?? 24 * 60 * 60)) return { verdict: 'old', guard };
    if (timestamp > seconds + (options.maxAheadSeconds ?? 300)) return { verdict: 'early', guard };
  }
  if (notificationId === undefined) return { verdict: 'fresh', guard };
  const known = guard.servers.find((server) => server.serverId === serverId)?.ids ?? [];
  if (known.includes(notificationId)) return { verdict: 'duplicate', guard };
  const ids = [...known, notificationId].slice(-(options.idsPerServer ?? 64));
  const others = guard.servers.filter((server) => server.serverId !== serverId);
  return {
    verdict: 'fresh',
    guard: { servers: [...others, { serverId, ids }].slice(-(options.servers ?? 32)) },
  };
}
