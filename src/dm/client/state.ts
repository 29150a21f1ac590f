/** The state of a device, new or read back (DM 2.0 §8; docs/decisions/half-done-commands.md). */
import { DataError } from '../../errors/index.js';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MO_DEFINITIONS,
  type MoDefinition,
  MoTree,
  type SerializedMo,
  treeFromDmmo,
  treeToDmmo,
} from '../../mo/index.js';
import { EMPTY_NOTIFICATION_GUARD, type NotificationGuard } from '../notification/index.js';
import type { ClientState } from './client-state.js';
import { UNKNOWN_BEARER, withBearer } from './device-objects.js';
import type { ClientEnvironment } from './environment.js';
import type {
  Account,
  AsyncExec,
  BootstrappedMo,
  DefaultAddress,
  PendingAlert,
  PendingStart,
  Subscription,
} from './kept.js';

const VERSION = 1;

/** A device without accounts; the adapter adds DevInfo by the event `device-changed`. */
export function newClientState(): ClientState {
  return {
    tree: withBearer(MoTree.empty, UNKNOWN_BEARER),
    accounts: new Map(),
    bootstrapped: [],
    sessions: new Map(),
    defaults: new Map(),
    subscriptions: [],
    asyncExecs: [],
    pendingAlerts: [],
    pendingStarts: [],
    notificationGuard: EMPTY_NOTIFICATION_GUARD,
    connections: ['wireline'],
    requests: new Map(),
    questions: new Map(),
    isOn: false,
    epoch: 0,
    lastId: 0,
  };
}

/** What is kept over a restart. */
interface Kept {
  readonly version: typeof VERSION;
  readonly tree: readonly JsonValue[];
  readonly accounts: readonly (readonly [string, Account])[];
  readonly bootstrapped: readonly BootstrappedMo[];
  readonly defaults: readonly (readonly [string, DefaultAddress])[];
  readonly subscriptions: readonly Subscription[];
  readonly asyncExecs: readonly AsyncExec[];
  readonly pendingAlerts: readonly PendingAlert[];
  readonly pendingStarts: readonly PendingStart[];
  readonly notificationGuard: NotificationGuard;
  readonly epoch: number;
}

/**
 * The state as JSON, for stable storage: all but sessions, open requests and open questions, which end with the power.
 * Holds the keys of the accounts.
 */
export function serializeClientState(state: ClientState): JsonValue {
  const kept: Kept = {
    version: VERSION,
    tree: treeToDmmo(state.tree).map((object) => ({ ...object })),
    accounts: [...state.accounts],
    bootstrapped: state.bootstrapped,
    defaults: [...state.defaults],
    subscriptions: state.subscriptions,
    asyncExecs: state.asyncExecs,
    pendingAlerts: state.pendingAlerts,
    pendingStarts: state.pendingStarts,
    notificationGuard: state.notificationGuard,
    epoch: state.epoch,
  };
  return kept as unknown as JsonValue;
}

/**
 * The state that `serializeClientState` wrote.
 *
 * @throws DataError `DATA_DEVICE_STATE` for anything else; the errors of its tree
 */
export function restoreClientState(
  json: JsonValue,
  { definitions }: Pick<ClientEnvironment, 'definitions'>,
): ClientState {
  if (!isJsonObject(json)) refuse('it is no object');
  if (json.version !== VERSION) refuse(`its version is not ${VERSION}`);
  for (const name of LISTS) if (!Array.isArray(json[name])) refuse(`${name} is missing`);
  if (!isJsonObject(json.notificationGuard) || !Array.isArray(json.notificationGuard.servers)) {
    refuse('notificationGuard is missing');
  }
  if (!Number.isSafeInteger(json.epoch)) refuse('epoch is missing');
  const kept = json as unknown as Kept;
  return {
    ...newClientState(),
    tree: restoredTree(kept.tree.map(treeObject), definitions),
    accounts: new Map(kept.accounts),
    bootstrapped: kept.bootstrapped,
    defaults: new Map(kept.defaults),
    subscriptions: kept.subscriptions,
    asyncExecs: kept.asyncExecs,
    pendingAlerts: kept.pendingAlerts,
    pendingStarts: kept.pendingStarts,
    notificationGuard: kept.notificationGuard,
    epoch: kept.epoch + 1,
  };
}

/** Where a DDF was changed meanwhile, objects that no longer fit are kept as they are: types are those of the JSON. */
function restoredTree(objects: readonly SerializedMo[], definitions: readonly MoDefinition[]): MoTree {
  try {
    return treeFromDmmo(objects, definitions);
  } catch (error) {
    if (!(error instanceof DataError) || error.code !== 'DATA_MO') throw error;
    return treeFromDmmo(objects, MO_DEFINITIONS);
  }
}

const LISTS = [
  'tree',
  'accounts',
  'bootstrapped',
  'defaults',
  'subscriptions',
  'asyncExecs',
  'pendingAlerts',
  'pendingStarts',
] as const;

function treeObject(value: JsonValue) {
  if (!isJsonObject(value)) refuse('the tree has something that is no object');
  const { ddf, clientUri, cv, moData } = value;
  if (typeof clientUri !== 'string' || !isJsonObject(moData as JsonValue))
    refuse('the tree has something else');
  return {
    clientUri,
    moData: moData as JsonObject,
    ...(typeof ddf === 'string' ? { ddf } : {}),
    ...(typeof cv === 'string' ? { cv } : {}),
  };
}

function refuse(message: string): never {
  throw new DataError('DATA_DEVICE_STATE', `the state of the device cannot be read: ${message}`);
}
