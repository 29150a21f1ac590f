/** What a client remembers over a restart, one kind at a time (DM 2.0 §5.3.10, §5.3.11, §5.4.1, §8). */
import type { GenericAlert } from '../messages.js';
import type { ConnectionType } from '../notification/index.js';
import type { BootstrapOrigin, SessionCause } from './environment.js';

/** An account in use: the DMAcc itself is in the tree under its MIID. */
export interface Account {
  readonly srvId: string;
  readonly origin: BootstrapOrigin;
  /** SHA-256 of the account as it was bootstrapped: a card read again brings nothing new if this is equal. */
  readonly digest: string;
  /** Its server has answered the session with BootstrapComplete. */
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
