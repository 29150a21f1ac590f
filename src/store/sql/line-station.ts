/** One process as a station: its steps in their order, each with its entries at the end of the station's chain. */
import { type Kysely, sql } from 'kysely';
import {
  batchUnknown,
  type ChainHead,
  cardTaken,
  changeRecord,
  eventText,
  fenced,
  type JournalEvent,
  type LineCard,
  type LineRecord,
  type LineStep,
  nextEntries,
  type RecordChange,
  recoverChange,
  recoverEvent,
  recoveredEvent,
  reservedEvent,
  type StationHandle,
  type Wanted,
} from '../../perso/index.js';
import type { Database } from './database.js';
import { GroupCommit, type Work } from './group-commit.js';
import { assignments, isTwice, type RecordRow, recordOf, rowsIn, rowsOf } from './line-rows.js';
import type { RecordSealer } from './records.js';
import type { Schema } from './schema.js';
import { requireStorable, toStorable } from './texts.js';

type Connection = Kysely<Schema>;

/** What the stations of one store share. */
export interface LineTables {
  readonly database: Database;
  readonly sealer: RecordSealer;
  readonly clock: () => number;
}

interface Told<T> {
  readonly result: T;
  readonly events: readonly JournalEvent[];
}

interface StationRow {
  readonly epoch: number;
  readonly seq: number | string;
  readonly hash: string;
  readonly at: number | string;
}

/** Steps of one station share transactions, but one transaction is over before the next begins: the chain has an order. */
const ORDER = '';

export class SqlStation implements StationHandle {
  readonly station: string;
  readonly epoch: number;
  readonly #tables: LineTables;
  readonly #commits: GroupCommit;
  #closed = false;

  constructor(tables: LineTables, station: string, epoch: number) {
    this.#tables = tables;
    this.station = station;
    this.epoch = epoch;
    this.#commits = new GroupCommit({ ...tables.database, lanes: 1 });
  }

