/** Every vector of test-vectors/pkcs15.json, both directions; each was written by hand and read by foreign programs. */
import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '../../src/bytes/index.js';
import {
  EF_AODF,
  EF_DIR_RECORD,
  EF_DODF,
  EF_ODF,
  EF_TOKENINFO,
  encodeDataObject,
  type NewDataObject,
  OID_DM_BOOTSTRAP,
} from '../../src/pkcs15/index.js';

interface Case {
  readonly what: string;
  readonly file: string;
  readonly hex: string;
  readonly lenient?: string;
}

const { cases } = JSON.parse(readFileSync('test-vectors/pkcs15.json', 'utf8')) as { cases: Case[] };
const ofFile = (...files: string[]) => cases.filter(({ file }) => files.includes(file));

const RECODE: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  dir: (bytes) => EF_DIR_RECORD.encode(EF_DIR_RECORD.decode(bytes)),
  odf: (bytes) => EF_ODF.encode(EF_ODF.decode(bytes)),
  dodf: (bytes) => EF_DODF.encode(EF_DODF.decode(bytes)),
  aodf: (bytes) => EF_AODF.encode(EF_AODF.decode(bytes)),
  tokeninfo: (bytes) => EF_TOKENINFO.encode(EF_TOKENINFO.decode(bytes)),
  path: (bytes) => odfContent(EF_ODF.encode(EF_ODF.decode(odfAround(bytes)))),
};

/** A Path alone is tested inside an EF(ODF) entry. */
function odfAround(path: Uint8Array): Uint8Array {
  return Uint8Array.of(0xa7, path.length, ...path);
}
function odfContent(odf: Uint8Array): Uint8Array {
  return odf.subarray(2);
}

test('every case names a file that this test knows', () => {
  expect(cases.length).toBeGreaterThanOrEqual(30);
  expect(new Set(cases.map(({ file }) => file))).toEqual(new Set([...Object.keys(RECODE), 'oid']));
});

test.each(ofFile(...Object.keys(RECODE)).filter(({ lenient }) => !lenient))(
  '$what: decode, then encode, gives the same octets',
  ({ file, hex }) => {
    expect(toHex(RECODE[file]!(fromHex(hex)))).toBe(hex.toLowerCase());
  },
);

test.each(cases.filter(({ lenient }) => lenient === 'FF padding'))(
  '$what: encode gives the octets before the padding',
  ({ file, hex }) => {
    expect(toHex(RECODE[file]!(fromHex(hex)))).toBe(hex.toLowerCase().replace(/(ff)+$/, ''));
  },
);

test('no path in EF(DIR) is read, and refused by the writer', () => {
  const bytes = fromHex(cases.find(({ lenient }) => lenient === 'tag 51 missing')!.hex);
  const template = EF_DIR_RECORD.decode(bytes);
  expect(template).toMatchObject({ label: 'PKCS#15' });
  expect(template.path).toBeUndefined();
  expect(() => EF_DIR_RECORD.encode(template)).toThrow(/needs its path from 3F00 on/);
});

test('oidDO is read like an opaqueDO and written back as it was', () => {
  const bytes = fromHex(cases.find(({ lenient }) => lenient?.startsWith('oidDO'))!.hex);
  expect(EF_DODF.decode(bytes)).toMatchObject([
    {
      form: 'oidDO',
      common: { label: 'DM Bootstrap', flags: { private: true, modifiable: true } },
      applicationOid: OID_DM_BOOTSTRAP,
      value: { kind: 'indirect', path: { path: [0x6430] } },
    },
  ]);
  expect(toHex(RECODE.dodf!(bytes))).toBe(toHex(bytes));
});

test('the OID of a DM bootstrap has the octets of the vector', () => {
  const [vector] = ofFile('oid');
  const object: NewDataObject = {
    form: 'opaqueDO',
    common: {},
    applicationOid: OID_DM_BOOTSTRAP,
    value: { kind: 'indirect', path: { path: [0x6430] } },
  };
  expect(toHex(encodeDataObject(object))).toBe(`301230003006${vector!.hex.toLowerCase()}a106300404026430`);
});
