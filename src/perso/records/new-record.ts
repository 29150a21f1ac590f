/** A row as a record of a store: what no other may share, what it is looked up by, its fields. */
import { createHash } from 'node:crypto';
import { luhnCheckDigit } from '../../bytes/index.js';
import type { Binding, Column } from '../job/types.js';
import type { NewRecord } from '../store/port.js';
import type { RecordRow } from './page.js';

/** Field of a record that keeps which transport key the file named for it; no column can be called that. */
export const TRANSPORT_KEY_FIELD = '$transport-key';

/** Whether no two records may share the values of a column. A sealed value is never the same twice. */
function isUnique({ type, unique, transport }: Column): boolean {
  return transport === undefined && (unique || type === 'iccid' || type === 'imsi' || type === 'eid');
}

/** A column with the name under which its values are unique (`NewRecord.unique`): of its type, or its own. */
export interface UniqueColumn {
  readonly index: number;
  readonly column: Column;
  readonly as: string;
}

/**
 * Unique columns. Numbers have the name of their type, so that jobs that name them differently meet; the second of a type
 * is `imsi#2`, and shares its values with the first.
 */
export function uniqueColumns(columns: readonly Column[]): readonly UniqueColumn[] {
  const counts = new Map<string, number>();
  return columns.flatMap((column, index) => {
    if (!isUnique(column)) return [];
    const isNumber = column.type === 'iccid' || column.type === 'imsi' || column.type === 'eid';
    const name = isNumber ? column.type : column.name;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return [{ index, column, as: count === 1 ? name : `${name}#${count}` }];
  });
}

/**
 * Index of the column that names a row: sealed cells are bound to its value. The first ICCID, else the first IMSI, EID,
 * or unique column; -1 if there is none.
 */
export function rowKeyColumn(columns: readonly Column[]): number {
  const clear = (wanted: (column: Column) => boolean): number =>
    columns.findIndex((column) => column.transport === undefined && wanted(column));
  for (const type of ['iccid', 'imsi', 'eid'] as const) {
    const found = clear((column) => column.type === type);
    if (found >= 0) return found;
  }
  return clear(({ unique }) => unique);
}

/** What people look a record up by; a secret is nothing to look up by. */
function shownKeyColumn(columns: readonly Column[]): number {
  const index = rowKeyColumn(columns);
  return columns[index]?.secret === true ? -1 : index;
}

/** A function that makes records of rows. */
export function recordMaker(job: {
  readonly records: { readonly columns: readonly Column[] };
  readonly bind: Binding;
}): (row: RecordRow) => NewRecord {
  const { columns } = job.records;
  const unique = uniqueColumns(columns);
  const { bind } = job;
  const keyed =
    bind.by === 'next' ? shownKeyColumn(columns) : columns.findIndex(({ name }) => name === bind.column);
  return ({ row, number, cells, transportKey }) => {
    const fields: Record<string, string> = {};
    for (let index = 0; index < columns.length; index++) {
      if (cells[index] !== '') fields[columns[index]!.name] = cells[index]!;
    }
    if (transportKey !== undefined) fields[TRANSPORT_KEY_FIELD] = transportKey;
    const values: Record<string, string> = {};
    for (const { index, column, as } of unique) {
      const cell = cells[index]!;
      if (cell !== '') values[as] = normalized(column, cell);
    }
    const key = keyed < 0 ? '' : cells[keyed]!;
    return { number, row, unique: values, ...(key === '' ? {} : { key }), fields };
  };
}

/**
 * What is compared: hex digits in either case are the same octets, an ICCID is the same with and without its check
 * digit, and of a secret there is a digest, since stores keep these values in the clear.
 */
export function normalized({ type, secret }: Column, cell: string): string {
  switch (type) {
    case 'iccid':
      return /^\d{18}$/.test(cell) ? cell + luhnCheckDigit(cell) : cell;
    case 'imsi':
    case 'eid':
      return cell;
    default: {
      const value = type === 'hex' ? cell.toLowerCase() : cell;
      return secret && value !== '' ? createHash('sha256').update(value).digest('hex') : value;
    }
  }
}
