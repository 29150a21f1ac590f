/**
 * The rows of Appendix B on MO definitions and DDF elements (DM 2.0 §6.3, §6.4) and the standard objects (§12), by a
 * DDF file and MO data written by hand: into our reader, and compared with what our writer makes.
 */
import { readFileSync } from 'node:fs';
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import {
  DACMO,
  DEVINFO,
  DMACC,
  decodeDmmo,
  encodeDmmo,
  MO_DEFINITIONS,
  type MoDefinition,
  MoTree,
  type NodeDefinition,
  readDdf,
  SESSIONINFO,
  serializeNode,
  storeObjects,
  validateMo,
  writeDdf,
} from '../../src/mo/index.js';
import { row } from '../support/conformance.js';

const text = readFileSync('tests/mo-ddf/fixtures/every-element.xml', 'utf8');
const document = readDdf(encodeUtf8(text));
const [door] = document.definitions as [MoDefinition];
const [locked, log] = door.root.children as [NodeDefinition, NodeDefinition];

/** The same MO, written as a program would define it. */
const DOOR: MoDefinition = {
  moid: 'urn:acme:mo:door:1.0',
  name: 'Door',
  clause: 'the DDF of urn:acme:mo:door:1.0',
  moidAliases: [],
  path: './Acme',
  root: {
    name: '<x>',
    status: 'Required',
    occurrence: 'ZeroOrMore',
    format: 'node',
    access: ['Add', 'Delete', 'Get'],
    scope: 'dynamic',
    title: 'Door',
    description: 'One door',
    caseSense: 'CIS',
    children: [
      {
        name: 'Locked',
        status: 'Required',
        occurrence: 'One',
        format: 'bool',
        access: ['Exec', 'Get', 'Replace'],
        scope: 'permanent',
        defaultValue: 'true',
        initialValue: 'false',
        mime: ['text/plain'],
        caseSense: 'CIS',
        children: [],
      },
      {
        name: 'Log',
        status: 'Required',
        occurrence: 'ZeroOrOne',
        format: 'node',
        access: ['Get'],
        scope: 'dynamic',
        caseSense: 'CIS',
        children: [
          {
            name: '<x>',
            status: 'Required',
            occurrence: 'OneOr2',
            format: 'time',
            access: ['Get'],
            mime: ['text/plain'],
            caseSense: 'CIS',
            children: [],
          },
        ],
      },
    ],
  },
};
const written = writeDdf([DOOR], { version: '1.3', man: 'Acme', mod: 'Door 7' });
const flat = (xml: string) => xml.replace(/>\s+</g, '><');
const FORMATS = ['b64', 'bin', 'bool', 'chr', 'int', 'node', 'null', 'xml', 'date', 'time', 'float'] as const;

test('the whole file: read as the definition, and written as the file', () => {
  expect(document).toMatchObject({ findings: [], definitions: [DOOR] });
  const body = (xml: string) => flat(xml.slice(xml.indexOf('<MgmtTree>'))).trim();
  expect(body(written)).toBe(body(text));
});

/** What one element means when it is read, and how we write it. */
const ELEMENTS: readonly [
  name: string,
  client: number,
  server: number,
  read: () => void,
  fragment: string,
][] = [
  ['MgmtTree', 13, 12, () => expect(document.definitions).toHaveLength(1), '<MgmtTree><VerDTD>'],
  ['VerDTD', 14, 13, () => expect(document.version).toBe('1.3'), '<VerDTD>1.3</VerDTD>'],
  ['Man', 15, 14, () => expect(document.man).toBe('Acme'), '<Man>Acme</Man>'],
  ['Mod', 16, 15, () => expect(document.mod).toBe('Door 7'), '<Mod>Door 7</Mod>'],
  ['Node', 17, 16, () => expect(door.root.children).toHaveLength(2), '</DFProperties><Node><NodeName>'],
  [
    'NodeName',
    18,
    17,
    () => expect([door.root.name, locked.name]).toEqual(['<x>', 'Locked']),
    '<Node><NodeName/><Path>',
  ],
  ['Path', 19, 18, () => expect(door.path).toBe('./Acme'), '<Path>./Acme</Path>'],
  ['Value', 20, 19, () => expect(locked.initialValue).toBe('false'), '<Value>false</Value></Node>'],
  ['MIME', 22, 21, () => expect(locked.mime).toEqual(['text/plain']), '<MIME>text/plain</MIME>'],
  [
    'DDFName',
    23,
    22,
    () => expect(door.moid).toBe('urn:acme:mo:door:1.0'),
    '<DDFName>urn:acme:mo:door:1.0</DDFName>',
  ],
  [
    'DFProperties',
    24,
    23,
    () => expect(door.root.occurrence).toBe('ZeroOrMore'),
    '<DFProperties><AccessType>',
  ],
  [
    'AccessType',
    25,
    24,
    () => expect(locked.access).toEqual(['Exec', 'Get', 'Replace']),
    '<AccessType><Exec/><Get/><Replace/></AccessType>',
  ],
  [
    'DefaultValue',
    26,
    25,
    () => expect(locked.defaultValue).toBe('true'),
    '<DefaultValue>true</DefaultValue>',
  ],
  [
    'Description',
    27,
    26,
    () => expect(door.root.description).toBe('One door'),
    '<Description>One door</Description>',
  ],
  ['DFFormat', 28, 27, () => expect(locked.format).toBe('bool'), '<DFFormat><bool/></DFFormat>'],
  [
    'Occurrence',
    29,
    28,
    () => expect(log.children[0]!.occurrence).toBe('OneOr2'),
    '<Occurrence><OneOrN>2</OneOrN></Occurrence>',
  ],
  [
    'Scope',
    30,
    29,
    () => expect([locked.scope, log.scope]).toEqual(['permanent', 'dynamic']),
    '<Scope><Permanent/></Scope>',
  ],
  ['DFTitle', 31, 30, () => expect(door.root.title).toBe('Door'), '<DFTitle>Door</DFTitle>'],
  ['DFType', 32, 31, () => expect(log.mime).toBeUndefined(), '<DFType><DDFName/></DFType>'],
  ['CaseSense', 33, 32, () => expect(locked.caseSense).toBe('CIS'), '<CaseSense><CIS/></CaseSense>'],
];
const MANDATORY = ['MgmtTree', 'VerDTD', 'Node', 'NodeName', 'DDFName', 'DFProperties', 'AccessType'];

