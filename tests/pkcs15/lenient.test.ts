/** What a reader accepts from cards in the field, each with its finding and octet; bytes by hand. */
import { fromHex, toHex } from '../../src/bytes/index.js';
import { DataError } from '../../src/errors/index.js';
import {
  AID_PKCS15,
  decodeAodf,
  decodeDir,
  decodeDirRecord,
  decodeDodf,
  decodeOdf,
  decodeTokenInfo,
  EF_DIR_RECORD,
  EF_DODF,
  EF_ODF,
  EF_TOKENINFO,
  type Finding,
  findDmBootstrapObjects,
  isFreeDirRecord,
  matchPkcs15Aid,
  type NewDataObject,
  OID_DM_BOOTSTRAP,
} from '../../src/pkcs15/index.js';

const brief = (findings: readonly Finding[]) => findings.map(({ code, offset }) => `${code}@${offset}`);
const PATH = { kind: 'indirect', path: { path: [0x6430] } };
const COMMON = '300E0C0C444D20426F6F747374726170';
const CLASS = '30060604672B0701';
const TYPE = 'A106300404026430';
/** One TLV with a one-octet length, in hex. */
const tlv = (tag: string, ...parts: string[]) =>
  tag + (parts.join('').length / 2).toString(16).padStart(2, '0') + parts.join('');

describe('EF(DODF)', () => {
  test('oidDO with a doubly tagged OID and empty common attributes', () => {
    const { entries, findings, end } = decodeDodf(
      fromHex('A124 3000 300E0C0C444D20426F6F747374726170 A110300E 06060604672B0701 300404026430 FFFF'),
    );
    expect(entries).toMatchObject([
      {
        form: 'oidDO',
        common: {},
        applicationName: 'DM Bootstrap',
        applicationOid: OID_DM_BOOTSTRAP,
        value: PATH,
      },
    ]);
    expect(brief(findings)).toEqual(['attributes-empty@2', 'oid-do@0', 'oid-doubly-tagged@24']);
    expect(end).toBe(38);
  });

  test('opaqueDO with a doubly tagged OID', () => {
    const { entries, findings } = decodeDodf(fromHex(`3022${COMMON}300806060604672B0701${TYPE}`));
    expect(entries).toMatchObject([{ form: 'opaqueDO', applicationOid: OID_DM_BOOTSTRAP, value: PATH }]);
    expect(findDmBootstrapObjects(entries)).toHaveLength(1);
    expect(findings).toEqual([
      {
        severity: 'warning',
        code: 'oid-doubly-tagged',
        where: 'EF(DODF) octet 20',
        message: 'OID inside an OID: the inner one is taken',
        offset: 20,
      },
    ]);
  });

  test('several entries with others among them: ours are found, all octets are kept', () => {
    const file = fromHex(
      `3012300030060604672B0501${TYPE} A0023000 3020${COMMON}${CLASS}${TYPE} 5F2001AA 0000`,
    );
    const { entries, findings, end } = decodeDodf(file);
    expect(entries.map(({ form, offset }) => [form, offset])).toEqual([
      ['opaqueDO', 0],
      ['externalIDO', 20],
      ['opaqueDO', 24],
      ['unknown', 58],
    ]);
    expect(findDmBootstrapObjects(entries).map(({ offset }) => offset)).toEqual([24]);
    expect(entries.map(({ der }) => toHex(der)).join('')).toBe(toHex(file.subarray(0, 62)));
    expect(entries[1]!.value).toEqual({ kind: 'opaque', bytes: fromHex('A0023000') });
    expect(brief(findings)).toEqual([
      'padding-zero@62',
      'attributes-empty@2',
      'entry-not-interpreted@20',
      'entry-not-interpreted@58',
    ]);
    expect(end).toBe(62);
    expect(toHex(EF_DODF.encode(entries))).toBe(toHex(file.subarray(0, end)));
  });

  test('one unreadable entry costs that entry only', () => {
    const file = fromHex(`300630003000A101 3020${COMMON}${CLASS}${TYPE}`);
    const { entries, findings } = decodeDodf(file);
    expect(entries.map(({ form }) => form)).toEqual(['unknown', 'opaqueDO']);
    expect(brief(findings)).toContain('entry-unreadable@6');
    expect(() => EF_DODF.decode(file)).toThrow(/EF\(DODF\) octet 6: /);
  });

  test('indefinite length deep inside an entry', () => {
    const { findings } = decodeDodf(fromHex(tlv('30', '300430800000', CLASS, TYPE)));
    expect(findings).toMatchObject([
      { code: 'entry-unreadable', offset: 4, message: 'indefinite length, where DER is required' },
    ]);
  });

  test.each([
    ['0.0', '060100'],
    ['1.2.840.113549', '06062A864886F70D'],
    ['2.23.43.7.1', '0604672B0701'],
    ['2.999', '06028837'],
    ['2.25.329800735698586629295641978511506172918', '06146983F09DA7EBCFDEE0C7A1A7B2C0948CC8F9D776'],
  ])('OID %s both ways', (oid, der) => {
    const inner = tlv('30', COMMON, tlv('30', der), TYPE);
    const { entries, findings } = decodeDodf(fromHex(inner));
    expect([entries[0]?.applicationOid, findings]).toEqual([oid, []]);
    expect(toHex(EF_DODF.encode(entries))).toBe(inner.toLowerCase());
  });

  test.each(['1', '1.40.1', '3.1', '2.', '2.x', '01.2', '2.5.', '1.-2'])(
    '%s is not written as an OID',
    (oid) => {
      const object = { form: 'opaqueDO', common: {}, applicationOid: oid, value: PATH } as NewDataObject;
      expect(() => EF_DODF.encode([object])).toThrow(/is not an object identifier/);
    },
  );

  test('a private object that names no PIN', () => {
    const { findings } = decodeDodf(
      fromHex('302430120C0C444D20426F6F7473747261700302078030060604672B0701A106300404026430'),
    );
    expect(brief(findings)).toEqual(['private-without-authid@0']);
  });

  test('type attributes without their own tag', () => {
    const { entries, findings } = decodeDodf(fromHex(`301E${COMMON}${CLASS}A10404026430`));
    expect(entries).toMatchObject([{ applicationOid: OID_DM_BOOTSTRAP, value: PATH }]);
    expect(brief(findings)).toEqual(['type-attributes-implicit@26']);
  });

  test('a path with an index and no length; a length without its leading zero', () => {
    const object = (path: string) => decodeDodf(fromHex(tlv('30', COMMON, CLASS, tlv('A1', path))));
    expect(brief(object('300704026430020100').findings)).toEqual(['path-index-length@28']);
    const negative = object('300A040264300201008001C8');
    expect(negative.entries[0]!.value).toMatchObject({ path: { path: [0x6430], index: 0, length: 200 } });
    expect(brief(negative.findings)).toEqual(['integer-negative@37']);
  });

  test('label as PrintableString, label that is not UTF-8, flags with zero bits at the end', () => {
    const { entries, findings } = decodeDodf(
      fromHex(
        tlv('30', '30061304424F4F54', CLASS, TYPE) + tlv('30', '300A0C0442FF4F5403020580', CLASS, TYPE),
      ),
    );
    expect(entries.map(({ common }) => common.label)).toEqual(['BOOT', 'B\ufffdOT']);
    expect(brief(findings)).toEqual([
      'label-type@4',
      'text-not-utf8@30',
      'bits-not-der@36',
      'private-without-authid@26',
    ]);
  });

  test('lengths in more octets than needed', () => {
    const { entries, findings } = decodeDodf(fromHex(`308120${COMMON}${CLASS}${TYPE}`));
    expect(entries).toMatchObject([{ applicationOid: OID_DM_BOOTSTRAP, value: PATH, offset: 0 }]);
    expect(brief(findings)).toEqual(['length-not-minimal@0']);
  });

  test('URL, direct and protected values', () => {
    const values = decodeDodf(
      fromHex(
        `3016300030060604672B0701A10A1308687474703A2F2F61` +
          `3012300030060604672B0701A106A0040402ABCD` +
          `3010300030060604672B0701A104A2023000`,
      ),
    ).entries.map(({ value }) => value);
    expect(values).toEqual([
      { kind: 'url', url: 'http://a' },
      { kind: 'direct', bytes: fromHex('0402ABCD') },
      { kind: 'protected', bytes: fromHex('A2023000') },
    ]);
  });
});

