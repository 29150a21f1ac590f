/** `simboot batch resume`: goes on with a batch of the store, after a stop or a loss of power. */
import type { Command } from 'commander';
import { type BatchStatus, lineStatus } from '../../src/app/index.js';
import { UsageError } from '../../src/errors/index.js';
import type { BatchRecord, Job } from '../../src/perso/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { readJob } from '../line/job.js';
import { requireSecrets, withLineKeys } from '../line/keys.js';
import { runLive, stationOf } from '../line/live.js';
import { addRunOptions, type RunOptions } from '../line/run-options.js';
import { batchOf, LEASE_MS, withExistingLineStore } from '../line/store.js';
import { needTable } from '../render/batch-status.js';

/** Records that are told of before the first card. */
const TOLD = 20;

export function register(parent: Command, cli: CliContext): void {
  const command = addRunOptions(
    parent
      .command('resume')
      .description('go on with a batch of the store, after a stop or a loss of power')
      .argument('<job>', 'job file that the batch was begun with'),
  ).action((job: string, options: RunOptions) => run(cli, job, options));
  examples(command, [
    [
      'simboot batch resume job.yaml',
      'the only batch of ./simboot-line; cards that were torn out come back by themselves',
    ],
    ['simboot batch resume job.yaml --batch spring --station s2', 'another station takes over what is left'],
  ]);
}

async function run(cli: CliContext, jobPath: string, options: RunOptions): Promise<void> {
  const job = await readJob(cli, jobPath);
  await withLineKeys(cli, job, options, (keys) =>
    withExistingLineStore(cli, options, async (store) => {
      const batch = await batchOf(store, options.batch);
      requireJob(batch, job);
      requireSecrets(job, keys);
      const { batchId } = batch;
      const { batches } = await lineStatus(store, [batch], {
        now: cli.clock.now().getTime(),
        leaseMs: LEASE_MS,
        limit: TOLD,
        ended: stationOf(options),
      });
      const [found] = batches;
      if (found !== undefined) tell(cli, found);
      const more = { found: { needs: found?.needs ?? [], more: found?.more ?? 0 } };
      await runLive(cli, { job, jobPath, store, batchId, keys, options, more, resumes: true });
    }),
  );
}

function requireJob({ batchId, jobHash, jobName, jobVersion, state }: BatchRecord, job: Job): void {
  if (state === 'loading') {
    throw new UsageError('USAGE_BATCH_UNKNOWN', `batch ${batchId} was not loaded to its end`, {
      next: '`simboot batch run` loads it anew.',
    });
  }
  if (jobHash === job.hash) return;
  throw new UsageError(
    'USAGE_BATCH_JOB',
    `batch ${batchId} was begun with job ${jobName} ${jobVersion} (${jobHash.slice(0, 16)}…), this is ${job.name} ${job.version} (${job.hash.slice(0, 16)}…)`,
    { details: { batchId, expected: jobHash, found: job.hash } },
  );
}

function tell(cli: CliContext, { batch, needs, more, records }: BatchStatus): void {
  if (cli.options.json) return;
  cli.note(
    `batch ${batch}: ${records.released} of ${Object.values(records).reduce((a, b) => a + b, 0)} records done, ${records.free} not begun`,
  );
  if (needs.length === 0) return;
  cli.note(needTable(needs));
  if (more > 0) cli.note(`… and ${more} more`);
}
