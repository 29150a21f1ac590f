/** Where a server keeps what it knows: a SQLite file, PostgreSQL, or nowhere but in memory. */
import { randomBytes } from 'node:crypto';
import { memoryStore, type ServerStore } from '../dm/index.js';
import { UsageError } from '../errors/index.js';
import { memoryPushes, memorySubscribers, type PushStore, type SubscriberStore } from '../gba/index.js';
import type { LineStore } from '../perso/index.js';
import type { SealedDatabase } from './sql/open.js';
import { storeKey } from './store-key.js';

export interface OpenStoreOptions {
  /** 32 octets that secrets are sealed under. A SQLite store makes a key file beside itself without it. */
  readonly key?: Uint8Array;
  /** Of cryptographic quality. */
  readonly random?: (octets: number) => Uint8Array;
  /** Gets what a person should know, such as a key file that was made. */
  readonly onNote?: (note: string) => void;
}

/**
 * Opens a store, makes its tables, or brings them up to date.
 *
 * A SQLite file is readable by its owner alone, and a write is on the disk when it is acknowledged. Several processes
 * may use one PostgreSQL store. Close the store when you are done.
 *
 * @param address `sqlite:FILE`, `postgres://USER@HOST/DATABASE`, or `memory`
 * @throws UsageError `USAGE_STORE_OPEN`, `USAGE_STORE_BINDING`, `USAGE_STORE_VERSION`, `USAGE_STORE_FULL`
 * @throws SecurityError `SECURITY_STORE_KEY`
 */
export async function openServerStore(address: string, options: OpenStoreOptions = {}): Promise<ServerStore> {
  if (address === 'memory') return memoryStore();
  const { database, sealer } = await openDatabase(address, options);
  const { SqlServerStore } = await import('./sql/sql-server-store.js');
  return new SqlServerStore(database, sealer);
}

/** Subscribers of a BSF and campaigns of pushes. */
export type PushStores = SubscriberStore & PushStore & { close(): Promise<void> };

/**
 * Opens the same store for subscribers and campaigns, over connections of its own.
 *
 * @param address as `openServerStore`
 * @throws UsageError, SecurityError as `openServerStore`
 */
export async function openPushStore(address: string, options: OpenStoreOptions = {}): Promise<PushStores> {
  if (address === 'memory')
    return { ...memorySubscribers(), ...memoryPushes(), close: () => Promise.resolve() };
  const { database, sealer } = await openDatabase(address, options);
  const { SqlPushStore } = await import('./sql/push-store.js');
  return new SqlPushStore(database, sealer);
}

export interface OpenLineStoreOptions extends OpenStoreOptions {
  /** Milliseconds since 1970; the process's own clock unless told. Leases on PostgreSQL go by the clock of the database. */
  readonly clock?: () => number;
}

/**
 * Opens the same store for batches of a factory line, over connections of its own. What a step wrote is on the disk when
 * it is acknowledged.
 *
 * @param address as `openServerStore`; several stations may use one PostgreSQL
 * @throws UsageError, SecurityError as `openServerStore`
 */
export async function openLineStore(address: string, options: OpenLineStoreOptions = {}): Promise<LineStore> {
  const clock = options.clock ?? (() => Date.now());
  if (address === 'memory') {
    const { memoryLineStore } = await import('../perso/index.js');
    return memoryLineStore({ clock });
  }
  const { database, sealer } = await openDatabase(address, options);
  const { SqlLineStore } = await import('./sql/line-store.js');
  return new SqlLineStore({ database, sealer, clock });
}

/** Loads the query builder and the driver only here: most commands of this program need neither. */
async function openDatabase(address: string, options: OpenStoreOptions): Promise<SealedDatabase> {
  const { openPostgresDatabase, openSqliteDatabase } = await import('./sql/open.js');
  const sql = {
    key: options.key === undefined ? undefined : storeKey(options.key),
    random: options.random ?? ((octets: number) => Uint8Array.from(randomBytes(octets))),
    onNote: options.onNote ?? (() => undefined),
  };
  if (/^sqlite:/.test(address) && nodeMajor() >= 24)
    sql.onNote(
      `better-sqlite3 can end a process under Node ${process.versions.node}: run servers with Node 20 or 22, or use PostgreSQL (docs/decisions/sqlite-and-node.md)`,
    );
  if (/^sqlite:./.test(address)) return openSqliteDatabase(address.slice('sqlite:'.length), sql);
  if (/^postgres(ql)?:\/\//.test(address)) return openPostgresDatabase(address, sql);
  throw new UsageError(
    'USAGE_STORE_OPEN',
    'a store is sqlite:FILE, postgres://USER@HOST/DATABASE or memory',
    { details: { form: address.split(':', 1)[0] ?? '' } },
  );
}

function nodeMajor(): number {
  return Number(process.versions.node.split('.')[0]);
}
