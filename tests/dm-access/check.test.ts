import { checkAccess, readable } from '../../src/dm/access/index.js';
import {
  deleteNode,
  type JsonObject,
  type MoDefinition,
  type MoTree,
  nodeToJson,
  storeObjects,
} from '../../src/mo/index.js';
import {
  account,
  all,
  app,
  at,
  DACMO,
  DEFINITIONS,
  DMACC,
  dacmo,
  figure17,
  group,
  PUMP,
  pump,
  server,
  treeOf,
} from './trees.js';

/** Server A may do everything with pump a but nothing below Data/2; B may read it; C is not provisioned for pumps. */
const tree = treeOf(
  account('a', 'A', [PUMP, DMACC]),
  account('b', 'B', [PUMP]),
  account('c', 'C', [DMACC]),
  pump('a'),
  dacmo({
    [PUMP]: {
      a: { 1: all(['serverid:A', 15], ['*', 1]), 2: group('/Data/2', ['serverid:B', 15]) },
    },
    [DMACC]: { a: { 1: all(['serverid:A', 15]) } },
  }),
);
const A = server('A');
const status = (
  authority: ReturnType<typeof server | typeof app>,
  operation: 'read' | 'execute' | 'delete',
  path: string,
  from: { tree?: MoTree; definitions?: readonly MoDefinition[]; moid?: string; miid?: string } = {},
) => {
  const refs = [at(from.moid ?? PUMP, from.miid ?? 'a', path)];
  const result = checkAccess(
    from.tree ?? tree,
    authority,
    { operation, refs },
    from.definitions ?? DEFINITIONS,
  );
  return result.ok ? 200 : result.status;
};

describe('read: GET, HPUT, HPOST', () => {
  test.each([
    ['A', '', 200],
    ['A', 'Name', 200],
    ['B', 'Name', 200],
    // Overwritten for the sub-tree.
    ['A', 'Data/2', 403],
    ['A', 'Data/2/Value', 403],
    ['B', 'Data/2/Value', 200],
    // The AccessType has no Get: nobody.
    ['A', 'Pin', 403],
    ['A', 'Ops/Start', 403],
    // Below an Ext node nobody describes AccessTypes.
    ['A', 'Ext/Colour', 200],
    // The definition has no such node.
    ['A', 'Colour', 403],
    // Not provisioned, whatever `*` gives.
    ['C', 'Name', 403],
    ['unheard-of', 'Name', 403],
  ])('server %s, %s: %i', (serverId, path, code) => {
    expect(status(server(serverId), 'read', path)).toBe(code);
  });

  test('a local application needs no provisioning', () => {
    expect(status(app('calendar'), 'read', 'Name')).toBe(200);
    expect(status(app('calendar'), 'read', 'Data/2')).toBe(403);
  });

  test('every addressed node counts', () => {
    const refs = [at(PUMP, 'a', 'Data/1'), at(PUMP, 'a', 'Data/2')];
    expect(checkAccess(tree, A, { operation: 'read', refs }, DEFINITIONS)).toEqual({
      ok: false,
      status: 403,
      reason: `serverid:A may not read ${PUMP}/a/Data/2`,
    });
  });

  test('an MO without definition is a matter of rights alone', () => {
    expect(status(A, 'read', 'Pin', { definitions: [] })).toBe(200);
    expect(status(server('C'), 'read', 'Pin', { definitions: [] })).toBe(403);
  });
});

