/** `simboot batch export`: the files that leave a line. */
import type { Command } from 'commander';
import { outputFolder } from '../../src/app/index.js';
import { UsageError } from '../../src/errors/index.js';
import { cellSealer, exportOutputs, type Job, openFields, type WrittenFile } from '../../src/perso/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { readJob } from '../line/job.js';
import { addLineKeyOptions, type LineKeyOptions, withLineKeys } from '../line/keys.js';
import { requireSameJob } from '../line/record.js';
import {
  addLineStoreOptions,
  batchOf,
  type LineStoreOptions,
  withExistingLineStore,
  withOffice,
} from '../line/store.js';
import { table } from '../render/table.js';

interface ExportCommandOptions extends LineStoreOptions, LineKeyOptions {
  readonly batch?: string;
  readonly to: string;
  readonly only?: readonly string[];
  readonly station?: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addLineKeyOptions(
    addLineStoreOptions(
      parent
        .command('export')
        .description('write the output files of a job: server, laser, box')
        .argument('<job>', 'job file that the batch was made with'),
    ),
  )
    .option('--batch <name>', 'batch; not needed where the store has one')
    .option('--to <folder>', 'where the files go', '.')
    .option('--only <output...>', 'outputs of the job by name; all unless told')
    .option('--station <name>', 'whose journal has it; office-HOST unless told')
    .action((job: string, options: ExportCommandOptions) => run(cli, job, options));
  examples(command, [
    [
      'simboot batch export job.yaml --to out/ --transport-key server=@server.key',
      'every file, with its digest beside it; running it again gives the same files',
    ],
    [
      'simboot server import out/acme-server.csv --transport-key @server.key',
      'what the operator does with the server file',
    ],
  ]);
}

async function run(cli: CliContext, jobPath: string, options: ExportCommandOptions): Promise<void> {
  const job = await readJob(cli, jobPath);
  requireOutputs(job, options.only ?? []);
  const { batchId, files } = await withLineKeys(cli, job, options, ({ transportKeys }) =>
    withExistingLineStore(cli, options, async (store) => {
      const batch = await batchOf(store, options.batch);
      requireSameJob(job, batch);
      const { records } = await store.counts(batch.batchId);
      const chosen = job.outputs.filter(({ name }) => options.only?.includes(name) ?? true).length;
      const progress = cli.progress('export', chosen * (records.verified + records.released), 'rows');
      const files = await withOffice(store, options.station, (station) =>
        exportOutputs({
          ...{ store, job, batch, station },
          open: async (record) => ({ ...record.drawn, ...(await openFields(record, job, transportKeys)) }),
          sealer: async (name) => {
            const key = transportKeys.get(name);
            return key === undefined ? undefined : cellSealer(key);
          },
          writer: outputFolder(options.to),
          clock: () => cli.clock.now(),
          onRow: (done) => progress.update(done),
          ...(options.only === undefined ? {} : { only: options.only }),
        }),
      );
      progress.end();
      return { batchId: batch.batchId, files };
    }),
  );
  cli.result({ batch: batchId, files }, () => text(files));
}

function text(files: readonly WrittenFile[]): string {
  if (files.length === 0) return 'The job has no outputs.';
  const rows = files.map(({ kind, file, rows: count, sha256 }) => [kind, file, String(count), sha256]);
  return table(['kind', 'file', 'rows', 'SHA-256'], rows);
}

function requireOutputs({ outputs }: Job, only: readonly string[]): void {
  const names = outputs.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new UsageError('USAGE_ARGUMENT', `--only: the job has no output "${unknown}"`, {
    next: `It has: ${names.join(', ') || 'none'}.`,
  });
}
