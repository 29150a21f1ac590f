/** `simboot card write`: a bootstrap document onto a card, planned first, read back afterwards. */
import { type Command, Option } from 'commander';
import { parseBootstrap, planWrite, type WriteRequest, writeBootstrap } from '../../src/bootstrap/index.js';
import type { Card } from '../../src/card/index.js';
import { type CardOutcome, onCards } from '../card/open.js';
import { addKeyOptions, fid, type KeyOptions, readKeys } from '../card/options.js';
import { addSecureOptions, type SecureOptions, withSecureChannel } from '../card/secure.js';
import type { CliContext } from '../context.js';
import { inFile, readInput } from '../files.js';
import { examples } from '../help.js';
import { planJson, planText, resultJson, resultText } from '../render/bootstrap-card.js';

interface WriteOptions extends KeyOptions, SecureOptions {
  readonly label?: string;
  readonly file?: number;
  readonly dodf?: number;
  readonly absolutePaths?: boolean;
  readonly dryRun?: boolean;
  readonly verify: boolean;
  readonly validate: boolean;
  readonly reveal?: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addSecureOptions(
    addKeyOptions(
      parent
        .command('write')
        .description('write a bootstrap document to a card and read it back')
        .argument('<document>', 'file with the document (application/dmmo+json), or - for standard input'),
    ),
  )
    .option('--label <text>', 'name that devices may show; default: the one on the card, or "DM Bootstrap"')
    .addOption(
      new Option('--file <fid>', 'identifier of EF DM_Bootstrap for a new entry; default 6431').argParser(
        fid,
      ),
    )
    .addOption(
      new Option('--dodf <fid>', 'identifier of EF DODF for a new entry; default 6420').argParser(fid),
    )
    .option('--absolute-paths', 'write paths from 3F00 on in place of relative ones')
    .option('--dry-run', 'print the plan and change nothing')
    .option('--no-verify', 'do not read back what was written')
    .option('--no-validate', 'write the document although it has mistakes')
    .option('--reveal', 'show the octets of the document in the plan')
    .action(async (path: string, options: WriteOptions) => {
      const request = await requestOf(cli, path, options);
      await withSecureChannel(cli, options, await readKeys(cli, options), (keysOn) =>
        onCards(cli, (card, channel) => writeOne(cli, card, { ...request, keys: keysOn(channel) }, options)),
      );
    });
  examples(command, [
    ['simboot card write bootstrap.json --adm-hex env:ADM', 'write, verify'],
    [
      'simboot card write bootstrap.json --adm-ascii @adm.txt --dry-run',
      'what would be written, and what it costs',
    ],
    [
      'simboot card write bootstrap.json --mode 2g --adm-hex fd:3 --consent-unknown-tries',
      'a SIM does not tell ADM tries',
    ],
    [
      'simboot card write bootstrap.json --adm-hex env:ADM --scp03 issuer --store keys.json --passphrase env:PASS',
      'through a secure channel',
    ],
  ]);
}

async function requestOf(cli: CliContext, path: string, options: WriteOptions): Promise<WriteRequest> {
  const document = await readInput(cli, path);
  if (options.validate) inFile(path, () => parseBootstrap(document, { now: cli.clock.now() }));
  const { label, file, dodf } = options;
  return {
    document,
    verify: options.verify,
    pathStyle: options.absolutePaths ? 'absolute' : 'relative',
    ...(label === undefined ? {} : { label }),
    ...(file === undefined ? {} : { file }),
    ...(dodf === undefined ? {} : { dodf }),
  };
}

async function writeOne(
  cli: CliContext,
  card: Card,
  request: WriteRequest,
  { dryRun, reveal }: WriteOptions,
): Promise<CardOutcome> {
  const plan = await planWrite(card, request);
  if (dryRun) {
    await plan.close();
    const { summary } = plan;
    return {
      document: { dryRun: true, ...planJson(summary, reveal ?? false) },
      text: () => planText(summary, cli.colours, reveal ?? false),
    };
  }
  const progress = cli.progress('writing', plan.summary.octets.written);
  try {
    const result = await writeBootstrap(plan, { onProgress: (written) => progress.update(written) });
    return {
      document: resultJson(result),
      text: () => resultText(result, 'written', cli.colours),
      differs: result.verified === false,
    };
  } finally {
    progress.end();
  }
}
