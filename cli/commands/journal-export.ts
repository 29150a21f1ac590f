/** `simboot journal export`: the journals of stations as files. */
import type { Command } from 'commander';
import { exportJournals } from '../../src/app/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { addLineStoreOptions, type LineStoreOptions, withExistingLineStore } from '../line/store.js';

export function register(parent: Command, cli: CliContext): void {
  const command = addLineStoreOptions(
    parent
      .command('export')
      .description('write the journals of stations into files, STATION.ndjson each')
      .argument('[station...]', 'stations; all unless told')
      .option('--output <directory>', 'where the files go', '.'),
  ).action(async (stations: string[], options: LineStoreOptions & { output: string }) => {
    const journals = await withExistingLineStore(cli, options, (store) =>
      exportJournals(store, options.output, stations),
    );
    cli.result({ journals }, () =>
      journals.length === 0
        ? 'the store has no journals'
        : journals.map(({ file, entries }) => `${file}: ${entries} entries`).join('\n'),
    );
  });
  examples(command, [
    ['simboot journal export --output audit', 'every station of ./simboot-line'],
    [
      'simboot journal export hall-2 --store postgres://line@db/line --store-key env:STORE_KEY',
      'one station',
    ],
  ]);
}
