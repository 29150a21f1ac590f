/** Storing MO data, leaf values, deleting: DM 2.0 §5.3.1, §5.3.4, §6.3.1.2, §8.5, I.2. */
import fc from 'fast-check';
import {
  cacheValidator,
  deleteNode,
  extension,
  interior,
  type JsonObject,
  leaf,
  MO_DEFINITIONS,
  type MoDefinition,
  MoTree,
  type NodeRef,
  nodeToJson,
  type SerializedMo,
  storeLeafValue,
  storeObjects,
  treeFromDmmo,
} from '../../src/mo/index.js';

const MOID = 'urn:example:mo:1.0';
const DYNAMIC = { scope: 'dynamic' } as const;
const PERMANENT = { scope: 'permanent' } as const;
/** ID is permanent with a default; Set comes with each entry; up to two Slots; Key is mandatory without default. */
const MO: MoDefinition = {
  moid: MOID,
  name: 'Example',
  clause: 'test',
  moidAliases: [],
  root: interior('<x>', { occurrence: 'ZeroOrMore', ...DYNAMIC }, [
    leaf('ID', 'chr', { ...PERMANENT, defaultValue: 'none' }),
    leaf('Count', 'int', { ...PERMANENT, initialValue: '5', defaultValue: '4' }),
    leaf('Key', 'chr'),
    leaf('Run', 'null', { access: ['Exec'] }),
    interior('List', PERMANENT, [
      interior('<x>', { occurrence: 'ZeroOrMore', ...DYNAMIC }, [
        leaf('Name', 'chr', { ...PERMANENT }),
        leaf('Bin', 'bin', { status: 'Optional', occurrence: 'ZeroOrOne', ...DYNAMIC }),
      ]),
    ]),
    interior('Slots', { occurrence: 'ZeroOrOne', ...DYNAMIC }, [
      interior('<x>', { occurrence: 'OneOr2', ...DYNAMIC }, []),
    ]),
    extension(),
  ]),
};
const FIXED: MoDefinition = {
  ...MO,
  moid: 'urn:example:fixed:1.0',
  root: interior('<x>', PERMANENT, [leaf('A', 'chr', PERMANENT), leaf('B', 'chr', PERMANENT)]),
};
const definitions = [MO, FIXED];
const ref = (...path: string[]): NodeRef => ({ moid: MOID, miid: 'a', path });
const object = (
  clientUri: string,
  content: object | string | number | boolean,
  label = 'x',
): SerializedMo => ({
  clientUri,
  moData: { [label]: content } as JsonObject,
});
const jsonOf = (tree: MoTree, at: NodeRef = ref()) => {
  const node = tree.node(at);
  return node === undefined ? undefined : nodeToJson(node);
};
const WHOLE = { Key: 'k', ID: 'id', Count: 1, Run: null, List: { 1: { Name: 'n' } } };
const BASE = treeFromDmmo([object(`${MOID}/a/`, WHOLE)], definitions);
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('where an object goes', () => {
  test('I.2: `//` makes an instance, named as its root is; "true" is a boolean where the DDF says so', () => {
    const dcmo: MoDefinition = {
      ...MO,
      moid: 'urn:oma:mo:oma-dcmo:1.0',
      root: interior('<x>', { occurrence: 'ZeroOrMore' }, [
        ...['Property', 'Group', 'Description'].map((name) => leaf(name, 'chr')),
        leaf('Enabled', 'bool'),
      ]),
    };
    const usb = { Property: 'USB', Group: 'I/O', Description: 'USB Control', Enabled: 'true' };
    const result = storeObjects(MoTree.empty, [object('urn:oma:mo:oma-dcmo:1.0//', usb, 'usb')], {
      definitions: [dcmo],
    });
    const stored = { moid: 'urn:oma:mo:oma-dcmo:1.0', miid: 'usb', path: [] };
    expect(result.stored).toEqual([stored]);
    expect(result.changes).toEqual([{ kind: 'add', ref: stored }]);
    expect(jsonOf(result.tree, stored)).toEqual({ ...usb, Enabled: true });
  });

  test('`//` never replaces: a second instance gets another MIID', () => {
    const { tree, stored } = storeObjects(BASE, [object(`${MOID}//`, { Key: 'other' }, 'a')], {
      definitions,
    });
    expect(stored).toEqual([{ ...ref(), miid: 'a-2' }]);
    expect(jsonOf(tree)).toEqual(WHOLE);
  });

  test('the client chooses the MIID, and a choice that is taken is refused', () => {
    const options = { definitions, newMiid: (moid: string, label?: string) => `${moid.length}-${label}` };
    const { stored } = storeObjects(BASE, [object(`${MOID}//`, { Key: 'k' }, 'p')], options);
    expect(stored[0]?.miid).toBe('18-p');
    expect(() =>
      storeObjects(BASE, [object(`${MOID}//`, { Key: 'k' })], { definitions, newMiid: () => 'a' }),
    ).toThrow(code('DATA_MO'));
  });

  test('a label that is no name proposes nothing', () => {
    const { stored } = storeObjects(BASE, [object(`${MOID}//`, { Key: 'k' }, 'a b')], { definitions });
    expect(stored[0]?.miid).toBe('x');
  });

  test('a given MIID adds an instance or replaces it, whatever its root is labelled', () => {
    const added = storeObjects(BASE, [object(`${MOID}/b/`, { Key: 'k' }, 'Any')], { definitions });
    expect(added.changes).toEqual([{ kind: 'add', ref: { ...ref(), miid: 'b' } }]);
    const replaced = storeObjects(BASE, [object(`${MOID}/a/`, { Key: 'new', Ext: { V: 1 } })], {
      definitions,
    });
    expect(jsonOf(replaced.tree)).toMatchObject({ Key: 'new', Ext: { V: 1 } });
    expect(replaced.changes).toContainEqual({ kind: 'replace', ref: ref('Key') });
    expect(replaced.changes).toContainEqual({ kind: 'add', ref: ref('Ext') });
  });

  test('a path adds or replaces one node; its parent must be there', () => {
    const one = storeObjects(BASE, [object(`${MOID}/a/List/2`, { Name: 'two' }, '2')], { definitions });
    expect(one.changes).toEqual([{ kind: 'add', ref: ref('List', '2') }]);
    const two = storeObjects(one.tree, [object(`${MOID}//List/2/Name`, 'zwei', 'Name')], { definitions });
    expect(jsonOf(two.tree, ref('List'))).toEqual({ 1: { Name: 'n' }, 2: { Name: 'zwei' } });
    const nowhere = [`${MOID}/a/Slots/1/x`, `${MOID}/z/List/1`, 'urn:example:none//x'];
    for (const uri of nowhere) {
      expect(() => storeObjects(BASE, [object(uri, {})], { definitions: [] })).toThrow(
        code('DATA_NODE_MISSING'),
      );
    }
  });

  test('`MOID//path` with two instances names none', () => {
    const { tree } = storeObjects(BASE, [object(`${MOID}/b/`, { Key: 'k' })], { definitions });
    expect(() => storeObjects(tree, [object(`${MOID}//Key`, 'x')], { definitions })).toThrow(
      code('DATA_NODE_MISSING'),
    );
  });

  test('the place of the command goes before the place in the object, and takes one object', () => {
    const { tree, stored } = storeObjects(BASE, [object(`${MOID}//`, { Name: 'here' }, 'whatever')], {
      definitions,
      at: ref('List', '9'),
    });
    expect(stored).toEqual([ref('List', '9')]);
    expect(jsonOf(tree, ref('List', '9'))).toEqual({ Name: 'here' });
    for (const objects of [[], [object(`${MOID}//`, {}), object(`${MOID}//`, {})]]) {
      expect(() => storeObjects(BASE, objects, { definitions, at: ref() })).toThrow(code('DATA_MO'));
    }
  });

  test('a place without MIID is a new instance', () => {
    const { stored } = storeObjects(MoTree.empty, [object('urn:other:mo/q/', { Key: 'k' }, 'n')], {
      definitions,
      at: { moid: MOID, path: [] },
    });
    expect(stored).toEqual([{ ...ref(), miid: 'n' }]);
  });

  test("older MOIDs and names lead to today's", () => {
    const account = 'urn:oma:mo:oma-dm-dmacc:2.0';
    const { stored } = storeObjects(
      treeFromDmmo(
        [object(`${account}/m/`, { SrvID: 'x', Auth: { Noti: { Type: 0, Data: '', Secret: 'AA==' } } })],
        MO_DEFINITIONS,
      ),
      [object(`${account}/m/AuthNoti/AuthSecret`, 'AAE=')],
      { definitions: MO_DEFINITIONS },
    );
    expect(stored).toEqual([
      { moid: 'urn:oma:mo:oma-dm-dmacc:1.2', miid: 'm', path: ['Auth', 'Noti', 'Secret'] },
    ]);
  });

  test.each(['urn:example:mo:1.0', 'x y//', `${MOID}/*/`, `${MOID}/(x)/`, `${MOID}//?lv=1`, `${MOID}/a%2F/`])(
    '%s is no place',
    (uri) => {
      expect(() => storeObjects(BASE, [object(uri, {})], { definitions })).toThrow(code('DATA_CLIENT_URI'));
    },
  );
});

