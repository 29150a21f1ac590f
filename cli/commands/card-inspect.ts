/** `simboot card inspect`: everything about the bootstrap of a card. */
import type { Command } from 'commander';
import { inspectCard } from '../../src/bootstrap/index.js';
import { onCards } from '../card/open.js';
import { addPinOptions, type KeyOptions, readKeys } from '../card/options.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { reportJson, reportText } from '../render/bootstrap-card.js';

export function register(parent: Command, cli: CliContext): void {
  const command = addPinOptions(
    parent
      .command('inspect')
      .description('read everything about the bootstrap of a card, and what is odd in it'),
  )
    .option('--reveal', 'show keys and passwords of the document, and its octets')
    .action(async (options: KeyOptions & { reveal?: boolean }) => {
      const keys = await readKeys(cli, options);
      const reveal = options.reveal ?? false;
      await onCards(cli, async (card) => {
        const report = await inspectCard(card, {
          keys,
          reveal,
          explain: !cli.options.json,
          now: cli.clock.now(),
        });
        return { document: reportJson(report), text: () => reportText(report, cli.colours) };
      });
    });
  examples(command, [
    ['simboot card inspect --reader 0', 'the card in the first reader'],
    ['simboot card inspect --pin env:PIN --json', 'a bootstrap behind a PIN, for scripts'],
    ['simboot card inspect --mode 2g --trace card.pcap', 'as a 2G device reads it, recorded'],
  ]);
}
