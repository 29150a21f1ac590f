/** The JSON forms of PKCS#15 entries, checked and turned into what the writers take. `der` and `offset` are not read. */
import { z } from 'zod';
import { fromHex } from '../bytes/index.js';
import {
  type CommonObjectAttributes,
  type NewApplicationTemplate,
  type NewAuthObject,
  type NewDataObject,
  type NewOdfEntry,
  type ObjectValue,
  ODF_KINDS,
  type OdfValue,
  PIN_FLAGS,
  PIN_TYPES,
  type Pkcs15Path,
  type SecurityCondition,
  type TokenInfo,
} from './types.js';

const hex = z
  .string()
  .regex(/^([0-9a-f]{2})*$/i, 'octets as hex digits')
  .transform((text) => fromHex(text));
const filePath = z
  .string()
  .regex(/^([0-9a-f]{4})+$/i, 'file identifiers of four hex digits each, such as 3f007f506430')
  .transform((text) => (text.match(/.{4}/g) ?? []).map((fid) => Number.parseInt(fid, 16)));
const number = z.int().min(0);
const oid = z.string().regex(/^\d+(\.\d+)+$/, 'a dotted object identifier');
const placed = { der: z.string().exactOptional(), offset: number.exactOptional() };
const location = {
  path: filePath.exactOptional(),
  index: number.exactOptional(),
  length: number.exactOptional(),
};
const path = z.strictObject({ ...location, path: filePath }).transform((value): Pkcs15Path => value);

const condition: z.ZodType<SecurityCondition> = z.lazy(() =>
  z.union([
    z.strictObject({ authId: hex }).transform(({ authId }) => ({ kind: 'authId' as const, authId })),
    z.strictObject({ not: condition }).transform(({ not }) => ({ kind: 'not' as const, of: not })),
    z.strictObject({ and: z.array(condition) }).transform(({ and }) => ({ kind: 'and' as const, of: and })),
    z.strictObject({ or: z.array(condition) }).transform(({ or }) => ({ kind: 'or' as const, of: or })),
    z.strictObject({ opaque: hex }).transform(({ opaque }) => ({ kind: 'opaque' as const, der: opaque })),
  ]),
);
const mode = z.strictObject({ read: z.boolean(), update: z.boolean(), execute: z.boolean() });
const common = {
  label: z.string().exactOptional(),
  flags: z.strictObject({ private: z.boolean(), modifiable: z.boolean() }).exactOptional(),
  userConsent: number.exactOptional(),
  accessControlRules: z.array(z.strictObject({ mode, condition })).exactOptional(),
};

function commonOf(
  input: Omit<CommonObjectAttributes, 'authId'>,
  authId: Uint8Array | undefined,
): CommonObjectAttributes {
  const { label, flags, userConsent, accessControlRules } = input;
  return {
    ...(label !== undefined && { label }),
    ...(flags && { flags }),
    ...(authId && { authId }),
    ...(userConsent !== undefined && { userConsent }),
    ...(accessControlRules && { accessControlRules }),
  };
}

function pathOf(input: z.output<z.ZodObject<typeof location>>): Pkcs15Path | undefined {
  const { path, index, length } = input;
  if (path === undefined) return undefined;
  return { path, ...(index !== undefined && { index }), ...(length !== undefined && { length }) };
}

/** Exactly one of the alternatives, or a mistake in the list of names. */
function exactlyOne<T>(ctx: z.core.ParsePayload['issues'], names: string, found: readonly T[]): T {
  const [one, ...more] = found;
  if (one !== undefined && more.length === 0) return one;
  ctx.push({ code: 'custom', message: `exactly one of ${names}`, input: undefined });
  return z.NEVER;
}

export const odfEntry = z
  .strictObject({
    kind: z.enum([...ODF_KINDS, 'unknown']),
    ...location,
    objects: hex.exactOptional(),
    opaque: hex.exactOptional(),
    ...placed,
  })
  .transform((input, ctx): NewOdfEntry => {
    const target = pathOf(input);
    const value = exactlyOne<OdfValue>(ctx.issues, 'path, objects, opaque', [
      ...(target ? [{ kind: 'path' as const, path: target }] : []),
      ...(input.objects ? [{ kind: 'objects' as const, bytes: input.objects }] : []),
      ...(input.opaque ? [{ kind: 'opaque' as const, bytes: input.opaque }] : []),
    ]);
    return { kind: input.kind, value };
  });

