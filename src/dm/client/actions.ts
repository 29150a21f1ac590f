/** What an adapter is to do, in the order given (DM 2.0 §5, §8): what comes out of `nextClientStep`. */
import type { NodeRef, SerializedMo } from '../../mo/index.js';
import type {
  BootstrapOrigin,
  Connection,
  CredentialsRef,
  HttpPurpose,
  HttpRequestData,
  SessionCause,
} from './environment.js';
import type { Outcome } from './outcome.js';

export type ClientAction =
  /** The state of this step must be on stable storage before any action after this one is carried out. */
  | { readonly type: 'save' }
  | {
      readonly type: 'http';
      readonly id: string;
      readonly purpose: HttpPurpose;
      readonly request: HttpRequestData;
      /** Only where the URL has the origin of the account (docs/decisions/credentials-stay-at-home.md). */
      readonly credentials?: CredentialsRef;
      /** The connection of the session: the one that a notification preferred, or the first there is. */
      readonly connection?: Connection;
    }
  | { readonly type: 'browse'; readonly id: string; readonly url: string }
  /** Run the node. `asynchronous`: the status is reported by an alert, 202 has been answered already. */
  | {
      readonly type: 'exec';
      readonly id: string;
      readonly ref: NodeRef;
      readonly clientUri: string;
      readonly serverId: string;
      readonly asynchronous: boolean;
    }
  | { readonly type: 'ask-user'; readonly id: string; readonly what: UserQuestion }
  | {
      readonly type: 'local-answer';
      readonly id: string;
      /** As a command's status (Appendix C). */
      readonly status: number;
      readonly objects?: readonly SerializedMo[];
      readonly uris?: readonly string[];
    }
  | { readonly type: 'session-started'; readonly serverId: string; readonly cause: SessionCause }
  | { readonly type: 'session-ended'; readonly serverId: string; readonly outcome: Outcome }
  | {
      readonly type: 'bootstrapped';
      readonly origin: BootstrapOrigin;
      readonly added: readonly string[];
      readonly replaced: readonly string[];
      readonly removed: readonly string[];
    }
  | {
      readonly type: 'note';
      readonly level: 'info' | 'warning' | 'error';
      readonly code: string;
      readonly message: string;
      readonly details?: Readonly<Record<string, string | number | boolean>>;
    };

/** Perm of a bootstrap, which its user may refuse (§12.2). */
export interface UserQuestion {
  readonly kind: 'bootstrap';
  readonly origin: BootstrapOrigin;
  readonly servers: readonly {
    readonly srvId: string;
    readonly name: string;
    readonly moids: readonly string[];
  }[];
}
