/** `simboot readers`: the card readers of this machine and what is in them. */
import type { Command } from 'commander';
import { toHex } from '../../src/bytes/index.js';
import { type ListedReader, listReaders } from '../../src/readers/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { table } from '../render/table.js';

const NO_READERS =
  'No reader is connected. Connect one, or use a simulated card: --reader sim:uicc (`simboot sim profiles`).';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('readers')
    .description('list the card readers and the cards in them')
    .action(async () => {
      const { readers, warnings } = await listReaders();
      for (const warning of warnings) cli.warn(warning);
      const documents = readers.map(({ atr, ...reader }) => ({
        ...reader,
        ...(atr === undefined ? {} : { atr: toHex(atr) }),
      }));
      cli.result({ readers: documents, warnings }, () => (readers.length === 0 ? NO_READERS : rows(readers)));
    });
  examples(command, [
    ['simboot readers', 'indexes and names for --reader, and the answers to reset'],
    ['simboot readers --json', 'the same for scripts'],
  ]);
}

function rows(readers: readonly ListedReader[]): string {
  return table(
    ['INDEX', 'READER', 'CARD', 'USE', 'ATR'],
    readers.map(({ index, name, card, use, atr }) => [
      String(index),
      name,
      card === 'absent' ? '–' : card,
      use,
      atr === undefined ? '' : toHex(atr),
    ]),
  );
}
