/** What can be known of a security domain without its keys (GPC 2.3.1 §11.3, §H; Amendment D §7.1.1). */
import type { InitializeUpdateResponse } from '../scp03/initialize-update.js';
import type { CardRecognitionData } from './card-recognition.js';
import type { Cplc } from './cplc.js';
import type { KeyInformation } from './key-information.js';

export interface DomainFinding {
  readonly severity: 'info' | 'warning' | 'error';
  readonly code: string;
  readonly where: string;
  readonly message: string;
}

/** An answer to INITIALIZE UPDATE, which was not followed by EXTERNAL AUTHENTICATE. */
export interface HandshakeAnswer extends InitializeUpdateResponse {
  /** Well-known test keys that give the cryptogram which the card showed. */
  readonly testKeys: readonly string[];
}

/** What is missing was not there, or could not be read: the findings say why. */
export interface DomainInfo {
  readonly aid: Uint8Array;
  readonly recognition?: CardRecognitionData;
  readonly cplc?: Cplc;
  readonly keys?: readonly KeyInformation[];
  /** Of the default key version, before INITIALIZE UPDATE moved it. */
  readonly sequenceCounter?: number;
  readonly handshake?: HandshakeAnswer;
  readonly findings: readonly DomainFinding[];
}
