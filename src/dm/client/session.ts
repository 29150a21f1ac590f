/** Sessions from Package#1 to END (DM 2.0 §5.2): one with each server at a time, always opened by the client. */

import { ALERT_TYPES, type GenericAlert, type Package1 } from '../messages.js';
import { chooseConnection } from '../notification/index.js';
import { acceptHeader, encodeResponse, findFormat, type PackageFormat } from '../packages/index.js';
import { mosFor } from './access.js';
import { credentialsFor, findAccount, textOf } from './accounts.js';
import { takeUpAlerts } from './alerts.js';
import type { Connection, SessionCause } from './environment.js';
import type { PendingStart } from './kept.js';
import type { AbortReason, Outcome } from './outcome.js';
import type { CommandRun, Session } from './running.js';
import { deviceId } from './server-uri.js';
import { sessionWith, updateSession } from './session-state.js';
import { type Turn, withEntry, withoutEntry } from './turn.js';

/** Opens every session that is due and can be opened: its server has none, and a connection it prefers is there. */
export function openDueSessions(turn: Turn): void {
  for (const start of turn.state.pendingStarts) {
    if (turn.state.sessions.has(start.serverId)) continue;
    const connection = chooseConnection(start.preferred, turn.state.connections);
    if ('wait' in connection) continue;
    turn.update({ pendingStarts: turn.state.pendingStarts.filter((each) => each !== start) });
    if (start.forAlerts && !hasAlerts(turn, start)) continue;
    open(turn, start, connection.use);
  }
}

function hasAlerts({ state }: Turn, { serverId, url }: PendingStart): boolean {
  return state.pendingAlerts.some((each) => each.serverId === serverId && each.url === url);
}

function open(turn: Turn, start: PendingStart, connection: Connection): void {
  const { serverId, cause } = start;
  const account = findAccount(turn.state, serverId);
  const url = start.url ?? (account === undefined ? undefined : textOf(account, 'SrvURI'));
  if (account === undefined || url === undefined || deviceId(turn.state) === undefined) {
    const message =
      account === undefined ? 'there is no account for this server' : 'SrvURI or DevID is missing';
    turn.act({ type: 'session-ended', serverId, outcome: { kind: 'aborted', reason: 'account', message } });
    return;
  }
  if (!mayCarrySession(turn, url)) {
    const message = 'the address of the server is not one that may carry a session';
    turn.act({ type: 'session-ended', serverId, outcome: { kind: 'aborted', reason: 'account', message } });
    return;
  }
  const session: Session = {
    serverId,
    cause,
    url,
    connection,
    packages: 0,
    continued: 0,
    alertsSent: [],
  };
  turn.update({ sessions: withEntry(turn.state.sessions, serverId, session) });
  turn.act({ type: 'session-started', serverId, cause });
  sendPackage1(turn, serverId, cause);
}

/** Whether packages may go to `url`: https, or http where the policy has it. */
export function mayCarrySession(turn: Turn, url: string): boolean {
  return /^https:/i.test(url) || (turn.env.policy.plainHttpSessions && /^http:/i.test(url));
}

function sendPackage1(turn: Turn, serverId: string, cause: SessionCause): void {
  const format = turn.env.formats[0]!;
  const wanted = cause.kind === 'notification' && cause.reqMos;
  const mos = wanted ? mosFor(turn, serverId) : undefined;
  const alerts = takeUpAlerts(turn, serverId);
  const package1: Package1 = {
    ...(mos === undefined ? {} : { mos }),
    alerts: [sessionAlert(cause), ...alerts],
  };
  post(turn, serverId, format.mediaTypes.package1, format.encodePackage1(package1));
}

/** §5.2.2, Appendix D: one alert tells why the session starts (docs/decisions/session-alerts.md). */
function sessionAlert(cause: SessionCause): GenericAlert {
  if (cause.kind === 'client') return { alertType: ALERT_TYPES.clientInitiated };
  if (cause.kind === 'bootstrap') return { alertType: ALERT_TYPES.bootstrapComplete };
  const alertType = ALERT_TYPES.serverInitiated;
  if (cause.notificationId === undefined) return { alertType };
  return { alertType, dataType: 'application/json', data: { 'NOTIFICATION-ID': cause.notificationId } };
}

/** Whether the account went, with its keys, while its session was open: then nothing more goes either way. */
export function abortWithoutAccount(turn: Turn, serverId: string): boolean {
  if (findAccount(turn.state, serverId) !== undefined) return false;
  abort(turn, serverId, 'account', 'the account of the server was removed during the session');
  return true;
}

function post(turn: Turn, serverId: string, contentType: string, body: Uint8Array): void {
  if (abortWithoutAccount(turn, serverId)) return;
  const { url, packages, connection } = sessionWith(turn, serverId);
  if (packages >= turn.env.limits.packages) {
    abort(turn, serverId, 'limit', `more than ${turn.env.limits.packages} packages in one session`);
    return;
  }
  updateSession(turn, serverId, { packages: packages + 1 });
  const id = turn.newId();
  const credentials = credentialsFor(turn.state, serverId, url);
  turn.update({ requests: withEntry(turn.state.requests, id, { for: 'package', serverId }) });
  turn.act({
    type: 'http',
    id,
    purpose: 'session',
    request: {
      method: 'POST',
      url,
      headers: {
        'content-type': contentType,
        accept: acceptHeader(turn.env.formats),
        'omadm-devid': deviceId(turn.state) ?? '',
      },
      body,
    },
    ...(credentials === undefined ? {} : { credentials }),
    connection,
  });
}

/** Package#3 for a run whose commands are all done, or the end of the session where END was among them (§5.3.9). */
export function finishRun(turn: Turn, serverId: string, { results, hasEnd }: CommandRun): void {
  const { run: _, ...rest } = sessionWith(turn, serverId);
  turn.update({ sessions: withEntry(turn.state.sessions, serverId, rest) });
  if (hasEnd) {
    end(turn, serverId, { kind: 'ended' });
    return;
  }
  const alerts = takeUpAlerts(turn, serverId);
  const parts = new Map(
    results.flatMap(({ part }, index) => (part === undefined ? [] : [[index, part] as const])),
  );
  const statuses = results.map(({ sc, uris }) => ({ sc, ...(uris === undefined ? {} : { uris }) }));
  const { random } = turn.env;
  const format = formatOf(turn, rest);
  const { contentType, body } = encodeResponse({ statuses, alerts }, parts, { random, format });
  post(turn, serverId, contentType, body);
}

function formatOf({ env: { formats } }: Turn, { contentType }: Session): PackageFormat {
  return (
    (contentType === undefined ? undefined : findFormat(formats, contentType, 'package2')) ?? formats[0]!
  );
}

/** Ends the session as the server wanted. */
export function end(turn: Turn, serverId: string, outcome: Outcome): void {
  const open = [...turn.state.requests].filter(
    ([, request]) =>
      !((request.for === 'package' || request.for === 'command') && request.serverId === serverId),
  );
  turn.update({ sessions: withoutEntry(turn.state.sessions, serverId), requests: new Map(open) });
  turn.act({ type: 'session-ended', serverId, outcome });
}

/** §5.6: the session is over, what its commands did stands, and nothing is tried again. */
export function abort(
  turn: Turn,
  serverId: string,
  reason: AbortReason,
  message: string,
  status?: number,
): void {
  const outcome = { kind: 'aborted', reason, message, ...(status === undefined ? {} : { status }) } as const;
  end(turn, serverId, outcome);
}
