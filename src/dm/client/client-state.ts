/** The whole state of a client, and one step of it. */
import type { MoTree } from '../../mo/index.js';
import type { NotificationGuard } from '../notification/index.js';
import type { ClientAction } from './actions.js';
import type { Connection } from './environment.js';
import type {
  Account,
  AsyncExec,
  BootstrappedMo,
  DefaultAddress,
  PendingAlert,
  PendingStart,
  Subscription,
} from './kept.js';
import type { OpenQuestion, OpenRequest, Session } from './running.js';

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
