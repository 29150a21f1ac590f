/** Key stores as options name them: an encrypted file, or a PKCS#11 token. */
import { Option } from 'commander';
import {
  importKeySet,
  type KeySetFacts,
  type KeySetSummary,
  type KeyStore,
  openFileKeyStore,
  type RawKeys,
  TokenKeyStore,
} from '../src/crypto/index.js';
import { UsageError } from '../src/errors/index.js';
import type { CliContext } from './context.js';
import { SECRET_SOURCES } from './secrets.js';

export interface KeyStoreOptions {
  readonly store: string;
  readonly passphrase?: string;
}

export const storeOption = (): Option =>
  new Option(
    '--store <store>',
    'encrypted key store file, or pkcs11:MODULE[?token=LABEL] for a token',
  ).makeOptionMandatory();
export const passphraseOption = (): Option =>
  new Option('--passphrase <source>', `passphrase of the file, or PIN of the token: ${SECRET_SOURCES}`);

/** Opens the store that the options name. */
export async function openKeyStore(cli: CliContext, options: KeyStoreOptions): Promise<KeyStore> {
  const token = tokenOf(options.store);
  const secret = await passphraseOf(cli, options);
  return token === undefined
    ? openFileKeyStore(options.store, secret)
    : TokenKeyStore.open({ ...token, pin: secret });
}

/** Puts a key set into the store that the options name. */
export async function storeKeySet(
  cli: CliContext,
  options: KeyStoreOptions,
  facts: KeySetFacts,
  keys: RawKeys,
): Promise<KeySetSummary> {
  const token = tokenOf(options.store);
  const secret = await passphraseOf(cli, options);
  if (token === undefined) return importKeySet(options.store, secret, facts, keys, { random: cli.random });
  const store = await TokenKeyStore.open({ ...token, pin: secret });
  try {
    return await store.import(facts, keys);
  } finally {
    await store.close();
  }
}

/** The secret; asked for at a terminal where the option is missing. */
async function passphraseOf(cli: CliContext, { passphrase }: KeyStoreOptions): Promise<string> {
  if (passphrase === undefined && cli.stdin.isTTY !== true) {
    throw new UsageError('USAGE_SECRET_SOURCE', `--passphrase is missing: ${SECRET_SOURCES}`);
  }
  return cli.secrets.text(passphrase ?? '-', '--passphrase');
}

function tokenOf(store: string): { module: string; token?: string } | undefined {
  if (!store.startsWith('pkcs11:')) return undefined;
  const [module = '', query = ''] = store.slice('pkcs11:'.length).split('?', 2);
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].filter((name) => name !== 'token');
  if (module === '' || unknown.length > 0) {
    throw new UsageError('USAGE_ARGUMENT', '--store: a token is pkcs11:MODULE or pkcs11:MODULE?token=LABEL');
  }
  const token = parameters.get('token');
  return token === null ? { module } : { module, token };
}