for (const [name, client, server, read, fragment] of ELEMENTS) {
  const kind = MANDATORY.includes(name) ? 'M' : 'O';
  for (const id of [
    `B.1.2 DM-OBJ-${String(client).padStart(3, '0')}-C-${kind}`,
    `B.2.2 DM-OBJ-${String(server).padStart(3, '0')}-S-${kind}`,
  ]) {
    row(id, 'received', `${name} of a DDF file`, read);
    row(id, 'sent', `${name} as the DTD writes it`, () => expect(flat(written)).toContain(fragment));
  }
}

const formatFile = (format: string) =>
  `<MgmtTree><VerDTD>1.3</VerDTD><Node><NodeName/><DFProperties><AccessType/><DFFormat><node/></DFFormat>` +
  `<DFType><DDFName>urn:f</DDFName></DFType></DFProperties><Node><NodeName>a</NodeName><DFProperties><AccessType/>` +
  `<DFFormat><${format}/></DFFormat></DFProperties></Node></Node></MgmtTree>`;
for (const id of ['B.1.2 DM-OBJ-021-C-M', 'B.2.2 DM-OBJ-020-S-M']) {
  row(id, 'received', 'each of the eleven formats', () => {
    for (const format of FORMATS) {
      const { definitions, findings } = readDdf(encodeUtf8(formatFile(format)));
      expect([definitions[0]!.root.children[0]!.format, findings]).toEqual([format, []]);
    }
    expect(readDdf(encodeUtf8(formatFile('B64'))).definitions[0]!.root.children[0]!.format).toBe('b64');
  });
  row(id, 'sent', 'each of the eleven formats', () => {
    for (const format of FORMATS) {
      const child = { ...locked, format } as NodeDefinition;
      const xml = writeDdf([{ ...DOOR, root: { ...DOOR.root, children: [child] } }]);
      expect(xml).toContain(`<DFFormat><${format}/></DFFormat>`);
    }
  });
}

const DOOR_DATA =
  '[{"ClientURI":"urn:acme:mo:door:1.0/front/","MOData":{"front":{"Locked":true,"Log":{"1":"13:45:00"}}}}]';
const judge = (json: string, definitions: readonly MoDefinition[] = [DOOR]) =>
  decodeDmmo(encodeUtf8(json)).objects.flatMap((object, index) =>
    validateMo(object, `$[${index}]`, { definitions }).map(({ code }) => code),
  );

