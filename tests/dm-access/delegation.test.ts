import {
  checkAccess,
  checkDelegation,
  forgetInstances,
  grantCreator,
  grantEveryone,
  onServerRemoved,
  permissionGroups,
  rightsAt,
  withPermissions,
} from '../../src/dm/access/index.js';
import {
  type JsonObject,
  MoTree,
  nodeToJson,
  storeObjects,
  treeToDmmo,
  validateMo,
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

const ACCOUNTS = [account('a', 'A', [PUMP]), account('b', 'B', [PUMP]), account('c', 'C', [DMACC])];
/** A has all rights to pump a and may delegate, but for /Data, which is B's. */
const tree = treeOf(
  ...ACCOUNTS,
  pump('a'),
  dacmo({
    [PUMP]: { a: { 1: all(['serverid:A', 15]), 2: group('/Data', ['serverid:B', 15], ['serverid:A', 7]) } },
  }),
);

describe('delegation (§10, §12.3 AR)', () => {
  /** HGET of permissions, as storeObjects makes it. */
  const delegate = (authority: ReturnType<typeof server | typeof app>, path: string, node: unknown) => {
    const clientUri = `${DACMO}/DacMO/${encodeURIComponent(PUMP)}/${path}`;
    const objects = [{ clientUri, moData: { [path.split('/').at(-1)!]: node } as JsonObject }];
    const { tree: after, changes } = storeObjects(tree, objects, { definitions: DEFINITIONS });
    const result = checkAccess(tree, authority, { operation: 'write', changes, after }, DEFINITIONS);
    return result.ok ? 200 : result.status;
  };

  test.each<[string, string, unknown, number]>([
    ['to a server with the MOID', 'a/3', group('/Ops', ['serverid:B', 4]), 200],
    ['more for a server in the whole instance', 'a/1', all(['serverid:A', 15], ['serverid:B', 1]), 200],
    ['to every server', 'a/1', all(['serverid:A', 15], ['*', 1]), 200],
    ['to an application', 'a/3', group('/Ops', ['appid:x', 4]), 200],
    ['its own rights given up', 'a/1', all(['serverid:B', 15]), 200],
    ['to a server without the MOID', 'a/3', group('/Ops', ['serverid:C', 4]), 403],
    ['to a server without account', 'a/3', group('/Ops', ['serverid:D', 4]), 403],
    ['to one without prefix and MOID', 'a/3', group('/Ops', ['C', 4]), 403],
    ['nothing, to a server without the MOID', 'a/3', group('/Ops', ['serverid:C', 0]), 200],
    // Overwritten at /Data, where A has no Delegate.
    ['where another has the say', 'a/2', group('/Data', ['serverid:A', 15]), 403],
    ['below it', 'a/3', group('/Data/1', ['serverid:A', 15]), 403],
    ['by another spelling of the path', 'a/3', group('/%44ata/', ['serverid:A', 15]), 403],
    ['by a wildcard', 'a/3', group('/*', ['serverid:A', 15]), 403],
    ['by a wildcard that reaches below', 'a/3', group('/*/1', ['serverid:A', 15]), 403],
    ['for an instance that nobody gave it', 'b', { 1: all(['serverid:A', 15]) }, 403],
  ])('A: %s', (_name, path, node, code) => {
    expect(delegate(server('A'), path, node)).toBe(code);
  });

  test('without the right Delegate nothing, even for oneself', () => {
    expect(delegate(server('B'), 'a/3', group('/Ops', ['serverid:B', 1]))).toBe(403);
    expect(delegate(server('B'), 'a/3', group('/Data/1', ['serverid:A', 15]))).toBe(200);
    expect(delegate(app('x'), 'a/3', group('/Ops', ['appid:x', 1]))).toBe(403);
  });

  test('a right Delegate of a server that was not provisioned counts for nothing', () => {
    const given = withPermissions(tree, { moid: PUMP, miid: 'a' }, [
      { path: [], permissions: [{ maid: 'serverid:C', rights: 15 }] },
    ]);
    const after = withPermissions(given, { moid: PUMP, miid: 'a' }, []);
    expect(checkDelegation(given, server('C'), after)).toMatchObject({ ok: false, status: 403 });
    expect(checkDelegation(given, server('C'), given)).toEqual({ ok: true });
  });

  test('an entry that stands twice does not hide another', () => {
    const of = (...maids: string[]) =>
      withPermissions(tree, { moid: PUMP, miid: 'a' }, [
        { path: [], permissions: maids.map((maid) => ({ maid, rights: 7 })) },
      ]);
    const change = (before: MoTree, after: MoTree) => checkDelegation(before, server('A'), after).ok;
    expect(change(of('serverid:A', 'serverid:A'), of('serverid:A', 'serverid:B'))).toBe(false);
    expect(change(of('serverid:A', 'serverid:B'), of('serverid:A', 'serverid:A'))).toBe(false);
    expect(change(of('serverid:A', 'serverid:B'), of('serverid:A', 'appid:x'))).toBe(false);
    expect(change(of('serverid:A', 'serverid:A'), of('serverid:A'))).toBe(true);
  });

  test('many sub-trees take no long time, and wildcards have a limit', () => {
    const many = (length: number, path: (index: number) => string[]) =>
      withPermissions(tree, { moid: PUMP, miid: 'a' }, [
        { path: [], permissions: [{ maid: 'serverid:A', rights: 15 }] },
        ...Array.from({ length }, (_, index) => ({
          path: path(index),
          permissions: [{ maid: 'serverid:A', rights: 15 }],
        })),
      ]);
    // Compared with one another, 20,000 groups would go over the time that a test has.
    const before = many(20_000, (index) => ['x', String(index)]);
    expect(
      checkDelegation(
        before,
        server('A'),
        many(20_000, (index) => ['y', String(index)]),
      ),
    ).toEqual({ ok: true });
    expect(rightsAt(before, server('A'), at(PUMP, 'a', 'x/1/2'))).toBe(15);
    expect(
      checkDelegation(
        before,
        server('A'),
        many(101, (index) => ['*', String(index)]),
      ),
    ).toMatchObject({
      status: 403,
      reason: expect.stringContaining('more than 100'),
    });
  });

  const remove = (path: string) => {
    const refs = [at(DACMO, 'DacMO', path)];
    return checkAccess(tree, server('A'), { operation: 'delete', refs }, DEFINITIONS);
  };
  test('DELETE of permissions is a change of them', () => {
    expect(remove(`${PUMP}/a/1`)).toEqual({ ok: true });
    expect(remove(`${PUMP}/a/2`)).toMatchObject({ status: 403 });
    expect(remove(`${PUMP}/a`)).toMatchObject({ status: 403 });
    expect(remove(PUMP)).toMatchObject({ status: 403 });
    expect(remove('')).toMatchObject({ status: 403 });
    expect(remove('not/here')).toEqual({ ok: true });
  });

  test('a write to an MO and to its permissions at once needs both', () => {
    const after = tree
      .withNode(at(PUMP, 'a', 'Name'), { kind: 'leaf', value: 'south' })
      .withoutNode(at(DACMO, 'DacMO', `${PUMP}/a/2`));
    const changes = [
      { kind: 'replace', ref: at(PUMP, 'a', 'Name') },
      { kind: 'delete', ref: at(DACMO, 'DacMO', `${PUMP}/a/2`) },
    ] as const;
    const judge = (chosen: typeof changes | readonly [(typeof changes)[0]]) =>
      checkAccess(tree, server('A'), { operation: 'write', changes: chosen, after }, DEFINITIONS).ok;
    expect([judge(changes), judge([changes[0]])]).toEqual([false, true]);
  });
});

describe('permissions that the client gives', () => {
  const instance = { moid: PUMP, miid: 'a' };

  test('the creator alone has all rights (§10)', () => {
    const created = grantCreator(tree, server('B'), [instance]);
    expect(permissionGroups(created, PUMP, 'a')).toEqual([
      { path: [], permissions: [{ maid: 'serverid:B', rights: 15 }] },
    ]);
    expect(rightsAt(created, server('A'), at(PUMP, 'a'))).toBe(0);
    expect(rightsAt(created, server('B'), at(PUMP, 'a', 'Data/1'))).toBe(15);
  });

  test('the first permission makes the Delegation Access Control MO, as its definition says', () => {
    const created = grantEveryone(
      grantCreator(MoTree.empty, app('x'), [instance, { moid: DMACC, miid: 'd' }]),
      [{ moid: 'urn:example:mo:other', miid: 'o' }],
    );
    const [mo] = treeToDmmo(created);
    expect(validateMo(mo!, '$')).toEqual([]);
    expect(nodeToJson(created.instance(DACMO, 'DacMO')!.root)).toEqual({
      [PUMP]: { a: { 1: all(['appid:x', 15]) } },
      [DMACC]: { d: { 1: all(['appid:x', 15]) } },
      'urn:example:mo:other': { o: { 1: all(['*', 1]) } },
    });
  });

  test('what Figure 17 calls by an older MOID is replaced in its place', () => {
    const created = grantCreator(figure17(), server('DMS3'), [{ moid: DMACC, miid: 'dms1' }]);
    expect(permissionGroups(created, DMACC, 'dms1')).toEqual([
      { path: [], permissions: [{ maid: 'serverid:DMS3', rights: 15 }] },
    ]);
    expect([...created.instance(DACMO, 'DacMO')!.root.children.keys()]).toHaveLength(2);
    expect(rightsAt(created, server('DMS2'), at(DMACC, 'dms2'))).toBe(15);
  });

  test('instances that are gone are forgotten', () => {
    const gone = forgetInstances(tree.withoutInstance(PUMP, 'a'));
    expect(nodeToJson(gone.instance(DACMO, 'DacMO')!.root)).toEqual({});
    expect(forgetInstances(tree)).toBe(tree);
  });
});

describe('a server that is removed', () => {
  const after = onServerRemoved(tree, 'B');

  test('loses what it had, others keep theirs', () => {
    expect(rightsAt(after, server('B'), at(PUMP, 'a', 'Data'))).toBe(0);
    expect(rightsAt(after, server('A'), at(PUMP, 'a', 'Data'))).toBe(7);
    expect(rightsAt(after, server('A'), at(PUMP, 'a', 'Name'))).toBe(15);
  });

  test('a sub-tree that was its alone opens to nobody', () => {
    const guarded = treeOf(
      dacmo({
        [PUMP]: { a: { 1: all(['*', 15]), 2: group('/Pin', ['B', 15]) }, b: { 1: all(['serverid:B', 15]) } },
      }),
    );
    const left = onServerRemoved(guarded, 'B');
    expect(rightsAt(left, server('A'), at(PUMP, 'a', 'Pin'))).toBe(0);
    expect(rightsAt(left, server('A'), at(PUMP, 'a', 'Name'))).toBe(15);
    expect(nodeToJson(left.instance(DACMO, 'DacMO')!.root)).toEqual({
      [PUMP]: { a: { 1: all(['*', 15]), 2: group('/Pin', ['*', 0]) } },
    });
  });

  test('applications and wildcards are not servers', () => {
    const named = treeOf(dacmo({ [PUMP]: { a: { 1: all(['appid:B', 15], ['*', 1]) } } }));
    expect(onServerRemoved(named, 'B')).toBe(named);
  });

  test('a tree that does not name it stays the same', () => {
    expect(onServerRemoved(tree, 'Z')).toBe(tree);
  });
});
