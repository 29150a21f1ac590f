/** Keys of a line on the command line: transport keys by name, from a source of secrets or a key store. */
import type { Command } from 'commander';
import { type KeyHandle, type KeyStore, MemoryKey } from '../../src/crypto/index.js';
import { UsageError } from '../../src/errors/index.js';
import { checkTransportKeys, type Job, type TransportKeys } from '../../src/perso/index.js';
import type { CliContext } from '../context.js';
import { openStore, passphraseOf } from '../keyStores.js';
import { SECRET_SOURCES } from '../secrets.js';

export interface LineKeyOptions {
  readonly transportKey?: readonly string[];
  readonly keys?: string;
  readonly keysPassphrase?: string;
}

/** Options that name keys. */
export function addLineKeyOptions(command: Command): Command {
  return command
    .option(
      '--transport-key <name=source...>',
      `a transport key as hex digits: ${SECRET_SOURCES}; or key:LABEL, a key of --keys`,
    )
    .option('--keys <store>', 'keys of the line: an encrypted key store file, or pkcs11:MODULE[?token=LABEL]')
    .option('--keys-passphrase <source>', `passphrase of --keys, or PIN of the token: ${SECRET_SOURCES}`);
}

/** Keys that are open for the time of a command. */
export interface LineKeys {
  readonly transportKeys: TransportKeys;
  /** `--keys`, if it was given. */
  readonly store?: KeyStore;
}

/**
 * Opens the keys that the options name, compares declared check values, and wipes the keys afterwards.
 *
 * @throws UsageError `USAGE_ARGUMENT` for a name that the job does not have, SecurityError `SECURITY_KEY_CHECK`
 */
export async function withLineKeys<T>(
  cli: CliContext,
  job: Job,
  options: LineKeyOptions,
  use: (keys: LineKeys) => Promise<T>,
): Promise<T> {
  const sources = transportKeySources(job, options.transportKey ?? []);
  const store =
    options.keys === undefined
      ? undefined
      : await openStore(options.keys, await passphraseOf(cli, options.keysPassphrase, '--keys-passphrase'));
  const transportKeys = new Map<string, KeyHandle>();
  try {
    for (const [name, source] of sources) transportKeys.set(name, await openKey(cli, source, store));
    await checkTransportKeys(job.records, transportKeys);
    return await use({ transportKeys, ...(store === undefined ? {} : { store }) });
  } finally {
    for (const key of transportKeys.values()) key.wipe();
    await store?.close();
  }
}

/**
 * Sources by the names of transport keys.
 *
 * @throws UsageError `USAGE_ARGUMENT` for what is no `NAME=SOURCE`, a name twice, or one that the job does not have
 */
export function transportKeySources(job: Job, given: readonly string[]): ReadonlyMap<string, string> {
  const known = new Set([
    ...job.records.transportKeys,
    ...job.outputs.flatMap(({ transportKey }) => transportKey ?? []),
  ]);
  const sources = new Map<string, string>();
  for (const one of given) {
    const at = one.indexOf('=');
    const name = one.slice(0, Math.max(at, 0));
    const wrong =
      at <= 0 || at === one.length - 1
        ? '--transport-key takes NAME=SOURCE'
        : sources.has(name)
          ? `--transport-key ${name} is given twice`
          : known.has(name)
            ? undefined
            : `the job has no transport key "${name}" (it has: ${[...known].join(', ') || 'none'})`;
    if (wrong !== undefined) throw new UsageError('USAGE_ARGUMENT', wrong);
    sources.set(name, one.slice(at + 1));
  }
  return sources;
}

async function openKey(cli: CliContext, source: string, store: KeyStore | undefined): Promise<KeyHandle> {
  if (source.startsWith('key:')) {
    if (store !== undefined) return store.singleKey(source.slice('key:'.length));
    throw new UsageError('USAGE_ARGUMENT', '--transport-key names a key of a store, and --keys is missing');
  }
  const octets = await cli.secrets.hex(source, '--transport-key');
  try {
    return new MemoryKey(octets);
  } finally {
    octets.fill(0);
  }
}
