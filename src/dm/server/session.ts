/** The life of a session: opened by Package#1, ended by END, or broken (DM 2.0 §5.1.1, §5.2, §5.3.9, §5.6). */
import type { Finding } from '../../mo/index.js';
import type { CommandRecord, SessionOrigin, SessionOutcome, SessionRecord } from './records.js';
import type { Turn } from './turn.js';

/** A command that was in doubt so often is not sent again, even if it is idempotent. */
const MAX_ATTEMPTS = 3;
/** Findings that a session keeps. */
const MAX_FINDINGS = 32;

/** Opens a session. One that is open still has been given up by the device (docs/decisions/one-session-per-device.md). */
export function openSession(turn: Turn, origin: SessionOrigin): SessionRecord {
  const previous = turn.state.session;
  if (previous?.state === 'open') endSession(turn, previous, 'new-session');
  settleDoubts(turn);
  const record: SessionRecord = {
    sessionId: turn.identifier(),
    devId: turn.state.devId,
    state: 'open',
    origin,
    startedAt: turn.now,
    lastAt: turn.now,
    deadline: turn.now + turn.env.policy.sessionMs,
    rounds: 0,
    inFlight: [],
    findings: [],
  };
  turn.write({ type: 'session', record });
  return record;
}

/** Changes the session of this step. */
export function updateSession(turn: Turn, changes: Partial<SessionRecord>): SessionRecord {
  const record = { ...turn.state.session!, lastAt: turn.now, ...changes };
  turn.write({ type: 'session', record });
  return record;
}

/** What was tolerated in a package, kept with the session. */
export function keepFindings(turn: Turn, findings: readonly Finding[]): void {
  const { findings: kept } = turn.state.session!;
  if (findings.length === 0 || kept.length >= MAX_FINDINGS) return;
  const texts = findings.map(({ code, where }) => `${code} ${where}`.slice(0, 200));
  updateSession(turn, { findings: [...kept, ...texts].slice(0, MAX_FINDINGS) });
}

/** Ends a session. Commands whose status did not come are in doubt from now on. */
export function endSession(turn: Turn, session: SessionRecord, outcome: SessionOutcome): void {
  for (const command of inFlight(turn, session)) {
    if (command.state === 'sent') turn.command({ ...command, state: 'in-doubt' });
  }
  turn.write({ type: 'session', record: { ...session, state: 'ended', outcome } });
  turn.act({ type: 'session-ended', sessionId: session.sessionId, outcome });
}

/** Records of the commands of the last Package#2, in its order. */
export function inFlight(turn: Turn, session: SessionRecord): CommandRecord[] {
  return session.inFlight.flatMap((commandId) => turn.commandById(commandId) ?? []);
}

/** A session whose Package#3 may come though the server gave it up: nothing was opened since. */
export function awaitsLatePackage(session: SessionRecord | undefined): session is SessionRecord {
  return (
    session?.state === 'ended' &&
    (session.outcome === 'timeout' || session.outcome === 'aborted') &&
    session.inFlight.length > 0
  );
}

/**
 * The device has started anew, so no status of the last session will come: what is idempotent goes back into the
 * queue, what came over the repository has run, the rest stays in doubt for good (docs/decisions/command-states.md).
 */
function settleDoubts(turn: Turn): void {
  const { session } = turn.state;
  if (session === undefined || session.inFlight.length === 0) return;
  for (const command of inFlight(turn, session)) {
    if (command.state === 'in-doubt' && command.open) settle(turn, command);
  }
  turn.write({ type: 'session', record: { ...turn.state.session!, inFlight: [] } });
}

function settle(turn: Turn, command: CommandRecord): void {
  const { commandId, jobId } = command;
  const delivered = turn.state.results.some((result) => result.commandId === commandId);
  const seen = turn.state.ui.some((page) => page.commandId === commandId && page.state === 'answered');
  const cancelled = !turn.state.jobs.some((job) => job.jobId === jobId);
  if (delivered || seen) {
    turn.command({ ...command, state: 'answered', answeredAt: turn.now, open: false });
  } else if (command.idempotent && command.attempts < MAX_ATTEMPTS && !cancelled) {
    turn.command({ ...command, state: 'queued' });
  } else {
    turn.command({ ...command, open: false });
    turn.note('COMMAND_IN_DOUBT', `nobody knows whether ${command.name} (${command.commandId}) ran`);
  }
}
