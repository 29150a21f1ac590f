/** `simboot batch report`: durations, yield, reasons, and whether everything is accounted for. */
import type { Command } from 'commander';
import { reportBatch, reportCsv, reportHtml } from '../../src/perso/index.js';
import { type CliContext, EXIT } from '../context.js';
import { writeOutput } from '../files.js';
import { examples } from '../help.js';
import { count } from '../line/record.js';
import { addLineStoreOptions, batchOf, type LineStoreOptions, withExistingLineStore } from '../line/store.js';
import { reportText } from '../render/batch-report.js';

interface ReportOptions extends LineStoreOptions {
  readonly batch?: string;
  readonly blanks?: number;
  readonly csv?: string;
  readonly html?: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addLineStoreOptions(
    parent
      .command('report')
      .description('durations, yield, reasons, and whether everything is accounted for'),
  )
    .option('--batch <name>', 'batch; not needed where the store has one')
    .option('--blanks <number>', 'blank cards that were given out to the line', count)
    .option('--csv <file>', 'writes the numbers, one a line')
    .option('--html <file>', 'writes a page to print, with plots')
    .action((options: ReportOptions) => run(cli, options));
  examples(command, [
    ['simboot batch report --blanks 1000 --html report.html', 'the page that goes into the binder'],
    ['simboot batch report --json', 'the same for programs; exit code 6 where something does not add up'],
  ]);
}

async function run(cli: CliContext, options: ReportOptions): Promise<void> {
  const report = await withExistingLineStore(cli, options, async (store) =>
    reportBatch(store, await batchOf(store, options.batch), options.blanks),
  );
  if (options.csv !== undefined) await writeOutput(options.csv, reportCsv(report));
  if (options.html !== undefined) await writeOutput(options.html, reportHtml(report, cli.clock.now()));
  cli.result(report, () => reportText(report, cli.colours));
  if (report.reconciliation.problems.length > 0) cli.finish(EXIT.DIFFERENCES);
}
