/** `simboot keys kcv`: the key check value of an AES key. */
import type { Command } from 'commander';
import { MemoryKey, recognizeTestKey } from '../../src/crypto/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { SECRET_SOURCES } from '../secrets.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('kcv')
    .description('key check value of an AES key: the first three octets of AES-ECB over a block of 01')
    .requiredOption('--key <hex>', `16, 24 or 32 octets as hex, or ${SECRET_SOURCES}`)
    .action(async (options: { key: string }) => {
      const key = new MemoryKey(await cli.secrets.hexOrLiteral(options.key, '--key'));
      const known = await recognizeTestKey(key);
      if (known !== undefined) cli.warn(`this is a well-known test key: ${known}`);
      cli.result({ kcv: key.kcv }, () => key.kcv);
    });
  examples(command, [
    ['simboot keys kcv --key @enc.hex', 'of a key in a file'],
    ['simboot keys kcv --key -', 'of a key typed without echo'],
  ]);
}
