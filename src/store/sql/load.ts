/** All that a step of a device starts from, in one statement: one moment, and one way to the database and back. */
import { CompiledQuery } from 'kysely';
import type { AccountRecord, DeviceState } from '../../dm/index.js';
import type { Database } from './database.js';
import type { Content, RecordOf, RecordSealer, RecordTable } from './records.js';

/** Notifications without session that the core keeps in mind. */
const MAX_NOTIFICATIONS = 64;
/** Alerts that a script sees. */
const MAX_ALERTS = 1000;

interface LoadedRow extends Content {
  readonly kind: RecordTable;
  /** What the row is sealed to. */
  readonly key: string;
  readonly number: number | string | null;
  readonly extra: string | null;
}

/** The state of a device; what is in it is described with `ServerStore.load`. */
export async function loadState(
  { kysely, dialect }: Pick<Database, 'kysely' | 'dialect'>,
  devId: string,
  sealer: RecordSealer,
): Promise<DeviceState> {
  const { rows } = await kysely.executeQuery(query(devId, dialect));
  const of = <K extends RecordTable>(kind: K): RecordOf<K>[] =>
    rows
      .filter((row) => row.kind === kind)
      .sort((a, b) => Number(a.number) - Number(b.number))
      .map((row) => sealer.record(kind, row.key, row));
  const own = rows.find(({ kind }) => kind === 'devices');
  const accountRow = rows.find(({ kind }) => kind === 'accounts');
  const account = accountRow === undefined ? undefined : readAccount(accountRow, sealer);
  const [session] = of('sessions');
  return {
    devId,
    revision: Number(own?.number ?? 0),
    ...(own?.extra === 'record' ? { device: sealer.record('devices', devId, own) } : {}),
    ...(account === undefined ? {} : { account }),
    ...(session === undefined ? {} : { session }),
    jobs: of('jobs').sort((a, b) => a.order - b.order),
    commands: of('commands').sort((a, b) => compare(a.jobId, b.jobId) || a.order - b.order),
    results: of('results'),
    alerts: of('alerts'),
    ui: of('ui'),
    repository: of('repository'),
    notifications: of('notifications').slice(-MAX_NOTIFICATIONS),
    cache: of('cache'),
  };
}

/** An account whose device is in a column of its own. */
export function readAccount(
  row: Content & { key: string; extra: string | null },
  sealer: RecordSealer,
): AccountRecord {
  const { devId: _, ...record } = sealer.record('accounts', row.key, row);
  return row.extra === null ? record : { ...record, devId: row.extra };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The same text for every device, `$1`: it is made and compiled once. */
const GOING = 'select job_id from jobs where dev_id = $1 and over = 0';
const COMMANDS = `select command_id from commands where dev_id = $1 and (pending = 1 or job_id in (${GOING}))`;
const QUERY = `
    select 'accounts' as kind, a.account_id as key, null as number, a.dev_id as extra, a.data, a.sealed
      from accounts a join devices d on d.account_id = a.account_id where d.dev_id = $1
    union all select 'devices', dev_id, revision, case when data is null then 'none' else 'record' end, data, null
      from devices where dev_id = $1
    union all select * from (select 'sessions' as kind, session_id as key, seq as number, null as extra, data, sealed
      from sessions where dev_id = $1 order by case when state = 'open' then 0 else 1 end, seq desc limit 1) as s
    union all select 'jobs', job_id, seq, null, data, sealed from jobs where dev_id = $1 and over = 0
    union all select 'commands', command_id, seq, null, data, sealed from commands where command_id in (${COMMANDS})
    union all select 'results', command_id || '/' || part, seq, null, data, sealed from results where command_id in (${COMMANDS})
    union all select * from (select 'alerts' as kind, alert_id as key, seq as number, null as extra, data, sealed
      from alerts where dev_id = $1 and at >= (select min(created_at) from jobs where dev_id = $1 and over = 0)
      order by seq desc limit ${MAX_ALERTS}) as l
    union all select 'ui', ui_id, seq, null, data, sealed from ui where command_id in (${COMMANDS})
    union all select 'repository', token, seq, null, data, sealed from repository where dev_id = $1 and state = 'open'
    union all select 'notifications', dev_id || '/' || notification_id, seq, null, data, sealed
      from notifications where dev_id = $1 and pending = 1
    union all select 'cache', dev_id || '/' || instance, seq, null, data, sealed from cache where dev_id = $1`;

function query(devId: string, dialect: Database['dialect']): CompiledQuery<LoadedRow> {
  const { text, times } = FORMS[dialect];
  return CompiledQuery.raw(text, Array(times).fill(devId)) as CompiledQuery<LoadedRow>;
}

/** The driver of SQLite takes one value for each `?`. */
const FORMS: Readonly<Record<Database['dialect'], { readonly text: string; readonly times: number }>> = {
  postgres: { text: QUERY, times: 1 },
  sqlite: { text: QUERY.replaceAll('$1', '?'), times: QUERY.split('$1').length - 1 },
};
