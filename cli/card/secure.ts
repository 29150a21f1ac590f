/** The secure channel of the `card` commands (DM 2.0 Appendix H): a key set of a store, or three keys from sources. */
import { type Command, Option } from 'commander';
import type { CardChannel } from '../../src/apdu/index.js';
import type { CardKeys, SecureChannelOptions } from '../../src/bootstrap/index.js';
import {
  DIVERSIFICATION_METHODS,
  type DiversificationMethod,
  MemoryKey,
  wipeStaticKeys,
} from '../../src/crypto/index.js';
import { UsageError } from '../../src/errors/index.js';
import {
  DEVIATIONS,
  type Deviation,
  type KeySet,
  type Scp03Mode,
  testKeysIn,
} from '../../src/globalplatform/index.js';
import { plainTrace } from '../../src/readers/index.js';
import type { CliContext } from '../context.js';
import { namedKeySet } from '../keySets.js';
import { keyVersion, openKeyStore, passphraseOption, storeOption } from '../keyStores.js';
import { SECRET_SOURCES } from '../secrets.js';

export interface SecureOptions {
  readonly scp03?: string;
  readonly store?: string;
  readonly passphrase?: string;
  readonly scp03Enc?: string;
  readonly scp03Mac?: string;
  readonly scp03Dek?: string;
  readonly scp03Kvn?: number;
  readonly scp03Mode?: Scp03Mode;
  readonly diversify?: DiversificationMethod | 'none';
  readonly scp03Deviation?: readonly Deviation[];
  readonly scp03Strict?: boolean;
  readonly tracePlain?: boolean;
}

/** For every command that reads or writes the bootstrap of a card. */
export function addSecureOptions(command: Command): Command {
  return command
    .option('--scp03 <keyset>', 'go through a secure channel (SCP03, level 33), with this key set of --store')
    .addOption(storeOption().makeOptionMandatory(false))
    .addOption(passphraseOption())
    .option('--scp03-enc <source>', `Key-ENC as hex, in place of a key set: ${SECRET_SOURCES}`)
    .option('--scp03-mac <source>', 'Key-MAC')
    .option('--scp03-dek <source>', 'Key-DEK')
    .addOption(
      new Option(
        '--scp03-kvn <hex>',
        'key version on the card; default: that of the key set, or the card chooses',
      ).argParser(keyVersion),
    )
    .addOption(
      new Option('--scp03-mode <mode>', 'mode; default: that of the key set, or S8').choices(['S8', 'S16']),
    )
    .addOption(
      new Option('--diversify <method>', 'the keys are master keys, diversified so').choices([
        ...DIVERSIFICATION_METHODS,
        'none',
      ]),
    )
    .addOption(
      new Option('--scp03-deviation <names...>', 'what the card does otherwise than SCP03 says').choices([
        ...DEVIATIONS,
      ]),
    )
    .option('--scp03-strict', 'refuse what is a warning otherwise, such as a card challenge out of line')
    .option(
      '--trace-plain',
      'show the commands inside the secure channel beside the wrapped ones (--trace .txt)',
    );
}

/**
 * Runs a command with the keys for each card, the secure channel's among them where the options ask for one. A key
 * store stays open until the command has ended.
 *
 * @throws UsageError for options that do not go together
 */
export async function withSecureChannel(
  cli: CliContext,
  options: SecureOptions,
  keys: CardKeys,
  run: (keysOn: (channel: CardChannel) => CardKeys) => Promise<void>,
): Promise<void> {
  const direct = [options.scp03Enc, options.scp03Mac, options.scp03Dek];
  const isDirect = direct.some((source) => source !== undefined);
  refuseOddOptions(cli, options, isDirect);
  if (options.scp03 === undefined && !isDirect) return run(() => keys);
  const { set, release } = isDirect ? await directKeySet(cli, options) : await storedKeySet(cli, options);
  try {
    const channelOptions = secureChannel(cli, options, set);
    await run((channel) => {
      const onExchange = options.tracePlain ? plainTrace(channel) : undefined;
      return { ...keys, secureChannel: { ...channelOptions, ...(onExchange ? { onExchange } : {}) } };
    });
  } finally {
    await release();
  }
}

function refuseOddOptions(cli: CliContext, options: SecureOptions, isDirect: boolean): void {
  const refuse = (message: string): never => {
    throw new UsageError('USAGE_ARGUMENT', message);
  };
  const { scp03, store, tracePlain } = options;
  if (scp03 !== undefined && isDirect)
    refuse('give --scp03 or --scp03-enc, --scp03-mac, --scp03-dek, not both');
  if ((scp03 === undefined) !== (store === undefined)) {
    refuse(scp03 === undefined ? '--store needs --scp03 KEYSET' : '--scp03 needs the --store of the key set');
  }
  if (scp03 === undefined && !isDirect) {
    const { scp03Kvn, scp03Mode, diversify, scp03Deviation, scp03Strict } = options;
    const given = [scp03Kvn, scp03Mode, diversify, scp03Deviation, scp03Strict, tracePlain];
    if (given.some((one) => one !== undefined)) refuse('options of the secure channel need --scp03 KEYSET');
  }
  if (tracePlain && !cli.options.trace?.endsWith('.txt')) refuse('--trace-plain needs --trace FILE.txt');
}

interface HeldKeySet {
  readonly set: KeySet;
  release(): Promise<void>;
}

async function storedKeySet(
  cli: CliContext,
  { scp03, store, passphrase }: SecureOptions,
): Promise<HeldKeySet> {
  const opened = await openKeyStore(cli, {
    store: store!,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const release = (): Promise<void> => opened.close();
  try {
    return { set: await namedKeySet(cli, opened, scp03!), release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function directKeySet(
  cli: CliContext,
  { scp03Enc, scp03Mac, scp03Dek }: SecureOptions,
): Promise<HeldKeySet> {
  if (scp03Enc === undefined || scp03Mac === undefined || scp03Dek === undefined) {
    throw new UsageError('USAGE_ARGUMENT', '--scp03-enc, --scp03-mac and --scp03-dek go together');
  }
  const read = async (source: string, name: string) => new MemoryKey(await cli.secrets.hex(source, name));
  const keys = {
    enc: await read(scp03Enc, '--scp03-enc'),
    mac: await read(scp03Mac, '--scp03-mac'),
    dek: await read(scp03Dek, '--scp03-dek'),
  };
  for (const found of await testKeysIn(keys)) {
    cli.warn(`--scp03: ${found}, which everybody knows; it protects nothing`);
  }
  return { set: { keys, version: 0, mode: 'S8' }, release: async () => wipeStaticKeys(keys) };
}

function secureChannel(cli: CliContext, options: SecureOptions, set: KeySet): SecureChannelOptions {
  const { scp03Kvn, scp03Mode, diversify, scp03Deviation, scp03Strict } = options;
  const { diversification: stored, ...facts } = set;
  const diversification = diversify === 'none' ? undefined : (diversify ?? stored);
  return {
    keySet: {
      ...facts,
      version: scp03Kvn ?? set.version,
      mode: scp03Mode ?? set.mode,
      ...(diversification === undefined ? {} : { diversification }),
    },
    random: cli.random,
    strict: scp03Strict ?? false,
    deviations: scp03Deviation ?? [],
  };
}
