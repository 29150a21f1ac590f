/** Key stores as options name them: an encrypted file, or a PKCS#11 token. */
import { InvalidArgumentError, Option } from 'commander';
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
  tokenOf(options.store); // a wrong name is told before the passphrase is asked for
  return openStore(options.store, await passphraseOf(cli, options.passphrase));
}

/** Opens a store of which the passphrase or PIN is known. */
export async function openStore(store: string, secret: string): Promise<KeyStore> {
  const token = tokenOf(store);
  return token === undefined
    ? openFileKeyStore(store, secret)
    : TokenKeyStore.open({ ...token, pin: secret });
}

/** Puts a key set into a store of which the passphrase or PIN is known. */
export async function storeKeySet(
  cli: CliContext,
  { store, secret }: { readonly store: string; readonly secret: string },
  facts: KeySetFacts,
  keys: RawKeys,
): Promise<KeySetSummary> {
  const token = tokenOf(store);
  if (token === undefined) return importKeySet(store, secret, facts, keys, { random: cli.random });
  const opened = await TokenKeyStore.open({ ...token, pin: secret });
  try {
    return await opened.import(facts, keys);
  } finally {
    await opened.close();
  }
}

/** The passphrase or PIN, from its source; asked for at a terminal where the option is missing. */
export async function passphraseOf(
  cli: CliContext,
  source: string | undefined,
  name = '--passphrase',
): Promise<string> {
  if (source === undefined && cli.stdin.isTTY !== true) {
    throw new UsageError('USAGE_SECRET_SOURCE', `${name} is missing: ${SECRET_SOURCES}`);
  }
  return cli.secrets.text(source ?? '-', name);
}

/** Whether the name of a store means a PKCS#11 token. */
export function isToken(store: string): boolean {
  return tokenOf(store) !== undefined;
}

/** A key version of two hex digits. */
export function keyVersion(text: string): number {
  if (!/^[0-9a-fA-F]{2}$/.test(text)) throw new InvalidArgumentError('Two hex digits are expected.');
  return Number.parseInt(text, 16);
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
