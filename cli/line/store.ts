/** What the commands of `batch` and `journal` share: the store of a line, its batches, its stations. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../src/errors/index.js';
import type { BatchRecord, LineStore, StationHandle } from '../../src/perso/index.js';
import { openLineStore } from '../../src/store/index.js';
import type { CliContext } from '../context.js';
import { SECRET_SOURCES } from '../secrets.js';
import { storeKeyOf } from '../server.js';

const DEFAULT_STATE = './simboot-line';
/** Milliseconds after which a station that tells nothing counts as dead. */
export const LEASE_MS = 60_000;

export interface LineStoreOptions {
  readonly state: string;
  readonly store?: string;
  readonly storeKey?: string;
}

/** Options that name the store. */
export function addLineStoreOptions(command: Command): Command {
  return command
    .option('--state <directory>', 'folder of the line: store, store key, signing key', DEFAULT_STATE)
    .option('--store <address>', 'another store: postgres://USER@HOST/DATABASE or sqlite:FILE')
    .option(
      '--store-key <source>',
      `64 hex digits that secrets in the store are sealed under: ${SECRET_SOURCES}`,
    );
}

/** The store that the options name, made where it is missing, for the time of `use`. */
export async function withLineStore<T>(
  cli: CliContext,
  options: LineStoreOptions,
  use: (store: LineStore) => Promise<T>,
): Promise<T> {
  if (options.store === undefined) await mkdir(options.state, { recursive: true, mode: 0o700 });
  const key = await storeKeyOf(cli, options.storeKey);
  const store = await openLineStore(options.store ?? `sqlite:${resolve(options.state, 'line.db')}`, {
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

/** Whether there is a store: in the state folder, or named, and then it is asked. */
export function lineStoreIsThere({ store, state }: LineStoreOptions): boolean {
  return store !== undefined || existsSync(resolve(state, 'line.db'));
}

/**
 * The store of a line that is there: a mistyped folder is not made into a line.
 *
 * @throws UsageError `USAGE_FILE_UNREADABLE` where the state folder has no store
 */
export async function withExistingLineStore<T>(
  cli: CliContext,
  options: LineStoreOptions,
  use: (store: LineStore) => Promise<T>,
): Promise<T> {
  if (!lineStoreIsThere(options)) {
    throw new UsageError('USAGE_FILE_UNREADABLE', `there is no line in the folder ${options.state}`, {
      next: 'Name its folder with --state, or its store with --store; `simboot batch run` makes one.',
      details: { path: options.state },
    });
  }
  return withLineStore(cli, options, use);
}

/**
 * The batch of that name, or the only one of the store.
 *
 * @throws UsageError `USAGE_BATCH_UNKNOWN`
 */
export async function batchOf(store: LineStore, name: string | undefined): Promise<BatchRecord> {
  const all = await store.batches();
  const names = all.map(({ batchId }) => batchId).join(', ');
  const wanted = name === undefined ? all : all.filter(({ batchId }) => batchId === name);
  const [only] = wanted;
  if (only !== undefined && wanted.length === 1) return only;
  const why =
    all.length === 0
      ? 'the store has no batch'
      : name === undefined
        ? `the store has ${all.length} batches: ${names}`
        : `the store has no batch ${name}; there are: ${names}`;
  throw new UsageError('USAGE_BATCH_UNKNOWN', why, { next: 'Name one with --batch.' });
}

/** Name of the station that a person works at, apart from those of the lines on the same machine. */
function officeStation(): string {
  return `office-${hostname()}`;
}

/**
 * To open a station ends the process that is it: never that of a line with cards in its slots.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 */
async function requireIdle(store: LineStore, station: string): Promise<void> {
  for (const { batchId, state } of await store.batches()) {
    if (state !== 'open') continue;
    const states = ['reserved', 'writing'] as const;
    const [record] = await store.records(batchId, { states, station }, { after: 0, limit: 1 });
    if (record === undefined) continue;
    throw new UsageError('USAGE_ARGUMENT', `--station ${station} is a line with cards in work`, {
      next: 'Leave --station away: decisions have a journal of their own.',
      details: { station, batch: batchId, record: record.number },
    });
  }
}

/**
 * A station for a decision of a person, for the time of `use`: its journal entries have a chain of their own.
 *
 * @throws UsageError `USAGE_ARGUMENT` for the name of a line with cards in work, which would be ended by it
 */
export async function withOffice<T>(
  store: LineStore,
  name: string | undefined,
  use: (station: StationHandle) => Promise<T>,
): Promise<T> {
  if (name !== undefined) await requireIdle(store, name);
  const station = await store.openStation(name ?? officeStation(), { leaseMs: LEASE_MS });
  try {
    return await use(station);
  } finally {
    await station.close();
  }
}
