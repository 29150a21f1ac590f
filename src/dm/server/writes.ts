/** What a step of the core writes: whole records under their keys. */
import type {
  AlertRecord,
  CacheRecord,
  CommandRecord,
  DeviceRecord,
  JobRecord,
  NotificationRecord,
  ReportRecord,
  RepositoryRecord,
  ResultRecord,
  SessionRecord,
  UiRecord,
} from './records.js';

/** One record to insert, or to replace under its key. */
export type StoreWrite =
  | { readonly type: 'device'; readonly record: DeviceRecord }
  /** Binds the account to the device; the whole step fails if it is bound to another one by now. */
  | { readonly type: 'bind'; readonly accountId: string; readonly devId: string }
  | { readonly type: 'session'; readonly record: SessionRecord }
  | { readonly type: 'job'; readonly record: JobRecord }
  | { readonly type: 'command'; readonly record: CommandRecord }
  | { readonly type: 'result'; readonly record: ResultRecord }
  | { readonly type: 'alert'; readonly record: AlertRecord }
  | { readonly type: 'repository'; readonly record: RepositoryRecord }
  | { readonly type: 'report'; readonly record: ReportRecord }
  | { readonly type: 'ui'; readonly record: UiRecord }
  | { readonly type: 'notification'; readonly record: NotificationRecord }
  | { readonly type: 'cache'; readonly record: CacheRecord }
  | { readonly type: 'cache-removed'; readonly instance: string };
