/** The server core: one step of one device (DM 2.0 §5.1.1). Pure: no clock, no randomness, no network but what it is given. */
import { assertNever } from './assert-never.js';
import { FOR_EVER } from './commands.js';
import { settleJobs } from './jobs.js';
import { buildNotification, registerPush } from './notify.js';
import { takePackage } from './package.js';
import type { RepositoryRecord } from './records.js';
import { takeRepositoryRequest } from './repository.js';
import { endSession } from './session.js';
import { isOver } from './state.js';
import { submit } from './submit.js';
import { type Next, Turn } from './turn.js';
import type { DeviceState, ServerEnvironment, ServerEvent } from './types.js';
import { answerQuestion } from './ui.js';

/**
 * What an event does to a device. The writes among the actions are one step: they are stored together, before the
 * reply leaves; the state is what `ServerStore.load` gives after that.
 *
 * @throws UsageError `USAGE_SCRIPT`, `USAGE_COMMAND` where a script that is submitted is wrong
 */
export function next(state: DeviceState, event: ServerEvent, env: ServerEnvironment): Next {
  const turn = new Turn(state, env);
  handle(turn, event);
  return turn.done();
}

function handle(turn: Turn, event: ServerEvent): void {
  switch (event.type) {
    case 'package':
      turn.act({ type: 'reply', response: takePackage(turn, event.request, event.account) });
      break;
    case 'repository': {
      const response = takeRepositoryRequest(turn, event.request, event.item, event.account);
      turn.act({ type: 'reply', response });
      break;
    }
    case 'ui-answer':
      answerQuestion(turn, event.uiId, event.answer);
      break;
    case 'submit':
      submit(turn, event.script);
      break;
    case 'cancel':
      cancel(turn, event.jobId);
      break;
    case 'tick':
      tick(turn);
      break;
    case 'aborted':
      aborted(turn);
      break;
    case 'notify':
      buildNotification(turn, event.options ?? {});
      break;
    case 'gcm-registered':
    case 'gcm-unregistered':
      registerPush(turn, event.type, event.regId);
      break;
    default:
      assertNever(event);
  }
}

/** A job is cancelled at once; what was sent of it goes on being in flight and keeps its own state. */
function cancel(turn: Turn, jobId: string): void {
  const job = turn.state.jobs.find((each) => each.jobId === jobId);
  if (job === undefined || isOver(job)) return;
  for (const command of turn.commandsOf(jobId)) {
    if (!command.open || (command.state !== 'queued' && command.state !== 'answered')) continue;
    turn.command({ ...command, open: false });
    closePlaces(turn, command.commandId);
  }
  turn.job({ ...job, state: 'cancelled' });
}

function closePlaces(turn: Turn, commandId: string): void {
  for (const item of turn.state.repository) {
    if (item.commandId === commandId)
      turn.write({ type: 'repository', record: { ...item, state: 'closed' } });
  }
  for (const page of turn.state.ui) {
    if (page.commandId === commandId) turn.write({ type: 'ui', record: { ...page, state: 'expired' } });
  }
}

function aborted(turn: Turn): void {
  const { session } = turn.state;
  if (session?.state === 'open') endSession(turn, session, 'aborted');
}

/** Deadlines: the session's, those of repository addresses, those of questions. */
function tick(turn: Turn): void {
  const { session } = turn.state;
  if (session?.state === 'open' && turn.now > session.deadline) endSession(turn, session, 'timeout');
  for (const item of turn.state.repository) {
    if (item.state === 'open' && turn.now > item.expiresAt) expire(turn, item);
  }
  for (const page of turn.state.ui) {
    if (page.state !== 'open' || turn.now <= page.expiresAt) continue;
    turn.write({ type: 'ui', record: { ...page, state: 'expired' } });
    const command = turn.commandById(page.commandId);
    if (command?.state === 'answered' && command.open) turn.command({ ...command, open: false });
  }
  if (turn.state.session?.state !== 'open') settleJobs(turn);
}

/** A command that may be sent again needs its place again: it is only shut until then. */
function expire(turn: Turn, item: RepositoryRecord): void {
  const command = turn.commandById(item.commandId ?? '');
  if (command?.open === true && command.idempotent && !command.final) {
    turn.write({ type: 'repository', record: { ...item, usedAt: turn.now, expiresAt: FOR_EVER } });
    return;
  }
  turn.write({ type: 'repository', record: { ...item, state: 'closed' } });
  if (command?.final === true && command.open) turn.command({ ...command, open: false });
}
