/** Package#0 from the server: a fresh NOTIFICATION-ID, the time, the digest (DM 2.0 §5.2.1.2, Appendix E). */
import { BINARY_NOTIFICATION_FORMAT } from '../notification/index.js';
import type { DeviceRecord } from './records.js';
import type { Turn } from './turn.js';
import type { NotifyOptions } from './types.js';

/** NOTIFICATION-ID has 16 bits. */
const IDS = 0x10000;

/**
 * Builds the next notification of the device. The identifier is stored with the step, so that no restart gives it out
 * again; the digest is there where the account has Noti credentials; REQ-MOS where no MOS list is known, or as told.
 */
export function buildNotification(turn: Turn, { connectionTypes, reqMos }: NotifyOptions): void {
  const { state, now, env } = turn;
  const device = state.device ?? freshDevice(turn);
  const notificationId = (device.lastNotificationId + 1) % IDS;
  turn.write({ type: 'device', record: { ...device, lastNotificationId: notificationId } });
  turn.write({ type: 'notification', record: { devId: state.devId, notificationId, at: now } });
  const noti = state.account?.noti;
  const { notificationFormat = BINARY_NOTIFICATION_FORMAT } = env;
  const bytes = notificationFormat.encodeNotification(
    {
      serverId: state.account?.srvId ?? env.policy.srvId,
      ...(connectionTypes === undefined ? {} : { connectionTypes }),
      notificationId,
      timestamp: Math.floor(now / 1000),
      reqMos: reqMos ?? device.mos === undefined,
    },
    noti === undefined ? {} : { secret: noti.secret, authData: noti.data },
  );
  turn.act({ type: 'notification', bytes, notificationId, addresses: device.addresses });
}

/** A device that was only heard of: it was given an account or an address, and had no session yet. */
function freshDevice(turn: Turn): DeviceRecord {
  const { state, now } = turn;
  return { devId: state.devId, addresses: [], lastNotificationId: -1, firstSeenAt: now };
}

/** The RegId of the push service, or its end (Appendix E.2.3). One device has one. */
export function registerPush(turn: Turn, event: 'gcm-registered' | 'gcm-unregistered', regId: string): void {
  const device = turn.state.device ?? freshDevice(turn);
  const others = device.addresses.filter(
    (address) => address.transport !== 'gcm' || (event === 'gcm-unregistered' && address.regId !== regId),
  );
  const addresses = event === 'gcm-registered' ? [...others, { transport: 'gcm' as const, regId }] : others;
  turn.write({ type: 'device', record: { ...device, addresses } });
}
