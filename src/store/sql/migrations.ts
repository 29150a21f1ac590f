/** The schema as a list of numbered steps; a store goes through those that it lacks when it is opened. */
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { UsageError } from '../../errors/index.js';
import type { Database } from './database.js';
import { MIGRATIONS, type Migration, type Schema } from './schema.js';

/** Any number: the same one keeps two processes from changing the schema at once. */
const POSTGRES_LOCK = 7_306_662;

/**
 * Brings the schema up to date, all steps in one transaction.
 *
 * @throws UsageError `USAGE_STORE_VERSION` where a newer simboot wrote the store
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  try {
    await database.kysely.connection().execute(async (connection) => {
      await say(connection, database.begin);
      try {
        await upToDate(connection, database, migrations);
        await say(connection, 'commit');
      } catch (error) {
        await say(connection, 'rollback').catch(() => undefined);
        throw error;
      }
    });
  } catch (error) {
    throw database.failure(error);
  }
}

async function upToDate(
  connection: Kysely<Schema>,
  database: Database,
  migrations: readonly Migration[],
): Promise<void> {
  if (database.dialect === 'postgres')
    await say(connection, `select pg_advisory_xact_lock(${POSTGRES_LOCK})`);
  await sql`create table if not exists simboot_schema (version integer not null)`.execute(connection);
  const { rows } = await sql<{ version: number }>`select version from simboot_schema`.execute(connection);
  const version = rows[0]?.version ?? 0;
  const newest = migrations.length;
  if (version > newest) {
    throw new UsageError(
      'USAGE_STORE_VERSION',
      `the store ${database.name} has schema ${version}; this simboot knows up to ${newest}`,
      { details: { store: database.name, version, newest } },
    );
  }
  for (const migration of migrations.slice(version)) {
    for (const statement of migration(database.dialect)) await say(connection, statement);
  }
  if (rows.length === 0)
    await sql`insert into simboot_schema (version) values (${newest})`.execute(connection);
  else if (version < newest) await sql`update simboot_schema set version = ${newest}`.execute(connection);
}

async function say(connection: Kysely<Schema>, statement: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(statement));
}
