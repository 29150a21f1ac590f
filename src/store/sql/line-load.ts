/** Records come into a batch: many rows a statement, and no value that another record has. */
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { conflict, type Duplicate, type NewRecord, valueName } from '../../perso/index.js';
import { isTwice, NEW_COLUMNS, newRow, rowsIn } from './line-rows.js';
import type { RecordSealer } from './records.js';
import type { Dialect, Schema } from './schema.js';

/** Rows of one statement, largest first: few texts, so that each is compiled once. */
const SIZES = [400, 100, 20, 5, 1];
/** Values that are asked for at once. */
const ASKED = 1000;

type Value = readonly [name: string, value: string, number: number];

/** Records with their rows, made before the transaction starts. */
export interface Load {
  readonly batchId: string;
  readonly records: readonly NewRecord[];
  readonly rows: readonly (readonly unknown[])[];
}

export function loadOf(
  batchId: string,
  records: readonly NewRecord[],
  sealer: RecordSealer,
  now: number,
): Load {
  return { batchId, records, rows: records.map((record) => newRow(batchId, record, sealer, now)) };
}

/**
 * Adds what has no duplicate.
 *
 * @returns the duplicates
 * @throws UsageError `USAGE_LINE_CONFLICT` if a number is there already
 */
export async function addAll(connection: Kysely<Schema>, load: Load, dialect: Dialect): Promise<Duplicate[]> {
  const { batchId } = load;
  const values = valuesOf(load.records);
  await say(connection, 'savepoint adding');
  const added = await insert(connection, 'line_values', VALUES, rows(batchId, values), dialect);
  if (added === values.length) {
    await addRows(connection, load, load.rows, dialect);
    return [];
  }
  // Rare: only now is it worth asking which.
  await say(connection, 'rollback to savepoint adding');
  const { duplicates, fresh } = await sift(connection, load);
  const kept = load.records.filter((_, index) => fresh.has(index));
  await insert(connection, 'line_values', VALUES, rows(batchId, valuesOf(kept)), dialect);
  await addRows(
    connection,
    load,
    load.rows.filter((_, index) => fresh.has(index)),
    dialect,
  );
  return duplicates;
}

const VALUES = ['name', 'value', 'batch_id', 'number'] as const;

async function addRows(
  connection: Kysely<Schema>,
  { batchId, records }: Load,
  lines: readonly (readonly unknown[])[],
  dialect: Dialect,
): Promise<void> {
  try {
    await insert(connection, 'line_records', NEW_COLUMNS, lines, dialect);
  } catch (error) {
    if (!isTwice(error)) throw error;
    throw conflict(
      batchId,
      records[0]?.number ?? 0,
      'a record of this or a following number is there already',
    );
  }
}

/** Two loads at once insert in the same order, so that neither waits for the other for ever. */
function valuesOf(records: readonly NewRecord[]): Value[] {
  return records
    .flatMap(({ unique, number }) =>
      Object.entries(unique).map(([column, value]): Value => [valueName(column), value, number]),
    )
    .sort((a, b) => (a[0] === b[0] ? compare(a[1], b[1]) : compare(a[0], b[0])));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rows(batchId: string, values: readonly Value[]): unknown[][] {
  return values.map(([name, value, number]) => [name, value, batchId, number]);
}

/** Which records are fresh, one after the other: a record that is left out keeps nobody else out. */
async function sift(
  connection: Kysely<Schema>,
  { batchId, records }: Load,
): Promise<{ duplicates: Duplicate[]; fresh: Set<number> }> {
  const known = await knownValues(connection, records);
  const duplicates: Duplicate[] = [];
  const fresh = new Set<number>();
  for (const [index, record] of records.entries()) {
    const found = duplicatesOf(record, known);
    duplicates.push(...found);
    if (found.length > 0) continue;
    fresh.add(index);
    const { number, row } = record;
    for (const [column, value] of Object.entries(record.unique))
      known.set(`${valueName(column)}\0${value}`, { batchId, number, row });
  }
  return { duplicates, fresh };
}

type Known = Map<string, Duplicate['other']>;

/** Duplicates of records with what the store has. */
export async function findAll(
  connection: Kysely<Schema>,
  records: readonly NewRecord[],
): Promise<Duplicate[]> {
  const known = await knownValues(connection, records);
  return records.flatMap((record) => duplicatesOf(record, known));
}

function duplicatesOf({ number, row, unique }: NewRecord, known: Known): Duplicate[] {
  return Object.entries(unique).flatMap(([column, value]) => {
    const other = known.get(`${valueName(column)}\0${value}`);
    return other === undefined ? [] : [{ number, row, column, value, other }];
  });
}

async function knownValues(connection: Kysely<Schema>, records: readonly NewRecord[]): Promise<Known> {
  const known: Known = new Map();
  const values = valuesOf(records);
  for (const name of new Set(values.map(([each]) => each))) {
    const wanted = values.filter(([each]) => each === name).map(([, value]) => value);
    for (let at = 0; at < wanted.length; at += ASKED) {
      const found = await rowsIn<{
        value: string;
        batch_id: string;
        number: number;
        row_no: number | string;
      }>(
        connection,
        sql`select v.value, v.batch_id, v.number, r.row_no from line_values v
          join line_records r on r.batch_id = v.batch_id and r.number = v.number
          where v.name = ${name} and v.value in (${sql.join(wanted.slice(at, at + ASKED))})`,
      );
      for (const { value, batch_id: batchId, number, row_no } of found)
        known.set(`${name}\0${value}`, { batchId, number, row: Number(row_no) });
    }
  }
  return known;
}

/** Inserts rows; those of `line_values` that are there already are left out. Returns how many were inserted. */
async function insert(
  connection: Kysely<Schema>,
  table: 'line_values' | 'line_records',
  columns: readonly string[],
  lines: readonly (readonly unknown[])[],
  dialect: Dialect,
): Promise<number> {
  let done = 0;
  for (let at = 0; at < lines.length; ) {
    const size = SIZES.find((each) => each <= lines.length - at)!;
    const text = insertText(table, columns, size, dialect);
    const result = await connection.executeQuery(CompiledQuery.raw(text, lines.slice(at, at + size).flat()));
    done += Number(result.numAffectedRows ?? 0);
    at += size;
  }
  return done;
}

/** Tables and columns are names of this program, never data. */
function insertText(table: string, columns: readonly string[], size: number, dialect: Dialect): string {
  const line = (index: number): string =>
    columns
      .map((_, column) => (dialect === 'sqlite' ? '?' : `$${index * columns.length + column + 1}`))
      .join(', ');
  const values = Array.from({ length: size }, (_, index) => `(${line(index)})`).join(', ');
  const rest = table === 'line_values' ? ' on conflict (name, value) do nothing' : '';
  return `insert into ${table} (${columns.join(', ')}) values ${values}${rest}`;
}

async function say(connection: Kysely<Schema>, command: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(command));
}
