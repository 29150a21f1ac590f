/** Rows of Appendix B about addresses (DM 2.0 §6.1, §6.2): URIs written by hand, each way. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  expandServerUri,
  formatClientUri,
  parseClientUri,
  resolveClientUri,
} from '../../src/dm/uri/index.js';
import { decodeDmmo, encodeDmmo, serializeNode, treeFromDmmo } from '../../src/mo/index.js';
import { row } from '../support/conformance.js';

const MOID = 'urn:oma:mo:moid:1.0';
/** What a device holds, as MO data by hand. */
const DEVICE = encodeUtf8(
  '[{"ClientURI":"urn:oma:mo:moid:1.0/left/","MOData":{"left":{"ID":"GPS","Setting":"0xA1",' +
    '"Data":{"1":{"Date":"12.1","Value":"a"},"2":{"Date":"12.2","Value":"b"}}}}},' +
    '{"ClientURI":"urn:oma:mo:moid:1.0/right/","MOData":{"right":{"ID":"Temperature","Setting":"0xB2",' +
    '"Data":{"1":{"Date":"12.1","Value":"c"},"2":{"Date":"12.3","Value":"d"}}}}},' +
    '{"ClientURI":"urn:example:single:1.0/only/","MOData":{"only":{"A":{"B":"c"}}}}]',
);
const TREE = treeFromDmmo(decodeDmmo(DEVICE).objects, []);
const named = (uri: string) =>
  resolveClientUri(TREE, uri).nodes.map(({ miid, path }) => [miid, ...path].join(' '));

row('B.1.2 DM-OBJ-001-C-M', 'received', 'a MIID and the only instance name one place, or nothing', () => {
  expect(named(`${MOID}/left/`)).toEqual(['left']);
  expect(named(`${MOID}/right/Data/2/Value`)).toEqual(['right Data 2 Value']);
  expect(named('urn:example:single:1.0//A/B')).toEqual(['only A B']);
  expect(resolveClientUri(TREE, `${MOID}//`)).toMatchObject({ status: 404, nodes: [] });
  expect(resolveClientUri(TREE, `${MOID}/middle/`)).toMatchObject({ status: 404, nodes: [] });
  expect(resolveClientUri(TREE, `${MOID}/left/Nothing`)).toMatchObject({ status: 404, nodes: [] });
  expect(resolveClientUri(TREE, MOID)).toMatchObject({ status: 400, nodes: [] });
});

row('B.1.2 DM-OBJ-001-C-M', 'sent', 'MO data says where it is by MOID, MIID and path', () => {
  const root = encodeDmmo([serializeNode(TREE, { moid: 'urn:example:single:1.0', miid: 'only', path: [] })]);
  expect(Buffer.from(root).toString()).toBe(
    '[{"ClientURI":"urn:example:single:1.0/only/","MOData":{"only":{"A":{"B":"c"}}}}]',
  );
  const leaf = encodeDmmo([serializeNode(TREE, { moid: MOID, miid: 'left', path: ['Data', '1', 'Date'] })]);
  expect(Buffer.from(leaf).toString()).toBe(
    '[{"ClientURI":"urn:oma:mo:moid:1.0/left/Data/1/Date","MOData":{"Date":"12.1"}}]',
  );
});

row(
  'B.1.2 DM-OBJ-002-C-O',
  'received',
  'x-names by their nv fields, wildcards, lv and cv, unknown fields',
  () => {
    expect(named(`${MOID}/(x)/?nv=(x)/ID:Temperature`)).toEqual(['right']);
    expect(named(`${MOID}/(x)/Data/(y)/Value?nv=(x)/ID:GPS&nv=(y)/Date:12.2`)).toEqual(['left Data 2 Value']);
    expect(named(`${MOID}/(x)/Data/*/Value?nv=(x)/ID:GPS&nv=(x)/Setting:0xB2`)).toEqual([]);
    expect(named(`${MOID}/*/Data/(y)?nv=(y)/Date:12.1`)).toEqual(['left Data 1', 'right Data 1']);
    expect(named(`${MOID}/*/Data/*/Value`)).toHaveLength(4);
    const uri = parseClientUri(`${MOID}/left/?lv=2&cv=abc&vendor=1`);
    expect([uri.levels, uri.cv, uri.unknown]).toEqual([2, 'abc', [['vendor', '1']]]);
    const ref = { moid: MOID, miid: 'left', path: [] };
    expect(serializeNode(TREE, ref, { levels: 2 }).moData).toEqual({
      left: { ID: 'GPS', Setting: '0xA1', Data: { 1: {}, 2: {} } },
    });
  },
);

