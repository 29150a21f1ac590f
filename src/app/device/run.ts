/** One run of a device: switched on, sessions, notifications, switched off. */
import { type SimbootError, UsageError } from '../../errors/index.js';
import { receiveUdpPush, type UdpReceiver, type UdpSender } from '../../net/index.js';
import { Device } from './device.js';
import { DevicePushes, type DevicePushOptions } from './pushes.js';
import type { DeviceEvent, DeviceOptions } from './types.js';

/** Where pushes come: an address of this machine, and a UDP port (2948 by the registry; 0 for any). */
export interface PushAddress {
  readonly host: string;
  readonly port: number;
}

export interface RunDeviceOptions extends DeviceOptions {
  /** Fetches a bootstrap there first (DM 2.0 §8.3). */
  readonly bootstrapUrl?: string;
  /** Opens a session with these servers, by SrvID, or with every server there is an account of. */
  readonly sessions?: readonly string[] | 'all';
  /** Where WAP pushes are received (Appendix E.1). */
  readonly push?: PushAddress;
  /** Takes pushed bootstraps too, with the USIM of the card (§8.4, §9.3.1.3). */
  readonly bootstrapPushes?: DevicePushOptions;
  /** Ends after the first session that a push brings about; without `push` a run ends when nothing is left to do. */
  readonly once?: boolean;
  /** Switches the device off. */
  readonly signal?: AbortSignal;
  /** Told once the device receives pushes; `port` is the one in use. */
  readonly onListening?: (address: PushAddress) => void;
}

/** How a session ended. */
export interface SessionReport {
  readonly serverId: string;
  readonly ended: boolean;
  /** Why it was aborted. */
  readonly why?: string;
}

/** What came of a run. */
export interface DeviceReport {
  readonly devId: string;
  readonly accounts: readonly { readonly srvId: string; readonly origin: string }[];
  readonly sessions: readonly SessionReport[];
  /** Whether the card was read; absent without a card. */
  readonly cardRead?: boolean;
}

/**
 * Runs a device until nothing is left to do, or with `push` until `signal` aborts.
 *
 * @throws UsageError `USAGE_STATE_FOLDER`; DataError `DATA_DEVICE_STATE`; NetworkError `NETWORK_LISTEN`
 */
export async function runDevice(options: RunDeviceOptions): Promise<DeviceReport> {
  const { signal, push, once, bootstrapUrl, sessions = [], devInfo } = options;
  const log = new RunLog(options.onEvent);
  const device = await Device.start({ ...options, onEvent: (event) => log.add(event) });
  const off = switchedOff(signal);
  const idle = () => Promise.race([device.idle(), off.happened]);
  let receiver: UdpReceiver | undefined;
  try {
    if (push) {
      const pushes = await openPushes(options, device, log);
      receiver = await receiveUdpPush({
        ...push,
        onPush: ({ notification }) => device.receive(notification, 'WAP push over UDP'),
        ...(pushes === undefined ? {} : { onMessage: (message) => pushes.take(message) }),
        onRefused: (error, from) => log.add(refusedPush(error, from)),
      });
      options.onListening?.({ host: push.host, port: receiver.port });
    }
    if (bootstrapUrl !== undefined) device.bootstrapFromUrl(bootstrapUrl);
    await idle();
    const servers = sessions === 'all' ? accountsOf(device).map(({ srvId }) => srvId) : sessions;
    for (const serverId of servers) device.startSession(serverId);
    await idle();
    log.isSettled = true;
    if (push) await Promise.race([once ? log.sessionByPush() : NEVER, device.failed, off.happened]);
    await idle();
  } finally {
    off.forget();
    await receiver?.close();
    await device.stop();
  }
  return {
    devId: devInfo.DevID,
    accounts: accountsOf(device),
    sessions: log.sessions,
    ...(log.cardRead === undefined ? {} : { cardRead: log.cardRead }),
  };
}

async function openPushes(
  { bootstrapPushes, card, stateFolder, clock }: RunDeviceOptions,
  device: Device,
  log: RunLog,
): Promise<DevicePushes | undefined> {
  if (bootstrapPushes === undefined) return undefined;
  if (card === undefined)
    throw new UsageError('USAGE_ARGUMENT', 'pushed bootstraps need a card with a USIM in a reader');
  return DevicePushes.open({
    ...bootstrapPushes,
    folder: stateFolder,
    card,
    clock,
    onEvent: (event) => log.add(event),
    onBootstrap: (document, pTid) => device.receiveBootstrap(document, `GBA push ${pTid}`),
  });
}

function refusedPush({ message, code }: SimbootError, { address }: UdpSender): DeviceEvent {
  return {
    type: 'note',
    level: 'warning',
    code,
    message: `a datagram from ${address} is refused: ${message}`,
  };
}

const NEVER = new Promise<never>(() => undefined);

function accountsOf(device: Device): DeviceReport['accounts'] {
  return [...device.state.accounts.values()].map(({ srvId, origin }) => ({ srvId, origin: origin.kind }));
}

function switchedOff(signal: AbortSignal | undefined): { happened: Promise<void>; forget: () => void } {
  let listener = (): void => undefined;
  const happened = new Promise<void>((resolve) => {
    listener = resolve;
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', listener);
  });
  return { happened, forget: () => signal?.removeEventListener('abort', listener) };
}

/** What of the events a report needs. */
class RunLog {
  readonly sessions: SessionReport[] = [];
  cardRead: boolean | undefined;
  /** Everything that the start itself brought about is over. */
  isSettled = false;
  readonly #byPush = new Set<string>();
  #endedByPush = 0;
  /** A pushed bootstrap was applied. */
  #isPushed = false;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly onEvent: ((event: DeviceEvent) => void) | undefined) {}

  add(event: DeviceEvent): void {
    this.onEvent?.(event);
    if (event.type === 'card') this.cardRead = event.ok;
    if (event.type === 'push' && event.outcome === 'bootstrap') this.#isPushed = true;
    if (event.type === 'session-started' && this.isByPush(event.cause)) this.#byPush.add(event.serverId);
    if (event.type === 'session-ended') this.ended(event);
  }

  private isByPush(cause: Extract<DeviceEvent, { type: 'session-started' }>['cause']): boolean {
    return this.isSettled || cause === 'notification' || (cause === 'bootstrap' && this.#isPushed);
  }

  private ended({ serverId, outcome }: Extract<DeviceEvent, { type: 'session-ended' }>): void {
    this.sessions.push({
      serverId,
      ended: outcome.kind === 'ended',
      ...(outcome.kind === 'aborted' ? { why: outcome.message } : {}),
    });
    if (this.#byPush.delete(serverId)) this.#endedByPush++;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves once a session has ended that a push brought about, however early the push came. */
  async sessionByPush(): Promise<void> {
    while (this.#endedByPush === 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
