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

/** A state in the making: one copy for all writes of a step. Lists and records in it never change. */
export type DraftState = { -readonly [Member in keyof DeviceState]: DeviceState[Member] };

/**
 * The state after a write, before `prune`; `revision` stays. Records that are over stay until then, so that a step
 * sees all of its own work.
 */
export function afterWrite(state: DeviceState, write: StoreWrite): DeviceState {
  const draft = { ...state };
  applyWrite(draft, write);
  return draft;
}

/** `afterWrite` within a draft. */
export function applyWrite(draft: DraftState, write: StoreWrite): void {
  switch (write.type) {
    case 'device':
      draft.device = write.record;
      break;
    case 'bind':
      if (draft.account?.accountId === write.accountId)
        draft.account = { ...draft.account, devId: write.devId };
      break;
    case 'session':
      draft.session = write.record;
      break;
    case 'job':
      draft.jobs = put(draft.jobs, write.record, ({ jobId }) => jobId);
      break;
    case 'command':
      draft.commands = put(draft.commands, write.record, ({ commandId }) => commandId);
      break;
    case 'result':
      draft.results = put(draft.results, write.record, ({ commandId, part }) => `${commandId} ${part}`);
      break;
    case 'alert':
      draft.alerts = put(draft.alerts, write.record, ({ alertId }) => alertId);
      break;
    case 'repository':
      draft.repository = put(draft.repository, write.record, ({ token }) => token);
      break;
    case 'report':
      break;
    case 'ui':
      draft.ui = put(draft.ui, write.record, ({ uiId }) => uiId);
      break;
    case 'notification':
      draft.notifications = put(
        draft.notifications,
        write.record,
        ({ notificationId }) => `${notificationId}`,
      );
      break;
    case 'cache':
      draft.cache = put(draft.cache, write.record, ({ instance }) => instance);
      break;
    case 'cache-removed':
      draft.cache = draft.cache.filter(({ instance }) => instance !== write.instance);
      break;
    default:
      assertNever(write);
  }
}

function put<T>(list: readonly T[], record: T, key: (record: T) => string): readonly T[] {
  const sought = key(record);
  const at = list.findIndex((each) => key(each) === sought);
  return at < 0 ? [...list, record] : list.with(at, record);
}

/** The state as `ServerStore.load` would give it: what is over is left out. */
export function prune(state: DeviceState): DeviceState {
  const draft = { ...state };
  pruneDraft(draft);
  return draft;
}

/** `prune` within a draft. */
export function pruneDraft(draft: DraftState): void {
  const jobs = kept(draft.jobs, (job) => !isOver(job));
  const isActive = oneOf(jobs.map(({ jobId }) => jobId));
  const commands = kept(draft.commands, ({ jobId, open }) => open || isActive(jobId));
  const isKnown = oneOf(commands.map(({ commandId }) => commandId));
  const since = jobs.reduce((oldest, { createdAt }) => Math.min(oldest, createdAt), Number.POSITIVE_INFINITY);
  const alerts = kept(draft.alerts, ({ at }) => at >= since);
  const unmatched = kept(draft.notifications, ({ sessionId }) => sessionId === undefined);
  draft.jobs = inOrder(jobs, (a, b) => a.order - b.order);
  draft.commands = inOrder(commands, byOrder);
  draft.results = kept(draft.results, ({ commandId }) => isKnown(commandId));
  draft.alerts = latest(alerts, MAX_ALERTS);
  draft.ui = kept(draft.ui, ({ commandId }) => isKnown(commandId));
  draft.repository = kept(draft.repository, (item) => item.state === 'open');
  draft.notifications = latest(unmatched, MAX_NOTIFICATIONS);
}

/** Whether a key is one of those; few are looked through, because most devices have one job of one command. */
function oneOf(keys: readonly string[]): (key: string) => boolean {
  if (keys.length <= 8) return (key) => keys.includes(key);
  const all = new Set(keys);
  return (key) => all.has(key);
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
