/** `simboot batch scrap`: ends a quarantine, or takes a record out. */
import type { Command } from 'commander';
import { SCRAP_REASONS, type ScrapReason, scrapRecord } from '../../src/perso/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { recordNumber } from '../line/record.js';
import {
  addLineStoreOptions,
  batchOf,
  type LineStoreOptions,
  withExistingLineStore,
  withOffice,
} from '../line/store.js';

interface ScrapOptions extends LineStoreOptions {
  readonly batch?: string;
  readonly station?: string;
  readonly reason: ScrapReason;
  readonly note?: string;
  readonly by: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addLineStoreOptions(
    parent
      .command('scrap')
      .description('give up the card of a quarantined record, or take a free record out')
      .argument('<record>', 'number of the record, or what it is bound by, such as its ICCID'),
  )
    .option('--batch <name>', 'batch; not needed where the store has one')
    .requiredOption('--reason <code>', Object.keys(SCRAP_REASONS).join(', '))
    .option('--note <text>', 'in words')
    .requiredOption('--by <name>', 'who says so')
    .option('--station <name>', 'whose journal has it; office-HOST unless told')
    .action((record: string, options: ScrapOptions) => run(cli, record, options));
  examples(command, [
    [
      'simboot batch scrap 17 --reason LOST --by "A. Kaya"',
      'nobody finds the card; a remake gives the record another',
    ],
  ]);
}

async function run(cli: CliContext, which: string, options: ScrapOptions): Promise<void> {
  const { reason, note, by } = options;
  const record = await withExistingLineStore(cli, options, async (store) => {
    const { batchId } = await batchOf(store, options.batch);
    const number = await recordNumber(store, batchId, which);
    const at = cli.clock.now().getTime();
    return withOffice(store, options.station, (station) =>
      scrapRecord(store, station, {
        batchId,
        number,
        reason,
        by,
        at,
        ...(note === undefined ? {} : { note }),
      }),
    );
  });
  const { batchId, number, state } = record;
  cli.result({ batch: batchId, record: number, state, reason }, () =>
    state === 'void'
      ? `Record ${number} is taken out of the batch.`
      : `Record ${number} has no card any more; \`simboot batch remake\` gives it another.`,
  );
}