for (const id of ['B.1.2 DM-OBJ-010-C-M', 'B.2.2 DM-OBJ-010-S-M']) {
  row(id, 'received', 'name, occurrence and format of nodes in MO data', () => {
    const log2 = (entries: string) => DOOR_DATA.replace('"1":"13:45:00"', entries);
    expect(judge(DOOR_DATA)).toEqual([]);
    expect(judge(DOOR_DATA.replace('"Locked":true,', ''))).toEqual(['MO_MISSING_NODE']);
    expect(judge(DOOR_DATA.replace('"Locked"', '"Open":1,"Locked"'))).toEqual(['MO_UNKNOWN_NODE']);
    expect(judge(DOOR_DATA.replace('true', '7'))).toEqual(['MO_FORMAT']);
    expect(judge(log2('"1":"13:45:00","2":"14:00:00"'))).toEqual([]);
    expect(judge(log2('"1":"13:45:00","2":"14:00:00","3":"15:00:00"'))).toEqual(['MO_OCCURRENCE']);
    expect(judge(log2(''))).toEqual(['MO_MISSING_NODE']);
  });
}
for (const id of ['B.1.2 DM-OBJ-011-C-O', 'B.2.2 DM-OBJ-011-S-O']) {
  row(id, 'received', 'MO data of a vendor’s MO, known from its DDF alone', () => {
    const { tree, stored } = storeObjects(MoTree.empty, decodeDmmo(encodeUtf8(DOOR_DATA)).objects, {
      definitions: document.definitions,
    });
    expect(stored).toEqual([{ moid: 'urn:acme:mo:door:1.0', miid: 'front', path: [] }]);
    const path = ['Log', '1'];
    expect(tree.node({ ...stored[0]!, path })).toEqual({ kind: 'leaf', value: '13:45:00' });
  });
  row(id, 'sent', 'MO data of a vendor’s MO', () => {
    const leafs = new Map([['Locked', { kind: 'leaf', value: true } as const]]);
    const tree = MoTree.empty.withInstance({
      moid: DOOR.moid,
      miid: 'front',
      root: { kind: 'interior', children: leafs },
    });
    const ref = { moid: DOOR.moid, miid: 'front', path: [] };
    expect(decodeUtf8(encodeDmmo([serializeNode(tree, ref)]))).toBe(
      '[{"ClientURI":"urn:acme:mo:door:1.0/front/","MOData":{"front":{"Locked":true}}}]',
    );
  });
}
for (const id of ['B.1.2 DM-OBJ-010-C-M', 'B.2.2 DM-OBJ-010-S-M']) {
  row(id, 'sent', 'a DDF file of the definition', () => {
    for (const part of ['<NodeName>Locked</NodeName>', '<One/>', '<bool/>', '<Get/>'])
      expect(written).toContain(part);
  });
}

/** Instances as a device would send them, by hand from the tables of §12. */
const STANDARD: readonly [number, MoDefinition, string, string][] = [
  [
    1,
    DEVINFO,
    'urn:oma:mo:oma-dm-devinfo:1.2',
    '{"DevID":"IMEI:493005100592800","Man":"Acme","Mod":"P1","DmV":"2.0","Lang":"en","DevType":"phone","OEM":"Acme",' +
      '"FwV":"1.0","SwV":"2.0","HwV":"3.0"}',
  ],
  [
    2,
    DMACC,
    'urn:oma:mo:oma-dm-dmacc:1.2',
    '{"SrvID":"dm1","SrvURI":"https://dm.example.com/dm","Name":"Example","Perm":{"1":{"MOID":"*"}},"Auth":{"Noti":' +
      '{"Type":0,"Data":"ZGF0YQ==","Secret":"AAECAw=="},"Trsp":{"Data":"aWQ=","Secret":"AAECAw=="}},"Push":{"GCM":' +
      '{"SenderID":"1","RegURI":"https://dm.example.com/r","UnRegURI":"https://dm.example.com/u","RegParams":"a=1"}}}',
  ],
  [
    3,
    DACMO,
    'urn:oma:mo:oma-dm-dacmo:1.0',
    '{"urn:oma:mo:oma-dm-devinfo:1.2":{"usb":{"1":{"Path":"/Ext","Permissions":{"1":{"MAID":"serverid:dm1","AR":15}}}}}}',
  ],
  [4, SESSIONINFO, 'urn:oma:mo:oma-sessioninfomo:1.0', '{"CBT":1,"ROAMING":0}'],
];
for (const [number, definition, moid, data] of STANDARD) {
  const json = `[{"ClientURI":"${moid}/usb/","MOData":{"usb":${data}}}]`;
  const client = `B.1.7 DM-STDOBJ-00${number}-C-${number === 3 ? 'O' : 'M'}`;
  const server = `B.2.7 DM-STDOBJ-00${number}-S-M`;
  for (const id of [client, server]) {
    row(id, 'received', `an instance of ${definition.name}`, () => {
      expect(judge(json, MO_DEFINITIONS)).toEqual([]);
      const { objects } = decodeDmmo(encodeUtf8(json));
      const { stored } = storeObjects(MoTree.empty, objects, { definitions: MO_DEFINITIONS });
      expect(stored).toEqual([{ moid, miid: 'usb', path: [] }]);
    });
    row(id, 'sent', `an instance of ${definition.name}`, () => {
      const { objects } = decodeDmmo(encodeUtf8(json));
      const { tree } = storeObjects(MoTree.empty, objects, { definitions: MO_DEFINITIONS });
      const [again] = JSON.parse(
        decodeUtf8(encodeDmmo([serializeNode(tree, { moid, miid: 'usb', path: [] })])),
      );
      expect(again).toEqual(JSON.parse(json)[0]);
    });
  }
}
