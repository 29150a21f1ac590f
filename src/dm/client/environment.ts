/** What the client core is told of its device and its policy, and the words that events and actions share (DM 2.0 §5, §8). */
import type { MoDefinition } from '../../mo/index.js';
import type { AvailableConnection, NotificationFormat } from '../notification/index.js';
import type { PackageFormat } from '../packages/index.js';
import type { ClientLimits, ClientPolicy } from './policy.js';

/** Where an account came from (§8); a card may change what a card brought, and nothing else may. */
export type BootstrapOrigin =
  | { readonly kind: 'factory' }
  | { readonly kind: 'smartcard'; readonly iccid?: string }
  | { readonly kind: 'client'; readonly url: string }
  | { readonly kind: 'server'; readonly channel: string };

/** The connection types of PREFERRED-CON-TYPE (§5.2.1.2) that a device can have. */
export type Connection = AvailableConnection;

/** What the session goes over, for the Session Information MO (§12.4). */
export interface Bearer {
  /** 0 other or unknown, 1 mobile, 2 wireless, 3 wireline. */
  readonly cbt: number;
  /** 0 at home, 1 roaming, 2 unknown. */
  readonly roaming: number;
}

/** The values of §6.2; what is absent is sent as -1. DevID comes from the DevInfo MO. */
export interface NetworkValues {
  readonly MNC?: string;
  readonly MCC?: string;
  readonly CMNC?: string;
  readonly CMCC?: string;
  readonly SPName?: string;
}

export interface ClientEnvironment {
  readonly definitions: readonly MoDefinition[];
  readonly clock: () => Date;
  /** `n` random octets: boundaries of multipart bodies. */
  readonly random: (n: number) => Uint8Array;
  readonly policy: ClientPolicy;
  readonly limits: ClientLimits;
  readonly serverUriValues: NetworkValues;
  /** Ways to write packages and MOs, in the order of preference (§7.2). */
  readonly formats: readonly PackageFormat[];
  /** Other ways to write Package#0 than the binary one (§7.1.2); none unless told. */
  readonly notificationFormats?: readonly NotificationFormat[];
}

/** The credentials of an account: the adapter takes them from the tree in the state it was given with the action. */
export interface CredentialsRef {
  readonly srvId: string;
  readonly which: 'trsp' | 'bootstrap';
}

export interface HttpRequestData {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  /** Names in lower case; Host and Content-Length are the adapter's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export type HttpPurpose = 'session' | 'repository' | 'subscription' | 'bootstrap' | 'gcm';

/** Why HTTP gave no response: the adapter's own words go into `message`. */
export interface HttpFailure {
  readonly code: string;
  readonly message: string;
}

/** What may start a session, and so which session alert Package#1 has (§5.2.2). */
export type SessionCause =
  | { readonly kind: 'client' }
  | { readonly kind: 'bootstrap' }
  | { readonly kind: 'notification'; readonly notificationId?: number; readonly reqMos: boolean };

/** What came of an HTTP request. */
export type HttpAnswer =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly cause: HttpFailure };
