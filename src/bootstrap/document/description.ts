/** What a bootstrap is made from, with every secret as octets. `readDescription` makes it from YAML or JSON. */
import type { JsonObject } from '../../mo/index.js';

/** A pre-shared key and its identity (DM 2.0 §12.2.1.1). */
export interface PskDescription {
  /** Not empty; a client supports at least 128 octets of UTF-8. */
  readonly identity: string;
  readonly key: Uint8Array;
  /** What the server goes by (ServerPubKey); `identity` unless told. Auth/Bootstrap only. */
  readonly serverIdentity?: string;
}

/** A certificate with its private key (§12.2.1.2). Files as they are: PEM or DER. */
export interface X509Description {
  readonly certificate: Uint8Array;
  readonly privateKey: Uint8Array;
  /** Auth/Bootstrap only. */
  readonly serverCertificate?: Uint8Array;
}

/** Exactly one of the two. */
export interface SecurityDescription {
  readonly psk?: PskDescription;
  readonly x509?: X509Description;
}

export interface AccountDescription {
  readonly srvId: string;
  readonly srvUri: string;
  readonly name: string;
  /** MOIDs, or `*`; `['*']` unless told. */
  readonly perm?: readonly string[];
  /** Left to the client unless told. */
  readonly miid?: string;
  readonly bootstrap?: SecurityDescription & { readonly serverUri: string };
  readonly noti?: { readonly secret: Uint8Array; readonly data?: Uint8Array };
  readonly trsp?: SecurityDescription;
  readonly push?: {
    readonly gcm?: {
      readonly senderId: string;
      readonly regUri: string;
      readonly unRegUri: string;
      readonly regParams?: string;
      readonly ext?: JsonObject;
    };
    readonly ext?: JsonObject;
  };
  readonly ext?: JsonObject;
}

/** An MO other than a DM account: its nodes as JSON. */
export interface ObjectDescription {
  readonly moid: string;
  readonly miid?: string;
  /** URL of its device description. */
  readonly ddf?: string;
  readonly data: JsonObject;
}

export interface BootstrapDescription {
  readonly accounts?: readonly AccountDescription[];
  readonly objects?: readonly ObjectDescription[];
}
