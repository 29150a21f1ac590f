/** Subscribers of the BSF and campaigns of pushes in SQL: the same queries for SQLite and PostgreSQL. */
import { type Kysely, sql } from 'kysely';
import { fromHex, toHex } from '../../bytes/index.js';
import {
  PUSH_STATES,
  type PushRecord,
  type PushState,
  type PushStore,
  refuseTwice,
  type SubscriberRecord,
  type SubscriberStore,
  withHigherSqn,
} from '../../gba/index.js';
import type { Database } from './database.js';
import { GroupCommit } from './group-commit.js';
import type { Content, RecordSealer } from './records.js';
import type { Schema } from './schema.js';
import { isStorable, requireStorable } from './texts.js';

const PAGE = 100;
/** One group of steps at a time: these tables are written by few. */
const KEY = 'push';

type SubscriberRow = Content & { readonly impi: string; readonly sqn: string };
type PushRow = Content & { readonly ue_id: string };

export class SqlPushStore implements SubscriberStore, PushStore {
  readonly #database: Database;
  readonly #sealer: RecordSealer;
  readonly #commits: GroupCommit;

  constructor(database: Database, sealer: RecordSealer) {
    this.#database = database;
    this.#sealer = sealer;
    this.#commits = new GroupCommit(database);
  }

