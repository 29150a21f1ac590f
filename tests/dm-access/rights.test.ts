import {
  aclToPermissions,
  maid,
  parseMaid,
  permissionGroups,
  provisionedMoids,
  rightsAt,
  visibleMos,
  withPermissions,
} from '../../src/dm/access/index.js';
import { MoTree } from '../../src/mo/index.js';
import {
  account,
  all,
  app,
  at,
  DACMO,
  DEFINITIONS,
  DEVINFO,
  DMACC,
  dacmo,
  figure17,
  group,
  PUMP,
  pump,
  server,
  treeOf,
} from './trees.js';

describe('Figure 17 (DM 2.0 §12.3.1)', () => {
  test.each([
    ['DMS1', 'dms1', 15],
    ['DMS1', 'dms2', 0],
    ['DMS2', 'dms2', 15],
    ['DMS2', 'dms1', 0],
    ['DMS3', 'dms3', 15],
    ['DMS3', 'dms2', 0],
  ])('%s has, for the account %s, %i', (serverId, miid, rights) => {
    expect(rightsAt(figure17(), server(serverId), at(DMACC, miid))).toBe(rights);
  });

  test.each([
    ['DMS1', 15],
    ['DMS2', 1],
    ['DMS3', 1],
    ['unheard-of', 1],
  ])('%s has, for DevInfo, %i', (serverId, rights) => {
    expect(rightsAt(figure17(), server(serverId), at(DEVINFO, 'miid1', 'DevID'))).toBe(rights);
  });

  test('the wildcard means local applications too; an identifier without prefix is a server only', () => {
    expect(rightsAt(figure17(), app('DMS1'), at(DEVINFO, 'miid1'))).toBe(1);
    expect(rightsAt(figure17(), app('DMS1'), at(DMACC, 'dms1'))).toBe(0);
  });

  test('its MOID of another version means the same accounts', () => {
    expect(permissionGroups(figure17(), DMACC, 'dms1')).toEqual([
      { path: [], permissions: [{ maid: 'DMS1', rights: 15 }] },
    ]);
  });
});

describe('rights of a sub-tree (§12.3, Path)', () => {
  const tree = treeOf(
    pump('a'),
    dacmo({
      [PUMP]: {
        a: {
          1: all(['serverid:one', 15], ['serverid:two', 1]),
          2: group('/Data', ['serverid:two', 3]),
          3: group('/Data/2/Value', ['*', 1], ['appid:gauge', 2]),
          4: group('/Ops', ['serverid:one', 4]),
          5: group('/Ops', ['serverid:two', 1]),
        },
      },
    }),
  );

  test.each([
    ['one', '', 15],
    ['two', 'Name', 1],
    ['two', 'Data', 3],
    ['two', 'Data/1/Value', 3],
    // Overwritten: the nearest group alone counts.
    ['one', 'Data/1', 0],
    ['one', 'Data/2/Value', 1],
    ['two', 'Data/2/Value', 1],
    ['two', 'Data/2', 3],
    // A name that only starts alike is another name.
    ['two', 'DataX', 1],
    // Two groups of one path add up.
    ['one', 'Ops/Start', 4],
    ['two', 'Ops/Start', 1],
  ])('server %s at %s: %i', (serverId, path, rights) => {
    expect(rightsAt(tree, server(serverId), at(PUMP, 'a', path))).toBe(rights);
  });

  test('an application: its own entry and the wildcard together', () => {
    expect(rightsAt(tree, app('gauge'), at(PUMP, 'a', 'Data/2/Value'))).toBe(3);
  });

  test('another instance and another MO have none of it', () => {
    expect(rightsAt(tree, server('one'), at(PUMP, 'b'))).toBe(0);
    expect(rightsAt(tree, server('one'), at('urn:example:mo:other:1.0', 'a'))).toBe(0);
  });

  test('a path with a wildcard or an x-name means any name there', () => {
    for (const path of ['/Data/*/Value', '/Data/(x)/Value', 'Data/*/Value/']) {
      const one = treeOf(dacmo({ [PUMP]: { a: { 1: group(path, ['serverid:one', 2]) } } }));
      expect(rightsAt(one, server('one'), at(PUMP, 'a', 'Data/9/Value'))).toBe(2);
      expect(rightsAt(one, server('one'), at(PUMP, 'a', 'Data/9/Note'))).toBe(0);
    }
  });

  test('of paths as long, one with names counts before one with wildcards', () => {
    const one = treeOf(
      dacmo({
        [PUMP]: {
          a: {
            1: group('/*', ['serverid:one', 1]),
            2: group('/Data', ['serverid:one', 2]),
            3: group('/*/2/Value', ['serverid:one', 4]),
            4: group('/*/*/Value', ['serverid:one', 8]),
            5: group('/*/*', ['serverid:one', 3]),
          },
        },
      }),
    );
    const of = (path: string) => rightsAt(one, server('one'), at(PUMP, 'a', path));
    expect(
      ['', 'Name', 'Data', 'Data/9', 'Ops/Start', 'Data/2/Value', 'Data/1/Value', 'Data/1/Note'].map(of),
    ).toEqual([0, 1, 2, 3, 3, 4, 8, 3]);
  });

  test('what is not as §12.3 says gives nothing and still overwrites', () => {
    const wide = (AR: number) => ({ kind: 'leaf', value: AR }) as const;
    for (const value of [16, -1, 1.5, Number.NaN]) {
      const path = [PUMP, 'a', '2', 'Permissions', '1', 'AR'];
      const spoilt = tree.withNode({ moid: DACMO, miid: 'DacMO', path }, wide(value));
      expect(rightsAt(spoilt, server('two'), at(PUMP, 'a', 'Data'))).toBe(0);
    }
  });
});

