/** The server's store in SQL: the same queries for SQLite and PostgreSQL. */
import { type Kysely, sql } from 'kysely';
import type {
  AccountRecord,
  ApplyResult,
  AuthenticatedIdentity,
  CommandRecord,
  DeviceRecord,
  DeviceState,
  JobRecord,
  PageOptions,
  RepositoryRecord,
  ResultRecord,
  ServerStore,
  StoreWrite,
  UiRecord,
} from '../../dm/index.js';
import { putAccounts } from './accounts.js';
import type { Database } from './database.js';
import { GroupCommit } from './group-commit.js';
import { loadState, readAccount } from './load.js';
import type { Content, RecordOf, RecordSealer, RecordTable } from './records.js';
import { rowsOf } from './rows.js';
import type { Schema } from './schema.js';
import { isStorable, requireStorable } from './texts.js';
import { Conflict, writeStep } from './write.js';

const PAGE = 100;

interface FoundRow extends Content {
  readonly key: string;
  readonly extra: string | null;
}

/** Lists of a device's records, oldest first, and the column of their keys. */
const LISTS = {
  jobs: { key: 'job_id', by: 'ord' },
  alerts: { key: 'alert_id', by: 'seq' },
  sessions: { key: 'session_id', by: 'seq' },
  reports: { key: 'report_id', by: 'seq' },
} as const;

export class SqlServerStore implements ServerStore {
  readonly #database: Database;
  readonly #sealer: RecordSealer;
  readonly #commits: GroupCommit;

  constructor(database: Database, sealer: RecordSealer) {
    this.#database = database;
    this.#sealer = sealer;
    this.#commits = new GroupCommit(database);
  }

  /** How many transactions and steps there were: shows how well steps share. */
  get commits(): { readonly transactions: number; readonly steps: number } {
    return this.#commits.counts;
  }

