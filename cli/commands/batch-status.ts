/** `simboot batch status`: the batches of a store, and the records that need somebody. */
import type { Command } from 'commander';
import { lineStatus } from '../../src/app/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { count } from '../line/record.js';
import {
  addLineStoreOptions,
  batchOf,
  LEASE_MS,
  type LineStoreOptions,
  withExistingLineStore,
} from '../line/store.js';
import { lineStatusText } from '../render/batch-status.js';

interface StatusOptions extends LineStoreOptions {
  readonly limit: number;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addLineStoreOptions(
    parent
      .command('status')
      .description('the batches of a store, and the records that need somebody')
      .argument('[batch]', 'one batch; all unless told'),
  )
    .option('--limit <number>', 'records that need somebody, of each batch', count, 20)
    .action((batch: string | undefined, options: StatusOptions) => run(cli, batch, options));
  examples(command, [
    ['simboot batch status', 'all batches of ./simboot-line'],
    ['simboot batch status spring --json', 'one of them, for programs'],
    ['simboot batch status --store postgres://line@db/line --store-key env:STORE_KEY', 'in PostgreSQL'],
  ]);
}

async function run(cli: CliContext, name: string | undefined, options: StatusOptions): Promise<void> {
  const status = await withExistingLineStore(cli, options, async (store) => {
    const batches = name === undefined ? await store.batches() : [await batchOf(store, name)];
    return lineStatus(store, batches, {
      now: cli.clock.now().getTime(),
      leaseMs: LEASE_MS,
      limit: options.limit,
    });
  });
  cli.result(status, () => lineStatusText(status, cli.colours));
}