  async subscriber(ueId: string, type: 'PRIVATE' | 'PUBLIC'): Promise<SubscriberRecord | undefined> {
    if (!isStorable(ueId)) return undefined;
    const where =
      type === 'PRIVATE'
        ? sql`impi = ${ueId}`
        : sql`impi = (select impi from public_ids where public_id = ${ueId})`;
    const rows = await this.#read<SubscriberRow>(
      sql`select impi, sqn, data, sealed from subscribers where ${where}`,
    );
    return rows[0] && this.#subscriberOf(rows[0]);
  }

  async subscribers({ after = '', limit = PAGE } = {}): Promise<readonly SubscriberRecord[]> {
    if (!isStorable(after)) return [];
    const rows = await this.#read<SubscriberRow>(
      sql`select impi, sqn, data, sealed from subscribers where impi > ${after} order by impi limit ${limit}`,
    );
    return rows.map((row) => this.#subscriberOf(row));
  }

  advanceSqn(impi: string, from: Uint8Array, to: Uint8Array): Promise<boolean> {
    return this.#commits.run(impi, async (connection) => {
      const { rows } = await sql`update subscribers set sqn = ${toHex(to)}
        where impi = ${impi} and sqn = ${toHex(from)} returning impi`.execute(connection);
      return rows.length > 0;
    });
  }

  async putSubscribers(records: readonly SubscriberRecord[]): Promise<void> {
    await this.#commits.run(KEY, async (connection) => {
      for (const record of records) await this.#putSubscriber(connection, record);
    });
  }

  putPushes(records: readonly PushRecord[]): Promise<number> {
    return this.#commits.run(KEY, async (connection) => {
      let fresh = 0;
      for (const record of records) {
        requireStorable(record.campaignId, 'campaign');
        requireStorable(record.ueId, 'identity of a subscriber');
        const { data, sealed, nextAt } = this.#columns(record);
        const { rows } =
          await sql`insert into pushes (campaign_id, ue_id, state, next_at, revision, data, sealed)
          values (${record.campaignId}, ${record.ueId}, ${record.state}, ${nextAt}, ${record.revision}, ${data}, ${sealed})
          on conflict (campaign_id, ue_id) do nothing returning ue_id`.execute(connection);
        fresh += rows.length;
      }
      return fresh;
    });
  }

  savePush(record: PushRecord): Promise<boolean> {
    const { data, sealed, nextAt } = this.#columns(record);
    return this.#commits.run(record.ueId, async (connection) => {
      const { rows } = await sql`update pushes
        set state = ${record.state}, next_at = ${nextAt}, revision = ${record.revision}, data = ${data}, sealed = ${sealed}
        where campaign_id = ${record.campaignId} and ue_id = ${record.ueId} and revision = ${record.revision - 1}
        returning ue_id`.execute(connection);
      return rows.length > 0;
    });
  }

  duePushes(campaignId: string, now: number, limit: number): Promise<readonly PushRecord[]> {
    return this.#pushes(
      campaignId,
      sql`next_at is not null and next_at <= ${now} order by next_at, ue_id limit ${limit}`,
    );
  }

  waitingPushes(campaignId: string, page: { readonly after: string; readonly limit: number }) {
    return this.#pushes(
      campaignId,
      sql`state in ('sent', 'delivered') and ue_id > ${page.after} order by ue_id limit ${page.limit}`,
    );
  }

  pushes(campaignId: string, { after = '', limit = PAGE } = {}): Promise<readonly PushRecord[]> {
    return this.#pushes(campaignId, sql`ue_id > ${after} order by ue_id limit ${limit}`);
  }

  async push(campaignId: string, ueId: string): Promise<PushRecord | undefined> {
    if (!isStorable(ueId)) return undefined;
    const [found] = await this.#pushes(campaignId, sql`ue_id = ${ueId}`);
    return found;
  }

  async pushCounts(campaignId: string): Promise<Readonly<Record<PushState, number>>> {
    const counts = Object.fromEntries(PUSH_STATES.map((state) => [state, 0])) as Record<PushState, number>;
    const rows = await this.#read<{ state: PushState; many: number | string }>(
      sql`select state, count(*) as many from pushes where campaign_id = ${campaignId} group by state`,
    );
    for (const { state, many } of rows) counts[state] = Number(many);
    return counts;
  }

  async nextPushAt(campaignId: string): Promise<number | undefined> {
    const [row] = await this.#read<{ at: number | string | null }>(
      sql`select min(next_at) as at from pushes where campaign_id = ${campaignId} and next_at is not null`,
    );
    return row === undefined || row.at === null ? undefined : Number(row.at);
  }

  async close(): Promise<void> {
    await this.#commits.close();
    await this.#database.close();
  }

  async #putSubscriber(connection: Kysely<Schema>, record: SubscriberRecord): Promise<void> {
    requireStorable(record.impi, 'IMPI');
    const { rows: before } = await sql<{
      sqn: string;
    }>`select sqn from subscribers where impi = ${record.impi}`.execute(connection);
    const kept = before[0] && { sqn: fromHex(before[0].sqn) };
    const { sqn, ...rest } = withHigherSqn(record, kept);
    const { data, sealed } = this.#sealer.columns('subscribers', record.impi, rest);
    await sql`insert into subscribers (impi, sqn, data, sealed) values (${record.impi}, ${toHex(sqn)}, ${data}, ${sealed})
      on conflict (impi) do update set sqn = excluded.sqn, data = excluded.data, sealed = excluded.sealed`.execute(
      connection,
    );
    await sql`delete from public_ids where impi = ${record.impi}`.execute(connection);
    for (const publicId of new Set(record.publicIds)) {
      requireStorable(publicId, 'public identity');
      const { rows } = await sql`insert into public_ids (public_id, impi) values (${publicId}, ${record.impi})
        on conflict (public_id) do nothing returning impi`.execute(connection);
      if (rows.length === 0) refuseTwice(publicId);
    }
  }

  async #pushes(campaignId: string, where: ReturnType<typeof sql>): Promise<PushRecord[]> {
    if (!isStorable(campaignId)) return [];
    const rows = await this.#read<PushRow>(
      sql`select ue_id, data, sealed from pushes where campaign_id = ${campaignId} and ${where}`,
    );
    return rows.map((row) => this.#sealer.record('pushes', `${campaignId}/${row.ue_id}`, row));
  }

  #columns(record: PushRecord): Content & { readonly nextAt: number | null } {
    const { campaignId, ueId, nextAt = null } = record;
    return { ...this.#sealer.columns('pushes', `${campaignId}/${ueId}`, record), nextAt };
  }

  #subscriberOf(row: SubscriberRow): SubscriberRecord {
    return { ...this.#sealer.record('subscribers', row.impi, row), sqn: fromHex(row.sqn) };
  }

  async #read<T>(query: ReturnType<typeof sql>): Promise<readonly T[]> {
    try {
      const { rows } = await query.execute(this.#database.kysely);
      return rows as readonly T[];
    } catch (error) {
      throw this.#database.failure(error);
    }
  }
}