describe('EF(ODF)', () => {
  test('other classes keep their octets, in priority order with several DODFs', () => {
    const file = fromHex('A406300404026410 A704A0023000 A706300404026420 A806300404026440 AC0100 FF');
    const { entries, findings, end } = decodeOdf(file);
    expect(entries.map(({ kind, value, offset }) => [kind, value.kind, offset])).toEqual([
      ['certificates', 'path', 0],
      ['dataObjects', 'objects', 8],
      ['dataObjects', 'path', 14],
      ['authObjects', 'path', 22],
      ['unknown', 'opaque', 30],
    ]);
    expect(brief(findings)).toEqual(['entry-not-interpreted@30']);
    expect(toHex(EF_ODF.encode(entries))).toBe(toHex(file.subarray(0, end)));
  });

  test('an odd path costs its entry', () => {
    const { entries, findings } = decodeOdf(fromHex('A7073005 0403006420 A706300404026420'));
    expect(entries.map(({ value }) => value.kind)).toEqual(['opaque', 'path']);
    expect(findings).toMatchObject([{ severity: 'error', code: 'entry-unreadable', offset: 4 }]);
  });

  test('octets after the padding are reported, not read', () => {
    const { entries, findings, end } = decodeOdf(fromHex('A706300404026420 FF A7'));
    expect([entries.length, end, brief(findings)]).toEqual([1, 8, ['octets-after-padding@9']]);
  });

  test('framing that breaks ends the list, with the place', () => {
    const { entries, findings, end } = decodeOdf(fromHex('A706300404026420 A70A3008'));
    expect([entries.length, end]).toEqual([1, 8]);
    expect(findings).toMatchObject([{ severity: 'error', code: 'framing', where: 'EF(ODF) octet 8' }]);
  });

  test.each([
    ['indefinite length outside', 'A7803004040264200000', 0],
    ['indefinite length inside', 'A7083080040264200000', 2],
    ['cut off inside', 'A7063005 04026420', 2],
    ['a length beyond its parent', 'A70630040403 6420', 4],
  ])('%s: DataError with the offset', (_what, hex, offset) => {
    const thrown = catchError(() => EF_ODF.decode(fromHex(hex)));
    expect(thrown).toBeInstanceOf(DataError);
    expect((thrown as DataError).code).toBe('DATA_PKCS15');
    expect((thrown as DataError).details.offset).toBe(offset);
  });
});

