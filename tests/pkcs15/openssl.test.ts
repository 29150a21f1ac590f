/** OpenSSL reads what the writer writes. What it has to show is written by hand from the ASN.1 definitions. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { fromHex } from '../../src/bytes/index.js';
import {
  AID_PKCS15,
  EF_AODF,
  EF_DIR_RECORD,
  EF_DODF,
  EF_ODF,
  EF_TOKENINFO,
  OID_DM_BOOTSTRAP,
} from '../../src/pkcs15/index.js';
import * as any from './arbitraries.js';

const available = spawnSync('openssl', ['version']).status === 0;
/** On CI a missing judge is a failure; elsewhere its tests are listed as not run, with the reason. */
const judged = (name: string, run: () => void): void =>
  available || process.env.CI
    ? test(name, run)
    : describe.skip('OpenSSL as judge [not run: openssl is not installed]', () => test(name, run));

interface Line {
  readonly offset: number;
  readonly depth: number;
  readonly octets: number;
  readonly text: string;
}

function asn1parse(der: Uint8Array): Line[] {
  const run = spawnSync('openssl', ['asn1parse', '-inform', 'DER'], { input: der, encoding: 'latin1' });
  expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
  return run.stdout
    .split('\n')
    .filter((line) => /^ *\d+:d=/.test(line))
    .map((line) => {
      const [, offset, depth, header, length, text] =
        /^ *(\d+):d= *(\d+) +hl= *(\d+) l= *(\d+) (?:cons|prim): (.*)$/.exec(line)!;
      return {
        offset: Number(offset),
        depth: Number(depth),
        octets: Number(header) + Number(length),
        text: text!
          .replace(/ +:/, ' ')
          .replace(/ +\[HEX DUMP\]:/, ' ')
          .trim(),
      };
    });
}

/** The tree as text, two blanks a level. */
const shown = (der: Uint8Array) =>
  asn1parse(der)
    .map(({ depth, text }) => '  '.repeat(depth) + text)
    .join('\n');

judged('EF(DODF): opaqueDO with everything, then oidDO', () => {
  const bytes = EF_DODF.encode([
    {
      form: 'opaqueDO',
      common: {
        label: 'DM',
        flags: { private: true, modifiable: false },
        authId: fromHex('81'),
        userConsent: 1,
        accessControlRules: [
          {
            mode: { read: true, update: false, execute: false },
            condition: {
              kind: 'or',
              of: [
                { kind: 'authId', authId: fromHex('81') },
                { kind: 'not', of: { kind: 'authId', authId: fromHex('82') } },
              ],
            },
          },
        ],
      },
      applicationName: 'OMA',
      applicationOid: OID_DM_BOOTSTRAP,
      value: { kind: 'indirect', path: { path: [0x3f00, 0x7f50, 0x6431], index: 0, length: 200 } },
    },
    {
      form: 'oidDO',
      common: {},
      applicationName: 'B',
      applicationOid: OID_DM_BOOTSTRAP,
      value: { kind: 'indirect', path: { path: [0x6400] } },
    },
  ]);
  expect(shown(bytes)).toBe(
    `
SEQUENCE
  SEQUENCE
    UTF8STRING DM
    BIT STRING
    OCTET STRING 81
    INTEGER 01
    SEQUENCE
      SEQUENCE
        BIT STRING
        cont [ 2 ]
          OCTET STRING 81
          cont [ 0 ]
            OCTET STRING 82
  SEQUENCE
    UTF8STRING OMA
    OBJECT 2.23.43.7.1
  cont [ 1 ]
    SEQUENCE
      OCTET STRING 3F007F506431
      INTEGER 00
      cont [ 0 ]
cont [ 1 ]
  SEQUENCE
  SEQUENCE
    UTF8STRING B
  cont [ 1 ]
    SEQUENCE
      OBJECT 2.23.43.7.1
      SEQUENCE
        OCTET STRING 6400`.trim(),
  );
});

