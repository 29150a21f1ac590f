/** What a line keeps, in SQL: the same queries for SQLite and PostgreSQL. */
import { type Kysely, sql } from 'kysely';
import { UsageError } from '../../errors/index.js';
import {
  type BatchRecord,
  batchExists,
  batchUnknown,
  type Duplicate,
  EMPTY_CHAIN,
  type JournalEntry,
  type LineCard,
  type LineRecord,
  type LineStore,
  type NewRecord,
  RECORD_STATES,
  type RecordState,
  requireClock,
  type StationHandle,
} from '../../perso/index.js';
import { GroupCommit } from './group-commit.js';
import { addAll, findAll, loadOf } from './line-load.js';
import {
  type BatchRow,
  batchOf,
  type CardRow,
  cardOf,
  entryOf,
  type JournalRow,
  type RecordRow,
  recordOf,
  rowsIn,
  rowsOf,
} from './line-rows.js';
import { append, type LineTables, nowIn, SqlStation } from './line-station.js';
import type { Schema } from './schema.js';
import { isStorable, requireStorable } from './texts.js';

type Query = ReturnType<typeof sql>;

export class SqlLineStore implements LineStore {
  readonly #tables: LineTables;
  readonly #commits: GroupCommit;
  readonly #stations = new Set<SqlStation>();

  constructor(tables: LineTables) {
    this.#tables = tables;
    this.#commits = new GroupCommit(tables.database);
  }

