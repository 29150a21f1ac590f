/** What can happen to a client (DM 2.0 §5, §8): what goes into `nextClientStep`. */
import type { MoTree, SerializedMo } from '../../mo/index.js';
import type { GenericAlert } from '../messages.js';
import type { Bearer, BootstrapOrigin, Connection, HttpFailure } from './environment.js';

export type ClientEvent =
  /** The device is switched on, its card has been read: sessions and reports that are due start. */
  | {
      readonly type: 'power-on';
      /** Ids of the asynchronous EXECs that still run; the others have failed (500). All run where this is absent. */
      readonly running?: readonly string[];
    }
  /** The device changed its own objects (DevInfo): the tree as it is to be, made from that of the current state. */
  | { readonly type: 'device-changed'; readonly tree: MoTree }
  /** Package#0 as it arrived; `serverId` where the transport tells the sender (§5.2.1.2). */
  | {
      readonly type: 'notification';
      readonly bytes: Uint8Array;
      readonly transport: string;
      readonly serverId?: string;
    }
  | {
      readonly type: 'start-session';
      readonly serverId: string;
      readonly alerts?: readonly GenericAlert[];
    }
  /** Factory file, or a message of a bootstrap server whose protection the adapter has verified. */
  | { readonly type: 'bootstrap'; readonly origin: BootstrapOrigin; readonly bytes: Uint8Array }
  /** The card was read at switching on; a failed read changes nothing (§8.1). */
  | { readonly type: 'card-read'; readonly result: CardReadResult }
  /** `url` is a ServerURI (§8.3). */
  | { readonly type: 'client-bootstrap'; readonly url: string }
  | {
      readonly type: 'http-response';
      readonly id: string;
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  | { readonly type: 'http-failed'; readonly id: string; readonly cause: HttpFailure }
  | {
      readonly type: 'browser-result';
      readonly id: string;
      readonly ok: boolean;
      readonly rejected?: boolean;
    }
  /**
   * What became of an `exec`. `completed: false` says that it goes on (202 for a synchronous EXEC); the same id comes
   * again when it is done. `data` is what the MO defines for its alert besides the status.
   */
  | {
      readonly type: 'exec-result';
      readonly id: string;
      readonly status: number;
      readonly completed: boolean;
      readonly alert?: Partial<Pick<GenericAlert, 'alertType' | 'targetUri' | 'mark' | 'data'>>;
    }
  | { readonly type: 'local-read'; readonly id: string; readonly appId: string; readonly clientUri: string }
  | {
      readonly type: 'local-write';
      readonly id: string;
      readonly appId: string;
      readonly write: LocalWrite;
    }
  /** An application needs the configuration of a MOID (§5.3.10). */
  | { readonly type: 'local-request'; readonly id: string; readonly appId: string; readonly moid: string }
  /** An alert of the device or of an application; without `serverId` to every server that may read its source. */
  | {
      readonly type: 'alert';
      readonly alert: GenericAlert;
      readonly serverId?: string;
      /** Start a session for it; otherwise it waits for the next one. */
      readonly now?: boolean;
    }
  /**
   * A Generic Alert in the XML of DM 1.x, as an application of that time sends it (§13.1). `places` tells which
   * instance stands where in its tree: `./SCM` is `urn:oma:mo:oma-scomo:1.0/SCOMO1/`.
   */
  | {
      readonly type: 'dm1x-alert';
      readonly xml: Uint8Array;
      readonly places: readonly { readonly path: string; readonly clientUri: string }[];
      readonly serverId?: string;
      readonly now?: boolean;
    }
  | {
      readonly type: 'connection-changed';
      readonly available: readonly Connection[];
      readonly bearer?: Bearer;
    }
  | { readonly type: 'gcm-registered'; readonly regId: string; readonly serverId?: string }
  | { readonly type: 'gcm-unregistered'; readonly regId: string; readonly serverId?: string }
  | { readonly type: 'user-answer'; readonly id: string; readonly accepted: boolean };

export type CardReadResult =
  | { readonly ok: true; readonly iccid?: string; readonly documents: readonly Uint8Array[] }
  | { readonly ok: false; readonly reason: string };

export type LocalWrite =
  /** Objects as in `application/dmmo+json`; `MOID//` creates. */
  | { readonly kind: 'objects'; readonly objects: readonly SerializedMo[] }
  | { readonly kind: 'value'; readonly clientUri: string; readonly value: string }
  | { readonly kind: 'delete'; readonly clientUri: string };
