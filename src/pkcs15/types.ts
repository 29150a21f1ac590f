/** Shapes of the PKCS#15 files (PKCS#15 v1.1 clause 6; DM 2.0 G.1, G.4). Octets are `Uint8Array`, OIDs dotted. */
import type { FilePath } from '../card/index.js';

/** The application identifier of PKCS#15: RID A000000063, then "PKCS-15". */
export const AID_PKCS15 = Uint8Array.of(
  0xa0,
  0x00,
  0x00,
  0x00,
  0x63,
  0x50,
  0x4b,
  0x43,
  0x53,
  0x2d,
  0x31,
  0x35,
);

/** Marks the data object that points to EF DM_Bootstrap (DM 2.0 G.4.2). */
export const OID_DM_BOOTSTRAP = '2.23.43.7.1';

/** What a lenient reader noticed. `where` reads like "EF(DODF) octet 12"; `offset` is that octet in the file. */
export interface Finding {
  readonly severity: 'info' | 'warning' | 'error';
  readonly code: string;
  readonly where: string;
  readonly message: string;
  readonly offset?: number;
}

/** What every lenient decoder returns. `end` counts the octets before the padding, or before the first octet that breaks. */
export interface Decoded<T> {
  readonly entries: T;
  readonly findings: readonly Finding[];
  readonly end: number;
}

/** Where an entry stands in its file, and its octets as they were read. */
export interface Placed {
  readonly der: Uint8Array;
  readonly offset: number;
}

/** Absolute where it starts with 3F00, otherwise relative to the PKCS#15 DF or ADF. Index and length come together. */
export interface Pkcs15Path {
  readonly path: FilePath;
  /** Offset in a transparent file, record number in a record file. */
  readonly index?: number;
  readonly length?: number;
}

export interface CommonObjectFlags {
  readonly private: boolean;
  readonly modifiable: boolean;
}

export interface CommonObjectAttributes {
  readonly label?: string;
  /** Absent means the same as neither private nor modifiable, but is other octets. */
  readonly flags?: CommonObjectFlags;
  /** `authId` of the PIN object in the AODF that protects this object. */
  readonly authId?: Uint8Array;
  /** 1 to 15. */
  readonly userConsent?: number;
  readonly accessControlRules?: readonly AccessControlRule[];
}

export interface AccessControlRule {
  readonly mode: { readonly read: boolean; readonly update: boolean; readonly execute: boolean };
  readonly condition: SecurityCondition;
}

export type SecurityCondition =
  | { readonly kind: 'authId'; readonly authId: Uint8Array }
  | { readonly kind: 'not'; readonly of: SecurityCondition }
  | { readonly kind: 'and'; readonly of: readonly SecurityCondition[] }
  | { readonly kind: 'or'; readonly of: readonly SecurityCondition[] }
  /** A condition of a later version, with tag and length. */
  | { readonly kind: 'opaque'; readonly der: Uint8Array };

export type ObjectValue =
  | { readonly kind: 'indirect'; readonly path: Pkcs15Path }
  | { readonly kind: 'url'; readonly url: string }
  /** The ASN.1 value inside [0], with tag and length. */
  | { readonly kind: 'direct'; readonly bytes: Uint8Array }
  /** Enveloped data behind [1] or [2], with that tag and length. */
  | { readonly kind: 'protected'; readonly bytes: Uint8Array }
  /** An entry that is not interpreted: all its octets, the same as `der`. */
  | { readonly kind: 'opaque'; readonly bytes: Uint8Array };

/** `externalIDO` is tag A0, which ISO/IEC 7816-15 calls iso7816DO; `unknown` is any other tag or an entry that cannot be read. */
export type DataObjectForm = 'opaqueDO' | 'oidDO' | 'externalIDO' | 'unknown';

/** One EF(DODF) entry as a writer gives it. */
export interface NewDataObject {
  readonly form: DataObjectForm;
  readonly common: CommonObjectAttributes;
  readonly applicationName?: string;
  /** applicationOID of the class attributes; for oidDO the id that its value carries. */
  readonly applicationOid?: string;
  /** oidDO only: applicationOID of the class attributes, where there is one beside the id. */
  readonly classOid?: string;
  /** iD of ISO/IEC 7816-15. */
  readonly identifier?: Uint8Array;
  readonly value: ObjectValue;
}

/** One EF(DODF) entry as read. */
export interface DataObject extends NewDataObject, Placed {}