  claim(
    batchId: string,
    wanted: Wanted,
    at: { readonly slot: string; readonly cardId?: string },
  ): Promise<LineRecord | undefined> {
    for (const text of [batchId, at.slot, at.cardId ?? '']) requireStorable(text, 'name');
    return this.#tell(async (connection, now) => {
      const { slot, cardId } = at;
      if (cardId !== undefined) await requireFreeCard(connection, cardId);
      const result = await this.#reserve(connection, batchId, wanted, at, now);
      if (result === undefined) return { result, events: [] };
      if (cardId !== undefined)
        await putCard(connection, { cardId, batchId, record: result.number, state: 'bound', changedAt: now });
      return { result, events: [reservedEvent(batchId, result.number, slot, cardId)] };
    });
  }

  async #reserve(
    connection: Connection,
    batchId: string,
    wanted: Wanted,
    { slot, cardId = null }: { readonly slot: string; readonly cardId?: string | null },
    now: number,
  ): Promise<LineRecord | undefined> {
    const { dialect } = this.#tables.database;
    const which =
      wanted.kind === 'next'
        ? sql``
        : wanted.kind === 'key'
          ? sql`and record_key = ${wanted.key}`
          : sql`and number = ${wanted.number}`;
    // Two stations at once: the second takes the next record that nobody holds, and never waits.
    const lock = dialect === 'postgres' ? sql`for update skip locked` : sql``;
    const found = await once(
      rowsIn<RecordRow>(
        connection,
        sql`update line_records set state = 'reserved', revision = revision + 1, station = ${this.station},
          slot = ${slot}, card_id = ${cardId}, changed_at = ${now}
          where batch_id = ${batchId} and state = 'free' and number = (
            select number from line_records where batch_id = ${batchId} and state = 'free' ${which}
            and exists (select 1 from line_batches where batch_id = ${batchId} and state = 'open')
            order by number limit 1 ${lock}) returning *`,
      ),
      cardId,
    );
    if (found[0] !== undefined) return recordOf(found[0], this.#tables.sealer);
    const [batch] = await rowsIn<{ state: string }>(
      connection,
      sql`select state from line_batches where batch_id = ${batchId}`,
    );
    if (batch?.state !== 'open') throw batchUnknown(batchId, batch && `it is ${batch.state}`);
    return undefined;
  }

  apply({ record, card, events }: LineStep): Promise<LineRecord | undefined> {
    for (const text of [record?.batchId, record?.slot, record?.cardId, card?.cardId, card?.batchId])
      requireStorable(text ?? '', 'name');
    return this.#tell(async (connection, now) => {
      const result = record === undefined ? undefined : await this.#change(connection, record, now);
      if (card !== undefined) await putCard(connection, card);
      return { result, events };
    });
  }

  async #change(connection: Connection, change: RecordChange, now: number): Promise<LineRecord> {
    const { batchId, number, revision, drawn, generation } = change;
    // Values are drawn once: those that are there stay, unless this is another generation.
    const undrawn =
      drawn == null ? sql`` : sql`and (drawn is null or generation <> ${generation ?? sql`generation`})`;
    const { sealer } = this.#tables;
    const [row] = await once(
      rowsIn<RecordRow>(
        connection,
        sql`update line_records set ${assignments(change, sealer, now)}
          where batch_id = ${batchId} and number = ${number} and revision = ${revision} ${undrawn} returning *`,
      ),
      change.cardId,
    );
    if (row !== undefined) return recordOf(row, sealer);
    const [present] = await rowsIn<RecordRow>(
      connection,
      sql`select * from line_records where batch_id = ${batchId} and number = ${number}`,
    );
    if (present === undefined) throw batchUnknown(batchId, `it has no record ${number}`);
    // It refuses for the same reason as the statement did, and says which.
    return changeRecord(recordOf(present, sealer), change, now);
  }

  async heartbeat(): Promise<void> {
    await this.#commits.run(ORDER, async (connection) => {
      const seen = await rowsIn(
        connection,
        sql`update line_stations set seen_at = ${nowIn(this.#tables)}
          where station = ${this.station} and epoch = ${this.epoch} returning station`,
      );
      if (seen.length === 0) throw fenced(this.station);
    });
  }

  async head(): Promise<ChainHead> {
    const query = sql`select epoch, seq, hash, at from line_stations where station = ${this.station}`;
    const [row] = await rowsOf<StationRow>(this.#tables.database, query);
    return this.#headOf(row);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const event = { type: 'station.closed', data: { epoch: this.epoch } };
    try {
      await this.#tell(async () => ({ result: undefined, events: [event] }));
    } catch (error) {
      // The other process tells of its own end.
      if ((error as { code?: unknown }).code !== 'USAGE_LINE_FENCED') throw error;
    } finally {
      await this.#commits.close();
    }
  }

  /** Waits for steps under way; the store closes. */
  async end(): Promise<void> {
    this.#closed = true;
    await this.#commits.close();
  }

  /** See `LineStore.recoverDead`. */
  recover(batchId: string): Promise<readonly LineRecord[]> {
    const { database, sealer } = this.#tables;
    return this.#tell(async (connection, now) => {
      // A station whose row is locked is writing at this moment: it lives.
      const lock = database.dialect === 'postgres' ? sql`for update skip locked` : sql``;
      const dead = await rowsIn<{ station: string }>(
        connection,
        sql`select station from line_stations where station <> ${this.station}
          and seen_at + lease_ms < ${nowIn(this.#tables)} order by station ${lock}`,
      );
      const names = dead.map(({ station }) => station);
      const claims = names.length === 0 ? [] : await claimsOf(connection, batchId, names, sealer);
      if (claims.length === 0) return { result: [], events: [] };
      await sql`update line_stations set epoch = epoch + 1 where station in (${sql.join(names)})`.execute(
        connection,
      );
      const result: LineRecord[] = [];
      for (const claim of claims) {
        result.push(await this.#change(connection, recoverChange(claim), now));
        if (claim.state === 'reserved' && claim.cardId !== undefined)
          await putCard(connection, { cardId: claim.cardId, batchId, state: 'returned', changedAt: now });
      }
      return { result, events: [...claims.flatMap(recoverEvent), recoveredEvent(batchId, names, claims)] };
    });
  }

  /** Work and the entries that tell of it, in one transaction, while this process is the station. */
  #tell<T>(work: (connection: Connection, now: number) => Promise<Told<T>>): Promise<T> {
    const step: Work<T> = async (connection) => {
      const { dialect } = this.#tables.database;
      const lock = dialect === 'postgres' ? sql`for update` : sql``;
      const [row] = await rowsIn<StationRow>(
        connection,
        sql`select epoch, seq, hash, at from line_stations where station = ${this.station} ${lock}`,
      );
      const head = this.#headOf(row);
      const now = this.#tables.clock();
      const { result, events } = await work(connection, now);
      await append(connection, this.#tables, this.station, head, now, events);
      return result;
    };
    return this.#commits.run(ORDER, step);
  }

  /** @throws UsageError `USAGE_LINE_FENCED` */
  #headOf(row: StationRow | undefined): ChainHead {
    if (row?.epoch !== this.epoch) throw fenced(this.station);
    return { seq: Number(row.seq), hash: row.hash, at: Number(row.at) };
  }
}

