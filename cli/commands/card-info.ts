/** `simboot card info`: who the card is. */
import type { Command } from 'commander';
import { readCardInfo } from '../../src/bootstrap/index.js';
import { onCards } from '../card/open.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { infoJson, infoText } from '../render/card-info.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('info')
    .description('who the card is: ATR, mode, ICCID, applications, PINs and their tries, files')
    .action(() =>
      onCards(cli, async (card) => {
        const info = await readCardInfo(card);
        return { document: infoJson(info), text: () => infoText(info, cli.colours) };
      }),
    );
  examples(command, [
    ['simboot card info', 'the card in the only reader that has one'],
    ['simboot card info --reader all --json', 'every card, for scripts'],
    ['simboot card info --reader sim:uicc', 'a simulated card'],
  ]);
}