/** Classes of objects in EF(ODF), in the order of their context tags, [0] first (PKCS#15 §5.5.1). */
export const ODF_KINDS = [
  'privateKeys',
  'publicKeys',
  'trustedPublicKeys',
  'secretKeys',
  'certificates',
  'trustedCertificates',
  'usefulCertificates',
  'dataObjects',
  'authObjects',
] as const;

/** `unknown`: a tag behind the last of them. */
export type OdfKind = (typeof ODF_KINDS)[number] | 'unknown';

export type OdfValue =
  | { readonly kind: 'path'; readonly path: Pkcs15Path }
  /** The objects stand in the ODF itself: the content of [0]. */
  | { readonly kind: 'objects'; readonly bytes: Uint8Array }
  /** An entry that is not interpreted: all its octets, the same as `der`. */
  | { readonly kind: 'opaque'; readonly bytes: Uint8Array };

/** One EF(ODF) entry as a writer gives it. */
export interface NewOdfEntry {
  readonly kind: OdfKind;
  readonly value: OdfValue;
}

/** One EF(ODF) entry as read. */
export interface OdfEntry extends NewOdfEntry, Placed {}

/** Discretionary data objects of EF(DIR) (tag 73). */
export interface DirDdo {
  readonly oid: string;
  readonly odfPath?: Pkcs15Path;
  readonly tokenInfoPath?: Pkcs15Path;
  readonly unusedPath?: Pkcs15Path;
}

/** One application template of EF(DIR) (tag 61) as a writer gives it. */
export interface NewApplicationTemplate {
  /** 1 to 16 octets. */
  readonly aid: Uint8Array;
  readonly label?: string;
  /** Tag 51. A writer must give it (DM 2.0 G.1); some cards leave it out. */
  readonly path?: FilePath;
  readonly ddo?: DirDdo;
  /** Data objects of the template that are not interpreted, with tags and lengths. */
  readonly other?: Uint8Array;
}

/** One application template of EF(DIR) as read. */
export interface ApplicationTemplate extends NewApplicationTemplate, Placed {}

/** The types of a PIN in the order of their numbers, 0 first. */
export const PIN_TYPES = ['bcd', 'ascii-numeric', 'utf8', 'half-nibble-bcd', 'iso9564-1'] as const;
export type PinType = (typeof PIN_TYPES)[number];

/** In the order of their bits, 0 first. */
export const PIN_FLAGS = [
  'caseSensitive',
  'local',
  'changeDisabled',
  'unblockDisabled',
  'initialized',
  'needsPadding',
  'unblockingPin',
  'soPin',
  'disableAllowed',
  'integrityProtected',
  'confidentialityProtected',
  'exchangeRefData',
] as const;
export type PinFlag = (typeof PIN_FLAGS)[number];

/** A PIN object of EF(AODF) as a writer gives it. */
export interface NewPinObject {
  readonly form: 'pin';
  readonly common: CommonObjectAttributes;
  /** What `CommonObjectAttributes.authId` of the protected objects names. */
  readonly authId: Uint8Array;
  /** Key reference of the card, such as 01 or 81; 0 where absent. */
  readonly pinReference: number;
  /** The flags that are set. */
  readonly pinFlags: readonly PinFlag[];
  readonly pinType: PinType;
  readonly minLength: number;
  readonly storedLength: number;
  readonly maxLength?: number;
  /** One octet. */
  readonly padChar?: number;
  /** GeneralizedTime as it stands. */
  readonly lastPinChange?: string;
  readonly path?: Pkcs15Path;
}

/** A biometric template, authentication key or anything else: kept as it stands. */
export interface NewOpaqueAuthObject {
  readonly form: 'biometric' | 'authKey' | 'external' | 'unknown';
  /** All octets of the entry, the same as `der`. */
  readonly bytes: Uint8Array;
}

export type NewAuthObject = NewPinObject | NewOpaqueAuthObject;
export type PinObject = NewPinObject & Placed;
/** One EF(AODF) entry as read. */
export type AuthObject = NewAuthObject & Placed;

export interface TokenFlags {
  readonly readonly: boolean;
  readonly loginRequired: boolean;
  readonly prnGeneration: boolean;
  readonly eidCompliant: boolean;
}

export interface TokenInfo {
  /** 0 is PKCS#15 v1. */
  readonly version: number;
  readonly serialNumber: Uint8Array;
  readonly manufacturer?: string;
  readonly label?: string;
  readonly flags: TokenFlags;
  /** Everything after the flags, with tags and lengths: not interpreted. */
  readonly other?: Uint8Array;
}
