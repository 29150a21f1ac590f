/** Alerts of the device: kept as they came; those of the protocol and ends of asynchronous EXECs are acted on (DM 2.0 §5.4, §5.4.1, Appendix D). */
import { isJsonObject, type JsonValue } from '../../mo/index.js';
import { ALERT_TYPES, type GenericAlert } from '../messages.js';
import { sameNode } from './addresses.js';
import type { AlertRecord, CommandRecord, SessionOrigin } from './records.js';
import { updateSession } from './session.js';
import type { Turn } from './turn.js';

/** Alerts of one package that are kept; the rest is dropped with a note. */
const MAX_ALERTS = 256;

/**
 * Why the session was started.
 */
export function originOf(alerts: readonly GenericAlert[]): SessionOrigin {
  const has = (type: string) => alerts.some(({ alertType }) => alertType === type);
  if (has(ALERT_TYPES.bootstrapComplete)) return 'bootstrap';
  if (has(ALERT_TYPES.serverInitiated)) return 'server';
  return has(ALERT_TYPES.clientInitiated) ? 'client' : 'unknown';
}

/** Keeps alerts and acts on those that are understood; the device gets no status for any of them (§5.4). */
export function takeAlerts(turn: Turn, from: 1 | 3, alerts: readonly GenericAlert[]): void {
  const { sessionId, rounds } = turn.state.session!;
  if (alerts.length > MAX_ALERTS)
    turn.note('ALERTS_DROPPED', `${alerts.length - MAX_ALERTS} alerts too many`);
  alerts.slice(0, MAX_ALERTS).forEach((alert, index) => {
    if (alert.alertType === ALERT_TYPES.serverInitiated) matchNotification(turn, alert);
    const ended = endedExec(turn, alert);
    const record: AlertRecord = {
      alertId: `${sessionId}/${rounds}/${index}`,
      devId: turn.state.devId,
      sessionId,
      at: turn.now,
      package: from,
      alert,
    };
    const write = ended === undefined ? record : { ...record, commandId: ended.commandId };
    turn.write({ type: 'alert', record: write });
  });
}

/** NOTIFICATION-ID of the alert: an object with a number, under whatever name, or the number alone. */
function notificationIdOf({ data }: GenericAlert): number | undefined {
  const values = isJsonObject(data) ? [data['NOTIFICATION-ID'], ...Object.values(data)] : [data];
  for (const value of values) {
    const id = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 0xffff) return id;
  }
  return undefined;
}

function matchNotification(turn: Turn, alert: GenericAlert): void {
  const sought = notificationIdOf(alert);
  if (sought === undefined) return;
  const session = updateSession(turn, { notificationId: sought });
  const record = turn.state.notifications.findLast(({ notificationId }) => notificationId === sought);
  if (record === undefined) turn.note('NOTIFICATION_UNKNOWN', `no notification ${sought} is outstanding`);
  else turn.write({ type: 'notification', record: { ...record, sessionId: session.sessionId } });
}

/** The asynchronous EXEC that the alert ends: the oldest one on the node of SourceURI. */
function endedExec(turn: Turn, { sourceUri, data }: GenericAlert): CommandRecord | undefined {
  if (sourceUri === undefined) return undefined;
  const exec = turn.state.commands
    .filter((command) => isAwaited(command) && sameNode(command.parameters[0]!, sourceUri))
    .sort((a, b) => (a.sentAt ?? 0) - (b.sentAt ?? 0))[0];
  if (exec === undefined) return undefined;
  const status = resultCode(data);
  return turn.command({
    ...exec,
    state: 'answered',
    open: false,
    completion: {
      at: turn.now,
      ...(status === undefined ? {} : { status }),
      ...(data === undefined ? {} : { data }),
    },
  });
}

/** An EXEC that was accepted, or whose 202 was lost on the way. */
function isAwaited({ name, state, open, status, completion }: CommandRecord): boolean {
  if (name !== 'EXEC' || completion !== undefined) return false;
  return status === 202 || (state === 'in-doubt' && open);
}

/** Result code: `sc`, else the one number in the data, as DM 1.x objects have it (§13.1). */
function resultCode(data: JsonValue | undefined): number | undefined {
  if (typeof data === 'number') return data;
  if (!isJsonObject(data)) return undefined;
  const { sc } = data;
  if (typeof sc === 'number') return sc;
  const numbers = Object.values(data).filter((value) => typeof value === 'number');
  return numbers.length === 1 ? numbers[0] : undefined;
}
