/** A server from its options to its end: what `simboot server start` runs. */
import type { Script, ScriptSource } from '../../dm/index.js';
import { HttpClient, type TlsCertificate } from '../../net/index.js';
import { openServerStore } from '../../store/index.js';
import { type DmServer, startDmServer } from './dm-server.js';
import type { DmServerEvent } from './events.js';
import { type FcmSettings, fcmSender } from './fcm.js';
import {
  certificatesOfFolder,
  isLoopback,
  type ListenAddress,
  requireQuietPlace,
  untilAborted,
} from './listening.js';
import { notificationSender } from './notification-sender.js';
import { folderStore, prepareFolder } from './state-folder.js';
import { allDevices } from './status.js';

/** A script to queue at the start. */
export interface ScriptToRun {
  readonly script: ScriptSource;
  /** DevID, or `all`: every device that is known, and each other one when it comes for the first time. */
  readonly device: string;
}

export interface RunServerOptions {
  /** Folder with store, store key and certificates; made where it is missing. */
  readonly state: string;
  /** Another store than that of the folder: `postgres://…`, `sqlite:FILE`, `memory`. */
  readonly store?: string;
  /** 32 octets. */
  readonly storeKey?: Uint8Array;
  readonly listen: ListenAddress;
  /** HTTP without TLS; elsewhere than on a loopback address only with `plainHttpRisk`. */
  readonly plainHttp?: boolean;
  readonly plainHttpRisk?: boolean;
  /** Made in the folder, self-signed, where there are none. */
  readonly certificates?: readonly TlsCertificate[];
  readonly clientCa?: Uint8Array;
  readonly legacyListen?: ListenAddress;
  readonly publicUrl?: string;
  readonly srvId?: string;
  readonly scripts?: readonly ScriptToRun[];
  /** Scripts that are programs, which jobs may name. */
  readonly programs?: readonly Script[];
  readonly ddfFrom?: readonly string[];
  /** Notifies devices that registered with Firebase Cloud Messaging. */
  readonly fcm?: FcmSettings;
  readonly clock: () => Date;
  readonly random: (octets: number) => Uint8Array;
  /** Ends the server. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunServerEvent) => void;
}

export type RunServerEvent =
  | DmServerEvent
  | { readonly type: 'store'; readonly store: string }
  /** A self-signed certificate: devices have to be told to trust it. */
  | {
      readonly type: 'certificate';
      readonly file: string;
      readonly fingerprint256: string;
      readonly made: boolean;
    }
  | { readonly type: 'ready'; readonly dm: string; readonly legacy?: string; readonly bootstrap: string };

/**
 * Runs a server until the signal, then stops it in order.
 *
 * @throws UsageError `USAGE_ARGUMENT` for plain HTTP where others can listen; and what `openServerStore` and
 *   `startDmServer` throw
 */
export async function runServer(options: RunServerOptions): Promise<void> {
  const { state, listen, onEvent } = options;
  if (options.plainHttp === true) requireQuietPlace(listen, options.plainHttpRisk === true);
  await prepareFolder(state);
  const http = new HttpClient({ clock: options.clock });
  const address = options.store ?? folderStore(state);
  const store = await openServerStore(address, {
    ...(options.storeKey === undefined ? {} : { key: options.storeKey }),
    random: options.random,
    onNote: (message) => onEvent({ type: 'warning', message }),
  });
  try {
    onEvent({ type: 'store', store: address.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1@') });
    const welcome = (options.scripts ?? []).filter(({ device }) => device === 'all');
    const server = await startDmServer({
      store,
      listen,
      ...(options.plainHttp === true
        ? { basicWithoutTls: isLoopback(listen.host) }
        : { tls: await tlsOf(options) }),
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
      ...(options.srvId === undefined ? {} : { policy: { srvId: options.srvId } }),
      ...(options.programs === undefined ? {} : { programs: options.programs }),
      ...(options.ddfFrom === undefined ? {} : { ddfFrom: options.ddfFrom }),
      welcome: welcome.map(({ script }) => script),
      http,
      send: notificationSender(
        options.fcm === undefined ? {} : { fcm: fcmSender(options.fcm, http, options.clock) },
      ),
      clock: options.clock,
      random: options.random,
      onEvent,
    });
    try {
      await queue(server, options.scripts ?? []);
      const { dm, bootstrap, legacy } = server.urls;
      onEvent({ type: 'ready', dm, bootstrap, ...(legacy === undefined ? {} : { legacy }) });
      await untilAborted(options.signal);
    } finally {
      await server.stop();
    }
  } finally {
    http.close();
    await store.close();
  }
}

async function tlsOf(options: RunServerOptions) {
  const { certificates, clientCa, legacyListen } = options;
  return {
    certificates: certificates ?? (await ownCertificates(options)),
    ...(clientCa === undefined ? {} : { clientCa }),
    ...(legacyListen === undefined ? {} : { legacyListen }),
  };
}

async function ownCertificates(options: RunServerOptions) {
  const found = await certificatesOfFolder(options);
  for (const { where = '', fingerprint256, made } of found) {
    options.onEvent({ type: 'certificate', file: where, fingerprint256, made });
  }
  return found;
}

async function queue(server: DmServer, scripts: readonly ScriptToRun[]): Promise<void> {
  for (const { script, device } of scripts) {
    if (device !== 'all') await server.submit(device, script);
    else for await (const { devId } of allDevices(server.store)) await server.submit(devId, script);
  }
}
