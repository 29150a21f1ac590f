/** The server core's vocabulary: what it knows of a device, what may happen, what it wants done (DM 2.0 §5). */
import type { MoDefinition } from '../../mo/index.js';
import type { ConnectionType, NotificationFormat } from '../notification/index.js';
import type { PackageFormat } from '../packages/index.js';
import type { Answer } from './question.js';
import type {
  AccountRecord,
  AlertRecord,
  CacheRecord,
  CommandRecord,
  DeviceRecord,
  JobRecord,
  NotificationRecord,
  RepositoryRecord,
  ResultRecord,
  SessionOutcome,
  SessionRecord,
  UiRecord,
} from './records.js';
import type { Script, ScriptSource } from './script/types.js';
import type { StoreWrite } from './writes.js';

/** Who the transport proved the peer to be: PSK identity, certificate, or user of Basic or Digest. */
export type AuthenticatedIdentity =
  | { readonly kind: 'psk'; readonly identity: string }
  | { readonly kind: 'x509'; readonly fingerprint256: string }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'none' };

/** An HTTP request as the adapters give it: header names in lower case, `path` with its query. */
export interface ServerRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly identity: AuthenticatedIdentity;
  /** Whether TLS protects it. */
  readonly secure: boolean;
}

export interface ServerResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** All that the core knows of one device: what `ServerStore.load` gives. */
export interface DeviceState {
  readonly devId: string;
  readonly revision: number;
  readonly device?: DeviceRecord;
  /** Of `device.accountId`. */
  readonly account?: AccountRecord;
  /** The open session, else the last one. */
  readonly session?: SessionRecord;
  /** Not over yet (queued, running, waiting), by `order`. */
  readonly jobs: readonly JobRecord[];
  /** Of those jobs, and those with `open` of jobs that are over; by `order` of job and command. */
  readonly commands: readonly CommandRecord[];
  /** Of those commands. */
  readonly results: readonly ResultRecord[];
  /** Since the oldest of those jobs was created (`at` >= its `createdAt`): the latest 1000, oldest first. */
  readonly alerts: readonly AlertRecord[];
  /** Of those commands. */
  readonly ui: readonly UiRecord[];
  /** State `open`, also used ones. */
  readonly repository: readonly RepositoryRecord[];
  /** Without session yet: the latest 64, oldest first. */
  readonly notifications: readonly NotificationRecord[];
  readonly cache: readonly CacheRecord[];
}

export type ServerEvent =
  /** Package#1 or Package#3 came; the content type tells which. `account` is that of the peer's identity. */
  | { readonly type: 'package'; readonly request: ServerRequest; readonly account?: AccountRecord }
  /** GET, PUT or POST of a repository item. */
  | {
      readonly type: 'repository';
      readonly request: ServerRequest;
      readonly item: RepositoryRecord;
      readonly account?: AccountRecord;
    }
  /** The user answered on the page of a UI session. */
  | { readonly type: 'ui-answer'; readonly uiId: string; readonly answer: Answer }
  /** Someone queues a script. */
  | { readonly type: 'submit'; readonly script: ScriptSource }
  | { readonly type: 'cancel'; readonly jobId: string }
  /** Time passed: deadlines are looked at. */
  | { readonly type: 'tick' }
  /** The reply could not be delivered. */
  | { readonly type: 'aborted' }
  /** A notification is to be sent. */
  | { readonly type: 'notify'; readonly options?: NotifyOptions }
  /** The device registered or unregistered itself with the push service (Appendix E.2). */
  | { readonly type: 'gcm-registered' | 'gcm-unregistered'; readonly regId: string };

export interface NotifyOptions {
  /** In the order of preference; `any` is the last. */
  readonly connectionTypes?: readonly ConnectionType[];
  /** Ask for the MOS list; by default where the server does not have it. */
  readonly reqMos?: boolean;
}

export type ServerAction =
  /** To be written in one step, before the reply leaves. */
  | { readonly type: 'write'; readonly write: StoreWrite }
  | { readonly type: 'reply'; readonly response: ServerResponse }
  | { readonly type: 'session-ended'; readonly sessionId: string; readonly outcome: SessionOutcome }
  /** The device should be asked for a session: a script can go on and none is open. */
  | { readonly type: 'wanted'; readonly reason: 'job' | 'answer' }
  /** Bytes of a notification for every address of the device. */
  | {
      readonly type: 'notification';
      readonly bytes: Uint8Array;
      readonly notificationId: number;
      readonly addresses: DeviceRecord['addresses'];
    }
  | { readonly type: 'job-submitted'; readonly jobId: string }
  /** Something an operator may want to see; never holds a secret. */
  | { readonly type: 'note'; readonly code: string; readonly message: string };

/** Bounds of the server; `DEFAULT_SERVER_POLICY` has values for each. */
export interface ServerPolicy {
  /** Lets devices in whose identity nobody proved: for closed networks and tests only. */
  readonly anonymous: boolean;
  /** Package#2 of one session. */
  readonly maxRounds: number;
  /** From the first package to the last, milliseconds. */
  readonly sessionMs: number;
  /** Commands of one Package#2. */
  readonly maxCommands: number;
  /** Octets of a package, an upload. */
  readonly maxPackageOctets: number;
  readonly maxUploadOctets: number;
  /** Life of a one-time address of the repository, of a question, milliseconds. */
  readonly repositoryMs: number;
  readonly questionMs: number;
  /** How long the end of an asynchronous EXEC is waited for, milliseconds. */
  readonly execMs: number;
  /** Adds the cache validator where the server has a copy (§11.2). */
  readonly cache: boolean;
  /** SERVER-ID; accounts may have another one. */
  readonly srvId: string;
  /** Absolute addresses, without a trailing slash, that repository tokens, UI sessions are appended to with `/`. */
  readonly repositoryUrl: string;
  readonly uiUrl: string;
  /** Address that devices open sessions at. */
  readonly dmUrl: string;
}

/** Everything outside the core that it depends on. */
export interface ServerEnvironment {
  readonly clock: () => Date;
  /** So many octets, unpredictable. */
  readonly random: (octets: number) => Uint8Array;
  readonly policy: ServerPolicy;
  /** What objects of scripts are checked against before they leave (§6.4). */
  readonly definitions: readonly MoDefinition[];
  /** In the order of preference; at least one. */
  readonly formats: readonly PackageFormat[];
  /** How Package#0 is written (§7.1); binary unless told. */
  readonly notificationFormat?: NotificationFormat;
  /** Scripts that are programs, by name. */
  readonly programs: ReadonlyMap<string, Script>;
}
