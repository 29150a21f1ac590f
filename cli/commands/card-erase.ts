/** `simboot card erase`: no bootstrap on the card any more. */
import type { Command } from 'commander';
import { eraseBootstrap, planErase } from '../../src/bootstrap/index.js';
import { onCards } from '../card/open.js';
import { addKeyOptions, type KeyOptions, readKeys } from '../card/options.js';
import { addSecureOptions, type SecureOptions, withSecureChannel } from '../card/secure.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { planJson, planText, resultJson, resultText } from '../render/bootstrap-card.js';

interface EraseOptions extends KeyOptions, SecureOptions {
  readonly removeEntry?: boolean;
  readonly dryRun?: boolean;
  readonly verify: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addSecureOptions(
    addKeyOptions(
      parent.command('erase').description('set every octet of EF DM_Bootstrap to FF, and read it back'),
    ),
  )
    .option(
      '--remove-entry',
      'also take our entries out of EF DODF and EF ODF, where no other entries follow them',
    )
    .option('--dry-run', 'print the plan and change nothing')
    .option('--no-verify', 'do not read back what was written')
    .action(async (options: EraseOptions) => {
      await withSecureChannel(cli, options, await readKeys(cli, options), (keysOn) =>
        onCards(cli, async (card, channel) => {
          const removeEntries = options.removeEntry ?? false;
          const keys = keysOn(channel);
          const plan = await planErase(card, { keys, removeEntries, verify: options.verify });
          if (options.dryRun) {
            await plan.close();
            const { summary } = plan;
            return {
              document: { dryRun: true, ...planJson(summary, false) },
              text: () => planText(summary, cli.colours, false),
            };
          }
          const result = await eraseBootstrap(plan);
          return {
            document: resultJson(result),
            text: () => resultText(result, 'erased', cli.colours),
            differs: result.verified === false,
          };
        }),
      );
    });
  examples(command, [
    ['simboot card erase --adm-hex env:ADM', 'the document; directories stay'],
    ['simboot card erase --adm-hex env:ADM --remove-entry --dry-run', 'what would be erased'],
  ]);
}
