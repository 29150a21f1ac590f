/** Sessions as part of the state: those that run, and those that are due (DM 2.0 §5.1.1, §5.2). */

import type { PendingStart } from './kept.js';
import type { Session } from './running.js';
import { type Turn, withEntry } from './turn.js';

/** The session with a server; the caller knows that there is one. */
export function sessionWith(turn: Turn, serverId: string): Session {
  return turn.state.sessions.get(serverId)!;
}

/** Changes the session with a server. */
export function updateSession(turn: Turn, serverId: string, patch: Partial<Session>): void {
  const session = { ...sessionWith(turn, serverId), ...patch };
  turn.update({ sessions: withEntry(turn.state.sessions, serverId, session) });
}

/** Puts a session on the list of those that are due. One with the same server and address that is due already may do. */
export function requestSession(turn: Turn, start: PendingStart): void {
  const { pendingStarts } = turn.state;
  const present = pendingStarts.find((each) => isOneWith(each, start));
  const all =
    present === undefined
      ? [...pendingStarts, start]
      : pendingStarts.map((each) => (each === present ? merge(present, start) : each));
  turn.update({ pendingStarts: all });
}

// A bootstrap has to be announced and a notification names itself: each needs a Package#1 of its own. A client's own
// wish is content with either.
function isOneWith(one: PendingStart, other: PendingStart): boolean {
  if (one.serverId !== other.serverId || one.url !== other.url) return false;
  const kinds = [one.cause.kind, other.cause.kind];
  return kinds[0] === kinds[1] || kinds.includes('client');
}

function merge(earlier: PendingStart, later: PendingStart): PendingStart {
  const [{ cause: first }, { cause: second }] = [earlier, later];
  if (first.kind === 'notification' && second.kind === 'notification') {
    return { ...later, cause: { ...second, reqMos: first.reqMos || second.reqMos } };
  }
  if (second.kind !== 'client') return later;
  return first.kind !== 'client' || later.forAlerts ? earlier : later;
}
