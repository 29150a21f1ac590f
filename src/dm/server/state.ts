/** What is known of a device after a write: the same rule for the core, and for every store to agree with. */
import { assertNever } from './assert-never.js';
import type { CommandRecord, JobRecord } from './records.js';
import type { DeviceState } from './types.js';
import type { StoreWrite } from './writes.js';

/** Notifications without session that are kept in mind; older ones are matched no more. */
const MAX_NOTIFICATIONS = 64;
/** Alerts that a script sees: the latest. A device could send any number while a job waits. */
const MAX_ALERTS = 1000;

/** The state of a device that was never seen. */
export function emptyState(devId: string): DeviceState {
  return {
    devId,
    revision: 0,
    jobs: [],
    commands: [],
    results: [],
    alerts: [],
    ui: [],
    repository: [],
    notifications: [],
    cache: [],
  };
}

/** Whether a job still has something to do. */
export function isOver({ state }: JobRecord): boolean {
  return state === 'done' || state === 'failed' || state === 'in-doubt' || state === 'cancelled';
}

/**
 * The state after a write, before `prune`; `revision` stays. Records that are over stay until then, so that a step
 * sees all of its own work.
 */
export function afterWrite(state: DeviceState, write: StoreWrite): DeviceState {
  switch (write.type) {
    case 'device':
      return { ...state, device: write.record };
    case 'bind':
      return bound(state, write.accountId, write.devId);
    case 'session':
      return { ...state, session: write.record };
    case 'job':
      return { ...state, jobs: put(state.jobs, write.record, ({ jobId }) => jobId) };
    case 'command':
      return { ...state, commands: put(state.commands, write.record, ({ commandId }) => commandId) };
    case 'result':
      return {
        ...state,
        results: put(state.results, write.record, ({ commandId, part }) => `${commandId} ${part}`),
      };
    case 'alert':
      return { ...state, alerts: put(state.alerts, write.record, ({ alertId }) => alertId) };
    case 'repository':
      return { ...state, repository: put(state.repository, write.record, ({ token }) => token) };
    case 'report':
      return state;
    case 'ui':
      return { ...state, ui: put(state.ui, write.record, ({ uiId }) => uiId) };
    case 'notification':
      return {
        ...state,
        notifications: put(state.notifications, write.record, ({ notificationId }) => `${notificationId}`),
      };
    case 'cache':
      return { ...state, cache: put(state.cache, write.record, ({ instance }) => instance) };
    case 'cache-removed':
      return { ...state, cache: state.cache.filter(({ instance }) => instance !== write.instance) };
    default:
      return assertNever(write);
  }
}

function bound(state: DeviceState, accountId: string, devId: string): DeviceState {
  if (state.account?.accountId !== accountId) return state;
  return { ...state, account: { ...state.account, devId } };
}

function put<T>(list: readonly T[], record: T, key: (record: T) => string): readonly T[] {
  const sought = key(record);
  const at = list.findIndex((each) => key(each) === sought);
  return at < 0 ? [...list, record] : list.with(at, record);
}

/** The state as `ServerStore.load` would give it: what is over is left out. */
export function prune(state: DeviceState): DeviceState {
  const jobs = kept(state.jobs, (job) => !isOver(job));
  const active = new Set(jobs.map(({ jobId }) => jobId));
  const commands = kept(state.commands, ({ jobId, open }) => open || active.has(jobId));
  const known = new Set(commands.map(({ commandId }) => commandId));
  const since = jobs.reduce((oldest, { createdAt }) => Math.min(oldest, createdAt), Number.POSITIVE_INFINITY);
  const unmatched = kept(state.notifications, ({ sessionId }) => sessionId === undefined);
  return {
    ...state,
    jobs: inOrder(jobs, (a, b) => a.order - b.order),
    commands: inOrder(commands, byOrder),
    results: kept(state.results, ({ commandId }) => known.has(commandId)),
    alerts: latest(
      kept(state.alerts, ({ at }) => at >= since),
      MAX_ALERTS,
    ),
    ui: kept(state.ui, ({ commandId }) => known.has(commandId)),
    repository: kept(state.repository, (item) => item.state === 'open'),
    notifications: latest(unmatched, MAX_NOTIFICATIONS),
  };
}

/** The list itself where all of it stays: this is done for every package. */
function kept<T>(list: readonly T[], stays: (record: T) => boolean): readonly T[] {
  return list.every(stays) ? list : list.filter(stays);
}

function inOrder<T>(list: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  return list.length < 2 ? list : list.toSorted(compare);
}

function latest<T>(list: readonly T[], most: number): readonly T[] {
  return list.length <= most ? list : list.slice(-most);
}

function byOrder(a: CommandRecord, b: CommandRecord): number {
  if (a.jobId === b.jobId) return a.order - b.order;
  return a.jobId < b.jobId ? -1 : 1;
}
