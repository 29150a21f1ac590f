/** Key stores as options name them. */
import { Option } from 'commander';
import { type KeyStore, openFileKeyStore } from '../src/crypto/index.js';
import { UsageError } from '../src/errors/index.js';
import type { CliContext } from './context.js';
import { SECRET_SOURCES } from './secrets.js';

export interface KeyStoreOptions {
  readonly store: string;
  readonly passphrase?: string;
}

export const storeOption = (): Option =>
  new Option('--store <file>', 'encrypted key store file').makeOptionMandatory();
export const passphraseOption = (): Option =>
  new Option('--passphrase <source>', `passphrase of the key store: ${SECRET_SOURCES}`);

/** The passphrase; asked for at a terminal where the option is missing. */
export async function passphraseOf(cli: CliContext, { passphrase }: KeyStoreOptions): Promise<string> {
  if (passphrase === undefined && cli.stdin.isTTY !== true) {
    throw new UsageError('USAGE_SECRET_SOURCE', `--passphrase is missing: ${SECRET_SOURCES}`);
  }
  return cli.secrets.text(passphrase ?? '-', '--passphrase');
}

export async function openKeyStore(cli: CliContext, options: KeyStoreOptions): Promise<KeyStore> {
  return openFileKeyStore(options.store, await passphraseOf(cli, options));
}