test.each([
  ['serverid:a', { kind: 'server', serverId: 'a' }],
  ['appid:a', { kind: 'app', appId: 'a' }],
])('MAID %s', (text, authority) => {
  expect(parseMaid(text)).toEqual(authority);
  expect(maid(authority as ReturnType<typeof server>)).toBe(text);
});

describe('what a server was provisioned for (§10, §12.2 Perm)', () => {
  test('its MOIDs, or all', () => {
    expect(provisionedMoids(figure17(), 'DMS1')).toBe('all');
    expect(provisionedMoids(figure17(), 'DMS2')).toEqual(new Set([DEVINFO, DMACC]));
    expect(provisionedMoids(figure17(), 'unheard-of')).toEqual(new Set());
  });

  test('older MOIDs mean the same', () => {
    const tree = treeOf(account('a', 'A', ['oma:mo:oma-dm-devinfo:1.0']));
    expect(provisionedMoids(tree, 'A')).toEqual(new Set([DEVINFO]));
  });

  // §5.2.2: the MOID if provisioned, the MIIDs if there is any permission.
  test('MOS for REQ-MOS', () => {
    expect(visibleMos(figure17(), 'DMS2', DEFINITIONS)).toEqual([
      { moid: DEVINFO, miids: ['miid1'] },
      { moid: DMACC, miids: ['dms2'] },
    ]);
    expect(visibleMos(figure17(), 'DMS3', DEFINITIONS)).toEqual([{ moid: DMACC, miids: ['dms3'] }]);
    expect(visibleMos(figure17(), 'DMS1', DEFINITIONS).map(({ moid }) => moid)).toEqual([
      DEVINFO,
      DMACC,
      DACMO,
      'urn:oma:mo:oma-sessioninfomo:1.0',
      PUMP,
    ]);
    expect(visibleMos(figure17(), 'unheard-of', DEFINITIONS)).toEqual([]);
  });

  test('MOS names the DDF of the definition, and an instance of which a leaf alone is open', () => {
    const tree = treeOf(
      account('a', 'A', [PUMP, 'urn:example:mo:not-here:1.0']),
      pump('a'),
      pump('b'),
      dacmo({
        [PUMP]: { a: { 1: group('/Data/1/Value', ['serverid:A', 1]) }, b: { 1: all(['serverid:A', 0]) } },
      }),
    );
    expect(visibleMos(tree, 'A', DEFINITIONS)).toEqual([
      { ddf: 'https://ddf.example.com/pump.xml', moid: PUMP, miids: ['a'] },
    ]);
  });
});

