/** The rows of Appendix B that rest on access control (DM 2.0 §6.3.1.1, §10), by MO data written by hand. */
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import {
  checkAccess,
  grantCreator,
  permissionGroups,
  readable,
  rightsAt,
  visibleMos,
  withPermissions,
} from '../../src/dm/access/index.js';
import {
  DACMO,
  decodeDmmo,
  encodeDmmo,
  MO_DEFINITIONS,
  MoTree,
  serializeNode,
  treeFromDmmo,
} from '../../src/mo/index.js';
import { row } from '../support/conformance.js';

const account = (miid: string, id: string, moid: string) =>
  `{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2/${miid}/","MOData":{"${miid}":{"SrvID":"${id}","SrvURI":"https://${id}.example.com","Name":"${id}","Perm":{"1":{"MOID":"${moid}"}}}}}`;
const DEVICE =
  '{"ClientURI":"urn:oma:mo:oma-dm-devinfo:1.2/dev/","MOData":{"dev":{"DevID":"IMEI:493005100592800","Man":"a","Mod":"b","DmV":"2.0","Lang":"en","DevType":"p","OEM":"o","FwV":"1","SwV":"1","HwV":"1"}}}';
const PERMISSIONS =
  '{"ClientURI":"urn:oma:mo:oma-dm-dacmo:1.0/DacMO/","MOData":{"DacMO":{"urn:oma:mo:oma-dm-devinfo:1.2":{"dev":{"1":{"Permissions":{"1":{"MAID":"serverid:one","AR":3},"2":{"MAID":"*","AR":1}}},"2":{"Path":"/SwV","Permissions":{"1":{"MAID":"serverid:one","AR":1}}}}}}}}';
const tree = treeFromDmmo(
  decodeDmmo(
    encodeUtf8(
      `[${account('a1', 'one', 'urn:oma:mo:oma-dm-devinfo:1.2')},${account('a2', 'two', 'urn:example:mo:other:1.0')},${DEVICE},${PERMISSIONS}]`,
    ),
  ).objects,
  MO_DEFINITIONS,
);
const MOID = 'urn:oma:mo:oma-dm-devinfo:1.2';
const one = { kind: 'server', serverId: 'one' } as const;
const two = { kind: 'server', serverId: 'two' } as const;
const app = { kind: 'app', appId: 'dial' } as const;
const ref = (...path: string[]) => ({ moid: MOID, miid: 'dev', path });

row('B.1.2 DM-OBJ-012-C-M', 'received', 'rights and AccessType of every node that a command involves', () => {
  const ask = (
    authority: typeof one | typeof app,
    operation: 'read' | 'delete' | 'execute',
    path: string[],
  ) => checkAccess(tree, authority, { operation, refs: [ref(...path)] }, MO_DEFINITIONS);
  expect(ask(one, 'read', [])).toEqual({ ok: true });
  expect(ask(app, 'read', ['SwV'])).toMatchObject({ ok: false, status: 403 });
  expect(ask(app, 'read', ['FwV'])).toEqual({ ok: true });
  // Permanent, but first of all one sub-tree is not to be written.
  expect(ask(one, 'delete', [])).toMatchObject({ ok: false, status: 403 });
  expect(ask(one, 'delete', ['FwV'])).toMatchObject({ ok: false, status: 405 });
  expect(ask(one, 'execute', ['FwV'])).toMatchObject({ ok: false, status: 403 });
});

row(
  'B.1.6 DM-MEC-001-C-O',
  'received',
  'permissions of instances and sub-trees, MOIDs of the bootstrap',
  () => {
    expect([
      rightsAt(tree, one, ref()),
      rightsAt(tree, one, ref('SwV')),
      rightsAt(tree, app, ref('Man')),
    ]).toEqual([3, 1, 1]);
    // `*` gives the right, the bootstrap did not give the MOID.
    const refs = [ref()];
    expect(checkAccess(tree, two, { operation: 'read', refs }, MO_DEFINITIONS)).toMatchObject({
      status: 403,
    });
    expect(visibleMos(tree, 'one', MO_DEFINITIONS)).toEqual([{ moid: MOID, miids: ['dev'] }]);
    expect(visibleMos(tree, 'two', MO_DEFINITIONS)).toEqual([]);
  },
);

row('B.1.6 DM-MEC-001-C-O', 'sent', 'the creator’s permissions, as the server reads them', () => {
  const created = grantCreator(MoTree.empty, one, [{ moid: 'urn:example:mo:x:1.0', miid: 'i' }]);
  const object = serializeNode(created, { moid: DACMO.moid, miid: 'DacMO', path: [] });
  expect(decodeUtf8(encodeDmmo([object]))).toBe(
    '[{"ClientURI":"urn:oma:mo:oma-dm-dacmo:1.0/DacMO/","MOData":{"DacMO":{"urn:example:mo:x:1.0":{"i":{"1":{"Permissions":{"1":{"MAID":"serverid:one","AR":15}}}}}}}}]',
  );
});

row('B.1.2 DM-OBJ-012-C-M', 'sent', 'a sub-tree without what the server may not read', () => {
  const visible = readable(tree, app, ref(), MO_DEFINITIONS);
  const hide = (path: readonly string[]) => !visible(path);
  expect(decodeUtf8(encodeDmmo([serializeNode(tree, ref(), { hide })]))).toBe(
    `[${DEVICE.replace('"SwV":"1",', '')}]`,
  );
});

row('B.2.6 DM-MEC-001-S-M', 'received', 'the server reads what permissions a device shows it', () => {
  const shown = treeFromDmmo(decodeDmmo(encodeUtf8(`[${PERMISSIONS}]`)).objects, MO_DEFINITIONS);
  expect(permissionGroups(shown, MOID, 'dev')).toEqual([
    {
      path: [],
      permissions: [
        { maid: 'serverid:one', rights: 3 },
        { maid: '*', rights: 1 },
      ],
    },
    { path: ['SwV'], permissions: [{ maid: 'serverid:one', rights: 1 }] },
  ]);
});

row('B.2.6 DM-MEC-001-S-M', 'sent', 'permissions that the server puts in its repository for HGET', () => {
  const moid = 'urn:example:mo:x:1.0';
  const groups = [{ path: ['Data'], permissions: [{ maid: 'serverid:two', rights: 3 }] }];
  const delegated = withPermissions(MoTree.empty, { moid, miid: 'i' }, groups);
  const path = [moid, 'i', '1'];
  const object = serializeNode(delegated, { moid: DACMO.moid, miid: 'DacMO', path });
  expect(decodeUtf8(encodeDmmo([object]))).toBe(
    '[{"ClientURI":"urn:oma:mo:oma-dm-dacmo:1.0/DacMO/urn%3Aexample%3Amo%3Ax%3A1.0/i/1","MOData":{"1":{"Path":"/Data","Permissions":{"1":{"MAID":"serverid:two","AR":3}}}}}]',
  );
});
