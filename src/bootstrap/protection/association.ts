/** The security association that one pushed bootstrap uses up (TS 24.109 clause 4A.1, DM 2.0 §9.3.1.3). */
import type { DmKeys } from '../../gba/index.js';

export interface SecurityAssociation {
  /** Names the association: the P-TID of the push. 1 to 255 octets of UTF-8. */
  readonly pTid: string;
  /** FQDN ‖ Ua security protocol identifier. */
  readonly nafId: Uint8Array;
  /** 16 octets. */
  readonly rand: Uint8Array;
  readonly keys: DmKeys;
  /** When the keys of the NAF end. */
  readonly expires: Date;
}

/** Where a receiver keeps its associations. Each one opens one message. */
export interface AssociationStore {
  /** The association, or undefined where it is unknown or has opened a message already. */
  find(pTid: string): SecurityAssociation | undefined;
  /** Called once, when a message was accepted; a second `find` of the same P-TID gives undefined from then on. */
  use(pTid: string): void;
}
