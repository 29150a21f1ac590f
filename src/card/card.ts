/** The card's file system as seen from outside: one interface, two implementations (2G: TS 51.011, 3G: TS 102 221). */
import type { CommandProcessor } from '../apdu/index.js';

export type CardMode = '2g' | '3g';

/** File identifiers from the MF (3F00) down, for example `[0x3f00, 0x7f50, 0x5031]`. */
export type FilePath = readonly number[];

/**
 * Where a file is: under the MF by absolute path, or under an application. In 3G mode an application is reached by
 * its AID; in 2G mode by the path that EF(DIR) gives for it (DM 2.0 G.2.1, G.3.1).
 *
 * An absolute path may name the application it belongs to: an ADF cannot be reached by path, so that its files are
 * then selected under the AID. `locate` builds the right form of a path found in a directory file.
 */
export type FileLocation =
  | { readonly path: FilePath; readonly application?: ApplicationLocation }
  | { readonly application: ApplicationLocation; readonly relative: FilePath };

export interface ApplicationLocation {
  readonly aid: Uint8Array;
  /** Tag 51 of EF(DIR); some cards leave it out, and then the application can be reached in 3G mode only. */
  readonly path?: FilePath;
}

export type FileKind = 'mf' | 'df' | 'adf' | 'ef';
export type FileStructure = 'transparent' | 'linear-fixed' | 'cyclic' | 'ber-tlv';
export type LifeCycle =
  | 'creation'
  | 'initialisation'
  | 'activated'
  | 'deactivated'
  | 'terminated'
  | 'unknown';

/** A SELECT answer, decoded: FCP (TS 102 221 §11.1.1.3) or the 2G response (TS 51.011 §9.2.1). */
export interface FileInfo {
  readonly kind: FileKind;
  readonly fid?: number;
  readonly aid?: Uint8Array;
  readonly structure?: FileStructure;
  /** Octets of content; for record files all records together. */
  readonly size?: number;
  readonly recordLength?: number;
  readonly recordCount?: number;
  readonly sfi?: number;
  readonly lifeCycle: LifeCycle;
  readonly security: SecurityAttributes;
  /** PINs of this DF and whether they are enabled: C6 in 3G, characteristics and CHV status in 2G. */
  readonly pins: readonly PinTemplate[];
  /** What is wrong with the answer; what could be read of it is there all the same. */
  readonly problems?: readonly string[];
  readonly raw: Uint8Array;
}

/** How a file states its access rules. `2g`: the three octets of nibbles; the others are the FCP objects. */
export type SecurityAttributes =
  | { readonly form: '2g'; readonly bytes: Uint8Array }
  | { readonly form: 'referenced'; readonly tag: 0x8b; readonly bytes: Uint8Array }
  | { readonly form: 'compact'; readonly tag: 0x8c; readonly bytes: Uint8Array }
  | { readonly form: 'expanded'; readonly tag: 0xab; readonly bytes: Uint8Array }
  | { readonly form: 'none' };

/** Key reference of a PIN or ADM (TS 102 221 §9.5.1): 01-08, 11, 81-88, 0A-0E, 8A-8E. In 2G mode 01 is CHV1, 02 CHV2. */
export type KeyReference = number;

export interface PinTemplate {
  readonly key: KeyReference;
  readonly enabled: boolean;
  /** Usage qualifier 08: usable as replacement of a disabled application PIN (Universal PIN). */
  readonly usage?: number;
  /** Tries left and initialised, where the SELECT answer itself says so (2G). */
  readonly tries?: number;
  readonly initialised?: boolean;
}

/** `create` is a new EF in a DF, `create-df` a new DF or ADF in it. */
export type Operation =
  | 'read'
  | 'update'
  | 'activate'
  | 'deactivate'
  | 'resize'
  | 'delete'
  | 'create'
  | 'create-df';