  async createBatch(batch: Omit<BatchRecord, 'records' | 'state'>): Promise<void> {
    const { batchId, jobName, jobVersion, jobHash, inputHash, createdAt } = batch;
    for (const text of [batchId, jobName, jobVersion]) requireStorable(text, 'name of a batch');
    await this.#commits.run(batchId, async (connection) => {
      const made = await rowsIn(
        connection,
        sql`insert into line_batches (batch_id, job_name, job_version, job_hash, input_hash, records, state, created_at)
          values (${batchId}, ${jobName}, ${jobVersion}, ${jobHash}, ${inputHash}, 0, 'loading', ${createdAt})
          on conflict (batch_id) do nothing returning batch_id`,
      );
      if (made.length === 0) throw batchExists(batchId);
    });
  }

  async batch(batchId: string): Promise<BatchRecord | undefined> {
    if (!isStorable(batchId)) return undefined;
    const [row] = await this.#read<BatchRow>(sql`select * from line_batches where batch_id = ${batchId}`);
    return row && batchOf(row);
  }

  async batches(): Promise<BatchRecord[]> {
    return (await this.#read<BatchRow>(sql`select * from line_batches order by batch_id`)).map(batchOf);
  }

  addRecords(batchId: string, records: readonly NewRecord[]): Promise<Duplicate[]> {
    for (const { key = '', unique } of records)
      for (const text of [key, ...Object.entries(unique).flat()]) requireStorable(text, 'value of a record');
    const { database, sealer, clock } = this.#tables;
    const load = loadOf(batchId, records, sealer, clock());
    return this.#commits.run(batchId, async (connection) => {
      await this.#requireState(connection, batchId, ['loading']);
      return addAll(connection, load, database.dialect);
    });
  }

  async dropBatch(batchId: string): Promise<void> {
    await this.#commits.run(batchId, async (connection) => {
      await this.#requireState(connection, batchId, ['loading']);
      for (const table of ['line_values', 'line_records', 'line_batches'])
        await sql`delete from ${sql.table(table)} where batch_id = ${batchId}`.execute(connection);
    });
  }

  openBatch(batchId: string): Promise<BatchRecord> {
    return this.#commits.run(batchId, async (connection) => {
      const batch = await this.#requireState(connection, batchId, ['loading', 'open']);
      if (batch.state === 'open') return batch;
      const [row] = await rowsIn<BatchRow>(
        connection,
        sql`update line_batches set state = 'open',
          records = (select count(*) from line_records where batch_id = ${batchId})
          where batch_id = ${batchId} returning *`,
      );
      return batchOf(row!);
    });
  }

  async closeBatch(batchId: string): Promise<void> {
    await this.#commits.run(batchId, async (connection) => {
      await this.#requireState(connection, batchId, ['open', 'closed']);
      await sql`update line_batches set state = 'closed' where batch_id = ${batchId}`.execute(connection);
    });
  }

  async findDuplicates(records: readonly NewRecord[], except?: string): Promise<Duplicate[]> {
    const storable = records.filter(({ unique }) => Object.entries(unique).flat().every(isStorable));
    try {
      const found = await findAll(this.#tables.database.kysely, storable);
      return found.filter(({ other }) => other.batchId !== except);
    } catch (error) {
      throw this.#tables.database.failure(error);
    }
  }

  async record(batchId: string, number: number): Promise<LineRecord | undefined> {
    const [found] = await this.#records(batchId, sql`and number = ${number}`);
    return found;
  }

  async recordByKey(batchId: string, key: string): Promise<LineRecord | undefined> {
    if (!isStorable(key)) return undefined;
    const [found] = await this.#records(batchId, sql`and record_key = ${key} order by number limit 1`);
    return found;
  }

  async records(
    batchId: string,
    { states, station }: { readonly states?: readonly RecordState[]; readonly station?: string },
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<LineRecord[]> {
    if (states?.length === 0 || !isStorable(station ?? '')) return [];
    const inState = states === undefined ? sql`` : sql`and state in (${sql.join([...states])})`;
    const ofStation = station === undefined ? sql`` : sql`and station = ${station}`;
    return this.#records(
      batchId,
      sql`and number > ${after} ${inState} ${ofStation} order by number limit ${limit}`,
    );
  }

  async counts(batchId: string) {
    const records = Object.fromEntries(RECORD_STATES.map((state) => [state, 0])) as Record<
      RecordState,
      number
    >;
    const cards = { bound: 0, good: 0, scrapped: 0, returned: 0 };
    if (!isStorable(batchId)) return { records, cards };
    // One statement: a card that is written meanwhile is counted in both or in neither.
    const rows = await this.#read<{ kind: string; state: string; many: number | string }>(
      sql`select 'record' as kind, state, count(*) as many from line_records where batch_id = ${batchId} group by state
        union all select 'card', state, count(*) from line_cards where batch_id = ${batchId} group by state`,
    );
    for (const { kind, state, many } of rows) {
      if (kind === 'record') records[state as RecordState] = Number(many);
      else cards[state as LineCard['state']] = Number(many);
    }
    return { records, cards };
  }

  async card(cardId: string): Promise<LineCard | undefined> {
    if (!isStorable(cardId)) return undefined;
    const [row] = await this.#read<CardRow>(sql`select * from line_cards where card_id = ${cardId}`);
    return row && cardOf(row);
  }

  async cards(
    batchId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<LineCard[]> {
    if (!isStorable(batchId + after)) return [];
    const rows = await this.#read<CardRow>(
      sql`select * from line_cards where batch_id = ${batchId} and card_id > ${after} order by card_id limit ${limit}`,
    );
    return rows.map(cardOf);
  }

  async openStation(station: string, { leaseMs }: { readonly leaseMs: number }): Promise<StationHandle> {
    requireStorable(station, 'station');
    const { clock } = this.#tables;
    const { hash } = EMPTY_CHAIN;
    const epoch = await this.#commits.run(station, async (connection) => {
      const seen = nowIn(this.#tables);
      const [row] = await rowsIn<{ epoch: number; seq: number | string; hash: string; at: number | string }>(
        connection,
        sql`insert into line_stations (station, epoch, seen_at, lease_ms, seq, hash, at)
          values (${station}, 1, ${seen}, ${leaseMs}, 0, ${hash}, 0)
          on conflict (station) do update set epoch = line_stations.epoch + 1, seen_at = excluded.seen_at,
            lease_ms = excluded.lease_ms returning epoch, seq, hash, at`,
      );
      const { epoch: count, seq, hash: last, at } = row!;
      const head = { seq: Number(seq), hash: last, at: Number(at) };
      const now = clock();
      requireClock(now, head.at);
      const event = { type: 'station.opened', data: { epoch: count } };
      await append(connection, this.#tables, station, head, now, [event]);
      return count;
    });
    const handle = new SqlStation(this.#tables, station, epoch);
    this.#stations.add(handle);
    return handle;
  }

  async stations() {
    const rows = await this.#read<{ station: string; epoch: number; seen_at: number | string }>(
      sql`select station, epoch, seen_at from line_stations order by station`,
    );
    return rows.map(({ station, epoch, seen_at }) => ({ station, epoch, seenAt: Number(seen_at) }));
  }

  async recoverDead(by: StationHandle, batchId: string): Promise<readonly LineRecord[]> {
    if (by instanceof SqlStation && this.#stations.has(by)) return by.recover(batchId);
    throw new UsageError('USAGE_ARGUMENT', `station ${by.station} was opened in another store`);
  }

  async journal(
    station: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<JournalEntry[]> {
    if (!isStorable(station)) return [];
    const rows = await this.#read<JournalRow>(
      sql`select seq, at, event, previous, hash from line_journal
        where station = ${station} and seq > ${after} order by seq limit ${limit}`,
    );
    return rows.map((row) => entryOf(station, row));
  }

  async close(): Promise<void> {
    for (const station of this.#stations) await station.end();
    await this.#commits.close();
    await this.#tables.database.close();
  }

  async #requireState(
    connection: Kysely<Schema>,
    batchId: string,
    states: readonly BatchRecord['state'][],
  ): Promise<BatchRecord> {
    requireStorable(batchId, 'name of a batch');
    const lock = this.#tables.database.dialect === 'postgres' ? sql`for update` : sql``;
    const [row] = await rowsIn<BatchRow>(
      connection,
      sql`select * from line_batches where batch_id = ${batchId} ${lock}`,
    );
    if (row === undefined) throw batchUnknown(batchId);
    if (!states.includes(row.state)) throw batchUnknown(batchId, `it is ${row.state}`);
    return batchOf(row);
  }

  async #records(batchId: string, where: Query): Promise<LineRecord[]> {
    if (!isStorable(batchId)) return [];
    const rows = await this.#read<RecordRow>(
      sql`select * from line_records where batch_id = ${batchId} ${where}`,
    );
    return rows.map((row) => recordOf(row, this.#tables.sealer));
  }

  #read<T>(query: Query): Promise<readonly T[]> {
    return rowsOf<T>(this.#tables.database, query);
  }
}
