/** `simboot batch check`: everything that can be known of a job and its input before the first card. */
import type { Command } from 'commander';
import { type CheckReport, checkRecords, type Job } from '../../src/perso/index.js';
import { type CliContext, EXIT } from '../context.js';
import { examples } from '../help.js';
import { type RecordsFile, readJob, recordsFile } from '../line/job.js';
import { addLineKeyOptions, type LineKeyOptions, withLineKeys } from '../line/keys.js';
import { count } from '../line/record.js';
import {
  addLineStoreOptions,
  type LineStoreOptions,
  lineStoreIsThere,
  withLineStore,
} from '../line/store.js';
import { type CheckResult, checkText } from '../render/batch-check.js';

interface CheckCommandOptions extends LineStoreOptions, LineKeyOptions {
  readonly records?: string;
  readonly batch?: string;
  readonly limit: number;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addLineKeyOptions(
    addLineStoreOptions(
      parent
        .command('check')
        .description('check a job and every row of its input, and touch nothing')
        .argument('<job>', 'job file'),
    ),
  )
    .option('--records <file>', 'the input, where it is not the one that the job names')
    .option('--batch <name>', 'the batch, where it is in the store already')
    .option('--limit <number>', 'findings that are told whole; all are counted', count, 100)
    .action((job: string, options: CheckCommandOptions) => run(cli, job, options));
  examples(command, [
    [
      'simboot batch check job.yaml',
      'the input that the job names; duplicates in ./simboot-line too, if it is there',
    ],
    [
      'simboot batch check job.yaml --records cards.inp --transport-key 3=@k3.hex',
      'opens every cell under transport key 3',
    ],
    [
      'simboot batch check job.yaml --keys pkcs11:/usr/lib/softhsm/libsofthsm2.so --transport-key 3=key:operator-3',
      'with a key that stays in its token',
    ],
  ]);
}

async function run(cli: CliContext, jobPath: string, options: CheckCommandOptions): Promise<void> {
  const job = await readJob(cli, jobPath);
  const file = await recordsFile(job, jobPath, options.records);
  const started = cli.clock.monotonic();
  const report = await withLineKeys(cli, job, options, ({ transportKeys }) => {
    const check = (store?: Parameters<typeof checkRecords>[2]['store']): Promise<CheckReport> =>
      checkFile(cli, job, file, {
        keys: transportKeys,
        clock: cli.clock,
        limit: options.limit,
        signal: cli.signal,
        ...(options.batch === undefined ? {} : { batchId: options.batch }),
        ...(store === undefined ? {} : { store }),
      });
    return lineStoreIsThere(options) ? withLineStore(cli, options, check) : check();
  });
  const seconds = (cli.clock.monotonic() - started) / 1000;
  const result: CheckResult = {
    job: { name: job.name, version: job.version, hash: job.hash },
    file: file.path,
    ok: report.total === 0,
    ...report,
    storeChecked: lineStoreIsThere(options),
    rowsPerSecond: seconds > 0 ? Math.round(report.records / seconds) : 0,
  };
  cli.result(result, () => checkText(result, cli.colours));
  if (!result.ok) cli.finish(EXIT.BAD_INPUT);
}

async function checkFile(
  cli: CliContext,
  job: Job,
  file: RecordsFile,
  options: Parameters<typeof checkRecords>[2],
): Promise<CheckReport> {
  const progress = cli.progress('checking', file.size);
  try {
    return await checkRecords(
      job,
      file.open((octets) => progress.update(octets)),
      options,
    );
  } finally {
    progress.end();
  }
}