/** Adds entries to the chain of a station whose row this transaction holds. */
export async function append(
  connection: Connection,
  tables: LineTables,
  station: string,
  head: ChainHead,
  now: number,
  events: readonly JournalEvent[],
): Promise<void> {
  const entries = nextEntries(station, head, now, events);
  const end = entries.at(-1);
  if (end === undefined) return;
  const rows = entries.map(
    ({ seq, at, event, previous, hash }) =>
      sql`(${station}, ${seq}, ${at}, ${eventText(event)}, ${previous}, ${hash})`,
  );
  await sql`insert into line_journal (station, seq, at, event, previous, hash) values ${sql.join(rows)}`.execute(
    connection,
  );
  await sql`update line_stations set seq = ${end.seq}, hash = ${end.hash}, at = ${end.at}, seen_at = ${nowIn(tables)}
    where station = ${station}`.execute(connection);
}

/** The time that leases are measured by: stations on several machines have one clock in common, the database's. */
export function nowIn({ database, clock }: LineTables): number | ReturnType<typeof sql> {
  return database.dialect === 'postgres'
    ? sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`
    : clock();
}

async function claimsOf(
  connection: Connection,
  batchId: string,
  stations: readonly string[],
  sealer: RecordSealer,
): Promise<LineRecord[]> {
  const rows = await rowsIn<RecordRow>(
    connection,
    sql`select * from line_records where batch_id = ${batchId} and station in (${sql.join(stations)})
      and state in ('reserved', 'writing', 'verified') order by number`,
  );
  return rows.map((row) => recordOf(row, sealer));
}

async function requireFreeCard(connection: Connection, cardId: string): Promise<void> {
  const taken = await rowsIn(
    connection,
    sql`select 1 as taken from line_cards where card_id = ${cardId} and state in ('good', 'scrapped')
      union all select 1 from line_records where card_id = ${cardId}`,
  );
  if (taken.length > 0) throw cardTaken(cardId);
}

/** @throws CardError `CARD_TAKEN` for a card that is good or scrapped and must stay so */
async function putCard(connection: Connection, card: LineCard): Promise<void> {
  const { cardId, batchId, record = null, state, reason, changedAt } = card;
  const written = await rowsIn(
    connection,
    sql`insert into line_cards (card_id, batch_id, record, state, reason_code, reason_text, changed_at)
      values (${cardId}, ${batchId}, ${record}, ${state}, ${reason?.code ?? null},
        ${reason === undefined ? null : toStorable(reason.message)}, ${changedAt})
      on conflict (card_id) do update set batch_id = excluded.batch_id, record = excluded.record,
        state = excluded.state, reason_code = excluded.reason_code, reason_text = excluded.reason_text,
        changed_at = excluded.changed_at
      where line_cards.state not in ('good', 'scrapped') or (line_cards.batch_id = excluded.batch_id
        and line_cards.record is not distinct from excluded.record
        and excluded.state in ('scrapped', line_cards.state))
      returning card_id`,
  );
  if (written.length === 0) throw cardTaken(cardId);
}

/** The index over cards refuses what two transactions believed at once. */
async function once<T>(rows: Promise<T>, cardId: string | null | undefined): Promise<T> {
  try {
    return await rows;
  } catch (error) {
    if (cardId != null && isTwice(error)) throw cardTaken(cardId);
    throw error;
  }
}
