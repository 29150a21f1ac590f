/** `simboot server import`: accounts of cards made on a line, so that a card finds its server ready. */
import type { Command } from 'commander';
import { importAccounts, importRefused, type SecretCells } from '../../src/app/index.js';
import { SealingKey } from '../../src/crypto/index.js';
import type { CliContext } from '../context.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';
import { properties } from '../render/table.js';
import { SECRET_SOURCES } from '../secrets.js';
import { addStoreOptions, type StoreOptions, withStore } from '../server.js';

interface ImportCommandOptions extends StoreOptions {
  readonly transportKey?: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addStoreOptions(
    parent
      .command('import')
      .description('put accounts of cards into the store of a server')
      .argument('<file>', 'CSV, JSON lines, or a bootstrap document; - for standard input'),
  )
    .option(
      '--transport-key <source>',
      `64 hex digits that secret columns are sealed under: ${SECRET_SOURCES}`,
    )
    .action((file: string, options: ImportCommandOptions) => run(cli, file, options));
  examples(command, [
    [
      'simboot server import cards.csv --transport-key @line.key',
      'what a line wrote; running it again changes nothing',
    ],
    ['simboot bootstrap create account.yaml | simboot server import -', 'the account of one card'],
  ]);
}

async function run(cli: CliContext, file: string, options: ImportCommandOptions): Promise<void> {
  const content = await readInput(cli, file);
  const secrets = await secretsOf(cli, options.transportKey);
  if ('clear' in secrets) cli.note('no --transport-key: the secrets in this file are in the clear');
  const report = await withStore(cli, options, (store) =>
    importAccounts(store, content, { secrets, now: cli.clock.now().getTime() }),
  );
  if (report.findings.length > 0) throw importRefused(file, report.findings);
  const { rows, added, changed, unchanged } = report;
  cli.result({ rows, added, changed, unchanged }, () =>
    properties([
      ['rows', String(rows)],
      ['added', String(added)],
      ['changed', String(changed)],
      ['unchanged', String(unchanged)],
    ]),
  );
}

async function secretsOf(cli: CliContext, source: string | undefined): Promise<SecretCells> {
  if (source === undefined) return { clear: true };
  const octets = await cli.secrets.hex(source, '--transport-key');
  const key = new SealingKey(octets);
  octets.fill(0);
  return { sealedUnder: key };
}
