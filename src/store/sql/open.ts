/** Opens a database as a store: schema, store key, and the proof that they belong together. */
import { encodeUtf8, fromHex, toHex } from '../../bytes/index.js';
import type { SealingKey } from '../../crypto/index.js';
import { SecurityError } from '../../errors/index.js';
import { keyFileBeside } from '../store-key.js';
import type { Database } from './database.js';
import { migrate } from './migrations.js';
import { RecordSealer } from './records.js';

/** What opening needs beside the address. */
export interface SqlStoreOptions {
  readonly key: SealingKey | undefined;
  readonly random: (octets: number) => Uint8Array;
  readonly onNote: (note: string) => void;
}

/** A database whose schema is up to date, and what opens its secrets. */
export interface SealedDatabase {
  readonly database: Database;
  readonly sealer: RecordSealer;
}

const CHECK = 'store-key';
const PLACE = encodeUtf8('simboot_facts\0store-key');

/** @throws UsageError `USAGE_STORE_…`, SecurityError `SECURITY_STORE_KEY` */
export async function openSqliteDatabase(path: string, options: SqlStoreOptions): Promise<SealedDatabase> {
  const { openSqlite } = await import('./sqlite.js');
  return sealed(await openSqlite(path), options, `${path}.key`);
}

/** @throws UsageError `USAGE_STORE_…`, SecurityError `SECURITY_STORE_KEY` */
export async function openPostgresDatabase(url: string, options: SqlStoreOptions): Promise<SealedDatabase> {
  if (options.key === undefined) {
    throw new SecurityError('SECURITY_STORE_KEY', 'a PostgreSQL store needs a store key', {
      next: 'Make one with `openssl rand -hex 32`, keep it outside the database, and give it with --store-key.',
    });
  }
  const { openPostgres } = await import('./postgres.js');
  return sealed(await openPostgres(url), options, undefined);
}

async function sealed(
  database: Database,
  options: SqlStoreOptions,
  keyFile: string | undefined,
): Promise<SealedDatabase> {
  try {
    await migrate(database);
    const key = await keyOf(database, options, keyFile);
    return { database, sealer: new RecordSealer(key, options.random) };
  } catch (error) {
    await database.close();
    throw database.failure(error);
  }
}

/** The store remembers a value that only its key opens. */
async function keyOf(
  { kysely, name }: Database,
  { key: given, random, onNote }: SqlStoreOptions,
  keyFile: string | undefined,
): Promise<SealingKey> {
  const read = () =>
    kysely.selectFrom('simboot_facts').select('value').where('name', '=', CHECK).executeTakeFirst();
  const isNew = (await read()) === undefined;
  const key = given ?? (await fromFile(keyFile!, isNew, random, onNote));
  if (isNew) {
    const value = toHex(key.seal(encodeUtf8(CHECK), PLACE, random));
    await kysely
      .insertInto('simboot_facts')
      .values({ name: CHECK, value })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  }
  const { value } = (await read())!;
  try {
    key.open(fromHex(value), PLACE);
  } catch (cause) {
    throw new SecurityError('SECURITY_STORE_KEY', `this is not the key of the store ${name}`, {
      cause,
      details: { store: name },
    });
  }
  return key;
}

async function fromFile(
  path: string,
  isNew: boolean,
  random: (octets: number) => Uint8Array,
  onNote: (note: string) => void,
): Promise<SealingKey> {
  const { key, made } = await keyFileBeside(path, isNew, random);
  if (made)
    onNote(
      `made the store key ${path}: keep a copy of it apart from the store; without it the credentials are lost`,
    );
  return key;
}
