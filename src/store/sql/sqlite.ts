/** SQLite in one file: the embedded store. Loaded only when a store of that kind is opened. */
import { chmod, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type BetterSqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { UsageError } from '../../errors/index.js';
import type { Database } from './database.js';
import { storeFailure } from './failures.js';
import type { Schema } from './schema.js';

/** Milliseconds to wait for another process that is writing. */
const BUSY_MILLISECONDS = 5_000;

/**
 * Opens or makes the file, readable by its owner alone. A commit is on the disk when it returns (WAL, synchronous=FULL).
 *
 * @throws UsageError `USAGE_STORE_BINDING`, `USAGE_STORE_OPEN`
 */
export async function openSqlite(path: string): Promise<Database> {
  const Driver = await loadDriver();
  await prepareFile(path);
  const name = `sqlite:${path}`;
  let file: BetterSqlite.Database | undefined;
  try {
    file = new Driver(path, { timeout: BUSY_MILLISECONDS });
    file.pragma('journal_mode = WAL');
    file.pragma('synchronous = FULL');
    file.pragma('foreign_keys = ON');
  } catch (cause) {
    file?.close();
    throw notOpened(name, (cause as Error).message, cause);
  }
  return databaseOf(file, name);
}

function databaseOf(file: BetterSqlite.Database, name: string): Database {
  const kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database: remembering(file) }) });
  return {
    kysely,
    dialect: 'sqlite',
    // Takes the write lock at once: a transaction that starts with reading could not wait for it later.
    begin: 'begin immediate',
    name,
    lanes: 1,
    failure: (error) => storeFailure(error, name),
    // The driver opens with the first query, and only an open driver closes the file.
    close: async () => {
      await kysely.destroy();
      if (file.open) file.close();
    },
  };
}

async function loadDriver(): Promise<typeof BetterSqlite> {
  try {
    const { default: Driver } = await import('better-sqlite3');
    // The binding itself is loaded by the first database, not by the module.
    new Driver(':memory:').close();
    return Driver;
  } catch (cause) {
    throw new UsageError(
      'USAGE_STORE_BINDING',
      `SQLite cannot be used: better-sqlite3 does not load (${(cause as NodeJS.ErrnoException).code ?? 'not built'})`,
      { cause },
    );
  }
}

/** SQLite gives its journal files the permissions of the database. */
async function prepareFile(path: string): Promise<void> {
  const name = `sqlite:${path}`;
  const directory = await stat(dirname(path)).catch(() => undefined);
  if (directory?.isDirectory() !== true) throw notOpened(name, `there is no directory ${dirname(path)}`);
  try {
    const file = await open(path, 'a', 0o600);
    await file.close();
    await chmod(path, 0o600);
  } catch (cause) {
    throw notOpened(name, (cause as NodeJS.ErrnoException).code ?? 'unreadable', cause);
  }
}

function notOpened(name: string, why: string, cause?: unknown): UsageError {
  return new UsageError('USAGE_STORE_OPEN', `the store ${name} cannot be opened: ${why}`, {
    cause,
    details: { store: name },
  });
}

/** Each text is compiled once: the queries of this room are few and always the same. */
function remembering(file: BetterSqlite.Database) {
  const statements = new Map<string, BetterSqlite.Statement>();
  return {
    prepare(sql: string): BetterSqlite.Statement {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const made = file.prepare(sql);
      if (statements.size < 200) statements.set(sql, made);
      return made;
    },
    close: () => file.close(),
  };
}
