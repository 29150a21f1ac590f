/** `simboot gba kdf`: the key derivation function alone. */
import { type Command, InvalidArgumentError } from 'commander';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { gbaKdf, kdfInput } from '../../src/gba/index.js';
import { akaText } from '../aka.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { SECRET_SOURCES } from '../secrets.js';

interface Options {
  readonly key: string;
  readonly fc: number;
  readonly param: readonly string[];
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('kdf')
    .description('the key derivation function of TS 33.220 Annex B: S, and HMAC-SHA-256 of S under the key')
    .requiredOption('--key <hex>', `key as hex, or ${SECRET_SOURCES}`)
    .requiredOption('--fc <hex>', 'FC, one octet', oneOctet)
    .option('--param <hex...>', 'P0, P1, … in order', [])
    .action(async (options: Options) => {
      const key = await cli.secrets.hexOrLiteral(options.key, '--key');
      const parameters = options.param.map((hex) => fromHex(hex));
      const document = {
        s: toHex(kdfInput(options.fc, parameters)),
        key: toHex(gbaKdf(key, options.fc, parameters)),
      };
      cli.result(document, () => akaText(document));
    });
  examples(command, [
    ['simboot gba kdf --key @ks_naf.hex --fc 01 --param 646d2d62696b', 'DMBIK from the key of a NAF'],
  ]);
}

function oneOctet(text: string): number {
  if (!/^[0-9a-fA-F]{2}$/.test(text)) throw new InvalidArgumentError('two hexadecimal digits are needed');
  return Number.parseInt(text, 16);
}
