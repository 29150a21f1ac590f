/** The store that forgets when the process ends: the reference for the others, and for tests. */
import { UsageError } from '../../errors/index.js';
import { hasCredential, identityKeys, keyOf } from './identity.js';
import type {
  AccountRecord,
  AlertRecord,
  CommandRecord,
  JobRecord,
  ReportRecord,
  RepositoryRecord,
  ResultRecord,
  SessionRecord,
  UiRecord,
} from './records.js';
import { applyWrite, emptyState, pruneDraft } from './state.js';
import type { ApplyResult, PageOptions, ServerStore } from './store.js';
import type { AuthenticatedIdentity, DeviceState } from './types.js';
import type { StoreWrite } from './writes.js';

const PAGE = 100;

/** Everything of one device: what the core needs, and what is over. */
interface DeviceMemory {
  state: DeviceState;
  jobs: Held<JobRecord>;
  commands: Held<CommandRecord>;
  results: Held<ResultRecord>;
  alerts: Held<AlertRecord>;
  sessions: Held<SessionRecord>;
  reports: Held<ReportRecord>;
}

/** Records in the order in which they came: most devices have few of a kind, and a list of few takes less room. */
type Held<T> = readonly T[] | Map<string, T>;

const FEW = 8;

/** With a record, in the place of the one under the same key. */
function hold<T>(held: Held<T>, record: T, key: (record: T) => string): Held<T> {
  if (held instanceof Map) return held.set(key(record), record);
  const sought = key(record);
  const at = held.findIndex((each) => key(each) === sought);
  if (at >= 0) return held.with(at, record);
  if (held.length < FEW) return [...held, record];
  return new Map([...held, record].map((each) => [key(each), each]));
}

/**
 * A store in memory.
 *
 * @example (await memoryStore().load('IMEI:493005100592800')).revision // → 0
 */
export function memoryStore(): ServerStore {
  return new MemoryStore();
}

class MemoryStore implements ServerStore {
  readonly #devices = new Map<string, DeviceMemory>();
  readonly #accounts = new Map<string, AccountRecord>();
  readonly #identities = new Map<string, string>();
  /** accountIds in the order in which they were put. */
  readonly #puts: string[] = [];
  readonly #items = new Map<string, RepositoryRecord>();
  readonly #pages = new Map<string, UiRecord>();
  readonly #jobs = new Map<string, string>();
  /** Devices with something that may become overdue. */
  readonly #waiting = new Set<string>();

  async load(devId: string): Promise<DeviceState> {
    const memory = this.#devices.get(devId);
    const state = memory?.state ?? emptyState(devId);
    const accountId = state.device?.accountId;
    const account = accountId === undefined ? undefined : this.#accounts.get(accountId);
    if (state.account === account) return state;
    const { account: _, ...rest } = state;
    const current = account === undefined ? rest : { ...rest, account };
    if (memory !== undefined) memory.state = current;
    return current;
  }

  async apply(
    devId: string,
    writes: readonly StoreWrite[],
    revision?: number,
    after?: DeviceState,
  ): Promise<ApplyResult> {
    const memory = this.#devices.get(devId) ?? freshMemory(devId);
    if (revision !== undefined && revision !== memory.state.revision)
      return { ok: false, reason: 'conflict' };
    if (writes.some((write) => write.type === 'bind' && this.#isTaken(write.accountId, write.devId))) {
      return { ok: false, reason: 'conflict' };
    }
    for (const write of writes) this.#keep(memory, write);
    const state = revision === undefined || after === undefined ? afterStep(memory.state, writes) : after;
    memory.state = state;
    this.#devices.set(devId, memory);
    if (hasDeadline(state)) this.#waiting.add(devId);
    else this.#waiting.delete(devId);
    return { ok: true, revision: state.revision };
  }

  #isTaken(accountId: string, devId: string): boolean {
    const bound = this.#accounts.get(accountId)?.devId;
    return !this.#accounts.has(accountId) || (bound !== undefined && bound !== devId);
  }

