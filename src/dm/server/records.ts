/**
 * What the server remembers (DM 2.0 §5). Every record is plain data under a key of its own, written whole: a store
 * needs one table a kind. Times are milliseconds since 1970 in UTC; identifiers are texts of at most 128 characters
 * unless told.
 */
import type { JsonValue, SerializedMo } from '../../mo/index.js';
import type { CommandName, GenericAlert, MosEntry } from '../messages.js';
import type { Answer, Question } from './question.js';
import type { ScriptSource } from './script/types.js';

/** How a device proves who it is; one of its account's. Identity and user name are UTF-8 texts up to 128 octets. */
export type AccountCredential =
  | {
      readonly purpose: 'trsp' | 'bootstrap';
      readonly kind: 'identity-secret';
      /** PSK identity, or user name where the server challenges with Basic or Digest. Unique in the store. */
      readonly identity: string;
      /** Pre-shared key or password. Secret. */
      readonly secret: Uint8Array;
    }
  | {
      readonly purpose: 'trsp' | 'bootstrap';
      readonly kind: 'x509';
      /** SHA-256 of the client's certificate in DER, lower-case hex. Unique in the store. */
      readonly fingerprint256: string;
    };

/** The server's half of a DMAcc: made with the bootstrap, before the device is known. Key: `accountId`. */
export interface AccountRecord {
  readonly accountId: string;
  /** SERVER-ID under which the device knows this server. */
  readonly srvId: string;
  /** The device that uses it; absent until the first session (a card does not know its device). */
  readonly devId?: string;
  readonly iccid?: string;
  readonly credentials: readonly AccountCredential[];
  /** Auth/Noti: what the digest of a notification is computed with. `secret` is secret. */
  readonly noti?: { readonly secret: Uint8Array; readonly data: Uint8Array };
  /** The client-initiated bootstrap document to hand out (§8.3); `application/dmmo+json`. Secret. */
  readonly bootstrap?: Uint8Array;
  /** What the device gets in the session that tells of its bootstrap, where it comes with this identity; once. */
  readonly afterBootstrap?: { readonly as: string; readonly script: ScriptSource };
  readonly createdAt: number;
}

/** Where a notification for the device goes. */
export type NotificationAddress =
  | { readonly transport: 'wap-push-udp'; readonly host: string; readonly port: number }
  | { readonly transport: 'sms'; readonly number: string }
  | { readonly transport: 'gcm'; readonly regId: string };

/** Key: `devId`. */
export interface DeviceRecord {
  readonly devId: string;
  readonly accountId?: string;
  readonly addresses: readonly NotificationAddress[];
  /** NOTIFICATION-ID of the last notification, 0 to 65535; -1 before the first. */
  readonly lastNotificationId: number;
  /** MOS of the last Package#1 that had it (§5.2.2), with the time. */
  readonly mos?: { readonly at: number; readonly entries: readonly MosEntry[] };
  /** Tells how the last bootstrap ended. */
  readonly bootstrappedAt?: number;
  /** With which of its credentials it came then: identity, user name or fingerprint; absent without any. */
  readonly bootstrappedAs?: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt?: number;
}

/** How a session came to be (Appendix D); `unknown` where Package#1 had no such alert. */
export type SessionOrigin = 'server' | 'client' | 'bootstrap' | 'unknown';

/** How a session ended. */
export type SessionOutcome =
  | 'finished'
  | 'new-session' // the device opened another one
  | 'timeout'
  | 'too-many-rounds'
  | 'aborted';

/** Key: `sessionId`. At most one of a device is open. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly devId: string;
  readonly state: 'open' | 'ended';
  readonly outcome?: SessionOutcome;
  readonly origin: SessionOrigin;
  readonly notificationId?: number;
  readonly startedAt: number;
  readonly lastAt: number;
  /** No package is taken after this time. */
  readonly deadline: number;
  /** Package#2 sent so far. */
  readonly rounds: number;
  /** commandIds of the last Package#2, in its order; their statuses are awaited. */
  readonly inFlight: readonly string[];
  /** What was tolerated in packages of this session. */
  readonly findings: readonly string[];
}

/** How far a job is. */
export const JOB_STATES = [
  'queued',
  'running',
  'waiting',
  'done',
  'failed',
  'in-doubt',
  'cancelled',
] as const;
/** `waiting`: for a user's answer or the end of an asynchronous EXEC. `in-doubt`: stopped, nobody knows whether its last command ran. */
export type JobState = (typeof JOB_STATES)[number];

