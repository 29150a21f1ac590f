/** `simboot journal verify`: journals of stations, without the store. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { journalFile } from '../../src/app/index.js';
import { UsageError } from '../../src/errors/index.js';
import { checkpointPublicKey, verifyJournal } from '../../src/perso/index.js';
import { type CliContext, EXIT } from '../context.js';
import { examples } from '../help.js';
import { journalReportText } from '../render/journal.js';

interface VerifyOptions {
  readonly checkpoint?: readonly string[];
  readonly key?: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('verify')
    .description(
      'verify exported journals: chains, signed checkpoints, and what must never happen to a record',
    )
    .argument('<file...>', 'exported journals of one or several stations')
    .option('--checkpoint <file...>', 'signed checkpoints, kept away from the stations')
    .option('--key <file>', 'public key of the checkpoints (PEM)')
    .action((files: string[], options: VerifyOptions) => run(cli, files, options));
  examples(command, [
    ['simboot journal verify hall-1.ndjson hall-2.ndjson', 'two stations that shared a batch'],
    [
      'simboot journal verify hall-2.ndjson --checkpoint kept.ndjson --key hall-2.key.pub',
      'also whether the end was cut off',
    ],
  ]);
}

async function run(cli: CliContext, files: readonly string[], options: VerifyOptions): Promise<void> {
  const { checkpoint = [], key } = options;
  if (key !== undefined && checkpoint.length === 0)
    throw new UsageError('USAGE_ARGUMENT', '--key without --checkpoint verifies nothing');
  if (key === undefined && checkpoint.length > 0)
    cli.warn('without --key the signatures of the checkpoints are not looked at');
  const report = await verifyJournal(files.map(journalFile), {
    checkpoints: checkpoint.map(journalFile),
    ...(key === undefined ? {} : { publicKey: checkpointPublicKey(await textOf(key)) }),
  });
  if (!report.ok) cli.finish(EXIT.DIFFERENCES);
  cli.result({ ...report }, () => journalReportText(report, cli.colours));
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError('USAGE_FILE_UNREADABLE', `cannot read ${path} (${code})`, {
      cause,
      details: { path },
    });
  }
}
