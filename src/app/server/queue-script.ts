/** Queues a script from another process than the server's: the store is where both meet. */
import {
  DEFAULT_FORMATS,
  DEFAULT_SERVER_POLICY,
  type NotificationAddress,
  type ScriptSource,
  type ServerStore,
} from '../../dm/index.js';
import { MO_DEFINITIONS } from '../../mo/index.js';
import { notificationSender } from './notification-sender.js';
import { DeviceSteps } from './steps.js';

export interface QueueOptions {
  readonly clock: () => Date;
  readonly random: (octets: number) => Uint8Array;
  /** Another place where the device takes notifications, kept for the next time. */
  readonly address?: NotificationAddress;
  /** Ask the device for a session now, where it has an address. */
  readonly notify: boolean;
  readonly signal: AbortSignal;
}

/**
 * Queues a script for a device; it is carried out in its next session, whichever process serves that.
 *
 * @returns the jobId, and to how many addresses a notification was sent
 * @throws UsageError `USAGE_SCRIPT`, `USAGE_COMMAND`
 * @throws NetworkError where a notification cannot be sent; the script is queued nevertheless
 */
export async function queueScript(
  store: ServerStore,
  devId: string,
  script: ScriptSource,
  options: QueueOptions,
): Promise<{ jobId: string; notified: number }> {
  const { clock, random } = options;
  const environment = {
    clock,
    random,
    policy: DEFAULT_SERVER_POLICY,
    definitions: MO_DEFINITIONS,
    formats: DEFAULT_FORMATS,
    programs: new Map(),
  };
  const steps = new DeviceSteps(store, () => environment);
  if (options.address !== undefined) await addAddress(store, devId, options.address, clock().getTime());
  const { jobId } = await steps.run(devId, () => ({ type: 'submit', script }));
  if (!options.notify) return { jobId: jobId!, notified: 0 };
  const { notifications } = await steps.run(devId, () => ({ type: 'notify' }));
  const send = notificationSender();
  let notified = 0;
  for (const { addresses, bytes } of notifications) {
    for (const address of addresses) {
      await send(address, bytes, options.signal);
      notified++;
    }
  }
  return { jobId: jobId!, notified };
}

/**
 * Remembers where a device takes notifications.
 *
 * @param now milliseconds since 1970, for a device that was never seen
 */
export async function addAddress(
  store: ServerStore,
  devId: string,
  address: NotificationAddress,
  now: number,
): Promise<void> {
  for (;;) {
    const { device, revision } = await store.load(devId);
    const known = device ?? { devId, addresses: [], lastNotificationId: -1, firstSeenAt: now };
    const text = JSON.stringify(address);
    if (known.addresses.some((one) => JSON.stringify(one) === text)) return;
    const record = { ...known, addresses: [...known.addresses, address] };
    if ((await store.apply(devId, [{ type: 'device', record }], revision)).ok) return;
  }
}
