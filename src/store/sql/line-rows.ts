/** Rows of the line's tables as what they stand for, and back. */
import { type Kysely, sql } from 'kysely';
import {
  type BatchRecord,
  eventOf,
  type JournalEntry,
  type LineCard,
  type LineRecord,
  type NewRecord,
  type Reason,
  type RecordChange,
} from '../../perso/index.js';
import type { Database } from './database.js';
import type { RecordSealer } from './records.js';
import type { Schema } from './schema.js';
import { toStorable } from './texts.js';

/** PostgreSQL gives 64-bit numbers as text. */
type Big = number | string;
type Query = ReturnType<typeof sql>;

interface ReasonRow {
  readonly reason_code: string | null;
  readonly reason_text: string | null;
}

export interface BatchRow {
  readonly batch_id: string;
  readonly job_name: string;
  readonly job_version: string;
  readonly job_hash: string;
  readonly input_hash: string;
  readonly records: number;
  readonly state: BatchRecord['state'];
  readonly created_at: Big;
}

export interface RecordRow extends ReasonRow {
  readonly batch_id: string;
  readonly number: number;
  readonly row_no: Big;
  readonly record_key: string | null;
  readonly state: LineRecord['state'];
  readonly revision: number;
  readonly generation: number;
  readonly station: string | null;
  readonly slot: string | null;
  readonly card_id: string | null;
  readonly progress: number | null;
  readonly evidence: string | null;
  readonly changed_at: Big;
  readonly unique_values: string;
  readonly fields: Uint8Array;
  readonly drawn: Uint8Array | null;
}

export interface CardRow extends ReasonRow {
  readonly card_id: string;
  readonly batch_id: string;
  readonly record: number | null;
  readonly state: LineCard['state'];
  readonly changed_at: Big;
}

export interface JournalRow {
  readonly seq: Big;
  readonly at: Big;
  readonly event: string;
  readonly previous: string;
  readonly hash: string;
}

export function batchOf(row: BatchRow): BatchRecord {
  return {
    batchId: row.batch_id,
    jobName: row.job_name,
    jobVersion: row.job_version,
    jobHash: row.job_hash,
    inputHash: row.input_hash,
    records: row.records,
    state: row.state,
    createdAt: Number(row.created_at),
  };
}

/** @throws SecurityError `SECURITY_SEALED` where somebody altered the row */
export function recordOf(row: RecordRow, sealer: RecordSealer): LineRecord {
  const { batch_id: batchId, number } = row;
  return {
    batchId,
    number,
    row: Number(row.row_no),
    unique: JSON.parse(row.unique_values) as Record<string, string>,
    ...present('key', row.record_key),
    fields: sealer.openTexts(placeOf('fields', batchId, number), row.fields),
    state: row.state,
    revision: row.revision,
    generation: row.generation,
    ...present('station', row.station),
    ...present('slot', row.slot),
    ...present('cardId', row.card_id),
    ...(row.drawn === null ? {} : { drawn: sealer.openTexts(placeOf('drawn', batchId, number), row.drawn) }),
    ...present('progress', row.progress),
    ...reasonOf(row),
    ...present('evidence', row.evidence),
    changedAt: Number(row.changed_at),
  };
}

export function cardOf(row: CardRow): LineCard {
  return {
    cardId: row.card_id,
    batchId: row.batch_id,
    ...present('record', row.record),
    state: row.state,
    ...reasonOf(row),
    changedAt: Number(row.changed_at),
  };
}

export function entryOf(station: string, row: JournalRow): JournalEntry {
  const { previous, hash } = row;
  return { station, seq: Number(row.seq), at: Number(row.at), event: eventOf(row.event), previous, hash };
}

/** Columns of a record that is new, in the order of `NEW_COLUMNS`. */
export function newRow(batchId: string, record: NewRecord, sealer: RecordSealer, now: number): unknown[] {
  const { number, row, key, unique, fields } = record;
  const sealed = sealer.sealTexts(placeOf('fields', batchId, number), fields);
  return [batchId, number, row, key ?? null, 'free', 1, 0, now, JSON.stringify(unique), sealed];
}

export const NEW_COLUMNS = [
  'batch_id',
  'number',
  'row_no',
  'record_key',
  'state',
  'revision',
  'generation',
  'changed_at',
  'unique_values',
  'fields',
] as const;

/** Assignments of a change; `null` empties a column. */
export function assignments(change: RecordChange, sealer: RecordSealer, now: number): Query {
  const { batchId, number, state, generation, station, slot, cardId, drawn, progress, reason, evidence } =
    change;
  const sealed = drawn && sealer.sealTexts(placeOf('drawn', batchId, number), drawn);
  const columns: [string, unknown][] = [
    ['state', state],
    ['generation', generation],
    ['station', station],
    ['slot', slot],
    ['card_id', cardId],
    ['drawn', sealed],
    ['progress', progress],
    ['reason_code', reason === null ? null : reason?.code],
    ['reason_text', reason && toStorable(reason.message)],
    ['evidence', evidence],
  ];
  const parts = columns
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
  return sql.join([sql`revision = revision + 1`, sql`changed_at = ${now}`, ...parts]);
}

/** Rows of a query, on a connection of its own. */
export async function rowsOf<T>(database: Database, query: Query): Promise<readonly T[]> {
  try {
    return await rowsIn<T>(database.kysely, query);
  } catch (error) {
    throw database.failure(error);
  }
}

/** Rows of a query inside a transaction. */
export async function rowsIn<T>(connection: Kysely<Schema>, query: Query): Promise<readonly T[]> {
  const { rows } = await query.execute(connection);
  return rows as readonly T[];
}

/** Whether two rows would have had the same unique key. */
export function isTwice(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return (
    code === '23505' || (typeof code === 'string' && /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(code))
  );
}

function placeOf(column: 'fields' | 'drawn', batchId: string, number: number): string {
  return `line_records\0${batchId}\0${number}\0${column}`;
}

function reasonOf({ reason_code: code, reason_text: message }: ReasonRow): { reason?: Reason } {
  return code === null ? {} : { reason: { code, message: message ?? '' } };
}

function present<K extends string, T>(name: K, value: T | null): { [P in K]?: T } {
  return (value === null ? {} : { [name]: value }) as { [P in K]?: T };
}
