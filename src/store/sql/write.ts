/** Writes one step inside a transaction: the device's revision first, which also keeps other processes out until the end. */
import { type Kysely, sql } from 'kysely';
import type { StepRows, TableRows } from './rows.js';
import type { Schema } from './schema.js';

/** Rows of one statement; both dialects take many more parameters than these have. */
const ROWS = 500;

/** Another step came first: thrown inside the transaction, so that nothing of this one stays. */
export class Conflict extends Error {}

/**
 * @param expected revision that the step was decided on; whatever it is where undefined
 * @returns the device's new revision
 * @throws Conflict
 */
export async function writeStep(
  connection: Kysely<Schema>,
  devId: string,
  step: StepRows,
  expected: number | undefined,
): Promise<number> {
  const revision = await nextRevision(connection, devId, step.device);
  if (expected !== undefined && revision !== expected + 1) throw new Conflict();
  for (const { accountId, devId: owner } of step.binds) await bind(connection, accountId, owner);
  for (const table of step.tables) await upsert(connection, table);
  if (step.removedCache.size > 0) {
    await connection
      .deleteFrom('cache')
      .where('dev_id', '=', devId)
      .where('instance', 'in', [...step.removedCache])
      .execute();
  }
  return revision;
}

async function nextRevision(
  connection: Kysely<Schema>,
  devId: string,
  record: StepRows['device'],
): Promise<number> {
  const { revision } = await connection
    .insertInto('devices')
    .values({ dev_id: devId, revision: 1, account_id: record?.accountId ?? null, data: record?.data ?? null })
    .onConflict((conflict) =>
      conflict.column('dev_id').doUpdateSet(({ ref }) => ({
        revision: sql<number>`devices.revision + 1`,
        ...(record === undefined
          ? {}
          : { data: ref('excluded.data'), account_id: ref('excluded.account_id') }),
      })),
    )
    .returning('revision')
    .executeTakeFirstOrThrow();
  return revision;
}

async function bind(connection: Kysely<Schema>, accountId: string, devId: string): Promise<void> {
  const { numUpdatedRows } = await connection
    .updateTable('accounts')
    .set({ dev_id: devId })
    .where('account_id', '=', accountId)
    .where((is) => is.or([is('dev_id', 'is', null), is('dev_id', '=', devId)]))
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new Conflict();
}

/** Tables and columns are names of this program, never data. */
async function upsert(connection: Kysely<Schema>, { table, keys, rows }: TableRows): Promise<void> {
  const all = [...rows.values()];
  const columns = Object.keys(all[0] ?? {});
  const list = (names: readonly string[]) => sql.raw(names.join(', '));
  const changed = sql.raw(
    columns
      .filter((name) => !keys.includes(name))
      .map((name) => `${name} = excluded.${name}`)
      .join(', '),
  );
  for (let at = 0; at < all.length; at += ROWS) {
    const values = sql.join(
      all.slice(at, at + ROWS).map((row) => sql`(${sql.join(columns.map((name) => row[name]))})`),
    );
    await sql`insert into ${sql.raw(table)} (${list(columns)}) values ${values} on conflict (${list(keys)}) do update set ${changed}`.execute(
      connection,
    );
  }
}
