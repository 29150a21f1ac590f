/** `simboot keys diversify`: a card's keys from a master key. */
import { type Command, Option } from 'commander';
import { fromHex } from '../../src/bytes/index.js';
import {
  DIVERSIFICATION_CONSTRUCTIONS,
  DIVERSIFICATION_METHODS,
  type DiversificationMethod,
  diversifiedOctets,
  MemoryKey,
  recognizeTestKey,
} from '../../src/crypto/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { SECRET_SOURCES } from '../secrets.js';

interface Options {
  readonly method: DiversificationMethod;
  readonly master: string;
  readonly kdd: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('diversify')
    .description('the keys of one card from a master key and its key diversification data')
    .addOption(
      new Option('--method <method>', 'how the keys are derived')
        .choices([...DIVERSIFICATION_METHODS])
        .makeOptionMandatory(),
    )
    .requiredOption('--master <hex>', `master key as hex, or ${SECRET_SOURCES}`)
    .requiredOption('--kdd <hex>', 'the ten octets that INITIALIZE UPDATE returns first')
    .action(async ({ method, master, kdd }: Options) => {
      const octets = await cli.secrets.hexOrLiteral(master, '--master');
      const known = await recognizeTestKey(new MemoryKey(octets));
      if (known !== undefined) cli.warn(`the master key is a well-known test key: ${known}`);
      const keys = diversifiedOctets(method, octets, fromHex(kdd));
      cli.result(keys, () =>
        [
          `${method.toUpperCase()}: ${DIVERSIFICATION_CONSTRUCTIONS[method]}; KCV by AES`,
          ...(['enc', 'mac', 'dek'] as const).map(
            (purpose) => `Key-${purpose.toUpperCase()}  ${keys[purpose]}  KCV ${keys.kcv[purpose]}`,
          ),
        ].join('\n'),
      );
    });
  examples(command, [
    ['simboot keys diversify --method kdf3 --master @master.hex --kdd 00010203040506070809', 'for one card'],
  ]);
}