describe('permanent and mandatory nodes (§6.3.1.2)', () => {
  test('permanent children come with their parent, with the values of the DDF', () => {
    const { tree } = storeObjects(BASE, [object(`${MOID}/b/`, { Key: 'k', List: { 1: {} } })], {
      definitions,
    });
    expect(jsonOf(tree, { ...ref(), miid: 'b' })).toEqual({
      Key: 'k',
      List: { 1: { Name: '' } },
      ID: 'none',
      Count: 5,
      Run: null,
    });
  });

  test('permanent children that new data leaves out stay as they are; dynamic ones go', () => {
    const { tree, changes } = storeObjects(BASE, [object(`${MOID}/a/`, { Key: 'k', List: {} })], {
      definitions,
    });
    expect(jsonOf(tree)).toEqual({ Key: 'k', List: {}, ID: 'id', Count: 1, Run: null });
    expect(changes).toEqual([
      { kind: 'replace', ref: ref('Key'), unchanged: true },
      { kind: 'delete', ref: ref('List', '1') },
      { kind: 'replace', ref: ref('Run'), unchanged: true },
    ]);
  });

  test('a mandatory node without default must be given', () => {
    expect(() => storeObjects(BASE, [object(`${MOID}/b/`, { ID: 'x' })], { definitions })).toThrow(
      expect.objectContaining({ code: 'DATA_MO', message: expect.stringContaining('Key is missing') }),
    );
  });

  test('one object may bring what another needs', () => {
    const objects = [object(`${MOID}/b/`, { ID: 'x' }), object(`${MOID}/b/Key`, 'k', 'Key')];
    expect(jsonOf(storeObjects(BASE, objects, { definitions }).tree, { ...ref('Key'), miid: 'b' })).toBe('k');
  });

  test('no more than the definition allows, one by one or together', () => {
    const slot = (name: string) => object(`${MOID}/a/Slots/${name}`, {}, name);
    const { tree } = storeObjects(BASE, [object(`${MOID}/a/Slots`, { 1: {} }), slot('2')], { definitions });
    expect(() => storeObjects(tree, [slot('3')], { definitions })).toThrow(code('DATA_MO'));
    expect(storeObjects(tree, [slot('2')], { definitions }).tree.count).toBe(tree.count);
    expect(() => storeObjects(BASE, [object(`${MOID}/a/Slots`, {})], { definitions })).toThrow(
      code('DATA_MO'),
    );
  });

  test('what an instance lacked before does not hinder a change beside it', () => {
    const poor = treeFromDmmo([object(`${MOID}/a/`, { ID: 'no Key', List: {} })], definitions);
    const { tree } = storeObjects(poor, [object(`${MOID}/a/Count`, 3)], { definitions });
    expect(jsonOf(tree, ref('Count'))).toBe(3);
    expect(storeLeafValue(poor, ref('ID'), 'x', 'text/plain', definitions).tree.count).toBe(poor.count);
    expect(() => storeObjects(poor, [object(`${MOID}/a/`, { ID: 'x' })], { definitions })).toThrow(
      code('DATA_MO'),
    );
  });

  test('a permanent MO has one instance: `//` is that one, another MIID is refused', () => {
    const fixed = (uri: string, content: object) => object(`urn:example:fixed:1.0/${uri}`, content);
    const { tree } = storeObjects(MoTree.empty, [fixed('/', { A: '1', B: '2' })], { definitions });
    const again = storeObjects(tree, [fixed('/', { A: '3' })], { definitions });
    expect(jsonOf(again.tree, again.stored[0])).toEqual({ A: '3', B: '2' });
    expect(() => storeObjects(tree, [fixed('other/', { A: '3' })], { definitions })).toThrow(
      code('DATA_NODE_FIXED'),
    );
  });

  test.each([
    [ref('ID'), 405],
    [ref('List'), 405],
    [ref('Key'), 405],
    [ref('List', '1', 'Name'), 405],
    [ref('List', '1'), 200],
    [ref('Nothing'), 404],
    [{ ...ref(), miid: 'b' }, 404],
    [ref(), 200],
  ])('DELETE %j: %d', (at, status) => {
    const result = deleteNode(BASE, at, definitions);
    expect(result.status).toBe(status);
    if (result.status === 200) {
      expect(result.tree.node(at)).toBeUndefined();
      expect(result.changes).toEqual([{ kind: 'delete', ref: at }]);
    }
  });

  test('the last of OneOrN stays, the others go; what the definition leaves open goes', () => {
    const { tree } = storeObjects(
      BASE,
      [object(`${MOID}/a/Slots`, { 1: {}, 2: {} }), object(`${MOID}/a/Ext`, { V: { W: 1 } })],
      { definitions },
    );
    const first = deleteNode(tree, ref('Slots', '1'), definitions);
    if (first.status !== 200) throw new Error('the first slot stayed');
    expect(deleteNode(first.tree, ref('Slots', '2'), definitions).status).toBe(405);
    expect(deleteNode(first.tree, ref('Slots'), definitions).status).toBe(200);
    expect(deleteNode(tree, ref('Ext', 'V', 'W'), definitions).status).toBe(200);
  });

  test('the instance of a permanent MO cannot be deleted', () => {
    const tree = treeFromDmmo([object('urn:example:fixed:1.0/f/', { A: '1', B: '2' })], definitions);
    expect(deleteNode(tree, { moid: 'urn:example:fixed:1.0', miid: 'f', path: [] }, definitions).status).toBe(
      405,
    );
  });
});

