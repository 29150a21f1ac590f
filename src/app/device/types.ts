/** What a device is made of, and what it tells while it runs (DM 2.0 §5, §8). */
import type {
  Bearer,
  BootstrapOrigin,
  ClientLimits,
  ClientPolicy,
  Connection,
  HttpPurpose,
  HttpRequestData,
  NetworkValues,
  NotificationFormat,
  Outcome,
  PackageFormat,
  SessionCause,
  UserQuestion,
} from '../../dm/index.js';
import type { MoDefinition, SerializedMo } from '../../mo/index.js';
import type { TransportCredentials } from '../../net/index.js';
import type { Browser } from './browser.js';
import type { CardSourceOptions } from './card.js';
import type { DevInfoValues } from './dev-info.js';
import type { ExecHandlers } from './exec.js';
import type { PushEvent } from './pushes.js';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How a device reaches the network. Rejects with a SimbootError where there is no answer. */
export interface DeviceNetwork {
  /** One request and its whole answer, whatever its status; rejects when `signal` aborts. */
  send(
    request: HttpRequestData,
    credentials: TransportCredentials | undefined,
    signal: AbortSignal,
  ): Promise<HttpAnswer>;
  /** Closes connections that were kept. */
  close(): Promise<void>;
}

export interface DeviceOptions {
  /** Where its state is kept; made where it is missing. */
  readonly stateFolder: string;
  readonly devInfo: DevInfoValues;
  readonly clock: () => Date;
  /** So many unpredictable octets. */
  readonly random: (octets: number) => Uint8Array;
  readonly network: DeviceNetwork;
  /** The smartcard, read at every start (§8.1). */
  readonly card?: CardSourceOptions;
  /** What a bootstrap server is shown where no account has credentials for it (§8.3, §9.3.2). */
  readonly bootstrapCredentials?: TransportCredentials;
  /** Objects of the factory bootstrap, `application/dmmo+json` (§8.2). */
  readonly factory?: Uint8Array;
  /** Definitions besides those that simboot comes with. */
  readonly definitions?: readonly MoDefinition[];
  readonly policy?: Partial<ClientPolicy>;
  readonly limits?: Partial<ClientLimits>;
  /** Ways to write packages and MOs, in the order of preference (§7.2); JSON unless told. */
  readonly formats?: readonly PackageFormat[];
  /** Other ways to write Package#0 than the binary one (§7.1.2); none unless told. */
  readonly notificationFormats?: readonly NotificationFormat[];
  readonly networkValues?: NetworkValues;
  readonly connections?: { readonly available: readonly Connection[]; readonly bearer?: Bearer };
  readonly browser?: Browser;
  readonly exec?: ExecHandlers;
  /** Asks the user; bootstraps are refused where the policy wants a question and nobody answers. */
  readonly confirm?: (question: UserQuestion) => Promise<boolean>;
  /** A session that takes longer is aborted; 10 minutes unless told. */
  readonly sessionMs?: number;
  /** An EXEC that takes longer is answered with 202 and reported later; 30 seconds unless told. */
  readonly execMs?: number;
  readonly onEvent?: (event: DeviceEvent) => void;
}

/** What happens, for logs: no keys, no values of nodes, no one-time addresses. */
export type DeviceEvent =
  | { readonly type: 'card'; readonly ok: boolean; readonly documents: number; readonly reason?: string }
  | {
      readonly type: 'bootstrapped';
      readonly origin: BootstrapOrigin['kind'];
      readonly added: readonly string[];
      readonly replaced: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly type: 'notification'; readonly transport: string; readonly octets: number }
  | { readonly type: 'session-started'; readonly serverId: string; readonly cause: SessionCause['kind'] }
  | {
      readonly type: 'request';
      readonly id: string;
      readonly purpose: HttpPurpose;
      readonly method: string;
      readonly url: string;
      readonly octets: number;
      /** How the peers know each other, without any key. */
      readonly credentials: TransportCredentials['kind'] | 'none';
      /** What it carries, a line each. */
      readonly says: readonly string[];
    }
  | {
      readonly type: 'response';
      readonly id: string;
      readonly purpose: HttpPurpose;
      readonly status: number;
      readonly octets: number;
      readonly says: readonly string[];
    }
  | {
      readonly type: 'no-response';
      readonly id: string;
      readonly purpose: HttpPurpose;
      readonly code: string;
      readonly message: string;
    }
  | PushEvent
  | { readonly type: 'browse'; readonly ok: boolean }
  | { readonly type: 'exec'; readonly clientUri: string; readonly status: number }
  | { readonly type: 'session-ended'; readonly serverId: string; readonly outcome: Outcome }
  | {
      readonly type: 'note';
      readonly level: 'info' | 'warning' | 'error';
      readonly code: string;
      readonly message: string;
    };

/** What a local application gets (§10: it is a management authority of its own). */
export interface LocalAnswer {
  /** As the status of a command (Appendix C). */
  readonly status: number;
  readonly objects?: readonly SerializedMo[];
  readonly uris?: readonly string[];
}
