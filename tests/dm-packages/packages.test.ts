/** Packages 1 to 3 and Generic Alerts in JSON: the examples, what is written, what is tolerated, what is refused. */
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import {
  decodePackage1,
  decodePackage2,
  decodePackage3,
  encodePackage1,
  encodePackage2,
  encodePackage3,
} from '../../src/dm/packages/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { ALERTS, PACKAGE1, PACKAGE2, PACKAGE3, scomoAlertValue } from './examples.js';

const json = (value: unknown) => encodeUtf8(JSON.stringify(value));
const codes = ({ findings }: { findings: readonly { code: string }[] }) => findings.map(({ code }) => code);
const failure = (act: () => unknown): SimbootError => {
  try {
    act();
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('the examples of §7.2.1', () => {
  test('Package#1', () => {
    const decoded = decodePackage1(PACKAGE1);
    expect(decoded.value).toEqual({
      mos: [
        {
          ddf: 'http://www.vendor.com/DDF/devinfo1.0.ddf',
          moid: 'urn:oma:mo:oma-dm-devinfo:1.0',
          miids: ['miid1'],
        },
        {
          ddf: 'http://www.vendor.com/DDF/oma-sessioninfomo1.0.ddf',
          moid: 'urn:oma:mo:oma-sessioninfomo:1.0',
          miids: ['miid1'],
        },
      ],
      alerts: [scomoAlertValue('Component1'), scomoAlertValue('Component2')],
    });
    // It has alerts of an MO, but none that tells why the session starts.
    expect(codes(decoded)).toEqual(['PACKAGE1_ORIGIN_UNKNOWN']);
  });

  test('Package#2', () => {
    const decoded = decodePackage2(PACKAGE2);
    expect(decoded.value.commands).toEqual([
      [
        'HPOST',
        'https://DMcontent.DMserver.operator.com/[DevID]',
        'urn:oma:mo:oma-dm-devinfo:1.0//',
        'urn:oma:mo:oma-sessioninfomo:1.0//',
      ],
      ['HGET', 'https://DMcontent.DMserver.operator.com/new_mo'],
      ['GET', 'urn:oma:mo:oma-sessioninfomo:1.0//CBT'],
    ]);
    expect(JSON.parse(decodeUtf8(encodePackage2(decoded.value)))).toEqual(JSON.parse(decodeUtf8(PACKAGE2)));
  });

  test('Package#3', () => {
    const decoded = decodePackage3(PACKAGE3);
    expect(decoded.value).toEqual({
      statuses: [
        { sc: 200 },
        { sc: 200, uris: ['urn:oma:mo:oma-mo:1.0/miid1/', 'urn:oma:mo:oma-mo:1.0/miid2/'] },
        { sc: 200 },
      ],
      alerts: [
        {
          alertType: 'urn:oma:at:dcmo:1.0:OperationComplete',
          sourceUri: 'urn:oma:mo:oma-dcmo:1.0/Capability123/Operations/Enable',
          mark: 'warning',
          dataType: 'int',
          data: { DM1x: 1404 },
        },
      ],
    });
    expect(codes(decoded)).toEqual([]);
    expect(JSON.parse(decodeUtf8(encodePackage3(decoded.value)))).toEqual(JSON.parse(decodeUtf8(PACKAGE3)));
  });

  test('Generic Alerts (§7.2.1.5) inside Package#3 come back as they are', () => {
    const alerts = JSON.parse(decodeUtf8(ALERTS)) as { Alert: object[] };
    const decoded = decodePackage3(json({ Status: [], ...alerts }));
    expect(decoded.value.alerts).toEqual([scomoAlertValue('Component1'), scomoAlertValue('Component2')]);
    expect(JSON.parse(decodeUtf8(encodePackage3(decoded.value)))).toEqual({ Status: [], ...alerts });
  });
});

describe('the examples of Appendix I', () => {
  test('I.1: Package#1 without members', () => {
    const decoded = decodePackage1(encodeUtf8('{\r\n}'));
    expect(decoded.value).toEqual({ alerts: [] });
    expect(codes(decoded)).toEqual(['PACKAGE1_ORIGIN_UNKNOWN']);
  });

  test('I.1: two GETs', () => {
    const bytes = encodeUtf8(`{
 "CMD": [
  ["GET", "oma:mo:oma-dm-devinfo:1.0//"],
  ["GET", "urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/*/ID"]
 ]
}`);
    expect(decodePackage2(bytes).value.commands).toEqual([
      ['GET', 'oma:mo:oma-dm-devinfo:1.0//'],
      ['GET', 'urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/*/ID'],
    ]);
  });

  test('I.1: HPOST lacks a comma, which is no JSON; with it, HPOST and END', () => {
    const text = (comma: string) => `{
 "CMD": [
  ["HPOST", "http://www.dr.com/camera_state?DevID=IMEI:493005100592800"${comma}
   "urn:oma:mo:oma-dcmo:1.0/(x)/Enabled?nv=(x)/Property:Camera"],
  ["END"]
 ]
}`;
    expect(failure(() => decodePackage2(encodeUtf8(text(''))))).toMatchObject({
      code: 'DATA_JSON',
      details: { line: 4, column: 4, path: '$.CMD[0]' },
    });
    expect(decodePackage2(encodeUtf8(text(','))).value.commands).toEqual([
      [
        'HPOST',
        'http://www.dr.com/camera_state?DevID=IMEI:493005100592800',
        'urn:oma:mo:oma-dcmo:1.0/(x)/Enabled?nv=(x)/Property:Camera',
      ],
      ['END'],
    ]);
  });

  test('I.2: Package#1 with an MO that has no instance', () => {
    const bytes = encodeUtf8(`{
 "MOS": [
  {
   "DDF": "http://www.vendor.com/DDF/devinfo1.0.ddf",
   "MOID": "urn:oma:mo:oma-dm-devinfo:1.0",
   "MIID": ["miid1"]
  },
  {
   "DDF": "http://www.vendor.com/DDF/oma-sessioninfomo1.0.ddf",
   "MOID": "urn:oma:mo:oma-sessioninfomo:1.0",
   "MIID": ["miid1"]
  },
  {
   "DDF": "http://www.vendor.com/DDF/oma-dm-dmacc2.0.ddf",
   "MOID": "urn:oma:mo:oma-dm-dmacc:2.0",
   "MIID": ["miid_dms1"]
  },
  {
   "DDF": "http://www.vendor.com/DDF/oma-dcmo1.0.ddf",
   "MOID": "urn:oma:mo:oma-dcmo:1.0",
   "MIID": []
  }
 ]
}`);
    expect(decodePackage1(bytes).value.mos!.map(({ moid, miids }) => [moid, miids])).toEqual([
      ['urn:oma:mo:oma-dm-devinfo:1.0', ['miid1']],
      ['urn:oma:mo:oma-sessioninfomo:1.0', ['miid1']],
      ['urn:oma:mo:oma-dm-dmacc:2.0', ['miid_dms1']],
      ['urn:oma:mo:oma-dcmo:1.0', []],
    ]);
  });

  test('I.2: HGET with a node value, and HGET alone', () => {
    const target = 'urn:oma:mo:oma-dm-dmacc:2.0/(x)/AuthNoti/AuthSecret?nv=(x)/ServerID:DMS_ID1';
    const bytes = encodeUtf8(`{
 "CMD": [
  ["HGET", "http://www.dms.com/new_secret?DevID=IMEI:493005100592800",
"${target}"]
 ]
}`);
    expect(decodePackage2(bytes).value.commands).toEqual([
      ['HGET', 'http://www.dms.com/new_secret?DevID=IMEI:493005100592800', target],
    ]);
    const alone = encodeUtf8('{\n "CMD": [\n  ["HGET", "http://www.dms.com/dcmo_usb"]\n ]\n}');
    expect(decodePackage2(alone).value.commands).toEqual([['HGET', 'http://www.dms.com/dcmo_usb']]);
  });

  test('I.2: a bare status, and a bare status with the place of the new instance', () => {
    const one = decodePackage3(encodeUtf8('{\n "Status": [\n  200\n ]\n}'));
    expect(one).toMatchObject({ value: { statuses: [{ sc: 200 }] }, findings: [{ code: 'STATUS_BARE' }] });
    const stored = decodePackage3(
      encodeUtf8('{\n "Status": [\n  200, "urn:oma:mo:oma-dcmo:1.0/usb/"\n ]\n}'),
    );
    expect(stored.value.statuses).toEqual([{ sc: 200, uris: ['urn:oma:mo:oma-dcmo:1.0/usb/'] }]);
    expect(codes(stored)).toEqual(['STATUS_BARE', 'STATUS_LOOSE_URI']);
  });

  test('I.2: END', () => {
    expect(decodePackage2(encodeUtf8('{\n "CMD": [\n  ["END"]\n ]\n}')).value.commands).toEqual([['END']]);
  });
});

describe('what is written', () => {
  test('Package#1: MOS, then alerts, members in the order of the clauses', () => {
    const bytes = encodePackage1({
      mos: [{ ddf: 'https://example/d.ddf', moid: 'urn:example:mo', miids: ['a', 'b'] }],
      alerts: [
        {
          data: { 'NOTIFICATION-ID': 7 },
          dataType: 'application/json',
          alertType: 'urn:oma:at:dm:2.0:ServerInitiatedMgmt',
        },
      ],
    });
    expect(decodeUtf8(bytes)).toBe(
      '{"MOS":[{"DDF":"https://example/d.ddf","MOID":"urn:example:mo","MIID":["a","b"]}],' +
        '"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"application/json",' +
        '"Data":{"NOTIFICATION-ID":7}}]}',
    );
  });

  test('Package#1: an alert that tells why the session starts is required', () => {
    for (const alerts of [[], [{ alertType: 'urn:oma:at:scomo:1.0:OperationComplete' }]]) {
      expect(failure(() => encodePackage1({ alerts }))).toMatchObject({
        code: 'DATA_PACKAGE',
        details: { path: '$.Alert' },
      });
    }
  });

  test('Package#2: only known commands, END last', () => {
    const written = encodePackage2({ commands: [['EXEC', 'urn:example:mo//run'], ['END']] });
    expect(decodeUtf8(written)).toBe('{"CMD":[["EXEC","urn:example:mo//run"],["END"]]}');
    expect(failure(() => encodePackage2({ commands: [['POST', 'x']] })).details).toEqual({
      path: '$.CMD[0]',
    });
    expect(failure(() => encodePackage2({ commands: [['END'], ['GET', 'x']] })).code).toBe('DATA_PACKAGE');
  });

  test('Package#3: statuses as objects, alerts only where there are some', () => {
    const statuses = [{ sc: 202 }, { sc: 200, uris: ['urn:example:mo/a/'] }, { sc: 1404 }];
    expect(decodeUtf8(encodePackage3({ statuses, alerts: [] }))).toBe(
      '{"Status":[{"sc":202},{"sc":200,"URI":["urn:example:mo/a/"]},{"sc":1404}]}',
    );
    expect(decodeUtf8(encodePackage3({ statuses: [], alerts: [{ alertType: 'a', mark: 'fatal' }] }))).toBe(
      '{"Status":[],"Alert":[{"AlertType":"a","Mark":"fatal"}]}',
    );
  });

  test.each([100, 201, 401, 999, 2000, 200.5, Number.NaN])('Package#3: status %d is refused', (sc) => {
    expect(failure(() => encodePackage3({ statuses: [{ sc }], alerts: [] }))).toMatchObject({
      code: 'DATA_PACKAGE',
      details: { path: '$.Status[0].sc' },
    });
  });

  test.each([
    ['without a type', { alertType: '' }],
    ['with data that is no object', { alertType: 'a', dataType: 'text/plain', data: 'x' }],
    ['with data in an array', { alertType: 'a', dataType: 'application/json', data: [] }],
    ['with data of no type', { alertType: 'a', data: {} }],
    ['with another mark', { alertType: 'a', mark: 'severe' as 'fatal' }],
  ])('an alert %s is refused', (_, alert) => {
    expect(failure(() => encodePackage3({ statuses: [], alerts: [alert] })).code).toBe('DATA_PACKAGE');
  });
});

describe('what is tolerated', () => {
  const plain = { AlertType: 'a', Data: { n: 1 }, DataType: 'application/json' };
  const value = { alertType: 'a', data: { n: 1 }, dataType: 'application/json' };

  test.each<[string, unknown, string[]]>([
    ['an array', [plain], []],
    ['a single alert', plain, ['ALERT_SINGLE']],
    ['nested in an object, as the schema has it', { Alert: [plain] }, ['ALERT_NESTED']],
    ['nested and single', { Alert: plain }, ['ALERT_NESTED', 'ALERT_SINGLE']],
  ])('alerts as %s', (_, alerts, findings) => {
    const decoded = decodePackage3(json({ Status: [], Alert: alerts }));
    expect([decoded.value.alerts, codes(decoded)]).toEqual([[value], findings]);
  });

  test('data that is no object, or has no type', () => {
    const alerts = [
      { AlertType: 'a', DataType: 'text/plain', Data: 7 },
      { AlertType: 'b', Data: 'x' },
    ];
    const decoded = decodePackage3(json({ Status: [], Alert: alerts }));
    expect(decoded.value.alerts).toEqual([
      { alertType: 'a', dataType: 'text/plain', data: 7 },
      { alertType: 'b', data: 'x' },
    ]);
    expect(codes(decoded)).toEqual(['ALERT_DATA_TYPE']);
  });

  test('alerts that cannot be used are left out, with a finding each; the others stay', () => {
    const alerts = ['text', null, {}, { AlertType: 1 }, { AlertType: 'a', Mark: 3 }, { AlertType: 'b' }];
    const decoded = decodePackage3(json({ Status: [], Alert: alerts }));
    expect(decoded.value.alerts).toEqual([{ alertType: 'b' }]);
    expect(codes(decoded)).toEqual(new Array(5).fill('ALERT_IGNORED'));
  });

  test('a mark that §5.4 does not have counts as informational: it is left out', () => {
    const decoded = decodePackage3(json({ Status: [], Alert: [{ AlertType: 'a', Mark: 'severe' }] }));
    expect([decoded.value.alerts, codes(decoded)]).toEqual([[{ alertType: 'a' }], ['ALERT_MARK']]);
  });

  test('members that nobody knows are told and ignored', () => {
    const unknown = decodePackage1(encodeUtf8('{"MOS":[{"MOID":"m","MIID":[],"X":1}],"a b":1,"Alert":[]}'));
    expect(unknown.value).toEqual({ mos: [{ moid: 'm', miids: [] }], alerts: [] });
    const where = unknown.findings
      .filter(({ code }) => code === 'PACKAGE_UNKNOWN_MEMBER')
      .map((f) => f.where);
    expect(where).toEqual(['$["a b"]', '$.MOS[0].X']);
  });

  test('MOs without MOID or with MIIDs that are no strings are left out', () => {
    const mos = [{ MIID: ['a'] }, { MOID: 'm' }, { MOID: 'm', MIID: [1] }, 7, { MOID: 'ok', MIID: ['a'] }];
    const decoded = decodePackage1(json({ MOS: mos }));
    expect(decoded.value.mos).toEqual([{ moid: 'ok', miids: ['a'] }]);
    expect(codes(decoded).filter((code) => code === 'PACKAGE1_MOS')).toHaveLength(4);
  });

  test('a URI of a status that is a string, and two loose strings', () => {
    const decoded = decodePackage3(encodeUtf8('{"Status":[{"sc":200,"URI":"a"},"b",200,"c","d"]}'));
    expect(decoded.value.statuses).toEqual([
      { sc: 200, uris: ['a', 'b'] },
      { sc: 200, uris: ['c', 'd'] },
    ]);
  });

  test('a status that Appendix C does not have is kept and told', () => {
    const decoded = decodePackage3(encodeUtf8('{"Status":[{"sc":418}]}'));
    expect([decoded.value.statuses, codes(decoded)]).toEqual([[{ sc: 418 }], ['STATUS_UNKNOWN']]);
  });

  test('commands that §5.3 does not have are kept for a status of their own', () => {
    expect(decodePackage2(encodeUtf8('{"CMD":[["FLY","x"]]}')).value.commands).toEqual([['FLY', 'x']]);
  });
});

describe('what is refused', () => {
  test.each<[string, (bytes: Uint8Array) => unknown, string, string, string]>([
    ['an array as Package#1', decodePackage1, '[]', 'DATA_PACKAGE', '$'],
    ['MOS that is no array', decodePackage1, '{"MOS":{}}', 'DATA_PACKAGE', '$.MOS'],
    ['Alert that is text', decodePackage1, '{"Alert":"x"}', 'DATA_PACKAGE', '$.Alert'],
    ['text as Package#2', decodePackage2, '"x"', 'DATA_PACKAGE', '$'],
    ['Package#2 without CMD', decodePackage2, '{}', 'DATA_PACKAGE', '$'],
    ['CMD that is no array', decodePackage2, '{"CMD":"END"}', 'DATA_PACKAGE', '$.CMD'],
    ['a command that is no array', decodePackage2, '{"CMD":["END"]}', 'DATA_PACKAGE', '$.CMD[0]'],
    ['a command without name', decodePackage2, '{"CMD":[["END"],[]]}', 'DATA_PACKAGE', '$.CMD[1]'],
    ['a number as parameter', decodePackage2, '{"CMD":[["GET",1]]}', 'DATA_PACKAGE', '$.CMD[0][1]'],
    ['Package#3 without Status', decodePackage3, '{"Alert":[]}', 'DATA_PACKAGE', '$'],
    ['a string before the first status', decodePackage3, '{"Status":["a"]}', 'DATA_PACKAGE', '$.Status[0]'],
    ['a status without code', decodePackage3, '{"Status":[{}]}', 'DATA_PACKAGE', '$.Status[0]'],
    ['a code that is text', decodePackage3, '{"Status":[{"sc":"200"}]}', 'DATA_PACKAGE', '$.Status[0].sc'],
    ['a code beyond all', decodePackage3, '{"Status":[2000]}', 'DATA_PACKAGE', '$.Status[0]'],
    ['half a code', decodePackage3, '{"Status":[200.5]}', 'DATA_PACKAGE', '$.Status[0]'],
    ['null as status', decodePackage3, '{"Status":[null]}', 'DATA_PACKAGE', '$.Status[0]'],
    [
      'a URI that is a number',
      decodePackage3,
      '{"Status":[{"sc":200,"URI":[1]}]}',
      'DATA_PACKAGE',
      '$.Status[0].URI[0]',
    ],
    ['a name given twice', decodePackage3, '{"Status":[],"Status":[200]}', 'DATA_JSON_DUPLICATE', '$.Status'],
    ['an object in an object', decodePackage2, '{{"CMD":[]}}', 'DATA_JSON', '$'],
    ['CMD from the prototype', decodePackage2, '{"__proto__":{"CMD":[["END"]]}}', 'DATA_PACKAGE', '$'],
    [
      'AlertType from the prototype',
      decodePackage1,
      '{"Alert":{"__proto__":{"Alert":1}},"MOS":1}',
      'DATA_PACKAGE',
      '$.MOS',
    ],
  ])('%s', (_, decode, text, code, path) => {
    expect(failure(() => decode(encodeUtf8(text)))).toMatchObject({ code, details: { path } });
  });

  test('{{ with its offset', () => {
    expect(failure(() => decodePackage2(encodeUtf8('{{"CMD":[]}}'))).details).toMatchObject({ offset: 1 });
  });

  test('of many oddities a hundred are told', () => {
    const members = Array.from({ length: 5000 }, (_, index) => [`x${index}`, 1]);
    const decoded = decodePackage1(json({ ...Object.fromEntries(members), Alert: [] }));
    expect(decoded.findings).toHaveLength(100);
  });

  test('deeper, larger and longer than the limits', () => {
    const deep = encodeUtf8(`{"Alert":${'['.repeat(100)}${']'.repeat(100)}}`);
    expect(failure(() => decodePackage1(deep)).code).toBe('DATA_LIMIT');
    expect(failure(() => decodePackage1(encodeUtf8('{}  '), { maxOctets: 3 })).code).toBe('DATA_LIMIT');
    const statuses = (count: number) => json({ Status: new Array(count).fill({ sc: 200 }) });
    expect(failure(() => decodePackage3(statuses(1001))).code).toBe('DATA_LIMIT');
    expect(decodePackage3(statuses(1000)).value.statuses).toHaveLength(1000);
    expect(failure(() => decodePackage3(statuses(3), { maxItems: 2 })).details).toEqual({
      path: '$.Status',
      elements: 3,
      limit: 2,
    });
  });
});
