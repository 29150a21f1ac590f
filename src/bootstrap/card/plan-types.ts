/** What a plan says: data for people and scripts, made before the first UPDATE. */
import type { CardMode, FileLocation, KeyReference, Operation } from '../../card/index.js';
import type { Finding } from '../../pkcs15/index.js';
import type { EntryOptions } from './desired.js';
import type { CardKeys } from './keys.js';

/** What to write. */
export interface WriteRequest extends EntryOptions {
  /** UTF-8 without byte order mark (DM 2.0 §8.1). */
  readonly document: Uint8Array;
  readonly keys?: CardKeys;
  /** File identifier for EF DM_Bootstrap where the card has no entry yet; default 6431. */
  readonly file?: number;
  /** Of the EF(DODF) for a new entry; default 6420. */
  readonly dodf?: number;
  /** Of the EF(AODF) for the PIN of a private object; default 6440. */
  readonly aodf?: number;
  /** Where the PKCS#15 DF is if EF(DIR) does not tell; default 3F00/7F50. */
  readonly applicationPath?: readonly number[];
  /** Read every octet back and compare all attributes after writing. Default true. */
  readonly verify?: boolean;
}

/** One UPDATE BINARY or UPDATE RECORD: one exchange. */
export interface PlannedUpdate {
  /** Path for people. */
  readonly file: string;
  readonly location: FileLocation;
  /** Record number; absent for transparent files. */
  readonly record?: number;
  /** Octet in the file; 0 for records. */
  readonly offset: number;
  readonly data: Uint8Array;
  readonly purpose: string;
  /** Octets of the document: a picture of the plan shows their number only. */
  readonly secret: boolean;
}

/** One access rule that the operation depends on. */
export interface PlannedAccess {
  readonly file: string;
  readonly operation: Operation;
  /** In words, such as `ADM1 (key 0A)`. */
  readonly rule: string;
}

export interface PlanSummary {
  readonly mode: CardMode;
  /** Path of EF DM_Bootstrap. */
  readonly file: string;
  /** Octets that the file, or the part of it that the entry names, has. */
  readonly size: number;
  /** Octets of the document. */
  readonly used: number;
  /** What the card holds now. */
  readonly before: 'same' | 'other' | 'blank' | 'unread';
  readonly updates: readonly PlannedUpdate[];
  readonly access: readonly PlannedAccess[];
  /** Keys that will be presented before the first UPDATE. */
  readonly keys: readonly KeyReference[];
  /** Commands that carrying out will send, answers fetched with GET RESPONSE not counted. */
  readonly exchanges: {
    readonly select: number;
    readonly update: number;
    readonly read: number;
    readonly keys: number;
    /** Closing the logical channel. */
    readonly channel: number;
    readonly total: number;
  };
  /** Octets written and read back. */
  readonly octets: { readonly written: number; readonly read: number };
  readonly findings: readonly Finding[];
}