export const dataObject = z
  .strictObject({
    form: z.enum(['opaqueDO', 'oidDO', 'externalIDO', 'unknown']).default('opaqueDO'),
    ...common,
    authId: hex.exactOptional(),
    applicationName: z.string().exactOptional(),
    applicationOid: oid.exactOptional(),
    classOid: oid.exactOptional(),
    identifier: hex.exactOptional(),
    ...location,
    url: z.string().exactOptional(),
    direct: hex.exactOptional(),
    protected: hex.exactOptional(),
    opaque: hex.exactOptional(),
    ...placed,
  })
  .transform((input, ctx): NewDataObject => {
    const { form, applicationName, applicationOid, classOid, identifier } = input;
    const target = pathOf(input);
    const value = exactlyOne<ObjectValue>(ctx.issues, 'path, url, direct, protected, opaque', [
      ...(target ? [{ kind: 'indirect' as const, path: target }] : []),
      ...(input.url !== undefined ? [{ kind: 'url' as const, url: input.url }] : []),
      ...(input.direct ? [{ kind: 'direct' as const, bytes: input.direct }] : []),
      ...(input.protected ? [{ kind: 'protected' as const, bytes: input.protected }] : []),
      ...(input.opaque ? [{ kind: 'opaque' as const, bytes: input.opaque }] : []),
    ]);
    return {
      form,
      common: commonOf(input, input.authId),
      ...(applicationName !== undefined && { applicationName }),
      ...(applicationOid !== undefined && { applicationOid }),
      ...(classOid !== undefined && { classOid }),
      ...(identifier && { identifier }),
      value,
    };
  });

const pin = z
  .strictObject({
    form: z.literal('pin'),
    ...common,
    protectedBy: hex.exactOptional(),
    authId: hex,
    pinReference: number.default(0),
    pinFlags: z.array(z.enum(PIN_FLAGS)),
    pinType: z.enum(PIN_TYPES),
    minLength: number,
    storedLength: number,
    maxLength: number.exactOptional(),
    padChar: z
      .string()
      .regex(/^[0-9a-f]{2}$/i, 'one octet as two hex digits')
      .transform((text) => Number.parseInt(text, 16))
      .exactOptional(),
    lastPinChange: z.string().exactOptional(),
    path: path.exactOptional(),
    ...placed,
  })
  .transform(
    ({ label, flags, userConsent, accessControlRules, protectedBy, der, offset, ...rest }): NewAuthObject => {
      const attributes = {
        ...(label !== undefined && { label }),
        ...(flags && { flags }),
        ...(userConsent !== undefined && { userConsent }),
        ...(accessControlRules && { accessControlRules }),
      };
      return { ...rest, common: commonOf(attributes, protectedBy) };
    },
  );
const otherAuthObject = z
  .strictObject({ form: z.enum(['biometric', 'authKey', 'external', 'unknown']), opaque: hex, ...placed })
  .transform(({ form, opaque }): NewAuthObject => ({ form, bytes: opaque }));
export const authObject = z.discriminatedUnion('form', [pin, otherAuthObject]);

const ddo = z.strictObject({
  oid,
  odfPath: path.exactOptional(),
  tokenInfoPath: path.exactOptional(),
  unusedPath: path.exactOptional(),
});
export const applicationTemplate = z
  .strictObject({
    aid: hex,
    label: z.string().exactOptional(),
    path: filePath.exactOptional(),
    ddo: ddo.exactOptional(),
    other: hex.exactOptional(),
    ...placed,
  })
  .transform(({ der, offset, ...template }): NewApplicationTemplate => template);

export const tokenInfo = z
  .strictObject({
    version: number.default(0),
    serialNumber: hex,
    manufacturer: z.string().exactOptional(),
    label: z.string().exactOptional(),
    flags: z.strictObject({
      readonly: z.boolean(),
      loginRequired: z.boolean(),
      prnGeneration: z.boolean(),
      eidCompliant: z.boolean(),
    }),
    other: hex.exactOptional(),
    ...placed,
  })
  .transform(({ der, offset, ...info }): TokenInfo => info);
