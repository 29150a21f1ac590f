/**
 * What goes into the client core and what comes out of it (DM 2.0 §5, §8): `next(state, event, environment)` gives
 * a new state and the actions an adapter is to carry out, in their order. Nothing here touches the world.
 */
import type { MoDefinition, MoTree, NodeRef, SerializedMo } from '../../mo/index.js';
import type { GenericAlert, WireCommand } from '../messages.js';
import type { AvailableConnection, ConnectionType, NotificationGuard } from '../notification/index.js';
import type { PackageFormat } from '../packages/index.js';
import type { Outcome } from './outcome.js';
import type { ClientLimits, ClientPolicy } from './policy.js';

/** Where an account came from (§8); a card may change what a card brought, and nothing else may. */
export type BootstrapOrigin =
  | { readonly kind: 'factory' }
  | { readonly kind: 'smartcard'; readonly iccid?: string }
  | { readonly kind: 'client'; readonly url: string }
  | { readonly kind: 'server'; readonly channel: string };

/** The connection types of PREFERRED-CON-TYPE (§5.2.1.2) that a device can have. */
export type Connection = AvailableConnection;

/** What the session goes over, for the Session Information MO (§12.4). */
export interface Bearer {
  /** 0 other or unknown, 1 mobile, 2 wireless, 3 wireline. */
  readonly cbt: number;
  /** 0 at home, 1 roaming, 2 unknown. */
  readonly roaming: number;
}

/** The values of §6.2; what is absent is sent as -1. DevID comes from the DevInfo MO. */
export interface NetworkValues {
  readonly MNC?: string;
  readonly MCC?: string;
  readonly CMNC?: string;
  readonly CMCC?: string;
  readonly SPName?: string;
}

export interface ClientEnvironment {
  readonly definitions: readonly MoDefinition[];
  readonly clock: () => Date;
  /** `n` random octets: boundaries of multipart bodies. */
  readonly random: (n: number) => Uint8Array;
  readonly policy: ClientPolicy;
  readonly limits: ClientLimits;
  readonly serverUriValues: NetworkValues;
  /** Ways to write packages and MOs, in the order of preference (§7.2). */
  readonly formats: readonly PackageFormat[];
}

/** The credentials of an account: the adapter takes them from the tree in the state it was given with the action. */
export interface CredentialsRef {
  readonly srvId: string;
  readonly which: 'trsp' | 'bootstrap';
}

export interface HttpRequestData {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  /** Names in lower case; Host and Content-Length are the adapter's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export type HttpPurpose = 'session' | 'repository' | 'subscription' | 'bootstrap' | 'gcm';

/** Why HTTP gave no response: the adapter's own words go into `message`. */
export interface HttpFailure {
  readonly code: string;
  readonly message: string;
}

/** What may start a session, and so which session alert Package#1 has (§5.2.2). */
export type SessionCause =
  | { readonly kind: 'client' }
  | { readonly kind: 'bootstrap' }
  | { readonly kind: 'notification'; readonly notificationId?: number; readonly reqMos: boolean };

/** What came of an HTTP request. */
export type HttpAnswer =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly cause: HttpFailure };

