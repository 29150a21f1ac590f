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

/** Puts a session on the list of those that are due; one for a server and address is enough, the later cause counts. */
export function requestSession(turn: Turn, start: PendingStart): void {
  const others = turn.state.pendingStarts.filter((each) => !sameDestination(each, start));
  const present = turn.state.pendingStarts.find((each) => sameDestination(each, start));
  const merged = present === undefined ? start : merge(present, start);
  turn.update({ pendingStarts: [...others, merged] });
}

function sameDestination(one: PendingStart, other: PendingStart): boolean {
  return one.serverId === other.serverId && one.url === other.url;
}

function merge(earlier: PendingStart, later: PendingStart): PendingStart {
  // A notification names itself in Package#1 and a bootstrap has to be announced; a client's own wish gives way.
  if (later.cause.kind === 'client' && earlier.cause.kind !== 'client') return earlier;
  if (earlier.cause.kind !== 'notification' || later.cause.kind !== 'notification') return later;
  return { ...later, cause: { ...later.cause, reqMos: earlier.cause.reqMos || later.cause.reqMos } };
}
