/** What our entries have to look like (DM 2.0 G.1, G.4; PKCS#15 v1.1 §6), and whether one on the card is as good. */
import { equal } from '../../bytes/index.js';
import type { AccessCondition, ApplicationLocation, FilePath } from '../../card/index.js';
import {
  type ApplicationTemplate,
  type AuthObject,
  type DataObject,
  EF_DODF,
  type NewApplicationTemplate,
  type NewDataObject,
  type NewPinObject,
  OID_DM_BOOTSTRAP,
  type PinObject,
  type TokenInfo,
} from '../../pkcs15/index.js';
import { isUserPin, needsPin, userPinOf } from './keys.js';
import { entryPath, locationKey, resolvePath } from './paths.js';

const DEFAULT_LABEL = 'DM Bootstrap';

/** What a caller may choose about the entry in EF(DODF). */
export interface EntryOptions {
  readonly label?: string;
  /** Relative paths work in every mode and under every DF; absolute ones only where the ADF is a DF, too. */
  readonly pathStyle?: 'relative' | 'absolute';
}

/**
 * The object for EF(DODF). Private exactly when READ needs a PIN; never modifiable, since only the issuer may
 * update (G.4.2, G.4.3). The path has no index and length: the document ends where FF begins, so the entry stays
 * the same when the document changes its size.
 */
export function desiredObject(
  target: { readonly application: ApplicationLocation; readonly relative: FilePath },
  read: AccessCondition,
  authId: Uint8Array | undefined,
  options: EntryOptions,
): NewDataObject {
  return {
    form: 'opaqueDO',
    common: {
      label: options.label ?? DEFAULT_LABEL,
      flags: { private: needsPin(read), modifiable: false },
      ...(authId ? { authId } : {}),
    },
    applicationOid: OID_DM_BOOTSTRAP,
    value: {
      kind: 'indirect',
      path: entryPath(target.application, target.relative, options.pathStyle ?? 'relative'),
    },
  };
}

/**
 * Whether an entry on the card says the same as the desired one, in octets that a strict writer would write: then
 * it stays as it is.
 */
export function isAsDesired(
  entry: DataObject,
  desired: NewDataObject,
  application: ApplicationLocation,
): boolean {
  return saysTheSame(entry, desired, application) && equal(EF_DODF.encode([entry]), entry.der);
}

/** Whether a device gets the same from both entries; form and octets may differ. */
export function saysTheSame(
  entry: DataObject,
  desired: NewDataObject,
  application: ApplicationLocation,
): boolean {
  const [a, b] = [entry.common, desired.common];
  return (
    a.label === b.label &&
    (a.flags?.private ?? false) === (b.flags?.private ?? false) &&
    (a.flags?.modifiable ?? false) === (b.flags?.modifiable ?? false) &&
    sameOctets(a.authId, b.authId) &&
    samePlace(entry, desired, application)
  );
}

function sameOctets(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equal(a, b);
}

function samePlace(a: NewDataObject, b: NewDataObject, application: ApplicationLocation): boolean {
  if (a.value.kind !== 'indirect' || b.value.kind !== 'indirect') return false;
  const key = (path: { path: FilePath }): string => locationKey(resolvePath(application, path, 'EF(DODF)'));
  return key(a.value.path) === key(b.value.path);
}

/** The PIN object for EF(AODF) that a private object names: 8 octets, ASCII digits, filled up with FF. */
export function desiredPin(read: AccessCondition, authId: Uint8Array): NewPinObject {
  return {
    form: 'pin',
    common: { label: 'PIN', flags: { private: true, modifiable: false } },
    authId,
    pinReference: userPinOf(read) ?? 1,
    pinFlags: ['initialized', 'needsPadding'],
    pinType: 'ascii-numeric',
    minLength: 4,
    storedLength: 8,
    maxLength: 8,
    padChar: 0xff,
  };
}

/** The PIN object on the card that stands for the PIN of the READ rule. */
export function pinObjectFor(read: AccessCondition, objects: readonly AuthObject[]): PinObject | undefined {
  const reference = userPinOf(read);
  return objects.find(
    (object): object is PinObject =>
      object.form === 'pin' && object.pinReference === reference && isUserPin(object.pinReference),
  );
}

/** An authId that no object of the AODF has: 01, 02 … */
export function freeAuthId(objects: readonly AuthObject[]): Uint8Array {
  const taken = new Set(objects.flatMap((object) => (object.form === 'pin' ? [object.authId.join()] : [])));
  for (let id = 1; id < 0xff; id++) {
    if (!taken.has(String(id))) return Uint8Array.of(id);
  }
  return Uint8Array.of(0xff);
}

/** Our record of EF(DIR): what is there stays, the path (tag 51) is added. */
export function desiredTemplate(
  application: ApplicationLocation & { readonly path: FilePath },
  existing: ApplicationTemplate | undefined,
): NewApplicationTemplate {
  if (!existing) return { aid: application.aid, label: 'PKCS#15', path: application.path };
  const { der: _der, offset: _offset, ...rest } = existing;
  return { ...rest, path: application.path };
}

/** TokenInfo with the ICCID as serial number; OpenSC opens no PKCS#15 application without the file. */
export function desiredTokenInfo(iccid: string): TokenInfo {
  const digits = iccid.length % 2 === 0 ? iccid : `${iccid}F`;
  return {
    version: 0,
    serialNumber: Uint8Array.from(digits.match(/../g) ?? ['00'], (pair) => Number.parseInt(pair, 16)),
    label: DEFAULT_LABEL,
    flags: { readonly: false, loginRequired: false, prnGeneration: false, eidCompliant: false },
  };
}