export type ClientEvent =
  /** The device is switched on, its card has been read: sessions and reports that are due start. */
  | { readonly type: 'power-on' }
  /** The device changed its own objects (DevInfo): the tree as it is to be, made from that of the current state. */
  | { readonly type: 'device-changed'; readonly tree: MoTree }
  /** Package#0 as it arrived; `serverId` where the transport tells the sender (§5.2.1.2). */
  | {
      readonly type: 'notification';
      readonly bytes: Uint8Array;
      readonly transport: string;
      readonly serverId?: string;
    }
  | {
      readonly type: 'start-session';
      readonly serverId: string;
      readonly alerts?: readonly GenericAlert[];
    }
  /** Factory file, or a message of a bootstrap server whose protection the adapter has verified. */
  | { readonly type: 'bootstrap'; readonly origin: BootstrapOrigin; readonly bytes: Uint8Array }
  /** The card was read at switching on; a failed read changes nothing (§8.1). */
  | { readonly type: 'card-read'; readonly result: CardReadResult }
  /** `url` is a ServerURI (§8.3). */
  | { readonly type: 'client-bootstrap'; readonly url: string }
  | {
      readonly type: 'http-response';
      readonly id: string;
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  | { readonly type: 'http-failed'; readonly id: string; readonly cause: HttpFailure }
  | {
      readonly type: 'browser-result';
      readonly id: string;
      readonly ok: boolean;
      readonly rejected?: boolean;
    }
  /**
   * What became of an `exec`. `completed: false` says that it goes on (202 for a synchronous EXEC); the same id comes
   * again when it is done. `data` is what the MO defines for its alert besides the status.
   */
  | {
      readonly type: 'exec-result';
      readonly id: string;
      readonly status: number;
      readonly completed: boolean;
      readonly alert?: Partial<Pick<GenericAlert, 'alertType' | 'targetUri' | 'mark' | 'data'>>;
    }
  | { readonly type: 'local-read'; readonly id: string; readonly appId: string; readonly clientUri: string }
  | {
      readonly type: 'local-write';
      readonly id: string;
      readonly appId: string;
      readonly write: LocalWrite;
    }
  /** An application needs the configuration of a MOID (§5.3.10). */
  | { readonly type: 'local-request'; readonly id: string; readonly appId: string; readonly moid: string }
  /** An alert of the device or of an application; without `serverId` to every server that may read its source. */
  | {
      readonly type: 'alert';
      readonly alert: GenericAlert;
      readonly serverId?: string;
      /** Start a session for it; otherwise it waits for the next one. */
      readonly now?: boolean;
    }
  | {
      readonly type: 'connection-changed';
      readonly available: readonly Connection[];
      readonly bearer?: Bearer;
    }
  | { readonly type: 'gcm-registered'; readonly regId: string; readonly serverId?: string }
  | { readonly type: 'gcm-unregistered'; readonly regId: string; readonly serverId?: string }
  | { readonly type: 'user-answer'; readonly id: string; readonly accepted: boolean };

export type CardReadResult =
  | { readonly ok: true; readonly iccid?: string; readonly documents: readonly Uint8Array[] }
  | { readonly ok: false; readonly reason: string };

export type LocalWrite =
  /** Objects as in `application/dmmo+json`; `MOID//` creates. */
  | { readonly kind: 'objects'; readonly objects: readonly SerializedMo[] }
  | { readonly kind: 'value'; readonly clientUri: string; readonly value: string }
  | { readonly kind: 'delete'; readonly clientUri: string };

export type ClientAction =
  /** The state of this step must be on stable storage before any action after this one is carried out. */
  | { readonly type: 'save' }
  | {
      readonly type: 'http';
      readonly id: string;
      readonly purpose: HttpPurpose;
      readonly request: HttpRequestData;
      /** Only where the URL has the origin of the account (docs/decisions/credentials-stay-at-home.md). */
      readonly credentials?: CredentialsRef;
      /** The connection of the session: the one that a notification preferred, or the first there is. */
      readonly connection?: Connection;
    }
  | { readonly type: 'browse'; readonly id: string; readonly url: string }
  /** Run the node. `asynchronous`: the status is reported by an alert, 202 has been answered already. */
  | {
      readonly type: 'exec';
      readonly id: string;
      readonly ref: NodeRef;
      readonly clientUri: string;
      readonly serverId: string;
      readonly asynchronous: boolean;
    }
  | { readonly type: 'ask-user'; readonly id: string; readonly what: UserQuestion }
  | {
      readonly type: 'local-answer';
      readonly id: string;
      /** As a command's status (Appendix C). */
      readonly status: number;
      readonly objects?: readonly SerializedMo[];
      readonly uris?: readonly string[];
    }
  | { readonly type: 'session-started'; readonly serverId: string; readonly cause: SessionCause }
  | { readonly type: 'session-ended'; readonly serverId: string; readonly outcome: Outcome }
  | {
      readonly type: 'bootstrapped';
      readonly origin: BootstrapOrigin;
      readonly added: readonly string[];
      readonly replaced: readonly string[];
      readonly removed: readonly string[];
    }
  | {
      readonly type: 'note';
      readonly level: 'info' | 'warning' | 'error';
      readonly code: string;
      readonly message: string;
      readonly details?: Readonly<Record<string, string | number | boolean>>;
    };

/** Perm of a bootstrap, which its user may refuse (§12.2). */
export interface UserQuestion {
  readonly kind: 'bootstrap';
  readonly origin: BootstrapOrigin;
  readonly servers: readonly {
    readonly srvId: string;
    readonly name: string;
    readonly moids: readonly string[];
  }[];
}

/** An account in use: the DMAcc itself is in the tree under its MIID. */
export interface Account {
  readonly srvId: string;
  readonly origin: BootstrapOrigin;
  /** SHA-256 of the account as it was bootstrapped: a card read again brings nothing new if this is equal. */
  readonly digest: string;
  /** Its server has answered the session with BootstrapComplete, or had a session since. */
  readonly announced: boolean;
}

/** Another MO of a bootstrap, by origin and by the name the bootstrap has for it. */
export interface BootstrappedMo {
  readonly originKind: BootstrapOrigin['kind'];
  readonly name: string;
  readonly moid: string;
  readonly miid: string;
  readonly digest: string;
}

/** DEFAULT (§5.3.10): where the configuration of a MOID is fetched. */
export interface DefaultAddress {
  readonly serverUri: string;
  readonly serverId: string;
}

/** SUB (§5.3.11). */
export interface Subscription {
  readonly id: string;
  readonly serverId: string;
  readonly serverUri: string;
  readonly clientUri: string;
  /** OMADM-Accept of a repository that refused the first format. */
  readonly format?: string;
  /** `changes` of the tree at the last change that has not been sent yet. */
  readonly changedAt?: number;
}

/** An EXEC that reports by an alert (§5.4.1). */
export interface AsyncExec {
  readonly id: string;
  readonly serverId: string;
  /** Where the alert goes in a session of its own; absent: to the account's server. */
  readonly serverUri?: string;
  readonly clientUri: string;
  readonly moid: string;
}

/** An alert that waits for a server to take it. `url` where it has an address of its own. */
export interface PendingAlert {
  readonly serverId: string;
  readonly url?: string;
  readonly alert: GenericAlert;
}

/** A session that is due and waits: for a connection, or for the session with the same server to end. */
export interface PendingStart {
  readonly serverId: string;
  readonly cause: SessionCause;
  /** Where it goes if not to SrvURI. */
  readonly url?: string;
  /** Connection types in order of preference; absent for any. */
  readonly preferred?: readonly ConnectionType[];
  /** It is for alerts alone: nothing happens if they have gone with another session before. */
  readonly forAlerts?: true;
}

/** A request that is out, and what its answer is for. */
export type OpenRequest =
  | { readonly for: 'package'; readonly serverId: string }
  | { readonly for: 'command'; readonly serverId: string }
  | {
      readonly for: 'subscription';
      readonly subscriptionId: string;
      readonly revision: number;
      readonly retried: boolean;
    }
  | {
      readonly for: 'default';
      readonly moid: string;
      readonly serverId: string;
      readonly appId: string;
      readonly localId: string;
    }
  | { readonly for: 'bootstrap'; readonly url: string }
  | { readonly for: 'gcm'; readonly serverId: string };

/** A bootstrap that waits for its user. */
export interface OpenQuestion {
  readonly origin: BootstrapOrigin;
  readonly documents: readonly Uint8Array[];
}

/** One session with one server (§5.1.1). Never stored: after a restart it has been aborted. */
export interface Session {
  readonly serverId: string;
  readonly cause: SessionCause;
  /** Where packages go; CONT changes it. */
  readonly url: string;
  readonly connection: Connection;
  /** Packages sent. */
  readonly packages: number;
  readonly continued: number;
  /** The pending alerts that the package that is out has; they stay pending until it is answered. */
  readonly alertsSent: readonly PendingAlert[];
  /** Media types the server takes in PUT and POST (OMADM-Accept, §5.5). */
  readonly omadmAccept?: string;
  /** Content-Type of the last Package#2: the answer is written in its format. */
  readonly contentType?: string;
  /** Absent while a package is out. */
  readonly run?: CommandRun;
}

/** Package#2 while its commands are carried out. */
export interface CommandRun {
  readonly commands: readonly WireCommand[];
  readonly results: readonly CommandResult[];
  readonly hasEnd: boolean;
  /** What the command after the last result waits for. */
  readonly waiting?: Waiting;
}

/** What became of one command, and the data of a GET. */
export interface CommandResult {
  readonly sc: number;
  readonly uris?: readonly string[];
  readonly part?: { readonly contentType: string; readonly body: Uint8Array };
}

/** What a command in progress waits for. */
export type Waiting =
  | { readonly on: 'fetch'; readonly id: string; readonly at?: Destination }
  | {
      readonly on: 'upload';
      readonly id: string;
      readonly method: 'PUT' | 'POST';
      readonly url: string;
      readonly sources: readonly NodeSource[];
      readonly retried: boolean;
    }
  | { readonly on: 'exec'; readonly exec: AsyncExec }
  | { readonly on: 'browser'; readonly id: string };

/** Where an HGET puts its data; without `miid` in an instance that the client names. */
export interface Destination {
  readonly moid: string;
  readonly miid?: string;
  readonly path: readonly string[];
}

/** A node that is read, and how many levels of it (§6.1.1.3). */
export interface NodeSource {
  readonly ref: NodeRef;
  readonly levels?: number;
}

export interface ClientState {
  readonly tree: MoTree;
  /** By the MIID of the DMAcc. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly bootstrapped: readonly BootstrappedMo[];
  readonly sessions: ReadonlyMap<string, Session>;
  /** By MOID. */
  readonly defaults: ReadonlyMap<string, DefaultAddress>;
  readonly subscriptions: readonly Subscription[];
  readonly asyncExecs: readonly AsyncExec[];
  readonly pendingAlerts: readonly PendingAlert[];
  readonly pendingStarts: readonly PendingStart[];
  readonly notificationGuard: NotificationGuard;
  readonly connections: readonly Connection[];
  readonly requests: ReadonlyMap<string, OpenRequest>;
  readonly questions: ReadonlyMap<string, OpenQuestion>;
  /** Switched on: before that nothing is sent, so that the card and the factory come first. */
  readonly isOn: boolean;
  /** How often the state was read back: makes the ids of one run differ from those of another. */
  readonly epoch: number;
  /** Ids given out since then. */
  readonly lastId: number;
}

/** What one step gives. */
export interface ClientStep {
  readonly state: ClientState;
  readonly actions: readonly ClientAction[];
}
