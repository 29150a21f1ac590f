/** `simboot card verify`: whether a card holds what was ordered. */
import { type Command, Option } from 'commander';
import { type ExpectedBootstrap, type Verification, verifyBootstrap } from '../../src/bootstrap/index.js';
import { onCards } from '../card/open.js';
import { addPinOptions, fid, type KeyOptions, readKeys } from '../card/options.js';
import { addSecureOptions, type SecureOptions, withSecureChannel } from '../card/secure.js';
import type { CliContext } from '../context.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';
import { differenceText, verificationJson } from '../render/bootstrap-card.js';
import { findingsList } from '../render/findings.js';

interface VerifyOptions extends KeyOptions, SecureOptions {
  readonly label?: string;
  readonly file?: number;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addSecureOptions(
    addPinOptions(
      parent
        .command('verify')
        .description('compare every octet and attribute of a card with what was ordered')
        .argument('<document>', 'file with the document (application/dmmo+json), or - for standard input'),
    ),
  )
    .option('--label <text>', 'the label that the entry must have')
    .addOption(new Option('--file <fid>', 'the identifier that EF DM_Bootstrap must have').argParser(fid))
    .action(async (path: string, options: VerifyOptions) => {
      const { label, file } = options;
      const expected: ExpectedBootstrap = {
        document: await readInput(cli, path),
        ...(label === undefined ? {} : { label }),
        ...(file === undefined ? {} : { file }),
      };
      const keys = await readKeys(cli, options);
      await withSecureChannel(cli, options, keys, (keysOn) =>
        onCards(cli, async (card, channel) => {
          const result = await verifyBootstrap(card, expected, keysOn(channel));
          return {
            document: verificationJson(result),
            text: () => verificationText(result, cli),
            differs: result.differences.length > 0,
          };
        }),
      );
    });
  examples(command, [
    ['simboot card verify bootstrap.json', 'exit code 6 if anything differs'],
    [
      'simboot card verify bootstrap.json --label "DM Bootstrap" --pin env:PIN',
      'the label too, behind a PIN',
    ],
  ]);
}

function verificationText({ differences, findings, file }: Verification, cli: CliContext): string {
  const { green, red } = cli.colours;
  const head =
    differences.length === 0
      ? `${green('✓')} ${file ?? 'the card'} is as ordered`
      : `${red('✗')} ${differences.length} ${differences.length === 1 ? 'difference' : 'differences'}`;
  return [head, ...differences.map(differenceText), findingsList(findings, cli.colours)].join('\n');
}