describe('a leaf from a body that is not MO data (§5.3.1, I.2)', () => {
  const account = treeFromDmmo(
    [
      object('urn:oma:mo:oma-dm-dmacc:1.2/m/', {
        SrvID: 'x',
        Auth: { Noti: { Type: 0, Data: '', Secret: 'AA==' } },
      }),
    ],
    MO_DEFINITIONS,
  );
  const secret = { moid: 'urn:oma:mo:oma-dm-dmacc:1.2', miid: 'm', path: ['Auth', 'Noti', 'Secret'] };
  const type = { ...secret, path: ['Auth', 'Noti', 'Type'] };

  test('I.2: the new secret as text/plain is base64, as it is in MO data', () => {
    const text = 'AB123CES121XX90TPOWQESEFSE33';
    const { tree, changes } = storeLeafValue(account, secret, text, 'text/plain', MO_DEFINITIONS);
    expect(jsonOf(tree, secret)).toBe(text);
    expect(changes).toEqual([{ kind: 'replace', ref: secret }]);
  });

  test('octets of another media type are the value itself', () => {
    const body = Uint8Array.of(0xff, 0x00, 0x01);
    const { tree } = storeLeafValue(account, secret, body, 'application/octet-stream', MO_DEFINITIONS);
    expect(jsonOf(tree, secret)).toBe('/wAB');
  });

  test('numbers, booleans and null as the format says, white space around them ignored', () => {
    const { tree } = storeLeafValue(BASE, ref('Count'), '42\r\n', 'text/plain; charset=utf-8', definitions);
    expect(jsonOf(tree, ref('Count'))).toBe(42);
    expect(storeLeafValue(BASE, ref('Run'), '', 'text/plain', definitions).tree).toBe(BASE);
    expect(jsonOf(storeLeafValue(BASE, ref('ID'), ' a\n', 'text/plain', definitions).tree, ref('ID'))).toBe(
      ' a\n',
    );
  });

  test('a leaf that is not there yet is added', () => {
    const { tree } = storeLeafValue(BASE, ref('List', '1', 'Bin'), 'AA==', 'text/plain', definitions);
    expect(jsonOf(tree, ref('List', '1'))).toEqual({ Name: 'n', Bin: 'AA==' });
  });

  test.each([
    ['a number that is none', ref('Count'), 'x', 'text/plain', 'DATA_MO'],
    ['octets for a text', ref('ID'), Uint8Array.of(1), 'image/png', 'DATA_MO'],
    ['a value for an interior node', ref('List'), 'x', 'text/plain', 'DATA_MO'],
    ['a value for the root', ref(), 'x', 'text/plain', 'DATA_MO'],
    ['a node the definition does not have', ref('Nothing'), 'x', 'text/plain', 'DATA_MO'],
    ['text that is not UTF-8', ref('ID'), Uint8Array.of(0xff), 'text/plain', 'DATA_UTF8'],
    ['a leaf without parent', ref('List', '7', 'Name'), 'x', 'text/plain', 'DATA_NODE_MISSING'],
  ])('refused: %s', (_, at, body, mediaType, expected) => {
    expect(() => storeLeafValue(BASE, at, body, mediaType, definitions)).toThrow(code(expected));
  });

  test('base64 text that is none is refused, and not quoted', () => {
    const store = () => storeLeafValue(account, secret, 'my secret', 'text/plain', MO_DEFINITIONS);
    expect(store).toThrow(code('DATA_MO'));
    expect(store).not.toThrow('my secret');
    expect(() => storeLeafValue(account, type, '9', 'text/plain', MO_DEFINITIONS)).toThrow(code('DATA_MO'));
  });

  test('without a definition the type stays where the text allows it', () => {
    const tree = treeFromDmmo([object(`${MOID}/a/`, { B: true, N: 1, T: 'x' })], []);
    const stored = (name: string, text: string) =>
      jsonOf(storeLeafValue(tree, ref(name), text, 'text/plain', []).tree, ref(name));
    expect(['false', 'no'].map((text) => stored('B', text))).toEqual([false, 'no']);
    expect(['7', 'seven'].map((text) => stored('N', text))).toEqual([7, 'seven']);
    expect(stored('T', '7')).toBe('7');
    expect(stored('New', '7')).toBe('7');
  });
});

