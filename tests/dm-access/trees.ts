/** Trees written as the device would hold them: accounts, the Figure 17 of DM 2.0 §12.3.1, a vendor's MO. */
import {
  interior,
  type JsonObject,
  leaf,
  MO_DEFINITIONS,
  type MoDefinition,
  type MoTree,
  type NodeRef,
  treeFromDmmo,
} from '../../src/mo/index.js';

export const DMACC = 'urn:oma:mo:oma-dm-dmacc:1.2';
export const DEVINFO = 'urn:oma:mo:oma-dm-devinfo:1.2';
export const DACMO = 'urn:oma:mo:oma-dm-dacmo:1.0';
export const PUMP = 'urn:example:mo:pump:1.0';

export const server = (serverId: string) => ({ kind: 'server', serverId }) as const;
export const app = (appId: string) => ({ kind: 'app', appId }) as const;

/** A vendor's MO with every AccessType and scope somewhere. */
const PUMP_DEFINITION: MoDefinition = {
  moid: PUMP,
  name: 'Pump',
  clause: 'the pump',
  moidAliases: [],
  ddfUrl: 'https://ddf.example.com/pump.xml',
  root: interior('<x>', { occurrence: 'ZeroOrMore', access: ['Add', 'Delete', 'Get'], scope: 'dynamic' }, [
    leaf('Name', 'chr', { access: ['Get', 'Replace'], scope: 'permanent' }),
    leaf('Serial', 'chr', { scope: 'permanent' }),
    leaf('Pin', 'chr', { access: ['Replace'], status: 'Optional', occurrence: 'ZeroOrOne' }),
    interior('Ops', { scope: 'permanent' }, [
      leaf('Start', 'null', { access: ['Exec'], scope: 'permanent' }),
    ]),
    interior('Data', { scope: 'permanent', access: ['Get'] }, [
      interior(
        '<x>',
        { occurrence: 'OneOrMore', access: ['Add', 'Delete', 'Get', 'Replace'], scope: 'dynamic' },
        [
          leaf('Value', 'int', { access: ['Get', 'Replace'] }),
          leaf('Note', 'chr', { access: ['Get'], status: 'Optional', occurrence: 'ZeroOrOne' }),
        ],
      ),
    ]),
    interior('Ext', { status: 'Optional', open: true, scope: 'dynamic' }, []),
  ]),
};
export const DEFINITIONS = [...MO_DEFINITIONS, PUMP_DEFINITION];

export function account(
  miid: string,
  srvId: string,
  moids: readonly string[],
  rest: JsonObject = {},
): [string, JsonObject] {
  const perm = Object.fromEntries(moids.map((moid, index) => [String(index + 1), { MOID: moid }]));
  return [
    `${DMACC}/${miid}/`,
    {
      SrvID: srvId,
      SrvURI: `https://${srvId.toLowerCase()}.example.com/dm`,
      Name: srvId,
      Perm: perm,
      ...rest,
    },
  ];
}

export const pump = (miid: string): [string, JsonObject] => [
  `${PUMP}/${miid}/`,
  {
    Name: 'north',
    Serial: '4711',
    Pin: '0000',
    Ops: { Start: null },
    Data: { 1: { Value: 5 }, 2: { Value: 6, Note: 'spare' } },
    Ext: { Colour: 'red' },
  },
];

/** Permissions/<x> entries of the whole instance. */
export const all = (...entries: [maid: string, rights: number][]) => group(undefined, ...entries);

export const group = (
  path: string | undefined,
  ...entries: [maid: string, rights: number][]
): JsonObject => ({
  ...(path === undefined ? {} : { Path: path }),
  Permissions: Object.fromEntries(entries.map(([MAID, AR], index) => [String(index + 1), { MAID, AR }])),
});

export const dacmo = (entries: JsonObject): [string, JsonObject] => [`${DACMO}/DacMO/`, entries];

export function treeOf(...objects: [string, JsonObject][]): MoTree {
  return treeFromDmmo(
    objects.map(([clientUri, root]) => ({ clientUri, moData: { [clientUri.split('/')[1]!]: root } })),
    DEFINITIONS,
  );
}

export const at = (moid: string, miid: string, path = ''): NodeRef => ({
  moid,
  miid,
  path: path === '' ? [] : path.split('/'),
});

const DEVINFO_ROOT = {
  DevID: 'IMEI:493005100592800',
  Man: 'm',
  Mod: 'm',
  DmV: '2.0',
  Lang: 'en',
  DevType: 'phone',
  OEM: 'o',
  FwV: '1',
  SwV: '1',
  HwV: '1',
};

/** Three servers, each with all rights to its own account; DevInfo read by all, DMS1 may do everything with it. */
export function figure17(): MoTree {
  return treeOf(
    account('dms1', 'DMS1', ['*']),
    account('dms2', 'DMS2', [DEVINFO, DMACC]),
    account('dms3', 'DMS3', [DMACC]),
    [`${DEVINFO}/miid1/`, DEVINFO_ROOT],
    dacmo({
      'urn:oma:mo:oma-dm-dmacc:2.0': {
        dms1: { 1: { Permissions: { dms1: { MAID: 'DMS1', AR: 15 } } } },
        dms2: { 1: { Permissions: { dms2: { MAID: 'DMS2', AR: 15 } } } },
        dms3: { 1: { Permissions: { dms3: { MAID: 'DMS3', AR: 15 } } } },
      },
      'urn:oma:mo:oma-dm-devinfo:1.2': {
        miid1: { 1: { Permissions: { 1: { MAID: '*', AR: 1 }, dms1: { MAID: 'DMS1', AR: 15 } } } },
      },
    }),
  );
}
