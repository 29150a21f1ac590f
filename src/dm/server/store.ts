/**
 * The port behind which the server's memory is. The core computes what to write; a store writes all of one step or
 * nothing of it. `memoryStore` is the reference.
 */
import type {
  AccountRecord,
  AlertRecord,
  CommandRecord,
  DeviceRecord,
  JobRecord,
  ReportRecord,
  RepositoryRecord,
  ResultRecord,
  SessionRecord,
  UiRecord,
} from './records.js';
import type { AuthenticatedIdentity, DeviceState } from './types.js';
import type { StoreWrite } from './writes.js';

/** `revision`: the device's, after the step. `conflict`: another step came first; load again and decide anew. */
export type ApplyResult =
  | { readonly ok: true; readonly revision: number }
  | { readonly ok: false; readonly reason: 'conflict' };

/** A page of a list: at most `limit` records (100 unless told), those after the key `after`. */
export interface PageOptions {
  readonly after?: string;
  readonly limit?: number;
}

/** All methods may be called at any time; records that come back are the caller's to keep, never to change. */
export interface ServerStore {
  /**
   * All that the core needs for a step of one device: see `DeviceState`, member by member. A device never seen has an
   * empty state of revision 0.
   */
  load(devId: string): Promise<DeviceState>;

  /**
   * Writes all of a step in the order given, or nothing. Resolves once it is durable. `revision` must be the one that
   * `load` gave (`undefined`: whatever it is), and grows by one. Writes of several devices may share a transaction.
   *
   * @param after the state that the core made of the writes; a store that keeps states need not make it again
   */
  apply(
    devId: string,
    writes: readonly StoreWrite[],
    revision?: number,
    after?: DeviceState,
  ): Promise<ApplyResult>;

  /** Inserts or replaces. @throws UsageError `USAGE_ACCOUNT_IDENTITY` where a credential's identity is another account's */
  putAccount(account: AccountRecord): Promise<void>;
  /** The same for many: all of them or none. @throws UsageError as `putAccount` */
  putAccounts(accounts: readonly AccountRecord[]): Promise<void>;
  /** The account of that identifier. */
  account(accountId: string): Promise<AccountRecord | undefined>;
  /** The account one of whose credentials of that purpose has the identity. */
  accountOf(
    identity: AuthenticatedIdentity,
    purpose: 'trsp' | 'bootstrap',
  ): Promise<AccountRecord | undefined>;
  /** All accounts by accountId, page by page. */
  accounts(page?: PageOptions): Promise<readonly AccountRecord[]>;

  /**
   * Accounts that were put since a mark, each once, at most `limit` writes looked at, and the mark to go on from. Marks
   * are the store's own texts; without one it begins with the first account. Nothing that was put before the call and
   * after the mark is left out.
   */
  accountChanges(
    after: string | undefined,
    limit: number,
  ): Promise<{ readonly accounts: readonly AccountRecord[]; readonly mark: string; readonly more: boolean }>;

  /** The repository item of a token, open or not. */
  repository(token: string): Promise<RepositoryRecord | undefined>;
  /** The UI session of an identifier, open or not. */
  ui(uiId: string): Promise<UiRecord | undefined>;

  /** The record of a device that is known. */
  device(devId: string): Promise<DeviceRecord | undefined>;
  /** All devices that are known, by DevID. */
  devices(page?: PageOptions): Promise<readonly DeviceRecord[]>;
  /** All of the device, also those that are over, oldest first; `after` is the last jobId. */
  jobs(devId: string, page?: PageOptions): Promise<readonly JobRecord[]>;
  /** The job of that identifier, over or not. */
  job(jobId: string): Promise<JobRecord | undefined>;
  /** In their order within the job. */
  commands(jobId: string): Promise<readonly CommandRecord[]>;
  /** By command and part. */
  results(jobId: string): Promise<readonly ResultRecord[]>;
  /** Oldest first; `after` is the last key (alertId, sessionId, reportId). */
  alerts(devId: string, page?: PageOptions): Promise<readonly AlertRecord[]>;
  /** Of the device, oldest first. */
  sessions(devId: string, page?: PageOptions): Promise<readonly SessionRecord[]>;
  /** What the device sent for its subscriptions, oldest first. */
  reports(devId: string, page?: PageOptions): Promise<readonly ReportRecord[]>;

  /** DevIDs with an open session past its deadline, or an open repository item or UI session past its expiry. */
  overdue(now: number, limit: number): Promise<readonly string[]>;

  /** Gives everything back; no method may be called after that. */
  close(): Promise<void>;
}
