/** One row for each record of a step: the columns that are searched for, beside the two that every table has. */
import type { StoreWrite } from '../../dm/index.js';
import type { RecordSealer, RecordTable } from './records.js';

/** Rows of one table, by their keys: the last write of a key counts. */
export interface TableRows {
  readonly table: RecordTable;
  /** Columns that make a row unique. */
  readonly keys: readonly string[];
  readonly rows: Map<string, Readonly<Record<string, string | number | Uint8Array | null>>>;
}

/** A step, sorted by what has to be done. */
export interface StepRows {
  readonly tables: readonly TableRows[];
  readonly binds: readonly { readonly accountId: string; readonly devId: string }[];
  readonly removedCache: ReadonlySet<string>;
  /** The device's own row. */
  readonly device: { readonly accountId: string | null; readonly data: string } | undefined;
}

type RecordWrite = Exclude<StoreWrite, { type: 'bind' | 'cache-removed' | 'device' }>;

interface Row {
  readonly table: RecordTable;
  readonly keys: readonly string[];
  readonly key: string;
  readonly columns: Readonly<Record<string, string | number>>;
}

/** Where a record goes, and what it is found by. */
function rowOf(write: RecordWrite): Row {
  switch (write.type) {
    case 'session': {
      const { sessionId, state, deadline } = write.record;
      return {
        table: 'sessions',
        keys: ['session_id'],
        key: sessionId,
        columns: { session_id: sessionId, state, deadline },
      };
    }
    case 'job': {
      const { jobId, order, state, createdAt } = write.record;
      const over = Number(!['queued', 'running', 'waiting'].includes(state));
      return {
        table: 'jobs',
        keys: ['job_id'],
        key: jobId,
        columns: { job_id: jobId, ord: order, over, created_at: createdAt },
      };
    }
    case 'command': {
      const { commandId, jobId, order, open } = write.record;
      return {
        table: 'commands',
        keys: ['command_id'],
        key: commandId,
        columns: { command_id: commandId, job_id: jobId, ord: order, pending: Number(open) },
      };
    }
    case 'result': {
      const { commandId, part } = write.record;
      return {
        table: 'results',
        keys: ['command_id', 'part'],
        key: `${commandId}/${part}`,
        columns: { command_id: commandId, part },
      };
    }
    case 'alert': {
      const { alertId, at } = write.record;
      return { table: 'alerts', keys: ['alert_id'], key: alertId, columns: { alert_id: alertId, at } };
    }
    case 'repository': {
      const { token, state, expiresAt } = write.record;
      return {
        table: 'repository',
        keys: ['token'],
        key: token,
        columns: { token, state, expires_at: expiresAt },
      };
    }
    case 'ui': {
      const { uiId, commandId, state, expiresAt } = write.record;
      return {
        table: 'ui',
        keys: ['ui_id'],
        key: uiId,
        columns: { ui_id: uiId, command_id: commandId, state, expires_at: expiresAt },
      };
    }
    case 'report':
      return {
        table: 'reports',
        keys: ['report_id'],
        key: write.record.reportId,
        columns: { report_id: write.record.reportId },
      };
    case 'notification': {
      const { devId, notificationId, sessionId } = write.record;
      return {
        table: 'notifications',
        keys: ['dev_id', 'notification_id'],
        key: `${devId}/${notificationId}`,
        columns: { notification_id: notificationId, pending: Number(sessionId === undefined) },
      };
    }
    case 'cache': {
      const { devId, instance } = write.record;
      return {
        table: 'cache',
        keys: ['dev_id', 'instance'],
        key: `${devId}/${instance}`,
        columns: { instance },
      };
    }
  }
}

/** The rows of a step. Sealing is done here, before the transaction. */
export function rowsOf(devId: string, writes: readonly StoreWrite[], sealer: RecordSealer): StepRows {
  const tables = new Map<RecordTable, TableRows>();
  const binds: { accountId: string; devId: string }[] = [];
  const removedCache = new Set<string>();
  let device: StepRows['device'];
  for (const write of writes) {
    if (write.type === 'bind') binds.push(write);
    else if (write.type === 'device') {
      const { data } = sealer.columns('devices', devId, write.record);
      device = { accountId: write.record.accountId ?? null, data };
    } else if (write.type === 'cache-removed') {
      removedCache.add(write.instance);
      tables.get('cache')?.rows.delete(`${devId}/${write.instance}`);
    } else {
      const { table, keys, key, columns } = rowOf(write);
      const found = tables.get(table) ?? { table, keys, rows: new Map() };
      tables.set(table, found);
      const content = sealer.columns(table, key, write.record as never);
      found.rows.set(key, { dev_id: write.record.devId, ...columns, ...content });
      if (write.type === 'cache') removedCache.delete(write.record.instance);
    }
  }
  return { tables: [...tables.values()], binds, removedCache, device };
}