describe('room (Appendix C: 506)', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`n${i}`, { Name: 'x' }]));
  test.each([
    ['nodes', { nodes: 30 }],
    ['octets', { octets: 100 }],
    ['levels', { depth: 2 }],
    ['one value', { valueOctets: 0 }],
  ])('%s', (_, limits) => {
    const objects = [object(`${MOID}/a/List`, many)];
    expect(() => storeObjects(BASE, objects, { definitions, limits })).toThrow(code('DATA_TREE_FULL'));
    expect(() => storeObjects(BASE, objects, { definitions })).not.toThrow();
  });

  test('a full device takes what makes it smaller', () => {
    const full = storeObjects(BASE, [object(`${MOID}/a/List`, many)], { definitions }).tree;
    const objects = [object(`${MOID}/a/List`, { 1: { Name: '' } })];
    expect(storeObjects(full, objects, { definitions, limits: { nodes: 2, octets: 2 } }).tree.count).toBe(
      BASE.count,
    );
  });

  test('many objects below one parent take linear time', () => {
    const objects = Array.from({ length: 20_000 }, (_, i) => object(`${MOID}/a/List/n${i}`, { Name: 'x' }));
    const started = process.cpuUsage();
    expect(storeObjects(BASE, objects, { definitions }).tree.count).toBe(BASE.count + 40_000);
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});