  #keep(memory: DeviceMemory, write: StoreWrite): void {
    if (write.type === 'job') {
      memory.jobs = hold(memory.jobs, write.record, jobKey);
      this.#jobs.set(write.record.jobId, write.record.devId);
    } else if (write.type === 'command') memory.commands = hold(memory.commands, write.record, commandKey);
    else if (write.type === 'result') memory.results = hold(memory.results, write.record, resultKey);
    else if (write.type === 'alert') memory.alerts = hold(memory.alerts, write.record, alertKey);
    else if (write.type === 'session') memory.sessions = hold(memory.sessions, write.record, sessionKey);
    else if (write.type === 'report') memory.reports = hold(memory.reports, write.record, reportKey);
    else if (write.type === 'repository') this.#items.set(write.record.token, write.record);
    else if (write.type === 'ui') this.#pages.set(write.record.uiId, write.record);
    else if (write.type === 'bind') {
      const account = this.#accounts.get(write.accountId)!;
      this.#accounts.set(write.accountId, { ...account, devId: write.devId });
    }
  }

  putAccount(account: AccountRecord): Promise<void> {
    return this.putAccounts([account]);
  }

  async putAccounts(accounts: readonly AccountRecord[]): Promise<void> {
    const claims = new Map<string, string>();
    for (const { accountId, credentials } of accounts) {
      for (const key of identityKeys({ credentials })) {
        const owner = claims.get(key) ?? this.#identities.get(key);
        if (owner !== undefined && owner !== accountId) {
          throw new UsageError('USAGE_ACCOUNT_IDENTITY', `an identity of account ${accountId} is taken`);
        }
        claims.set(key, accountId);
      }
    }
    for (const account of accounts) {
      const before = this.#accounts.get(account.accountId);
      for (const key of before === undefined ? [] : identityKeys(before)) this.#identities.delete(key);
      for (const key of identityKeys(account)) this.#identities.set(key, account.accountId);
      this.#accounts.set(account.accountId, account);
      this.#puts.push(account.accountId);
    }
  }

  async accountChanges(after: string | undefined, limit: number) {
    const from = Number(after ?? 0);
    const put = this.#puts.slice(from, from + limit);
    return {
      accounts: [...new Set(put)].map((accountId) => this.#accounts.get(accountId)!),
      mark: String(from + put.length),
      more: from + put.length < this.#puts.length,
    };
  }

  async account(accountId: string): Promise<AccountRecord | undefined> {
    return this.#accounts.get(accountId);
  }

  async accountOf(
    identity: AuthenticatedIdentity,
    purpose: 'trsp' | 'bootstrap',
  ): Promise<AccountRecord | undefined> {
    const key = keyOf(identity);
    const account = key === undefined ? undefined : this.#accounts.get(this.#identities.get(key) ?? '');
    return account !== undefined && hasCredential(account, key!, purpose) ? account : undefined;
  }

  async accounts(page?: PageOptions): Promise<readonly AccountRecord[]> {
    const all = [...this.#accounts.values()].sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
    return paged(all, ({ accountId }) => accountId, page);
  }

  async repository(token: string): Promise<RepositoryRecord | undefined> {
    return this.#items.get(token);
  }

  async ui(uiId: string): Promise<UiRecord | undefined> {
    return this.#pages.get(uiId);
  }

  async device(devId: string) {
    return this.#devices.get(devId)?.state.device;
  }

  async devices(page?: PageOptions) {
    const all = [...this.#devices.values()].flatMap(({ state }) => state.device ?? []);
    return paged(
      all.sort((a, b) => (a.devId < b.devId ? -1 : 1)),
      ({ devId }) => devId,
      page,
    );
  }

  async jobs(devId: string, page?: PageOptions): Promise<readonly JobRecord[]> {
    const all = [...(this.#devices.get(devId)?.jobs.values() ?? [])].sort((a, b) => a.order - b.order);
    return paged(all, jobKey, page);
  }

  async job(jobId: string): Promise<JobRecord | undefined> {
    const memory = this.#devices.get(this.#jobs.get(jobId) ?? '');
    return [...(memory?.jobs.values() ?? [])].find((job) => job.jobId === jobId);
  }

  async commands(jobId: string): Promise<readonly CommandRecord[]> {
    const memory = this.#devices.get(this.#jobs.get(jobId) ?? '');
    const own = [...(memory?.commands.values() ?? [])].filter((command) => command.jobId === jobId);
    return own.sort((a, b) => a.order - b.order);
  }

  async results(jobId: string): Promise<readonly ResultRecord[]> {
    const memory = this.#devices.get(this.#jobs.get(jobId) ?? '');
    const all = [...(memory?.results.values() ?? [])];
    const commands = await this.commands(jobId);
    return commands.flatMap(({ commandId }) =>
      all.filter((result) => result.commandId === commandId).sort((a, b) => a.part - b.part),
    );
  }

  async alerts(devId: string, page?: PageOptions): Promise<readonly AlertRecord[]> {
    return paged([...(this.#devices.get(devId)?.alerts.values() ?? [])], alertKey, page);
  }

  async sessions(devId: string, page?: PageOptions): Promise<readonly SessionRecord[]> {
    return paged([...(this.#devices.get(devId)?.sessions.values() ?? [])], sessionKey, page);
  }

  async reports(devId: string, page?: PageOptions): Promise<readonly ReportRecord[]> {
    return paged([...(this.#devices.get(devId)?.reports.values() ?? [])], reportKey, page);
  }

  async overdue(now: number, limit: number): Promise<readonly string[]> {
    const late: string[] = [];
    for (const devId of this.#waiting) {
      if (late.length === limit) break;
      if (isOverdue(this.#devices.get(devId)!.state, now)) late.push(devId);
    }
    return late;
  }

  async close(): Promise<void> {
    this.#devices.clear();
    this.#accounts.clear();
    this.#identities.clear();
    this.#puts.length = 0;
    this.#items.clear();
    this.#pages.clear();
    this.#jobs.clear();
    this.#waiting.clear();
  }
}

function hasDeadline({ session, repository, ui }: DeviceState): boolean {
  return session?.state === 'open' || repository.length > 0 || ui.length > 0;
}

function isOverdue({ session, repository, ui }: DeviceState, now: number): boolean {
  return (
    (session?.state === 'open' && session.deadline < now) ||
    repository.some(({ state, expiresAt }) => state === 'open' && expiresAt < now) ||
    ui.some(({ state, expiresAt }) => state === 'open' && expiresAt < now)
  );
}

const jobKey = ({ jobId }: JobRecord) => jobId;
const commandKey = ({ commandId }: CommandRecord) => commandId;
const resultKey = ({ commandId, part }: ResultRecord) => `${commandId} ${part}`;
const alertKey = ({ alertId }: AlertRecord) => alertId;
const sessionKey = ({ sessionId }: SessionRecord) => sessionId;
const reportKey = ({ reportId }: ReportRecord) => reportId;
const NONE: readonly never[] = [];

function freshMemory(devId: string): DeviceMemory {
  return {
    state: emptyState(devId),
    jobs: NONE,
    commands: NONE,
    results: NONE,
    alerts: NONE,
    sessions: NONE,
    reports: NONE,
  };
}

function afterStep(state: DeviceState, writes: readonly StoreWrite[]): DeviceState {
  const draft = { ...state };
  for (const write of writes) applyWrite(draft, write);
  pruneDraft(draft);
  draft.revision += 1;
  return draft;
}

/** Records after the key `after`, in their order. */
function paged<T>(all: readonly T[], key: (record: T) => string, page: PageOptions = {}): readonly T[] {
  const { after, limit = PAGE } = page;
  const start = after === undefined ? 0 : all.findIndex((record) => key(record) === after) + 1;
  return all.slice(start, start + limit);
}
