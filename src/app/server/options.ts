/** What a DM server is started with. */
import type {
  DeviceRecord,
  NotificationFormat,
  PackageFormat,
  Script,
  ScriptSource,
  ServerPolicy,
  ServerStore,
} from '../../dm/index.js';
import type { MoDefinition } from '../../mo/index.js';
import type { HttpClient, HttpLimits, TlsCertificate, TlsTrust, TlsVersionRange } from '../../net/index.js';
import type { DmServerEvent } from './events.js';

/** Sends a notification to one address of a device; rejects with a SimbootError where it cannot. */
export type NotificationSender = (
  address: DeviceRecord['addresses'][number],
  bytes: Uint8Array,
  signal: AbortSignal,
) => Promise<void>;

/** TLS of the server; pre-shared keys and pinned client certificates come from the store. */
export interface DmServerTls {
  /** One with an RSA key and one with an EC key serve all suites of DM 2.0 §9.2.2. */
  readonly certificates: readonly TlsCertificate[];
  /** Authorities of client certificates, PEM or DER; certificates of accounts need none. */
  readonly clientCa?: string | Uint8Array;
  /** TLS 1.2 to 1.3 unless told. */
  readonly versions?: TlsVersionRange;
  /** A second listener that takes TLS 1.0 and 1.1 too (`LEGACY_WARNING` says what that risks). */
  readonly legacyListen?: { readonly host: string; readonly port: number };
}

export interface DmServerOptions {
  /** Open; the server leaves it open. */
  readonly store: ServerStore;
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Without it: plain HTTP, for closed networks and for a proxy on the same machine. */
  readonly tls?: DmServerTls;
  /** How devices reach the server, where that is not the listener: scheme, host, port, path without a trailing slash. */
  readonly publicUrl?: string;
  /** Bounds and SERVER-ID; the addresses come from `publicUrl` or the listener. */
  readonly policy?: Partial<Omit<ServerPolicy, 'dmUrl' | 'repositoryUrl' | 'uiUrl'>>;
  readonly limits?: Partial<HttpLimits>;
  /** Lets Basic authentication pass without TLS, where everybody on the way reads the password. */
  readonly basicWithoutTls?: boolean;
  /** Besides those that simboot comes with. */
  readonly definitions?: readonly MoDefinition[];
  readonly formats?: readonly PackageFormat[];
  /** How Package#0 is written (§7.1); binary unless told. */
  readonly notificationFormat?: NotificationFormat;
  /** Scripts that are programs. */
  readonly programs?: readonly Script[];
  /** Queued for every device that comes for the first time, before its first Package#2. */
  readonly welcome?: readonly ScriptSource[];
  /** Sends notifications; `notificationSender` makes one. Without it nobody is notified. */
  readonly send?: NotificationSender;
  /** Notify a device as soon as a script waits for it; true unless told. */
  readonly notifyWhenWanted?: boolean;
  /** Beginnings of addresses from which device descriptions (DDF) of devices are fetched; none unless told. */
  readonly ddfFrom?: readonly string[];
  /** For what the server fetches and sends itself. */
  readonly http?: HttpClient;
  readonly trust?: TlsTrust;
  readonly clock?: () => Date;
  /** Of cryptographic quality. */
  readonly random?: (octets: number) => Uint8Array;
  readonly onEvent?: (event: DmServerEvent) => void;
}
