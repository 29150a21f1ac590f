/** Package#0 (DM 2.0 §5.2.1): whose it is, whether it is genuine and new, and the session it asks for. */
import { SimbootError } from '../../errors/index.js';
import { findNotificationFormat, guardNotification, type Notification } from '../notification/index.js';
import { type AccountInUse, allAccounts, findAccount, octetsOf } from './accounts.js';
import type { ClientEnvironment } from './environment.js';
import { requestSession } from './session-state.js';
import type { Turn } from './turn.js';

/** Takes a notification; what is wrong with it is noted, and nothing else happens then. */
export function onNotification(turn: Turn, bytes: Uint8Array, senderId: string | undefined): void {
  let notification: Notification;
  try {
    notification = findNotificationFormat(turn.env.notificationFormats, bytes).decodeNotification(bytes);
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    turn.note('warning', 'NOTIFICATION_MALFORMED', error.message);
    return;
  }
  const account = accountFor(turn, bytes, notification, senderId);
  if (account === undefined) {
    turn.note('warning', 'NOTIFICATION_UNKNOWN', 'the notification is from no server of this device');
    return;
  }
  const serverId = account.account.srvId;
  const doubt = doubtAbout(turn, bytes, account);
  if (doubt !== undefined) {
    turn.note('warning', 'NOTIFICATION_DIGEST', `the notification is ignored: ${doubt}`, { serverId });
    return;
  }
  const { verdict, guard } = guardNotification(
    turn.state.notificationGuard,
    { ...notification, serverId },
    { now: turn.env.clock(), maxAgeSeconds: turn.env.policy.notificationAgeSeconds },
  );
  if (verdict !== 'fresh') {
    turn.note('info', 'NOTIFICATION_DROPPED', `the notification is dropped: it is ${verdict}`, { serverId });
    return;
  }
  turn.update({ notificationGuard: guard });
  const { notificationId, reqMos, connectionTypes } = notification;
  requestSession(turn, {
    serverId,
    cause: { kind: 'notification', reqMos, ...(notificationId === undefined ? {} : { notificationId }) },
    ...(connectionTypes === undefined ? {} : { preferred: connectionTypes }),
  });
}

/** By SERVER-ID, by what the transport says, by a digest that fits, or because there is one server only. */
function accountFor(
  { state, env }: Turn,
  bytes: Uint8Array,
  { serverId }: Notification,
  senderId: string | undefined,
): AccountInUse | undefined {
  const named = serverId ?? senderId;
  if (named !== undefined) return findAccount(state, named);
  const accounts = allAccounts(state);
  if (accounts.length === 1) return accounts[0];
  return accounts.find((account) => digestOf(env, bytes, account) === 'valid');
}

/** Why a notification is not to be trusted (§5.2.1.2, §12.2 Auth/Noti); undefined where nothing speaks against it. */
function doubtAbout({ env }: Turn, bytes: Uint8Array, account: AccountInUse): string | undefined {
  const digest = digestOf(env, bytes, account);
  if (digest === 'invalid') return 'its digest is wrong';
  if (digest === 'no secret') return 'its digest cannot be checked, the account has no secret for it';
  const hasSecret = octetsOf(account, 'Auth', 'Noti', 'Secret') !== undefined;
  return digest === 'absent' && hasSecret && env.policy.requireDigest ? 'it has no digest' : undefined;
}

function digestOf(
  { notificationFormats }: ClientEnvironment,
  bytes: Uint8Array,
  account: AccountInUse,
): 'valid' | 'invalid' | 'absent' | 'no secret' {
  const format = findNotificationFormat(notificationFormats, bytes);
  const secret = octetsOf(account, 'Auth', 'Noti', 'Secret');
  const authData = octetsOf(account, 'Auth', 'Noti', 'Data');
  if (secret !== undefined) {
    return format.verifyDigest(bytes, { secret, ...(authData === undefined ? {} : { authData }) });
  }
  return format.verifyDigest(bytes, { secret: new Uint8Array(0) }) === 'absent' ? 'absent' : 'no secret';
}
