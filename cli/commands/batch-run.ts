/** `simboot batch run`: loads a batch and runs it on the readers of this station; or tries it on simulated cards. */
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import {
  type CheckOptions,
  type CheckReport,
  checkRecords,
  type Job,
  loadBatch,
  recordsRefused,
} from '../../src/perso/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { runDry } from '../line/dry.js';
import { type RecordsFile, readJob, recordsFile } from '../line/job.js';
import { type LineKeys, requireSecrets, withLineKeys } from '../line/keys.js';
import { runLive } from '../line/live.js';
import { count } from '../line/record.js';
import { addRunOptions, collect, type RunOptions, seconds } from '../line/run-options.js';
import { withLineStore } from '../line/store.js';

export interface BatchRunOptions extends RunOptions {
  readonly records?: string;
  readonly dryRun?: boolean;
  readonly cards?: number;
  readonly fault: readonly string[];
  readonly seed: number;
  readonly slots: number;
  readonly handling: number;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addRunOptions(
    parent
      .command('run')
      .description('check and load a batch, and personalize its cards')
      .argument('<job>', 'job file (docs/job.md)'),
  )
    .option('--records <file>', 'input of the batch; that of the job unless told')
    .option(
      '--dry-run',
      'try it on simulated cards in this process; nothing is kept, no key of a card is needed',
    )
    .option('--cards <number>', 'with --dry-run: the first records only', count)
    .option(
      '--fault <fault>',
      'with --dry-run: KIND:SHARE or CARD=KIND[@EXCHANGE][:DETAIL], as of sim farm (repeatable)',
      collect,
      [],
    )
    .option('--seed <number>', 'with --dry-run: chance of faults', count, 1)
    .option('--slots <number>', 'with --dry-run: slots of the line that times are told for', count, 1)
    .option('--handling <seconds>', 'with --dry-run: a change of card', seconds, 4)
    .action((job: string, options: BatchRunOptions) => run(cli, job, options));
  examples(command, [
    [
      'simboot batch run job.yaml --dry-run --cards 20 --slots 16',
      'what would come out, and how long it takes',
    ],
    ['simboot batch run job.yaml --records spring.csv', 'all readers of this machine, cards changed by hand'],
    [
      'simboot batch run job.yaml --auto --listen 127.0.0.1:8470 --token @line.token',
      'with a handler machine and its controller',
    ],
    [
      'simboot batch run job.yaml --readers farm:farm.sock --events',
      'on simulated readers of `simboot sim farm`, a line of JSON an event',
    ],
    [
      'simboot batch run job.yaml --store postgres://line@db/line --store-key env:STORE_KEY --station s2',
      'one of several stations at the same batch',
    ],
  ]);
}

async function run(cli: CliContext, jobPath: string, options: BatchRunOptions): Promise<void> {
  const job = await readJob(cli, jobPath);
  const input = await recordsFile(job, jobPath, options.records);
  await withLineKeys(cli, job, options, async (keys) => {
    if (options.dryRun === true) {
      const checked = await checkInput(cli, job, input, keys);
      return runDry(cli, { job, input, checked, keys, options });
    }
    requireSecrets(job, keys);
    await withLineStore(cli, options, async (store) => {
      const batchId = options.batch ?? basename(input.path, extname(input.path));
      const report = await checkInput(cli, job, input, keys, { store, batchId });
      const loading = cli.progress('load', report.records, 'records');
      await loadBatch(store, job, input.open(), {
        ...{ batchId, checked: report, file: input.path, signal: cli.signal },
        createdAt: cli.clock.now().getTime(),
        onProgress: (records) => loading.update(records),
      });
      loading.end();
      await runLive(cli, { job, jobPath, store, batchId, keys, options });
    });
  });
}

/** Nothing that is wrong with the input comes to light at a card. */
async function checkInput(
  cli: CliContext,
  job: Job,
  input: RecordsFile,
  { transportKeys }: LineKeys,
  known: Pick<CheckOptions, 'store' | 'batchId'> = {},
): Promise<CheckReport> {
  const progress = cli.progress('check', input.size);
  const octets = input.open((read) => progress.update(read));
  const report = await checkRecords(job, octets, {
    ...known,
    keys: transportKeys,
    clock: cli.clock,
    signal: cli.signal,
  });
  progress.end();
  if (report.total > 0) throw recordsRefused(input.path, report);
  return report;
}