  load(devId: string): Promise<DeviceState> {
    return this.#read(async () => {
      // A name that no row can have still is a device never seen.
      const state = await loadState(this.#database, isStorable(devId) ? devId : '', this.#sealer);
      return { ...state, devId };
    });
  }

  async apply(devId: string, writes: readonly StoreWrite[], revision?: number): Promise<ApplyResult> {
    requireStorable(devId, 'DevID');
    const step = rowsOf(devId, writes, this.#sealer);
    try {
      return {
        ok: true,
        revision: await this.#commits.run(devId, (connection) =>
          writeStep(connection, devId, step, revision),
        ),
      };
    } catch (error) {
      if (error instanceof Conflict) return { ok: false, reason: 'conflict' };
      throw error;
    }
  }

  putAccount(account: AccountRecord): Promise<void> {
    return this.putAccounts([account]);
  }

  async putAccounts(accounts: readonly AccountRecord[]): Promise<void> {
    const key = accounts[0]?.accountId ?? '';
    await this.#commits.run(key, (connection) =>
      putAccounts(connection, accounts, this.#sealer, this.#database.dialect),
    );
  }

  async accountChanges(after: string | undefined, limit: number) {
    const { rows } = await this.#read((database) =>
      sql<
        FoundRow & { changed: number | string }
      >`select account_id as key, dev_id as extra, data, sealed, changed
        from accounts where changed > ${Number(after ?? 0)} order by changed limit ${limit}`.execute(
        database,
      ),
    );
    return {
      accounts: rows.map((row) => readAccount(row, this.#sealer)),
      mark: String(rows.at(-1)?.changed ?? after ?? 0),
      more: rows.length === limit,
    };
  }

  async account(accountId: string): Promise<AccountRecord | undefined> {
    const [found] = await this.#accounts(sql`account_id = ${accountId}`, 1, accountId);
    return found;
  }

  async accountOf(
    identity: AuthenticatedIdentity,
    purpose: 'trsp' | 'bootstrap',
  ): Promise<AccountRecord | undefined> {
    if (identity.kind === 'none') return undefined;
    const [kind, text] =
      identity.kind === 'x509'
        ? (['x509', identity.fingerprint256] as const)
        : (['name', identity.kind === 'psk' ? identity.identity : identity.user] as const);
    const owner = sql`select account_id from identities where kind = ${kind} and identity = ${text} and ${sql.ref(purpose)} = 1`;
    const [found] = await this.#accounts(sql`account_id in (${owner})`, 1, text);
    return found;
  }

  accounts(page: PageOptions = {}): Promise<readonly AccountRecord[]> {
    return this.#accounts(sql`account_id > ${page.after ?? ''}`, page.limit ?? PAGE, page.after ?? '');
  }

  repository(token: string): Promise<RepositoryRecord | undefined> {
    return this.#one('repository', 'token', token);
  }

  ui(uiId: string): Promise<UiRecord | undefined> {
    return this.#one('ui', 'ui_id', uiId);
  }

  job(jobId: string): Promise<JobRecord | undefined> {
    return this.#one('jobs', 'job_id', jobId);
  }

  async device(devId: string): Promise<DeviceRecord | undefined> {
    const [found] = await this.#devices(sql`dev_id = ${devId}`, 1, devId);
    return found;
  }

  devices(page: PageOptions = {}): Promise<readonly DeviceRecord[]> {
    return this.#devices(sql`dev_id > ${page.after ?? ''}`, page.limit ?? PAGE, page.after ?? '');
  }

  jobs(devId: string, page?: PageOptions) {
    return this.#list('jobs', devId, page);
  }

  alerts(devId: string, page?: PageOptions) {
    return this.#list('alerts', devId, page);
  }

  sessions(devId: string, page?: PageOptions) {
    return this.#list('sessions', devId, page);
  }

  reports(devId: string, page?: PageOptions) {
    return this.#list('reports', devId, page);
  }

  commands(jobId: string): Promise<readonly CommandRecord[]> {
    return this.#rows(
      'commands',
      sql`select command_id as key, data, sealed from commands where job_id = ${jobId} order by ord`,
      jobId,
    );
  }

  results(jobId: string): Promise<readonly ResultRecord[]> {
    return this.#rows(
      'results',
      sql`select r.command_id || '/' || r.part as key, r.data, r.sealed from results r
        join commands c on c.command_id = r.command_id where c.job_id = ${jobId} order by c.ord, r.part`,
      jobId,
    );
  }

  async overdue(now: number, limit: number): Promise<readonly string[]> {
    const { rows } = await this.#read((database) =>
      sql<{ dev_id: string }>`
        select dev_id from sessions where state = 'open' and deadline < ${now}
        union select dev_id from repository where state = 'open' and expires_at < ${now}
        union select dev_id from ui where state = 'open' and expires_at < ${now}
        order by dev_id limit ${limit}`.execute(database),
    );
    return rows.map(({ dev_id }) => dev_id);
  }

  async close(): Promise<void> {
    await this.#commits.close();
    await this.#database.close();
  }

  async #read<T>(query: (database: Kysely<Schema>) => Promise<T>): Promise<T> {
    try {
      return await query(this.#database.kysely);
    } catch (error) {
      throw this.#database.failure(error);
    }
  }

  /** @param asked text from outside in the query; one that no row can have finds nothing */
  async #rows<K extends RecordTable>(
    table: K,
    query: ReturnType<typeof sql>,
    asked: string,
  ): Promise<RecordOf<K>[]> {
    if (!isStorable(asked)) return [];
    const { rows } = await this.#read((database) => query.execute(database));
    return (rows as FoundRow[]).map((row) => this.#sealer.record(table, row.key, row));
  }

  async #one<K extends 'repository' | 'ui' | 'jobs'>(
    table: K,
    column: string,
    key: string,
  ): Promise<RecordOf<K> | undefined> {
    const named = sql.ref(column);
    const [found] = await this.#rows(
      table,
      sql`select ${named} as key, data, sealed from ${sql.table(table)} where ${named} = ${key}`,
      key,
    );
    return found;
  }

  #list<K extends keyof typeof LISTS>(
    table: K,
    devId: string,
    { after, limit = PAGE }: PageOptions = {},
  ): Promise<readonly RecordOf<K>[]> {
    const key = sql.ref(LISTS[table].key);
    const by = sql.ref(LISTS[table].by);
    const from = sql.table(table);
    const later =
      after === undefined ? sql`` : sql`and ${by} > (select ${by} from ${from} where ${key} = ${after})`;
    return this.#rows(
      table,
      sql`select ${key} as key, data, sealed from ${from} where dev_id = ${devId} ${later} order by ${by} limit ${limit}`,
      `${devId}${after ?? ''}`,
    );
  }

  async #accounts(where: ReturnType<typeof sql>, limit: number, asked: string): Promise<AccountRecord[]> {
    if (!isStorable(asked)) return [];
    const { rows } = await this.#read((database) =>
      sql<FoundRow>`select account_id as key, dev_id as extra, data, sealed from accounts
        where ${where} order by account_id limit ${limit}`.execute(database),
    );
    return rows.map((row) => readAccount(row, this.#sealer));
  }

  async #devices(where: ReturnType<typeof sql>, limit: number, asked: string): Promise<DeviceRecord[]> {
    if (!isStorable(asked)) return [];
    const { rows } = await this.#read((database) =>
      sql<FoundRow>`select dev_id as key, null as extra, data, null as sealed from devices
        where ${where} and data is not null order by dev_id limit ${limit}`.execute(database),
    );
    return rows.map((row) => this.#sealer.record('devices', row.key, row));
  }
}
