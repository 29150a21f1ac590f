/** Generic Alerts that wait for their server (DM 2.0 §5.4): kept until a package with them has been answered. */
import { SimbootError } from '../../errors/index.js';
import { alertsFromDm1 } from '../interworking/index.js';
import type { GenericAlert } from '../messages.js';
import { mayRead } from './access.js';
import { allAccounts, findAccount } from './accounts.js';
import type { ClientEvent } from './events.js';
import type { PendingAlert } from './kept.js';
import { requestSession, sessionWith, updateSession } from './session-state.js';
import type { Turn } from './turn.js';

/** Puts an alert on the list; the oldest make room beyond the limit. */
export function queueAlert(turn: Turn, alert: PendingAlert): void {
  if (findAccount(turn.state, alert.serverId) === undefined || !canBeSent(turn, alert)) return;
  const all = [...turn.state.pendingAlerts, alert];
  const tooMany = all.length - turn.env.limits.alerts;
  if (tooMany > 0) {
    turn.note('warning', 'ALERTS_DROPPED', `${tooMany} alert dropped: too many wait`, { dropped: tooMany });
  }
  turn.update({ pendingAlerts: all.slice(Math.max(0, tooMany)) });
}

// One that no package can carry would stand in the way of every package after it.
function canBeSent(turn: Turn, { alert }: PendingAlert): boolean {
  try {
    for (const format of turn.env.formats) format.encodePackage3({ statuses: [], alerts: [alert] });
    return true;
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    turn.note('error', 'ALERT_MALFORMED', `an alert is dropped: ${error.message}`);
    return false;
  }
}

/** The alerts for the package that leaves now. They stay on the list until it is answered. */
export function takeUpAlerts(turn: Turn, serverId: string): GenericAlert[] {
  const { url } = sessionWith(turn, serverId);
  const due = turn.state.pendingAlerts.filter(
    (each) => each.serverId === serverId && (each.url === undefined || each.url === url),
  );
  updateSession(turn, serverId, { alertsSent: due });
  return due.map(({ alert }) => alert);
}

/** The package was answered: its alerts have arrived. */
export function forgetSentAlerts(turn: Turn, serverId: string): void {
  const { alertsSent } = sessionWith(turn, serverId);
  if (alertsSent.length === 0) return;
  const sent = new Set(alertsSent);
  turn.update({ pendingAlerts: turn.state.pendingAlerts.filter((each) => !sent.has(each)) });
  updateSession(turn, serverId, { alertsSent: [] });
}

/** An alert of the device or of an application: to the server named, or to every one that may read its source. */
export function raiseAlert(
  turn: Turn,
  alert: GenericAlert,
  serverId: string | undefined,
  now: boolean,
): void {
  for (const { account } of allAccounts(turn.state)) {
    const { srvId } = account;
    if (serverId === undefined ? !mayKnow(turn, srvId, alert) : srvId !== serverId) continue;
    queueAlert(turn, { serverId: srvId, alert });
    if (now) requestSession(turn, { serverId: srvId, cause: { kind: 'client' }, forAlerts: true });
  }
}

function mayKnow(turn: Turn, srvId: string, { sourceUri }: GenericAlert): boolean {
  return sourceUri === undefined || mayRead(turn, { kind: 'server', serverId: srvId }, sourceUri);
}

/** A DM 1.x alert of an application, converted (§13.1); one that cannot be read is noted. */
export function raiseDm1xAlert(turn: Turn, event: Extract<ClientEvent, { type: 'dm1x-alert' }>): void {
  const { xml, places, serverId, now = false } = event;
  try {
    const { alerts } = alertsFromDm1(xml, { clientUri: (path) => clientUriOf(path, places) });
    for (const alert of alerts) raiseAlert(turn, alert, serverId, now);
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    turn.note('warning', error.code, `an alert of DM 1.x is dropped: ${error.message}`);
  }
}

/** The ClientURI of a node of the DM 1.x tree: below the deepest place that it is in. */
function clientUriOf(
  path: string,
  places: readonly { readonly path: string; readonly clientUri: string }[],
): string | undefined {
  const inside = places.filter((place) => path === place.path || path.startsWith(`${place.path}/`));
  const [place] = inside.sort((one, other) => other.path.length - one.path.length);
  if (place === undefined) return undefined;
  const rest = path.slice(place.path.length + 1);
  return rest === '' ? place.clientUri : `${place.clientUri.replace(/\/$/, '')}/${rest}`;
}