describe('DM 1.x access control lists (§13.2)', () => {
  test.each([
    ['Get=*', '/', [['*', 1]]],
    [
      'Get=srv1&Replace=srv1+srv2',
      '/a/b',
      [
        ['serverid:srv1', 3],
        ['serverid:srv2', 2],
      ],
    ],
    ['Exec=srv1', '/', [['serverid:srv1', 4]]],
    ['Add=srv1&Delete=srv1', '/', [['serverid:srv1', 2]]],
    ['Delete=srv1&Copy=srv1', '/', []],
    [
      'Get=*&Exec=a',
      '/',
      [
        ['serverid:a', 4],
        ['*', 1],
      ],
    ],
  ])('%s', (acl, path, permissions) => {
    expect(aclToPermissions(acl, path).group).toEqual({
      path: path.split('/').filter((name) => name !== ''),
      permissions: permissions.map(([name, rights]) => ({ maid: name, rights })),
    });
  });

  test('Replace on an interior node is Delegate as well', () => {
    const { group: found } = aclToPermissions('Replace=s', '/a', { interior: true });
    expect(found?.permissions).toEqual([{ maid: 'serverid:s', rights: 10 }]);
  });

  test('an empty list inherits: no group', () => {
    expect(aclToPermissions('', '/a')).toEqual({ widened: [] });
  });

  test('tells what Write gives beyond the list', () => {
    expect(aclToPermissions('Replace=a&Add=b&Delete=b', '/').widened).toEqual([
      { serverId: 'a', by: ['Add', 'Delete'] },
      { serverId: 'b', by: ['Replace'] },
    ]);
    expect(aclToPermissions('Add=a&Delete=a&Replace=a', '/').widened).toEqual([]);
  });

  test('lists of a tree become Path nodes; a node with a list of its own does not inherit', () => {
    const groups = [
      ['Get=*&Replace=owner&Add=owner&Delete=owner', '/'],
      ['Get=owner', '/Pin'],
      ['Exec=*', '/Ops/Start'],
      ['', '/Data'],
    ].flatMap(([acl, path]) => aclToPermissions(acl!, path!).group ?? []);
    const tree = withPermissions(treeOf(pump('a')), { moid: PUMP, miid: 'a' }, groups);
    const of = (id: string, path: string) => rightsAt(tree, server(id), at(PUMP, 'a', path));
    expect([of('owner', 'Name'), of('guest', 'Name'), of('owner', 'Data/1')]).toEqual([3, 1, 3]);
    expect([of('owner', 'Pin'), of('guest', 'Pin')]).toEqual([1, 0]);
    expect([of('owner', 'Ops/Start'), of('guest', 'Ops/Start')]).toEqual([4, 4]);
    expect(tree.node(at(DACMO, 'DacMO', `${PUMP}/a/2/Path`))).toEqual({ kind: 'leaf', value: '/Pin' });
  });

  test.each([
    ['Fetch=a', 0],
    ['Get=a&Get=b', 6],
    ['Get', 0],
    ['Get=', 0],
    ['Get=a&', 6],
    ['Get=a+', 0],
    ['Get=a b', 0],
    ['Get=a=b', 0],
    ['Get=a*', 0],
  ])('%s is refused at character %i', (acl, offset) => {
    expect(() => aclToPermissions(acl, '/')).toThrow(
      expect.objectContaining({ code: 'DATA_ACL', details: { offset } }),
    );
  });
});

test('an empty tree gives nobody anything', () => {
  expect(rightsAt(MoTree.empty, server('a'), at(PUMP, 'a'))).toBe(0);
});
