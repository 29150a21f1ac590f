/** PostgreSQL: the store for more than one process. Loaded only when a store of that kind is opened. */
import { Kysely, PostgresDialect } from 'kysely';
import { UsageError } from '../../errors/index.js';
import type { Database } from './database.js';
import { storeFailure } from './failures.js';
import type { Schema } from './schema.js';

/** Connections of one process, and how many of them write. */
const POOL = 8;
const LANES = 4;
const CONNECT_MILLISECONDS = 10_000;

/**
 * Connects to a database, once, to know that it works.
 *
 * @param url `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; the password may come from PGPASSWORD or a password file
 * @throws UsageError `USAGE_STORE_OPEN` with the reason, never with the password
 */
export async function openPostgres(url: string): Promise<Database> {
  const name = withoutPassword(url);
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    application_name: 'simboot',
  });
  // An idle connection that breaks is no failure of a step: the next one opens another.
  pool.on('error', () => undefined);
  // One that breaks in use tells its query; the event beside that would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  try {
    (await pool.connect()).release();
  } catch (cause) {
    await pool.end();
    throw new UsageError('USAGE_STORE_OPEN', `the store ${name} cannot be opened: ${reason(cause)}`, {
      cause,
      details: { store: name },
    });
  }
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return {
    kysely,
    dialect: 'postgres',
    begin: 'begin',
    name,
    lanes: LANES,
    failure: (error) => storeFailure(error, name),
    close: async () => {
      await kysely.destroy();
      if (!pool.ended) await pool.end();
    },
  };
}

function withoutPassword(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new UsageError('USAGE_STORE_OPEN', 'the address of the store is no postgres://USER@HOST/DATABASE');
  }
  parsed.password = '';
  for (const name of [...parsed.searchParams.keys()]) {
    if (/pass/i.test(name)) parsed.searchParams.delete(name);
  }
  return parsed.href;
}

/** Codes of PostgreSQL (Appendix A of its manual) that a person can act on. */
const REASONS: Readonly<Record<string, string>> = {
  '28P01': 'the user or password is wrong',
  '28000': 'the server does not let this user in',
  '3D000': 'there is no such database',
  '53300': 'the server has no free connections',
  '57P03': 'the server is starting or stopping',
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
};

function reason(cause: unknown): string {
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code = (first as { code?: string } | undefined)?.code;
  if (code !== undefined) return REASONS[code] ?? code;
  return first instanceof Error && first.message.includes('timeout')
    ? 'it does not answer'
    : 'it does not answer as PostgreSQL does';
}
