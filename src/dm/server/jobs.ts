/** Jobs: the script decides, commands are queued, sent and waited for (DM 2.0 §5.2.3; docs/decisions/command-states.md). */
import { SimbootError, UsageError } from '../../errors/index.js';
import type { WireCommand } from '../messages.js';
import { validatorFor, wireOf } from './cache.js';
import { queueCommand } from './commands.js';
import { historyOf } from './history.js';
import type { CommandRecord, JobRecord, JobState } from './records.js';
import { scriptOf } from './script/compile.js';
import type { Script, ScriptDecision, Step } from './script/types.js';
import { isOver } from './state.js';
import type { Turn } from './turn.js';

/** Commands of one job; a script that wants more does not end. */
const MAX_JOB_COMMANDS = 10_000;

/** The commands of the next Package#2: those of the first job that has any. Empty: nothing to do now. */
export function nextBatch(turn: Turn): readonly CommandRecord[] {
  for (const { jobId } of turn.state.jobs) {
    const batch = batchOf(turn, jobId);
    if (batch.length > 0) return batch;
  }
  return [];
}

/** Lets scripts decide while no package is awaited; tells whether a session is wanted now. */
export function settleJobs(turn: Turn): void {
  for (const { jobId } of turn.state.jobs) {
    if (batchOf(turn, jobId).length === 0) continue;
    turn.act({ type: 'wanted', reason: 'job' });
    return;
  }
}

function batchOf(turn: Turn, jobId: string): readonly CommandRecord[] {
  const job = turn.state.jobs.find((each) => each.jobId === jobId)!;
  if (isOver(job)) return [];
  giveUpExecs(turn, jobId);
  if (turn.commandsOf(jobId).every(({ open }) => !open)) decide(turn, job);
  const commands = turn.commandsOf(jobId);
  const queued = commands.filter(({ state }) => state === 'queued');
  if (queued.length === 0) {
    if (commands.some(({ open }) => open)) changeState(turn, jobId, 'waiting');
    return [];
  }
  const [first] = queued;
  const end = queued.findIndex(({ final }) => final !== first!.final);
  return queued.slice(0, Math.min(end < 0 ? queued.length : end, turn.env.policy.maxCommands));
}

/** The end of an asynchronous EXEC is not waited for for ever. */
function giveUpExecs(turn: Turn, jobId: string): void {
  for (const command of turn.commandsOf(jobId)) {
    const { name, open, status, sentAt } = command;
    if (name !== 'EXEC' || !open || status !== 202 || turn.now - (sentAt ?? 0) <= turn.env.policy.execMs)
      continue;
    turn.command({ ...command, state: 'in-doubt', open: false });
  }
}

function changeState(turn: Turn, jobId: string, state: JobState, reason?: string): void {
  const job = turn.state.jobs.find((each) => each.jobId === jobId)!;
  if (job.state !== state) turn.job({ ...job, state, ...(reason === undefined ? {} : { reason }) });
}

/** Every command of the job has its result: the script says what comes next. */
function decide(turn: Turn, job: JobRecord): void {
  const script = scriptOf(job.script, turn.env.programs);
  if (script === undefined) {
    turn.note('SCRIPT_MISSING', `the program ${job.script.name} of job ${job.jobId} is not there`);
    return;
  }
  const decision = ask(turn, job, script);
  if (decision.type === 'steps') queueSteps(turn, job, decision.steps);
  else if (decision.type === 'done') changeState(turn, job.jobId, 'done');
  else changeState(turn, job.jobId, decision.inDoubt === true ? 'in-doubt' : 'failed', decision.reason);
}

function ask(turn: Turn, job: JobRecord, script: Script): ScriptDecision {
  try {
    return script.next(historyOf(turn, job.jobId));
  } catch (error) {
    const reason = error instanceof SimbootError ? error.message : `the script broke: ${String(error)}`;
    return { type: 'failed', reason: reason.slice(0, 1000) };
  }
}

function queueSteps(turn: Turn, job: JobRecord, steps: readonly Step[]): void {
  const done = turn.commandsOf(job.jobId);
  const fresh = done.length === 0 ? steps : notYet(done, steps);
  const before = turn.mark();
  try {
    if (fresh.length === 0) throw new UsageError('USAGE_SCRIPT', 'the script repeats itself');
    if (done.length + fresh.length > MAX_JOB_COMMANDS) {
      throw new UsageError('USAGE_SCRIPT', `the script has more than ${MAX_JOB_COMMANDS} commands`);
    }
    fresh.forEach((step, index) => {
      queueCommand(turn, job, step, done.length + index);
    });
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    turn.undo(before);
    changeState(turn, job.jobId, 'failed', error.message.slice(0, 1000));
  }
}

function notYet(done: readonly CommandRecord[], steps: readonly Step[]): readonly Step[] {
  const known = new Set(done.map(({ stepId, item }) => `${stepId} ${item}`));
  return steps.filter(({ id, item = 0 }) => !known.has(`${id} ${item}`));
}

/** Marks commands as sent and gives them as Package#2 carries them. */
export function sendBatch(turn: Turn, batch: readonly CommandRecord[]): WireCommand[] {
  const { sessionId } = turn.state.session!;
  if (batch[0] !== undefined) changeState(turn, batch[0].jobId, 'running');
  return batch.map((command) => {
    const cv = validatorFor(turn, command);
    refreshPlace(turn, command);
    const { state, open } = afterSending(turn, command);
    const sent: CommandRecord = {
      ...withCv(command, cv),
      state,
      open,
      attempts: command.attempts + 1,
      sessionId,
      sentAt: turn.now,
    };
    turn.command(sent);
    return wireOf(sent);
  });
}

/** With the validator that was chosen now, and none that was chosen before. */
function withCv(command: CommandRecord, cv: string | undefined): CommandRecord {
  if (command.cv === cv) return command;
  const { cv: _, ...record } = command;
  return cv === undefined ? record : { ...record, cv };
}

/** With END no status comes: what goes over our own repository shows itself, the rest is in doubt for good. */
function afterSending(turn: Turn, { final, token }: CommandRecord): Pick<CommandRecord, 'state' | 'open'> {
  if (!final) return { state: 'sent', open: true };
  const place = turn.state.repository.find((item) => item.token === token);
  return { state: 'in-doubt', open: place?.use === 'upload' || place?.use === 'get' };
}

/** A place in the repository is there anew when its command is sent, also a second time; its time starts now. */
function refreshPlace(turn: Turn, { token }: CommandRecord): void {
  const { repositoryMs, questionMs } = turn.env.policy;
  const page = turn.state.ui.find(({ uiId }) => uiId === token);
  if (page?.state === 'open') {
    turn.write({ type: 'ui', record: { ...page, expiresAt: turn.now + questionMs } });
  }
  const item = turn.state.repository.find((each) => each.token === token);
  if (item === undefined || (item.use !== 'get' && item.use !== 'upload')) return;
  const { usedAt: _, ...record } = item;
  turn.write({ type: 'repository', record: { ...record, expiresAt: turn.now + repositoryMs } });
}
