/** PKCS#15 entries as JSON: octets in lower-case hex, OIDs dotted, paths as hex with index and length beside them. */
import { toHex } from '../bytes/index.js';
import type { FilePath } from '../card/index.js';
import type {
  ApplicationTemplate,
  AuthObject,
  CommonObjectAttributes,
  DataObject,
  ObjectValue,
  OdfEntry,
  Pkcs15Path,
  Placed,
  SecurityCondition,
  TokenInfo,
} from './types.js';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * A path as hex, four lower-case digits for each file identifier.
 *
 * @example filePathJson([0x3f00, 0x7f50]) // → '3f007f50'
 */
export function filePathJson(path: FilePath): string {
  return path.map((fid) => fid.toString(16).padStart(4, '0')).join('');
}

function pathJson({ path, index, length }: Pkcs15Path): JsonObject {
  return {
    path: filePathJson(path),
    ...(index !== undefined && { index }),
    ...(length !== undefined && { length }),
  };
}

function placeJson({ der, offset }: Placed): JsonObject {
  return { offset, der: toHex(der) };
}

/** An entry of EF(ODF) as JSON. */
export function odfEntryJson(entry: OdfEntry): JsonObject {
  const { kind, value } = entry;
  const content = value.kind === 'path' ? pathJson(value.path) : { [value.kind]: toHex(value.bytes) };
  return { kind, ...content, ...placeJson(entry) };
}

/** An entry of EF(DODF) as JSON. */
export function dataObjectJson(object: DataObject): JsonObject {
  const { form, common, applicationName, applicationOid, classOid, identifier, value } = object;
  return {
    form,
    ...commonJson(common),
    ...(common.authId && { authId: toHex(common.authId) }),
    ...(applicationName !== undefined && { applicationName }),
    ...(applicationOid !== undefined && { applicationOid }),
    ...(classOid !== undefined && { classOid }),
    ...(identifier && { identifier: toHex(identifier) }),
    ...valueJson(value),
    ...placeJson(object),
  };
}

function valueJson(value: ObjectValue): JsonObject {
  if (value.kind === 'indirect') return pathJson(value.path);
  return value.kind === 'url' ? { url: value.url } : { [value.kind]: toHex(value.bytes) };
}

/** All but `authId`, whose name an authentication object needs for itself. */
function commonJson(common: CommonObjectAttributes): JsonObject {
  const { label, flags, userConsent, accessControlRules } = common;
  return {
    ...(label !== undefined && { label }),
    ...(flags && { flags: { private: flags.private, modifiable: flags.modifiable } }),
    ...(userConsent !== undefined && { userConsent }),
    ...(accessControlRules && {
      accessControlRules: accessControlRules.map(({ mode, condition }) => ({
        mode: { read: mode.read, update: mode.update, execute: mode.execute },
        condition: conditionJson(condition),
      })),
    }),
  };
}

function conditionJson(condition: SecurityCondition): JsonObject {
  switch (condition.kind) {
    case 'authId':
      return { authId: toHex(condition.authId) };
    case 'not':
      return { not: conditionJson(condition.of) };
    case 'and':
      return { and: condition.of.map(conditionJson) };
    case 'or':
      return { or: condition.of.map(conditionJson) };
    case 'opaque':
      return { opaque: toHex(condition.der) };
  }
}

/** An entry of EF(AODF) as JSON. */
export function authObjectJson(object: AuthObject): JsonObject {
  if (object.form !== 'pin') {
    return { form: object.form, opaque: toHex(object.bytes), ...placeJson(object) };
  }
  const { form, common, authId, pinReference, pinFlags, pinType, minLength, storedLength } = object;
  const { maxLength, padChar, lastPinChange, path } = object;
  return {
    form,
    ...commonJson(common),
    ...(common.authId && { protectedBy: toHex(common.authId) }),
    authId: toHex(authId),
    pinReference,
    pinFlags: [...pinFlags],
    pinType,
    minLength,
    storedLength,
    ...(maxLength !== undefined && { maxLength }),
    ...(padChar !== undefined && { padChar: toHex(Uint8Array.of(padChar)) }),
    ...(lastPinChange !== undefined && { lastPinChange }),
    ...(path && { path: pathJson(path) }),
    ...placeJson(object),
  };
}

/** An application template of EF(DIR) as JSON. */
export function applicationTemplateJson(template: ApplicationTemplate): JsonObject {
  const { aid, label, path, ddo, other } = template;
  return {
    aid: toHex(aid),
    ...(label !== undefined && { label }),
    ...(path && { path: filePathJson(path) }),
    ...(ddo && {
      ddo: {
        oid: ddo.oid,
        ...(ddo.odfPath && { odfPath: pathJson(ddo.odfPath) }),
        ...(ddo.tokenInfoPath && { tokenInfoPath: pathJson(ddo.tokenInfoPath) }),
        ...(ddo.unusedPath && { unusedPath: pathJson(ddo.unusedPath) }),
      },
    }),
    ...(other && { other: toHex(other) }),
    ...placeJson(template),
  };
}

/** EF(TokenInfo) as JSON. */
export function tokenInfoJson(info: TokenInfo): JsonObject {
  const { version, serialNumber, manufacturer, label, flags, other } = info;
  return {
    version,
    serialNumber: toHex(serialNumber),
    ...(manufacturer !== undefined && { manufacturer }),
    ...(label !== undefined && { label }),
    flags: { ...flags },
    ...(other && { other: toHex(other) }),
  };
}
