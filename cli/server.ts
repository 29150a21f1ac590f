/** What the commands of `server` share: addresses, the store of a state folder, scripts. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { decodeUtf8 } from '../src/bytes/index.js';
import { compileScript, type Script, type ScriptSource, type ServerStore } from '../src/dm/index.js';
import { UsageError } from '../src/errors/index.js';
import { openServerStore } from '../src/store/index.js';
import type { CliContext } from './context.js';
import { readInput } from './files.js';
import { SECRET_SOURCES } from './secrets.js';

const DEFAULT_STATE = './simboot-server';

export interface StoreOptions {
  readonly state: string;
  readonly store?: string;
  readonly storeKey?: string;
}

/** Options that name the store. */
export function addStoreOptions(command: Command): Command {
  return command
    .option('--state <directory>', 'folder of the server: store, store key, certificates', DEFAULT_STATE)
    .option('--store <address>', 'another store: postgres://USER@HOST/DATABASE or sqlite:FILE')
    .option(
      '--store-key <source>',
      `64 hex digits that secrets in the store are sealed under: ${SECRET_SOURCES}`,
    );
}

/**
 * The store of a server that is there, for the time of `use`: a mistyped folder is not made into a server.
 *
 * @throws UsageError `USAGE_FILE_UNREADABLE` where the state folder has no store
 */
export async function withExistingStore<T>(
  cli: CliContext,
  options: StoreOptions,
  use: (store: ServerStore) => Promise<T>,
): Promise<T> {
  if (options.store === undefined && !existsSync(resolve(options.state, 'server.db'))) {
    throw new UsageError('USAGE_FILE_UNREADABLE', `there is no server in the folder ${options.state}`, {
      next: 'Name its folder with --state; `simboot server start` and `simboot server import` make one.',
      details: { path: options.state },
    });
  }
  return withStore(cli, options, use);
}

/** The store that the options name, made where it is missing, for the time of `use`. */
export async function withStore<T>(
  cli: CliContext,
  options: StoreOptions,
  use: (store: ServerStore) => Promise<T>,
): Promise<T> {
  if (options.store === undefined) await mkdir(options.state, { recursive: true, mode: 0o700 });
  const key = await storeKeyOf(cli, options.storeKey);
  const store = await openServerStore(options.store ?? `sqlite:${resolve(options.state, 'server.db')}`, {
    ...(key === undefined ? {} : { key }),
    random: cli.random,
    onNote: (note) => cli.warn(note),
  });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** The store key, where an option names its source. */
export async function storeKeyOf(
  cli: CliContext,
  source: string | undefined,
): Promise<Uint8Array | undefined> {
  return source === undefined ? undefined : cli.secrets.hex(source, '--store-key');
}

/**
 * HOST:PORT, or PORT on the loopback address.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 */
export function listenAddress(text: string, option: string): { host: string; port: number } {
  const [, host = '127.0.0.1', digits = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65535)
    throw new UsageError('USAGE_ARGUMENT', `${option}: "${text}" is not HOST:PORT`);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port };
}

/** A script of a file: data (YAML, JSON), or a program (JavaScript that exports it as default). */
export interface LoadedScript {
  readonly source: ScriptSource;
  readonly program?: Script;
}

/**
 * @throws UsageError `USAGE_SCRIPT` with what is wrong in the file, `USAGE_FILE_UNREADABLE`
 */
export async function loadScript(cli: CliContext, path: string): Promise<LoadedScript> {
  if (['.js', '.mjs', '.ts', '.mts'].includes(extname(path))) return loadProgram(path);
  const text = decodeUtf8(await readInput(cli, path));
  const { name } = compileScript(text);
  const own = name === 'script' ? basename(path, extname(path)) : name;
  return { source: { kind: 'data', name: own, text } };
}

async function loadProgram(path: string): Promise<LoadedScript> {
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const isTypes = code === 'ERR_UNKNOWN_FILE_EXTENSION';
    throw new UsageError('USAGE_SCRIPT', `${path} cannot be loaded: ${(cause as Error).message}`, {
      cause,
      ...(isTypes
        ? { next: 'This Node reads no TypeScript: compile the script to JavaScript, or use Node 24.' }
        : {}),
    });
  }
  const program = module.default as Partial<Script> | undefined;
  if (typeof program?.name !== 'string' || typeof program.next !== 'function') {
    throw new UsageError(
      'USAGE_SCRIPT',
      `${path} does not export a script as default (\`export default defineScript({ … })\`)`,
    );
  }
  return { source: { kind: 'program', name: program.name }, program: program as Script };
}
