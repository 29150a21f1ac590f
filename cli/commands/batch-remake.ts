/** `simboot batch remake`: another card for a record, with a second person's approval. */
import type { Command } from 'commander';
import { remakeRecord, SCRAP_REASONS, type ScrapReason } from '../../src/perso/index.js';
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

interface RemakeOptions extends LineStoreOptions {
  readonly batch?: string;
  readonly station?: string;
  readonly reason: ScrapReason;
  readonly note?: string;
  readonly requestedBy: string;
  readonly approvedBy: string;
  readonly destroyedBy: string;
  readonly destruction: string;
  readonly keepValues?: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addLineStoreOptions(
    parent
      .command('remake')
      .description('give a record another card, with a second person’s approval')
      .argument('<record>', 'number of the record, or what it is bound by, such as its ICCID'),
  )
    .option('--batch <name>', 'batch; not needed where the store has one')
    .requiredOption('--reason <code>', Object.keys(SCRAP_REASONS).join(', '))
    .option('--note <text>', 'in words')
    .requiredOption('--requested-by <name>', 'who asks for it')
    .requiredOption('--approved-by <name>', 'who approves it: another person')
    .requiredOption('--destroyed-by <name>', 'who destroyed the first card')
    .requiredOption('--destruction <reference>', 'number of the protocol of its destruction')
    .option('--keep-values', 'the drawn values of the first card again; new ones are drawn unless told')
    .option('--station <name>', 'whose journal has it; office-HOST unless told')
    .action((record: string, options: RemakeOptions) => run(cli, record, options));
  examples(command, [
    [
      'simboot batch remake 17 --reason DAMAGED --requested-by "A. Kaya" --approved-by "R. Meyer" --destroyed-by "A. Kaya" --destruction D-2031',
      'record 17 gets another card with new keys; the first one is refused from now on',
    ],
  ]);
}

async function run(cli: CliContext, which: string, options: RemakeOptions): Promise<void> {
  const { reason, note, requestedBy, approvedBy, destroyedBy, destruction, keepValues = false } = options;
  const record = await withExistingLineStore(cli, options, async (store) => {
    const { batchId } = await batchOf(store, options.batch);
    const number = await recordNumber(store, batchId, which);
    return withOffice(store, options.station, (station) =>
      remakeRecord(store, station, {
        batchId,
        number,
        reason,
        ...(note === undefined ? {} : { note }),
        requestedBy,
        approvedBy,
        destroyed: { by: destroyedBy, at: cli.clock.now().getTime(), reference: destruction },
        keepValues,
      }),
    );
  });
  const { batchId, number, state, generation } = record;
  cli.result(
    { batch: batchId, record: number, state, generation, values: keepValues ? 'kept' : 'new' },
    () =>
      `Record ${number} is free for another card (generation ${generation}, ${keepValues ? 'values kept' : 'new values'}). ` +
      'Run the line, then `simboot batch export` again.',
  );
}
