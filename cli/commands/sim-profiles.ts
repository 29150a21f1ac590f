/** `simboot sim profiles`: the simulated cards and the options of a simulated reader. */
import type { Command } from 'commander';
import { listSimulatedCards } from '../../src/readers/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { table } from '../render/table.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('profiles')
    .description('list the simulated cards, and the options of --reader sim:PROFILE?option=value')
    .action(async () => {
      const list = await listSimulatedCards();
      cli.result(list, () => {
        const cards = table(
          ['PROFILE', 'CARD'],
          list.profiles.map(({ name, description }) => [name, description]),
        );
        const options = table(
          ['OPTION', 'VALUE', 'MEANING'],
          list.options.map(({ name, value, meaning }) => [name, value, meaning]),
        );
        return `${cards}\n\n${options}`;
      });
    });
  examples(command, [
    ['simboot sim profiles', 'names to use in place of a reader'],
    ['simboot sim profiles --json', 'the same for scripts'],
  ]);
}
