/** `simboot keys list`: the key sets of a key store, by check value. */
import type { Command } from 'commander';
import { hex8 } from '../../src/bytes/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { type KeyStoreOptions, openKeyStore, passphraseOption, storeOption } from '../keyStores.js';
import { table } from '../render/table.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('list')
    .description('the key sets of a key store; keys are shown by check value only')
    .addOption(storeOption())
    .addOption(passphraseOption())
    .action(async (options: KeyStoreOptions) => {
      const store = await openKeyStore(cli, options);
      const keySets = await store.list();
      await store.close();
      cli.result({ keySets }, () =>
        keySets.length === 0
          ? 'no key sets'
          : table(
              ['Name', 'Version', 'Mode', 'Algorithm', 'Diversification', 'KCV ENC', 'MAC', 'DEK'],
              keySets.map((set) => [
                set.name,
                hex8(set.version),
                set.mode,
                set.algorithm,
                set.diversification ?? 'none',
                set.kcv.enc,
                set.kcv.mac,
                set.kcv.dek,
              ]),
            ),
      );
    });
  examples(command, [['simboot keys list --store keys.json --passphrase env:KEYSTORE', 'all key sets']]);
}