/** A script on its way through one device. Key: `jobId`; processed in the order of `order`. */
export interface JobRecord {
  readonly jobId: string;
  readonly devId: string;
  /** Revision of the device when it was queued. */
  readonly order: number;
  readonly script: ScriptSource;
  readonly state: JobState;
  /** Why it failed, for people. */
  readonly reason?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** `queued` may be sent; `sent` waits for its status; `answered` has it; `in-doubt`: the session broke in between. */
export type CommandState = 'queued' | 'sent' | 'answered' | 'in-doubt';

/** Key: `commandId` = jobId, `/`, number within the job from 0. */
export interface CommandRecord {
  readonly commandId: string;
  readonly devId: string;
  readonly jobId: string;
  /** Number within the job from 0: the order in which the script asked for them. */
  readonly order: number;
  /** Step of the script it belongs to, and which round of a `for-each`. */
  readonly stepId: string;
  readonly item: number;
  readonly name: CommandName;
  /** As sent, without `cv` and with the one-time URLs. */
  readonly parameters: readonly string[];
  /** `cv` value that was added when it was last sent (§11.2). */
  readonly cv?: string;
  /** Sent in the package that ended the session: no status will come (§5.3.9). */
  readonly final: boolean;
  readonly idempotent: boolean;
  /** Of SHOW and EXEC: the job goes on only with the answer, the end of the operation. */
  readonly waits: boolean;
  readonly state: CommandState;
  /** Something may still become of it: it waits to be sent, for a status, an upload or the end of an EXEC. */
  readonly open: boolean;
  /** How often it was sent. */
  readonly attempts: number;
  readonly sessionId?: string;
  readonly sentAt?: number;
  readonly answeredAt?: number;
  /** Status of Appendix C or 1000 to 1999. Absent where the traffic with the repository alone shows that it ran. */
  readonly status?: number;
  /** Where an HGET stored its data. */
  readonly uris?: readonly string[];
  /** How an asynchronous EXEC ended (§5.4.1); absent until its alert came. */
  readonly completion?: { readonly at: number; readonly status?: number; readonly data?: JsonValue };
  /** Token of its repository item, or identifier of its UI session. */
  readonly token?: string;
}

/** Data that came back for a command: GET in Package#3, HPUT and HPOST over the repository. Key: `commandId` and `part`. */
export interface ResultRecord {
  readonly commandId: string;
  readonly devId: string;
  readonly part: number;
  readonly at: number;
  /** Without parameters other than charset. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Served from the server's copy after 304 (§11.2). */
  readonly fromCache: boolean;
}

/** An alert as it came. Key: `alertId`. */
export interface AlertRecord {
  readonly alertId: string;
  readonly devId: string;
  readonly sessionId: string;
  readonly at: number;
  readonly package: 1 | 3;
  readonly alert: GenericAlert;
  /** The asynchronous EXEC that it ends. */
  readonly commandId?: string;
}

/** One document of a repository item; the most telling match of MCC and MNC is served. */
export interface RepositoryVariant {
  readonly mcc?: string;
  readonly mnc?: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/**
 * A place in the data repository (§5.3.1 to §5.3.3, §5.3.10, §5.3.11). Key: `token`, 32 characters of base64url,
 * random. Only its device may use it.
 */
export interface RepositoryRecord {
  readonly token: string;
  readonly devId: string;
  readonly commandId?: string;
  /** `get` serves HGET, `upload` takes one HPUT or HPOST, `default` serves DEFAULT again and again, `subscription` takes the reports of SUB. */
  readonly use: 'get' | 'upload' | 'default' | 'subscription';
  /** MOID of `default`, ClientURI of `subscription`. */
  readonly about?: string;
  readonly variants: readonly RepositoryVariant[];
  /** `open` until its command is over or it expires. */
  readonly state: 'open' | 'closed';
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When it served or took its content; a one-time address answers 410 from then on. */
  readonly usedAt?: number;
}

/** What a device reported for a SUB. Key: `reportId`. */
export interface ReportRecord {
  readonly reportId: string;
  readonly devId: string;
  readonly token: string;
  readonly clientUri: string;
  readonly at: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** A question to the user (§5.3.7). Key: `uiId`, 32 characters of base64url, random. */
export interface UiRecord {
  readonly uiId: string;
  readonly devId: string;
  readonly commandId: string;
  readonly question: Question;
  readonly state: 'open' | 'answered' | 'expired';
  readonly answer?: Answer;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly answeredAt?: number;
}

/** A notification that was built. Key: `devId` and `notificationId`. */
export interface NotificationRecord {
  readonly devId: string;
  readonly notificationId: number;
  readonly at: number;
  /** The session that it brought about. */
  readonly sessionId?: string;
}

/** The server's copy of an MO instance (§11). Key: `devId` and `instance`. */
export interface CacheRecord {
  readonly devId: string;
  /** MOID, `/`, then the MIID or nothing, as the command addressed it. */
  readonly instance: string;
  readonly cv: string;
  readonly at: number;
  readonly object: SerializedMo;
}
