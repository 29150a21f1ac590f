/** `simboot card inspect`: everything about the bootstrap of a card. */
import type { Command } from 'commander';
import { inspectCard } from '../../src/bootstrap/index.js';
import { onCards } from '../card/open.js';
import { addPinOptions, type KeyOptions, readKeys } from '../card/options.js';
import { addSecureOptions, type SecureOptions, withSecureChannel } from '../card/secure.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { reportJson, reportText } from '../render/bootstrap-card.js';

export function register(parent: Command, cli: CliContext): void {
  const command = addSecureOptions(
    addPinOptions(
      parent
        .command('inspect')
        .description('read everything about the bootstrap of a card, and what is odd in it'),
    ),
  )
    .option('--reveal', 'show keys and passwords of the document, and its octets')
    .action(async (options: KeyOptions & SecureOptions & { reveal?: boolean }) => {
      const keys = await readKeys(cli, options);
      const reveal = options.reveal ?? false;
      await withSecureChannel(cli, options, keys, (keysOn) =>
        onCards(cli, async (card, channel) => {
          const report = await inspectCard(card, {
            keys: keysOn(channel),
            reveal,
            explain: !cli.options.json,
            now: cli.clock.now(),
          });
          const { obstacle } = report;
          return {
            document: reportJson(report),
            text: () => reportText(report, cli.colours),
            ...(obstacle ? { obstacle } : {}),
          };
        }),
      );
    });
  examples(command, [
    ['simboot card inspect --reader 0', 'the card in the first reader'],
    ['simboot card inspect --pin env:PIN --json', 'a bootstrap behind a PIN, for scripts'],
    [
      'simboot card inspect --scp03 issuer --store keys.json --passphrase env:PASS',
      'what only a secure channel shows',
    ],
    ['simboot card inspect --mode 2g --trace card.pcap', 'as a 2G device reads it, recorded'],
  ]);
}