/** What an operation needs, resolved from any of the four forms. */
export type AccessCondition =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'key'; readonly key: KeyReference }
  /** A 2G nibble 4-E: an administrative level whose key the card does not name. */
  | { readonly kind: 'adm'; readonly level: number }
  | { readonly kind: 'any-of'; readonly of: readonly AccessCondition[] }
  | { readonly kind: 'all-of'; readonly of: readonly AccessCondition[] }
  | { readonly kind: 'not'; readonly of: AccessCondition }
  | { readonly kind: 'secure-messaging' }
  /** A rule that could not be read or understood; `reason` says why. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** One thing that must be presented; an administrative level of 2G has no key reference. */
export type NeededKey =
  | { readonly kind: 'key'; readonly key: KeyReference }
  | { readonly kind: 'adm'; readonly level: number };

/** What has to be presented so that a condition holds, with PINs that are disabled or replaced taken into account. */
export interface KeysNeeded {
  /** The ways there are; each lists what to present. An empty way needs nothing, no way at all means: cannot be done. */
  readonly ways: readonly (readonly NeededKey[])[];
  /** Why other ways are closed or not understood. */
  readonly reasons: readonly string[];
}

export interface PinStatus {
  readonly key: KeyReference;
  readonly state: 'verified' | 'needed' | 'disabled' | 'blocked' | 'unknown';
  /** Absent where the card does not tell. */
  readonly tries?: number;
}

/** What the caller allows when a PIN or ADM is presented. Both are off unless asked for. */
export interface PresentPolicy {
  readonly allowLastTry?: boolean;
  /** Consent to present once although the card cannot tell the tries left. */
  readonly consentUnknownTries?: boolean;
}

/** A file to create (TS 102 222 §6.3); DFs with an AID are ADFs. */
export type FileSpec =
  | {
      readonly kind: 'df';
      readonly fid: number;
      readonly aid?: Uint8Array;
      readonly security: SecurityAttributes;
      readonly totalSize: number;
      readonly pinTemplate?: Uint8Array;
    }
  | {
      readonly kind: 'ef';
      readonly fid: number;
      readonly structure: 'transparent' | 'linear-fixed';
      readonly size: number;
      readonly recordLength?: number;
      readonly sfi?: number;
      readonly security: SecurityAttributes;
    };

/** Octets that one READ and one UPDATE carry at most. */
export interface Limits {
  readonly maxRead: number;
  readonly maxUpdate: number;
}

/**
 * One card on one logical channel. Selecting a file that is selected already costs no exchange.
 *
 * Every method throws the typed errors of its status word, with the path in the message, and `ReaderError` when
 * the card is gone.
 */
export interface Card {
  readonly mode: CardMode;
  /** Logical channel of this view, 0 in 2G mode. */
  readonly logicalChannel: number;
  readonly processor: CommandProcessor;
  /** Octets that one READ and one UPDATE carry at most here (protocol and secure channel decide). */
  readonly maxRead: number;
  readonly maxUpdate: number;

  /**
   * Selects a file and tells what it is.
   *
   * @throws CardError `CARD_FILE_NOT_FOUND`, `CARD_APPLICATION_UNREACHABLE` (2G mode, application without a path)
   * @throws DataError `DATA_PATH` for a path that names no place
   */
  select(location: FileLocation): Promise<FileInfo>;
  /** DF or ADF of an application. */
  selectApplication(application: ApplicationLocation): Promise<FileInfo>;