describe('what is left out of a sub-tree', () => {
  const seen = (authority: ReturnType<typeof server>, moid: string, miid: string, from = tree) => {
    const visible = readable(from, authority, { moid, miid }, DEFINITIONS);
    return nodeToJson(from.instance(moid, miid)!.root, { hide: (path) => !visible(path) });
  };

  test('nodes without Get and sub-trees of others', () => {
    expect(seen(A, PUMP, 'a')).toEqual({
      Name: 'north',
      Serial: '4711',
      Ops: {},
      Data: { 1: { Value: 5 } },
      Ext: { Colour: 'red' },
    });
  });

  test('Perm and keys of a DM account are never exposed (§12.2)', () => {
    const secret = 'AAECAwQF';
    const bootstrap = {
      ServerURI: 'https://bs.example.com',
      SecMode: 'AA==',
      ClientPubKey: secret,
      ServerPubKey: secret,
      ClientSecretKey: secret,
    };
    const auth = {
      Bootstrap: bootstrap,
      Noti: { Type: 0, Data: 'ZGF0YQ==', Secret: 'cw==' },
      Trsp: { Data: 'aWQ=', Secret: secret },
    };
    const from = treeOf(
      account('a', 'A', ['*'], { Auth: auth }),
      dacmo({ [DMACC]: { a: { 1: all(['serverid:A', 15]) } } }),
    );
    const json = seen(A, DMACC, 'a', from);
    expect(JSON.stringify(json)).not.toContain(secret);
    expect(json).toEqual({
      SrvID: 'A',
      SrvURI: 'https://a.example.com/dm',
      Name: 'A',
      Auth: {
        Bootstrap: { ServerURI: 'https://bs.example.com', SecMode: 'AA==' },
        Noti: auth.Noti,
        Trsp: { Data: 'aWQ=' },
      },
    });
    for (const path of [
      'Perm',
      'Perm/1',
      'Perm/1/MOID',
      'Auth/Trsp/Secret',
      'Auth/Bootstrap/ClientSecretKey',
    ]) {
      expect(status(A, 'read', path, { tree: from, moid: DMACC })).toBe(403);
    }
  });

  test('the Delegation Access Control MO shows a server what it may manage (§10)', () => {
    const from = figure17();
    const entries = (authority: ReturnType<typeof server>) => {
      const json = seen(authority, DACMO, 'DacMO', from) as Record<string, JsonObject>;
      return Object.entries(json).map(([moid, byMiid]) => [moid.split(':')[3], Object.keys(byMiid)]);
    };
    expect(entries(server('DMS2'))).toEqual([
      ['oma-dm-dmacc', ['dms2']],
      ['oma-dm-devinfo', ['miid1']],
    ]);
    expect(entries(server('DMS3'))).toEqual([['oma-dm-dmacc', ['dms3']]]);
    expect(entries(server('unheard-of'))).toEqual([]);
  });
});

describe('execute', () => {
  test.each([
    ['A', 'Ops/Start', 200],
    ['B', 'Ops/Start', 403],
    ['C', 'Ops/Start', 403],
    // The node is not executable (Appendix C, 405); but who has no right is not told.
    ['A', 'Name', 405],
    ['B', 'Name', 403],
    ['A', 'Ops', 405],
  ])('server %s, %s: %i', (serverId, path, code) => {
    expect(status(server(serverId), 'execute', path)).toBe(code);
  });
});

describe('delete', () => {
  const open = tree.withoutNode(at(DACMO, 'DacMO', `${PUMP}/a/2`));
  test.each([
    ['A', 'Data/1', 200],
    ['A', '', 200],
    ['B', 'Data/1', 403],
    // Permanent (§6.3.1.2), and without AccessType Delete.
    ['A', 'Name', 405],
    ['A', 'Data', 405],
    ['A', 'Pin', 405],
  ])('server %s, %s: %i', (serverId, path, code) => {
    expect(status(server(serverId), 'delete', path, { tree: open })).toBe(code);
  });

  test('the last one of OneOrMore is mandatory (Appendix C)', () => {
    const last = open.withoutNode(at(PUMP, 'a', 'Data/1'));
    expect(status(A, 'delete', 'Data/2', { tree: last })).toBe(405);
    expect(status(server('B'), 'delete', 'Data/2', { tree: last })).toBe(403);
  });

  test('all nodes below are involved: one sub-tree of another refuses the whole', () => {
    expect(status(A, 'delete', '')).toBe(403);
    expect(status(A, 'delete', 'Data/2')).toBe(403);
    expect(status(A, 'delete', 'Data/1')).toBe(200);
  });

  test('what it allows the tree allows', () => {
    for (const path of ['Data/1', '']) {
      expect(deleteNode(open, at(PUMP, 'a', path), DEFINITIONS).status).toBe(200);
    }
  });
});

