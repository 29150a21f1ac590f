/** Everything a strict writer accepts, at random. */
import fc from 'fast-check';
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  type CommonObjectAttributes,
  type NewApplicationTemplate,
  type NewDataObject,
  type NewOdfEntry,
  type NewPinObject,
  PIN_FLAGS,
  PIN_TYPES,
  type Pkcs15Path,
  type SecurityCondition,
  type TokenInfo,
} from '../../src/pkcs15/index.js';

const octets = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => Uint8Array.from(bytes));

/** Any Unicode, 0 to 255 octets of UTF-8; often near the end of that, where lengths take a second octet. */
const label = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc
      .integer({ min: 120, max: 255 })
      .map((length) => 'é'.repeat(length >> 1).padEnd(length - (length >> 1), 'x')),
    fc.constant('x'.repeat(255)),
  )
  .filter((text) => encodeUtf8(text).length <= 255);

const fids = (maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength });
const absolute = fids(4).map((rest) => [0x3f00, ...rest]);
const path: fc.Arbitrary<Pkcs15Path> = fc.oneof(
  fc.record({ path: fc.oneof(absolute, fids(4)) }),
  fc.record({
    path: absolute,
    index: fc.integer({ min: 0, max: 0xffff }),
    length: fc.integer({ min: 0, max: 0xffff }),
  }),
);

const condition: fc.Arbitrary<SecurityCondition> = fc.letrec<{ any: SecurityCondition }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('authId' as const), authId: octets(0, 8) }),
    fc.record({ kind: fc.constant('not' as const), of: tie('any') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('any'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).any;

const common: fc.Arbitrary<CommonObjectAttributes> = fc.record(
  {
    label,
    flags: fc.record({ private: fc.boolean(), modifiable: fc.boolean() }),
    authId: octets(0, 255),
    userConsent: fc.integer({ min: 1, max: 15 }),
    accessControlRules: fc.array(
      fc.record({
        mode: fc.record({ read: fc.boolean(), update: fc.boolean(), execute: fc.boolean() }),
        condition,
      }),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);

const arc = fc.integer({ min: 0, max: 0xffffffff });
const oid = fc
  .oneof(
    fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 39 }), fc.array(arc, { maxLength: 6 })),
    fc.tuple(fc.constant(2), fc.integer({ min: 0, max: 0xffff }), fc.array(arc, { maxLength: 6 })),
  )
  // Arc 0.6 would look like an OID inside an OID.
  .filter(([first, second]) => first !== 0 || second !== 6)
  .map(([first, second, rest]) => [first, second, ...rest].join('.'));

const url = fc.stringMatching(/^[A-Za-z0-9 '()+,\-./:=?]{0,60}$/);
const value = fc.oneof(
  fc.record({ kind: fc.constant('indirect' as const), path }),
  fc.record({ kind: fc.constant('url' as const), url }),
  octets(0, 100).map((content) => ({
    kind: 'direct' as const,
    bytes: Uint8Array.of(0x04, content.length, ...content),
  })),
  octets(0, 100).map((content) => ({
    kind: 'protected' as const,
    bytes: Uint8Array.of(0xa2, content.length + 2, 0x04, content.length, ...content),
  })),
);

export const dataObject: fc.Arbitrary<NewDataObject> = fc.oneof(
  fc.record(
    {
      form: fc.constant('opaqueDO' as const),
      common,
      applicationName: label,
      applicationOid: oid,
      identifier: octets(0, 20),
      value,
    },
    { requiredKeys: ['form', 'common', 'applicationOid', 'value'] },
  ),
  fc.record(
    {
      form: fc.constant('oidDO' as const),
      common,
      applicationName: label,
      applicationOid: oid,
      classOid: oid,
      value,
    },
    { requiredKeys: ['form', 'common', 'applicationName', 'applicationOid', 'value'] },
  ),
);

export const odfEntry: fc.Arbitrary<NewOdfEntry> = fc.record({
  kind: fc.constantFrom('privateKeys', 'publicKeys', 'certificates', 'dataObjects', 'authObjects'),
  value: fc.oneof(
    fc.record({ kind: fc.constant('path' as const), path }),
    octets(0, 200).map((content) => ({
      kind: 'objects' as const,
      bytes: Uint8Array.of(0x04, 0x81, content.length, ...content),
    })),
  ),
});

const small = fc.integer({ min: 0, max: 255 });
export const pinObject: fc.Arbitrary<NewPinObject> = fc.record(
  {
    form: fc.constant('pin' as const),
    common,
    authId: octets(1, 20),
    pinReference: small,
    pinFlags: fc.subarray([...PIN_FLAGS]),
    pinType: fc.constantFrom(...PIN_TYPES),
    minLength: small,
    storedLength: small,
    maxLength: small,
    padChar: small,
    lastPinChange: fc.constant('20260102030405Z'),
    path,
  },
  {
    requiredKeys: [
      'form',
      'common',
      'authId',
      'pinReference',
      'pinFlags',
      'pinType',
      'minLength',
      'storedLength',
    ],
  },
);

export const applicationTemplate: fc.Arbitrary<NewApplicationTemplate> = fc.record(
  {
    aid: octets(1, 16),
    label,
    path: absolute,
    ddo: fc.record({ oid, odfPath: path, tokenInfoPath: path, unusedPath: path }, { requiredKeys: ['oid'] }),
  },
  { requiredKeys: ['aid', 'path'] },
);

export const tokenInfo: fc.Arbitrary<TokenInfo> = fc.record(
  {
    version: small,
    serialNumber: octets(0, 200),
    manufacturer: label,
    label,
    flags: fc.record({
      readonly: fc.boolean(),
      loginRequired: fc.boolean(),
      prnGeneration: fc.boolean(),
      eidCompliant: fc.boolean(),
    }),
  },
  { requiredKeys: ['version', 'serialNumber', 'flags'] },
);