  /** Octets of a transparent EF; the whole file unless told otherwise. */
  readBinary(
    location: FileLocation,
    range?: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array>;
  /** Writes in order of offset, `maxUpdate` octets an exchange. */
  updateBinary(location: FileLocation, offset: number, data: Uint8Array): Promise<void>;
  /** Record numbers start at 1. */
  readRecord(location: FileLocation, record: number): Promise<Uint8Array>;
  /** Every record of a linear fixed EF, in order. */
  readRecords(location: FileLocation): Promise<Uint8Array[]>;
  /** Writes a whole record. @throws UsageError `USAGE_ARGUMENT` where the data have another length */
  updateRecord(location: FileLocation, record: number, data: Uint8Array): Promise<void>;

  /** What the operation needs on that file; follows references to EF.ARR. */
  accessCondition(location: FileLocation, operation: Operation): Promise<AccessCondition>;
  /** What has to be presented for the operation: its condition, and the PINs that the file's DF has enabled. */
  keysNeeded(location: FileLocation, operation: Operation): Promise<KeysNeeded>;
  /** Reads a retry counter without spending a try. */
  pinStatus(key: KeyReference): Promise<PinStatus>;
  /**
   * Presents a PIN or ADM once, after reading its retry counter.
   *
   * @param value exactly 8 octets (a PIN is ASCII digits filled up with FF)
   * @throws SecurityError `SECURITY_LAST_TRY`, `SECURITY_TRIES_UNKNOWN`, `SECURITY_BLOCKED`, `SECURITY_PIN_UNUSABLE`
   *   (a disabled PIN) before anything is presented; `SECURITY_PIN_WRONG` or `SECURITY_BLOCKED` after one spent try
   */
  present(key: KeyReference, value: Uint8Array, policy?: PresentPolicy): Promise<void>;
  /**
   * Replaces the value of a PIN or ADM (CHANGE PIN, TS 102 221 §11.1.10; CHANGE CHV, TS 51.011 §9.2.10), after reading
   * its retry counter. The card takes the present value once.
   *
   * @param value exactly 8 octets, as `next`
   * @throws SecurityError as `present`
   */
  changePin(key: KeyReference, value: Uint8Array, next: Uint8Array, policy?: PresentPolicy): Promise<void>;
  /**
   * From now on the card asks for that PIN (ENABLE PIN, TS 102 221 §11.1.12; ENABLE CHV, TS 51.011 §9.2.12). Cards do not
   * tell the tries of a disabled PIN in 3G mode, so that this takes `consentUnknownTries`.
   *
   * @throws SecurityError as `present`; `SECURITY_PIN_UNUSABLE` for a PIN that is enabled already
   */
  enablePin(key: KeyReference, value: Uint8Array, policy?: PresentPolicy): Promise<void>;
  /**
   * From now on the card does not ask for that PIN (DISABLE PIN, TS 102 221 §11.1.11; DISABLE CHV, TS 51.011 §9.2.11).
   *
   * @throws SecurityError as `present`; `SECURITY_PIN_UNUSABLE` for a PIN that is disabled already
   */
  disablePin(key: KeyReference, value: Uint8Array, policy?: PresentPolicy): Promise<void>;

  /** CREATE FILE (TS 102 222 §6.3) in the MF, a DF or an ADF; 3G only. */
  createFile(parent: FileLocation, file: FileSpec): Promise<void>;
  /** RESIZE FILE (TS 102 222 §6.10): octets of a transparent EF; 3G only. */
  resizeFile(location: FileLocation, size: number): Promise<void>;
  /** DELETE FILE (TS 102 222 §6.4): a DF goes with everything in it; 3G only. */
  deleteFile(location: FileLocation): Promise<void>;

  /**
   * The same logical channel through the secure channel that was opened on it; this view is closed by it. The
   * application that is selected stays so: it is not selected again, because that would end the secure channel.
   *
   * @param processor protects every command; `limits` are what fits through it
   * @throws CardError `CARD_MODE` in 2G mode, or if no application is selected here by its AID
   */
  secured(processor: CommandProcessor, limits: Limits): Card;
  /** A second view of the same card on a new logical channel (MANAGE CHANNEL); 3G only. */
  openLogicalChannel(): Promise<Card>;
  /** Closes the logical channel of this view; nothing for channel 0. */
  close(): Promise<void>;
}