const VALUES = {
  DevID: 'IMEI:493005100592800',
  MNC: '01',
  MCC: '262',
  CMNC: '20',
  CMCC: '208',
  SPName: 'My Net',
};
const at = (path: string) => `https://dm.example.com/${path}`;

row(
  'B.1.2 DM-OBJ-003-C-M',
  'received',
  'parameters are replaced, the result is encoded, what is unknown is -1',
  () => {
    expect(expandServerUri(at('[MCC]/[MNC]/a b?x=[Colour]&y=%20'), VALUES)).toBe(
      at('262/01/a%20b?x=-1&y=%20'),
    );
    expect(expandServerUri(at('plain'), VALUES)).toBe(at('plain'));
    expect(() => expandServerUri('no-uri', VALUES)).toThrow(
      expect.objectContaining({ code: 'DATA_SERVER_URI' }),
    );
  },
);

const PARAMETERS = [
  ['B.1.2 DM-OBJ-004-C-M', 'DevID', 'IMEI:493005100592800'],
  ['B.1.2 DM-OBJ-005-C-M', 'MNC', '01'],
  ['B.1.2 DM-OBJ-006-C-M', 'MCC', '262'],
  ['B.1.2 DM-OBJ-007-C-M', 'CMNC', '20'],
  ['B.1.2 DM-OBJ-008-C-M', 'CMCC', '208'],
  ['B.1.2 DM-OBJ-009-C-M', 'SPName', 'My%20Net'],
] as const;

for (const [id, name, encoded] of PARAMETERS) {
  row(id, 'received', `[${name}] becomes the value of the device, or -1 where it has none`, () => {
    expect(expandServerUri(at(`s?v=[${name}]`), VALUES)).toBe(at(`s?v=${encoded}`));
    expect(expandServerUri(at(`s?v=[${name}]`), { ...VALUES, [name]: undefined })).toBe(at('s?v=-1'));
  });
}

row('B.2.2 DM-OBJ-001-S-M', 'sent', 'ClientURIs of instances and nodes, as §6.1.1 writes them', () => {
  const uri = (instance: Parameters<typeof formatClientUri>[0]['instance'], ...path: string[]) =>
    formatClientUri({
      moid: MOID,
      instance,
      path: path.map((name) => ({ kind: 'name', name })),
      nodeValues: [],
    });
  expect(uri({ kind: 'miid', miid: 'left' })).toBe('urn:oma:mo:moid:1.0/left/');
  expect(uri({ kind: 'only' })).toBe('urn:oma:mo:moid:1.0//');
  expect(uri({ kind: 'miid', miid: 'left' }, 'Data', '1', 'Value')).toBe(
    'urn:oma:mo:moid:1.0/left/Data/1/Value',
  );
  expect(uri({ kind: 'only' }, 'urn:oma:mo:x:1.0')).toBe('urn:oma:mo:moid:1.0//urn%3Aoma%3Amo%3Ax%3A1.0');
});

row('B.2.2 DM-OBJ-001-S-M', 'received', 'where a device says that something is', () => {
  expect(parseClientUri('urn:oma:mo:oma-scomo:1.0/SCOMO1/Download/Package1')).toMatchObject({
    moid: 'urn:oma:mo:oma-scomo:1.0',
    instance: { kind: 'miid', miid: 'SCOMO1' },
    path: [
      { kind: 'name', name: 'Download' },
      { kind: 'name', name: 'Package1' },
    ],
  });
});

row('B.2.2 DM-OBJ-002-S-M', 'sent', 'x-names with their nv fields, wildcards, lv and cv', () => {
  expect(
    formatClientUri({
      moid: MOID,
      instance: { kind: 'x', letter: 'x' },
      path: [{ kind: 'name', name: 'Data' }, { kind: 'x', letter: 'y' }, { kind: 'all' }],
      levels: 3,
      nodeValues: [
        { letter: 'x', path: ['ID'], value: 'IMEI:1&2' },
        { letter: 'y', path: [], value: '' },
      ],
      cv: '7-ab',
    }),
  ).toBe('urn:oma:mo:moid:1.0/(x)/Data/(y)/*?lv=3&nv=(x)/ID:IMEI%3A1%262&nv=(y):&cv=7-ab');
  expect(formatClientUri({ moid: MOID, instance: { kind: 'all' }, path: [], nodeValues: [] })).toBe(
    'urn:oma:mo:moid:1.0/*/',
  );
});