describe('write: HGET', () => {
  const write = (authority: ReturnType<typeof server>, clientUri: string, node: unknown, from = tree) => {
    const name = clientUri.split('/').at(-1) || clientUri.split('/')[1]! || 'new';
    const objects = [{ clientUri, moData: { [name]: node } as JsonObject }];
    const { tree: after, changes } = storeObjects(from, objects, { definitions: DEFINITIONS });
    const result = checkAccess(from, authority, { operation: 'write', changes, after }, DEFINITIONS);
    return result.ok ? 200 : result.status;
  };

  test.each<[string, string, unknown, number]>([
    ['A', 'a/Name', 'south', 200],
    ['B', 'a/Name', 'south', 403],
    ['C', 'a/Name', 'south', 403],
    // Get alone: not to be replaced. The same value again replaces nothing.
    ['A', 'a/Serial', '1', 403],
    ['A', 'a/Serial', '4711', 200],
    ['B', 'a/Serial', '4711', 403],
    // Write-only nodes are written.
    ['A', 'a/Pin', '1234', 200],
    ['A', 'a/Data/1/Value', 9, 200],
    ['A', 'a/Data/2/Value', 9, 403],
    ['B', 'a/Data/2/Value', 9, 200],
    // Add: a new node with what belongs to it, but nothing that has no Add of its own.
    ['A', 'a/Data/3', { Value: 1 }, 200],
    ['A', 'a/Data/3', { Value: 1, Note: 'x' }, 403],
    ['A', 'a/Data/1/Note', 'x', 403],
    ['A', 'a/Ext/Vendor', { any: 1 }, 200],
  ])('server %s, %s', (serverId, place, node, code) => {
    expect(write(server(serverId), `${PUMP}/${place}`, node)).toBe(code);
  });

  const NEW = { Name: 'n', Serial: '1', Ops: { Start: null }, Data: { 1: { Value: 1 } } };

  test('a new instance: the MOID provisioned, and Add on the root', () => {
    expect(write(A, `${PUMP}//`, NEW)).toBe(200);
    expect(write(server('B'), `${PUMP}/b/`, NEW)).toBe(200);
    expect(write(server('C'), `${PUMP}//`, NEW)).toBe(403);
    const [, node] = account('x', 'X', ['*']);
    expect(write(A, `${DMACC}//`, node)).toBe(403);
  });

  test('a whole instance again: what it leaves out must be deletable, what differs replaceable', () => {
    const whole = (change: object) => ({ ...pump('a')[1], ...change });
    const own = tree.withoutNode(at(DACMO, 'DacMO', `${PUMP}/a/2`));
    expect(write(A, `${PUMP}/a/`, whole({ Name: 'x' }), own)).toBe(200);
    expect(write(A, `${PUMP}/a/`, whole({ Serial: 'x' }), own)).toBe(403);
    expect(write(A, `${PUMP}/a/`, whole({ Data: { 1: { Value: 5 } } }), own)).toBe(200);
    expect(write(A, `${PUMP}/a/`, whole({ Data: { 1: { Value: 5 } } }))).toBe(403);
    const { Pin: _left, ...rest } = pump('a')[1];
    expect(write(A, `${PUMP}/a/`, rest, own)).toBe(403);
  });

  test('the digest secret may be replaced (docs/decisions/access-types.md); Perm never (§12.2)', () => {
    const Auth = { Noti: { Type: 0, Data: 'ZGF0YQ==', Secret: 'cw==' } };
    const from = treeOf(
      account('a', 'A', ['*'], { Auth }),
      dacmo({ [DMACC]: { a: { 1: all(['serverid:A', 15]) } } }),
    );
    expect(write(A, `${DMACC}/a/Auth/Noti/Secret`, 'dA==', from)).toBe(200);
    expect(write(A, `${DMACC}/a/Auth/Noti/Data`, 'dA==', from)).toBe(403);
    expect(write(A, `${DMACC}/a/Perm/2`, { MOID: '*' }, from)).toBe(403);
    expect(write(A, `${DMACC}/a/Perm/1/MOID`, 'urn:x', from)).toBe(403);
  });
});

describe('Auth/Bootstrap is the bootstrap server’s (§9.3.2)', () => {
  const key = 'AAECAw==';
  const bootstrap = (ServerURI: string) => ({
    ServerURI,
    SecMode: 'AA==',
    ClientPubKey: key,
    ServerPubKey: key,
    ClientSecretKey: key,
  });
  // A device whose own description lets keys be replaced: the rule holds all the same.
  const writable = DEFINITIONS.map((definition) =>
    definition.moid === DMACC ? { ...definition, root: replaceable(definition.root) } : definition,
  );
  function replaceable(node: MoDefinition['root']): MoDefinition['root'] {
    return { ...node, access: ['Delete', 'Get', 'Replace'], children: node.children.map(replaceable) };
  }
  const from = treeOf(
    account('a', 'A', ['*'], { Auth: { Bootstrap: bootstrap('https://bs.example.com:443/boot') } }),
    account('bs', 'BS', ['*']),
    dacmo({ [DMACC]: { a: { 1: all(['serverid:A', 15], ['serverid:BS', 15], ['appid:x', 15]) } } }),
  );
  const write = (authority: ReturnType<typeof server | typeof app>) => {
    const objects = [
      { clientUri: `${DMACC}/a/Auth/Bootstrap/ClientSecretKey`, moData: { ClientSecretKey: 'BBBB' } },
    ];
    const { tree: after, changes } = storeObjects(from, objects, { definitions: writable });
    return checkAccess(from, authority, { operation: 'write', changes, after }, writable);
  };

  test('it alone may write there', () => {
    expect(write(server('BS'))).toEqual({ ok: true });
    expect(write(A)).toMatchObject({ ok: false, status: 403 });
    expect(write(app('x'))).toMatchObject({ ok: false, status: 403 });
  });

  test('nor delete it, with the account or alone', () => {
    for (const path of ['Auth/Bootstrap', 'Auth', '']) {
      expect(status(A, 'delete', path, { tree: from, moid: DMACC, definitions: writable })).toBe(403);
    }
    expect(status(server('BS'), 'delete', 'Perm', { tree: from, moid: DMACC, definitions: writable })).toBe(
      403,
    );
  });
});
