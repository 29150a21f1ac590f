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
  readonly secret?: readonly string[];
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
    .option('--secret <name=source...>', `a secret of the line by its name in the job: ${SECRET_SOURCES}`)
    .option('--keys <store>', 'keys of the line: an encrypted key store file, or pkcs11:MODULE[?token=LABEL]')
    .option('--keys-passphrase <source>', `passphrase of --keys, or PIN of the token: ${SECRET_SOURCES}`);
}

/** Keys that are open for the time of a command. */
export interface LineKeys {
  readonly transportKeys: TransportKeys;
  /** Secrets of the line by the names that the job has for them. */
  readonly secrets: Readonly<Record<string, string>>;
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
  const secrets = await secretsOf(cli, job, options.secret ?? []);
  const store =
    options.keys === undefined
      ? undefined
      : await openStore(options.keys, await passphraseOf(cli, options.keysPassphrase, '--keys-passphrase'));
  const transportKeys = new Map<string, KeyHandle>();
  try {
    for (const [name, source] of sources) transportKeys.set(name, await openKey(cli, source, store));
    await checkTransportKeys(job.records, transportKeys);
    return await use({ transportKeys, secrets, ...(store === undefined ? {} : { store }) });
  } finally {
    for (const key of transportKeys.values()) key.wipe();
    await store?.close();
  }
}

/**
 * @throws UsageError `USAGE_ARGUMENT` for a name that the job does not have, or a value of another form
 */
async function secretsOf(
  cli: CliContext,
  job: Job,
  given: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const sources = namedSources('--secret', 'secret', new Set(Object.keys(job.secrets)), given);
  const secrets: Record<string, string> = {};
  for (const [name, source] of sources) {
    const { kind, length } = job.secrets[name]!;
    const text = (await cli.secrets.text(source, `--secret ${name}`)).trim().toLowerCase();
    const form = kind === 'digits' ? /^\d*$/ : /^[0-9a-f]*$/;
    if (!form.test(text) || text.length !== (kind === 'digits' ? length : 2 * length))
      throw new UsageError('USAGE_ARGUMENT', `--secret ${name}: the job wants ${length} ${kind}`);
    secrets[name] = text;
  }
  return secrets;
}

/**
 * @throws UsageError `USAGE_ARGUMENT` with the names of those that were not given
 */
export function requireSecrets(job: Job, { secrets }: LineKeys): void {
  const missing = Object.keys(job.secrets).filter((name) => secrets[name] === undefined);
  if (missing.length === 0) return;
  throw new UsageError('USAGE_ARGUMENT', `the job needs secrets of the line: ${missing.join(', ')}`, {
    next: `Give each with --secret NAME=SOURCE, such as --secret ${missing[0]}=env:NAME.`,
  });
}

/**
 * Sources by the names of transport keys.
 *
 * @throws UsageError `USAGE_ARGUMENT` for what is no `NAME=SOURCE`, a name twice, or one that the job does not have
 */
function transportKeySources(job: Job, given: readonly string[]): ReadonlyMap<string, string> {
  const known = new Set([
    ...job.records.transportKeys,
    ...job.outputs.flatMap(({ transportKey }) => transportKey ?? []),
  ]);
  return namedSources('--transport-key', 'transport key', known, given);
}

function namedSources(
  option: string,
  what: string,
  known: ReadonlySet<string>,
  given: readonly string[],
): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const one of given) {
    const at = one.indexOf('=');
    const name = one.slice(0, Math.max(at, 0));
    const wrong =
      at <= 0 || at === one.length - 1
        ? `${option} takes NAME=SOURCE`
        : sources.has(name)
          ? `${option} ${name} is given twice`
          : known.has(name)
            ? undefined
            : `the job has no ${what} "${name}" (it has: ${[...known].join(', ') || 'none'})`;
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