judged('EF(AODF): a PIN object with everything', () => {
  const bytes = EF_AODF.encode([
    {
      form: 'pin',
      common: { label: 'PIN' },
      authId: fromHex('81'),
      pinReference: 0x81,
      pinFlags: ['local', 'initialized', 'needsPadding'],
      pinType: 'ascii-numeric',
      minLength: 4,
      storedLength: 8,
      maxLength: 8,
      padChar: 0xff,
      lastPinChange: '20260102030405Z',
      path: { path: [0x3f00] },
    },
  ]);
  expect(shown(bytes)).toBe(
    `
SEQUENCE
  SEQUENCE
    UTF8STRING PIN
  SEQUENCE
    OCTET STRING 81
  cont [ 1 ]
    SEQUENCE
      BIT STRING
      ENUMERATED 01
      INTEGER 04
      INTEGER 08
      INTEGER 08
      cont [ 0 ]
      OCTET STRING FF
      GENERALIZEDTIME 20260102030405Z
      SEQUENCE
        OCTET STRING 3F00`.trim(),
  );
});

judged('EF(DIR), EF(ODF), EF(TokenInfo)', () => {
  const dir = EF_DIR_RECORD.encode({
    aid: AID_PKCS15,
    label: 'DM',
    path: [0x3f00, 0x7f50],
    ddo: { oid: OID_DM_BOOTSTRAP, odfPath: { path: [0x5000] }, tokenInfoPath: { path: [0x5001] } },
  });
  expect(shown(dir)).toBe(
    `
appl [ 1 ]
  appl [ 15 ]
  appl [ 16 ]
  appl [ 17 ]
  appl [ 19 ]
    OBJECT 2.23.43.7.1
    SEQUENCE
      OCTET STRING 5000
    cont [ 0 ]
      OCTET STRING 5001`.trim(),
  );
  const odf = EF_ODF.encode([
    { kind: 'dataObjects', value: { kind: 'path', path: { path: [0x3f00, 0x7f50, 0x6420] } } },
    { kind: 'authObjects', value: { kind: 'path', path: { path: [0x3f00, 0x7f50, 0x6440] } } },
  ]);
  expect(shown(odf)).toBe(
    `
cont [ 7 ]
  SEQUENCE
    OCTET STRING 3F007F506420
cont [ 8 ]
  SEQUENCE
    OCTET STRING 3F007F506440`.trim(),
  );
  const info = EF_TOKENINFO.encode({
    version: 0,
    serialNumber: fromHex('98018300'),
    manufacturer: 'M',
    label: 'L',
    flags: { readonly: false, loginRequired: true, prnGeneration: false, eidCompliant: false },
  });
  expect(shown(info)).toBe(
    `
SEQUENCE
  INTEGER 00
  OCTET STRING 98018300
  UTF8STRING M
  cont [ 0 ]
  BIT STRING`.trim(),
  );
});

judged('whatever is written, OpenSSL sees the same entries in the same places', () => {
  const objects = fc.sample(any.dataObject, { numRuns: 150, seed: 7 });
  const bytes = EF_DODF.encode(objects);
  const top = asn1parse(bytes).filter(({ depth }) => depth === 0);
  const entries = EF_DODF.decode(bytes);
  expect(top.map(({ offset, octets }) => [offset, octets])).toEqual(
    entries.map(({ offset, der }) => [offset, der.length]),
  );
  expect(entries).toHaveLength(objects.length);
  const named = asn1parse(bytes).flatMap(({ text }) => (text.startsWith('OBJECT') ? [text.slice(7)] : []));
  const written = objects.flatMap(({ form, classOid, applicationOid }) =>
    form === 'oidDO' ? [classOid, applicationOid] : [applicationOid],
  );
  expect(named.filter(isLong)).toEqual(written.filter(isLong));
});

/** OpenSSL shows names for some short OIDs. */
const isLong = (oid: string | undefined) => oid !== undefined && oid.split('.').length > 4;