test('all or nothing: one wrong object, and none is stored', () => {
  const before = cacheValidator(BASE.instance(MOID, 'a')!);
  const wrong = [
    object(`${MOID}/a/Key`, 7),
    object(`${MOID}/a/Nothing`, 'x'),
    object(`${MOID}/a/List/1/Name/x`, 'x'),
    { clientUri: `${MOID}/a/Key`, moData: {} },
  ];
  for (const bad of wrong) {
    expect(() => storeObjects(BASE, [object(`${MOID}/a/Key`, 'new'), bad], { definitions })).toThrow(
      expect.objectContaining({ kind: 'data' }),
    );
    expect(cacheValidator(BASE.instance(MOID, 'a')!)).toBe(before);
    expect(jsonOf(BASE)).toEqual(WHOLE);
  }
});

test('data that is there already changes nothing, not even the cache validator', () => {
  const { tree, changes } = storeObjects(BASE, [object(`${MOID}/a/`, WHOLE)], { definitions });
  expect(tree).toBe(BASE);
  expect(changes.every(({ kind, unchanged }) => kind === 'replace' && unchanged === true)).toBe(true);
});

/** Instances without definitions, as plain JSON. */
const content = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(
    fc.integer({ min: 0, max: 2 }),
    fc.dictionary(fc.constantFrom('d', 'e'), fc.constantFrom('x', 'y')),
  ),
);

test('the changes are exactly what differs', () => {
  fc.assert(
    fc.property(content, content, (before, after) => {
      const tree = treeFromDmmo([object(`${MOID}/a/`, before)], []);
      const result = storeObjects(tree, [object(`${MOID}/a/`, after)], { definitions: [] });
      expect(jsonOf(result.tree)).toEqual({ ...after });
      let replayed = tree;
      for (const { kind, ref: at, unchanged } of result.changes) {
        const node = result.tree.node(at);
        if (unchanged) expect(node).toEqual(tree.node(at));
        else replayed = kind === 'delete' ? replayed.withoutNode(at) : replayed.withNode(at, node!);
      }
      expect(jsonOf(replayed)).toEqual({ ...after });
      expect(result.tree.count).toBe(treeFromDmmo([object(`${MOID}/a/`, after)], []).count);
    }),
  );
});