describe('EF(DIR)', () => {
  test('no path, objects of others kept', () => {
    const { entries, findings } = decodeDirRecord(
      fromHex('611C 4F0CA000000063504B43532D3135 5203A0B0C0 7307A0058001808100 FFFF'),
    );
    expect(entries).toMatchObject({ aid: AID_PKCS15, other: fromHex('5203A0B0C07307A0058001808100') });
    expect(brief(findings)).toEqual(['dir-path-missing@0']);
  });

  test('a transparent EF(DIR), a free record, an object that is no template', () => {
    const ours = '61144F0CA000000063504B43532D313551043F007F50';
    const dir = decodeDir(fromHex(`4F05A000000063 ${ours} ${ours} FF`));
    expect(dir.entries.map(({ offset }) => offset)).toEqual([7, 29]);
    expect(brief(dir.findings)).toEqual(['entry-not-interpreted@0']);
    expect(decodeDirRecord(fromHex('FFFFFFFF')).entries).toBeUndefined();
    expect(() => EF_DIR_RECORD.decode(fromHex('FFFFFFFF'))).toThrow(/nothing but padding/);
    expect(decodeDirRecord(fromHex('61024F'), 'EF(DIR) record 3').findings).toMatchObject([
      { severity: 'error', where: 'EF(DIR) record 3 octet 0' },
    ]);
  });

  test('AIDs that are PKCS#15, and that are not', () => {
    const match = (hex: string) => matchPkcs15Aid(fromHex(hex));
    expect(match('A000000063504B43532D3135')).toBe('exact');
    expect(match('A000000063504B43532D313501')).toBe('extended');
    expect(match('A000000063504B4353')).toBe('truncated');
    expect(match('A000000063')).toBeUndefined();
    expect(match('A000000063504B43532D3131')).toBeUndefined();
    expect(match('A0000000871002FFFFFFFF89010000FF')).toBeUndefined();
  });

  test('free records', () => {
    expect([fromHex('FFFF'), fromHex('0000'), fromHex('FF61'), fromHex('6100')].map(isFreeDirRecord)).toEqual(
      [true, true, false, false],
    );
  });
});

describe('EF(TokenInfo) and EF(AODF)', () => {
  test('what follows the token flags is kept', () => {
    const hex = '3012 020100 040101 03020780 A206 3004 0201 0100';
    const info = EF_TOKENINFO.decode(fromHex(hex));
    expect(info.other).toEqual(fromHex('A206300402010100'));
    expect(toHex(EF_TOKENINFO.encode(info))).toBe(toHex(fromHex(hex)));
  });

  test('no serial number is noted; an empty file is not a TokenInfo', () => {
    expect(brief(decodeTokenInfo(fromHex('3006020100030100')).findings)).toEqual(['serial-number-missing@0']);
    expect(decodeTokenInfo(fromHex('FFFF'))).toEqual({ entries: undefined, findings: [], end: 0 });
    expect(() => EF_TOKENINFO.decode(fromHex('FFFF'))).toThrow(DataError);
  });

  test('PIN object: key reference 81 in one octet, no reference, type attributes without their tag', () => {
    const pin = (type: string) => decodeAodf(fromHex(tlv('30', '3000', '3003040101', tlv('A1', type))));
    const one = pin('30100302020C0A0101020104020108800181');
    expect(one.entries).toMatchObject([{ form: 'pin', pinReference: 0x81, minLength: 4, storedLength: 8 }]);
    expect(brief(one.findings)).toContain('integer-negative@26');
    const none = pin('300D0302020C0A0101020104020108');
    expect(none.entries).toMatchObject([{ form: 'pin', pinReference: 0, pinType: 'ascii-numeric' }]);
    const implicit = pin('0302020C0A0101020104020108800101');
    expect(implicit.entries).toMatchObject([{ form: 'pin', pinReference: 1 }]);
    expect(brief(implicit.findings)).toContain('type-attributes-implicit@9');
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
