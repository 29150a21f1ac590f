/** `simboot journal key`: a key pair for signed checkpoints. */
import type { Command } from 'commander';
import { makeCheckpointKeyFiles } from '../../src/app/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('key')
    .description('make a key pair for signed checkpoints: FILE for the station, FILE.pub for auditors')
    .argument('<file>', 'new file of the private key')
    .action(async (file: string) => {
      const publicKey = await makeCheckpointKeyFiles(file);
      cli.result({ privateKeyFile: file, publicKeyFile: `${file}.pub`, publicKey }, () =>
        [`private key: ${file}`, `public key: ${file}.pub`, publicKey.trimEnd()].join('\n'),
      );
    });
  examples(command, [['simboot journal key hall-2.key', 'makes hall-2.key and hall-2.key.pub']]);
}
