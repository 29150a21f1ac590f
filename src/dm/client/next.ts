/** The client as a state machine (DM 2.0 §5, §8). */

import { queueAlert, raiseAlert, raiseDm1xAlert } from './alerts.js';
import { onExecResult } from './async.js';
import {
  announceBootstraps,
  bootstrap,
  onBootstrapAnswer,
  onCardRead,
  onUserAnswer,
  requestBootstrap,
} from './bootstrap.js';
import type { ClientState, ClientStep } from './client-state.js';
import { afterTreeChange } from './consequences.js';
import { withBearer, withDeviceRights } from './device-objects.js';
import type { ClientEnvironment, HttpAnswer } from './environment.js';
import type { ClientEvent } from './events.js';
import { onRegistrationAnswer, sendRegistration } from './gcm.js';
import { localRead, localRequest, localWrite, onDefaultAnswer } from './local.js';
import { onNotification } from './notification.js';
import { onPackageAnswer } from './package-response.js';
import { resumeCommand } from './run.js';
import { abort, openDueSessions } from './session.js';
import { requestSession } from './session-state.js';
import { onSubscriptionAnswer, sendChanges } from './subscriptions.js';
import { Turn, withoutEntry } from './turn.js';

/**
 * One step: an event changes the state and gives the actions that the adapter carries out in their order. The state
 * given is not changed; an event that makes no sense changes nothing.
 *
 * @example
 * const told = { policy: DEFAULT_CLIENT_POLICY, limits: DEFAULT_CLIENT_LIMITS, formats: DEFAULT_FORMATS };
 * const device = { definitions: MO_DEFINITIONS, clock: () => new Date(0), serverUriValues: {} };
 * const environment = { ...told, ...device, random: (n: number) => new Uint8Array(n) };
 * const { state } = nextClientStep(newClientState(), { type: 'power-on' }, environment);
 * nextClientStep(state, { type: 'start-session', serverId: 'dms1' }, environment).actions[0]?.type // → 'session-ended'
 */
export function nextClientStep(state: ClientState, event: ClientEvent, env: ClientEnvironment): ClientStep {
  const turn = new Turn(state, env);
  (HANDLERS[event.type] as (turn: Turn, event: ClientEvent) => void)(turn, event);
  if (turn.state.isOn) {
    sendChanges(turn);
    openDueSessions(turn);
  }
  const save = KEPT.some((name) => !isSame(turn.state[name], state[name]));
  return { state: turn.state, actions: save ? [{ type: 'save' }, ...turn.actions] : turn.actions };
}

// A list that was filled and emptied again in one step is as it was.
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  return Array.isArray(one) && Array.isArray(other) && one.length === 0 && other.length === 0;
}

/** What outlives the power: a step that changes one of these is saved before anything of it leaves the device. */
const KEPT = [
  'tree',
  'accounts',
  'bootstrapped',
  'defaults',
  'subscriptions',
  'asyncExecs',
  'pendingAlerts',
  'pendingStarts',
  'notificationGuard',
  'epoch',
] as const;

type Handler<T extends ClientEvent['type']> = (turn: Turn, event: Extract<ClientEvent, { type: T }>) => void;

const HANDLERS: { readonly [T in ClientEvent['type']]: Handler<T> } = {
  'power-on': (turn, { running }) => powerOn(turn, running),
  'device-changed': (turn, { tree }) => afterTreeChange(turn, withDeviceRights(tree)),
  notification: (turn, { bytes, serverId }) => onNotification(turn, bytes, serverId),
  'start-session': (turn, { serverId, alerts }) => {
    for (const alert of alerts ?? []) queueAlert(turn, { serverId, alert });
    requestSession(turn, { serverId, cause: { kind: 'client' } });
  },
  bootstrap: (turn, { origin, bytes }) => bootstrap(turn, origin, [bytes]),
  'card-read': (turn, { result }) => onCardRead(turn, result),
  'client-bootstrap': (turn, { url }) => requestBootstrap(turn, url),
  'http-response': (turn, { id, status, headers, body }) =>
    onHttp(turn, id, { kind: 'response', status, headers, body }),
  'http-failed': (turn, { id, cause }) => onHttp(turn, id, { kind: 'failed', cause }),
  'browser-result': (turn, { id, ok, rejected }) => onBrowser(turn, id, ok, rejected ?? false),
  'exec-result': (turn, event) => onExecResult(turn, event),
  'local-read': (turn, { id, appId, clientUri }) => localRead(turn, id, appId, clientUri),
  'local-write': (turn, { id, appId, write }) => localWrite(turn, id, appId, write),
  'local-request': (turn, { id, appId, moid }) => localRequest(turn, id, appId, moid),
  alert: (turn, { alert, serverId, now }) => raiseAlert(turn, alert, serverId, now ?? false),
  'dm1x-alert': (turn, event) => raiseDm1xAlert(turn, event),
  'connection-changed': (turn, { available, bearer }) => {
    turn.update({ connections: available });
    if (bearer === undefined) return;
    afterTreeChange(turn, withDeviceRights(withBearer(turn.state.tree, bearer)));
  },
  'gcm-registered': (turn, { regId, serverId }) => sendRegistration(turn, 'RegURI', regId, serverId),
  'gcm-unregistered': (turn, { regId, serverId }) => sendRegistration(turn, 'UnRegURI', regId, serverId),
  'user-answer': (turn, { id, accepted }) => onUserAnswer(turn, id, accepted),
};

// Sessions are not stored, so after a restart there are none; a second switching on ends those that there are.
function powerOn(turn: Turn, running: readonly string[] | undefined): void {
  for (const serverId of turn.state.sessions.keys()) {
    abort(turn, serverId, 'power', 'the device was switched off during the session');
  }
  turn.update({ isOn: true });
  afterTreeChange(turn, withDeviceRights(turn.state.tree));
  announceBootstraps(turn);
  for (const { id } of turn.state.asyncExecs) {
    if (running === undefined || running.includes(id)) continue;
    onExecResult(turn, { type: 'exec-result', id, status: 500, completed: true });
  }
}

function onHttp(turn: Turn, id: string, answer: HttpAnswer): void {
  const request = turn.state.requests.get(id);
  if (request === undefined) return;
  turn.update({ requests: withoutEntry(turn.state.requests, id) });
  if (request.for === 'package') onPackageAnswer(turn, request.serverId, answer);
  else if (request.for === 'command') resumeCommand(turn, request.serverId, answer);
  else if (request.for === 'subscription') onSubscriptionAnswer(turn, request, answer);
  else if (request.for === 'default') onDefaultAnswer(turn, request, answer);
  else if (request.for === 'bootstrap') onBootstrapAnswer(turn, request.url, answer);
  else onRegistrationAnswer(turn, request.serverId, answer);
}

function onBrowser(turn: Turn, id: string, ok: boolean, rejected: boolean): void {
  const session = [...turn.state.sessions.values()].find(({ run }) => {
    return run?.waiting?.on === 'browser' && run.waiting.id === id;
  });
  if (session !== undefined) resumeCommand(turn, session.serverId, { kind: 'browser', ok, rejected });
}
