/** Scripts become jobs of a device. */
import { SimbootError, UsageError } from '../../errors/index.js';
import type { AccountRecord } from './records.js';
import { checkSource } from './script/compile.js';
import type { ScriptSource } from './script/types.js';
import type { Turn } from './turn.js';

/** Jobs of one device that are not over. */
const MAX_JOBS = 1000;

/** @throws UsageError `USAGE_SCRIPT`, `USAGE_COMMAND` for a script that cannot run here, or one too many */
export function submit(turn: Turn, script: ScriptSource): void {
  checkSource(script, turn.env.programs);
  if (turn.state.jobs.length >= MAX_JOBS) {
    throw new UsageError('USAGE_SCRIPT', `${MAX_JOBS} jobs wait for this device already`);
  }
  const jobId = turn.identifier();
  turn.write({
    type: 'job',
    record: {
      jobId,
      devId: turn.state.devId,
      order: turn.state.revision + 1,
      script,
      state: 'queued',
      createdAt: turn.now,
      updatedAt: turn.now,
    },
  });
  turn.act({ type: 'job-submitted', jobId });
  if (turn.state.session?.state !== 'open') turn.act({ type: 'wanted', reason: 'job' });
}

/**
 * What an account has for the session that tells of its bootstrap. A device that tells again, since the answer did not
 * reach it, gets nothing again. A script that cannot run is no reason to refuse the session.
 *
 * @param as identity of the device in this session
 * @param before identity of the last session that told of a bootstrap
 */
export function submitAfterBootstrap(
  turn: Turn,
  account: AccountRecord | undefined,
  as: string | undefined,
  before: string | undefined,
): void {
  const after = account?.afterBootstrap;
  if (after === undefined || after.as !== as || before === as) return;
  try {
    submit(turn, after.script);
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    turn.note('SCRIPT_MISSING', error.message);
  }
}
