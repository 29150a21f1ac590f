/** `simboot keys import`: a key set into a key store file or a PKCS#11 token. */
import { type Command, Option } from 'commander';
import {
  DIVERSIFICATION_METHODS,
  type DiversificationMethod,
  MemoryKey,
  recognizeTestKey,
} from '../../src/crypto/index.js';
import { UsageError } from '../../src/errors/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import {
  type KeyStoreOptions,
  keyVersion,
  passphraseOf,
  passphraseOption,
  storeKeySet,
  storeOption,
} from '../keyStores.js';
import { SECRET_SOURCES } from '../secrets.js';

interface Options extends KeyStoreOptions {
  readonly name: string;
  readonly enc?: string;
  readonly mac?: string;
  readonly dek?: string;
  readonly master?: string;
  readonly diversification?: DiversificationMethod;
  readonly kvn: number;
  readonly scpMode: 'S8' | 'S16';
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('import')
    .description('put a key set into a key store; a file is made where it does not exist')
    .addOption(storeOption())
    .addOption(passphraseOption())
    .requiredOption('--name <name>', 'name of the key set')
    .option('--enc <source>', `Key-ENC as hex: ${SECRET_SOURCES}`)
    .option('--mac <source>', 'Key-MAC')
    .option('--dek <source>', 'Key-DEK')
    .addOption(
      new Option('--master <source>', 'one master key in place of the three').conflicts([
        'enc',
        'mac',
        'dek',
      ]),
    )
    .addOption(
      new Option('--diversification <method>', 'the keys are master keys, diversified so').choices([
        ...DIVERSIFICATION_METHODS,
      ]),
    )
    .addOption(
      new Option('--kvn <hex>', 'key version number on the card; 00 lets the card choose')
        .default(0, '00')
        .argParser(keyVersion),
    )
    .addOption(new Option('--scp-mode <mode>', 'mode of SCP03').choices(['S8', 'S16']).default('S8'))
    .action(async (options: Options) => {
      const keys = await rawKeys(cli, options);
      const { name, kvn, scpMode, diversification } = options;
      const facts = {
        name,
        version: kvn,
        mode: scpMode,
        ...(diversification === undefined ? {} : { diversification }),
      };
      const secret = await passphraseOf(cli, options.passphrase);
      const stored = await storeKeySet(cli, { store: options.store, secret }, facts, keys);
      for (const [purpose, value] of Object.entries(keys)) {
        const known = await recognizeTestKey(new MemoryKey(value));
        if (known !== undefined) cli.warn(`--${purpose} is a well-known test key: ${known}`);
        value.fill(0);
      }
      cli.result(
        stored,
        () =>
          `stored "${stored.name}": ${stored.algorithm}, KCV ENC ${stored.kcv.enc}, MAC ${stored.kcv.mac}, DEK ${stored.kcv.dek}`,
      );
    });
  examples(command, [
    [
      'simboot keys import --store keys.json --name issuer --master @master.hex --diversification kdf3',
      'master key',
    ],
    ['simboot keys import --store keys.json --name card1 --enc @e --mac @m --dek @d --kvn 30', 'one card'],
  ]);
}

async function rawKeys(cli: CliContext, { enc, mac, dek, master }: Options) {
  const read = (source: string, name: string) => cli.secrets.hex(source, name);
  if (master !== undefined) {
    const key = await read(master, '--master');
    return { enc: key, mac: Uint8Array.from(key), dek: Uint8Array.from(key) };
  }
  if (enc === undefined || mac === undefined || dek === undefined) {
    throw new UsageError('USAGE_ARGUMENT', 'give --enc, --mac and --dek, or --master');
  }
  return { enc: await read(enc, '--enc'), mac: await read(mac, '--mac'), dek: await read(dek, '--dek') };
}
