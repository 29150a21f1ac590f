/** Nodes from JSON and to JSON: DM 2.0 §6.3.1 (formats), §7.2.1.4 (serialization), §6.1.1.3 (lv). */
import {
  DMACC,
  extension,
  interior,
  leaf,
  MO_DEFINITIONS,
  type MoDefinition,
  nodeFromJson,
  nodeToJson,
  parseJson,
  serializeNode,
  treeFromDmmo,
} from '../../src/mo/index.js';
import { DEVINFO_EXAMPLE_TEXT } from '../mo/documents.js';

const MO: MoDefinition = {
  moid: 'urn:example:formats:1.0',
  name: 'Formats',
  clause: 'test',
  moidAliases: [],
  root: interior('<x>', { aliases: { Old: 'Group/Text' } }, [
    leaf('Int', 'int', { occurrence: 'ZeroOrOne', values: [1, 2, 7] }),
    leaf('Float', 'float', { occurrence: 'ZeroOrOne' }),
    leaf('Bool', 'bool', { occurrence: 'ZeroOrOne' }),
    leaf('Bin', 'bin', { occurrence: 'ZeroOrOne' }),
    leaf('B64', 'b64', { occurrence: 'ZeroOrOne' }),
    leaf('Null', 'null', { occurrence: 'ZeroOrOne' }),
    leaf('Date', 'date', { occurrence: 'ZeroOrOne' }),
    leaf('Time', 'time', { occurrence: 'ZeroOrOne' }),
    leaf('Xml', 'xml', { occurrence: 'ZeroOrOne' }),
    interior('Group', { occurrence: 'ZeroOrOne' }, [leaf('Text', 'chr', { occurrence: 'ZeroOrOne' })]),
    extension(),
  ]),
};

const read = (json: object) => nodeToJson(nodeFromJson(MO, json as never, '$'));

test.each([
  [{ Int: 7 }, { Int: 7 }],
  [{ Int: '7' }, { Int: 7 }],
  [{ Float: 1.5 }, { Float: 1.5 }],
  [{ Float: '-1.5e3' }, { Float: -1500 }],
  [{ Bool: 'true' }, { Bool: true }],
  [{ Bool: 'false' }, { Bool: false }],
  [{ Bin: 'AAE=' }, { Bin: 'AAE=' }],
  [{ B64: '' }, { B64: '' }],
  [{ Null: null }, { Null: null }],
  [{ Date: '2026-01-31' }, { Date: '2026-01-31' }],
  [{ Time: '13:45:00' }, { Time: '13:45:00' }],
  [{ Xml: '<a/>' }, { Xml: '<a/>' }],
  [{ Old: 'x' }, { Group: { Text: 'x' } }],
  [{ Group: {}, Old: 'x' }, { Group: { Text: 'x' } }],
  [{ Ext: { Vendor: { Any: 'x', N: 1 } } }, { Ext: { Vendor: { Any: 'x', N: 1 } } }],
])('%j is read as %j', (json, expected) => expect(read(json)).toEqual(expected));

test.each([
  [{ Int: 1.5 }, '$.Int'],
  [{ Int: 3 }, '$.Int'],
  [{ Int: true }, '$.Int'],
  [{ Int: {} }, '$.Int'],
  [{ Bool: 'yes' }, '$.Bool'],
  [{ Bin: 'AA' }, '$.Bin'],
  [{ Null: '' }, '$.Null'],
  [{ Date: 'today' }, '$.Date'],
  [{ Group: 'x' }, '$.Group'],
  [{ Group: { Text: 7 } }, '$.Group.Text'],
  [{ Unknown: 1 }, '$.Unknown'],
  [{ Group: { Text: 'a' }, Old: 'b' }, '$.Old'],
  [{ Old: 'b', Group: { Text: 'a' } }, '$.Group'],
  [{ Ext: { Any: [1] } }, '$.Ext.Any'],
])('%j is refused at %s', (json, path) => {
  expect(() => read(json)).toThrow(
    expect.objectContaining({ code: 'DATA_MO', details: expect.objectContaining({ path }) }),
  );
});

test('a refusal never quotes a value', () => {
  try {
    read({ Bin: 'top secret' });
  } catch (error) {
    expect(JSON.stringify(error)).not.toContain('top secret');
    return;
  }
  throw new Error('it was accepted');
});

test('nesting without end is refused, not followed', () => {
  let json: object = {};
  for (let i = 0; i < 10_000; i++) json = { a: json };
  expect(() => nodeFromJson(undefined, json as never, '$')).toThrow(
    expect.objectContaining({ code: 'DATA_MO' }),
  );
});

describe('lv (§6.1.1.3): n sub-levels, {} for what is not transferred', () => {
  const node = nodeFromJson(undefined, { A: { B: { C: 1 } }, D: 2 }, '$');
  test.each([
    [1, { A: {}, D: 2 }],
    [2, { A: { B: {} }, D: 2 }],
    [3, { A: { B: { C: 1 } }, D: 2 }],
    [undefined, { A: { B: { C: 1 } }, D: 2 }],
  ])('lv=%s', (levels, expected) => {
    expect(nodeToJson(node, levels === undefined ? {} : { levels })).toEqual(expected);
  });
  test('a leaf is its value at any level', () => {
    expect(nodeToJson({ kind: 'leaf', value: 'x' }, { levels: 1 })).toBe('x');
  });
});

test('what is hidden is left out, and its filter gets paths below the node', () => {
  const asked: string[] = [];
  const node = nodeFromJson(undefined, { A: { Secret: 1, B: 2 }, Perm: { 1: {} } }, '$');
  const hide = (path: readonly string[]) => {
    asked.push(path.join('/'));
    return path.at(-1) === 'Secret' || path[0] === 'Perm';
  };
  expect(nodeToJson(node, { hide })).toEqual({ A: { B: 2 } });
  expect(asked).toEqual(['A', 'A/Secret', 'A/B', 'Perm']);
});

test('the example of §7.2.1.4 is written back under its MIID, with its DDF and a cache validator', () => {
  const [item] = parseJson(new TextEncoder().encode(DEVINFO_EXAMPLE_TEXT)) as never as [
    { DDF: string; MOData: { DevInfo: object } },
  ];
  const moid = 'urn:oma:mo:oma-dm-devinfo:1.2';
  const tree = treeFromDmmo(
    [{ ddf: item.DDF, clientUri: 'oma:mo:oma-dm-devinfo:1.0/miid1/', moData: item.MOData as never }],
    MO_DEFINITIONS,
  );
  const root = serializeNode(tree, { moid, miid: 'miid1', path: [] }, { cv: true });
  expect(root).toEqual({
    ddf: 'http://www.vendor.com/DDF/devinfo1.0.ddf',
    clientUri: `${moid}/miid1/`,
    cv: expect.stringMatching(/^1-[0-9a-f]{16}$/),
    moData: { miid1: item.MOData.DevInfo },
  });
  expect(serializeNode(tree, { moid, miid: 'miid1', path: ['Man'] }, { cv: true })).toEqual({
    ddf: 'http://www.vendor.com/DDF/devinfo1.0.ddf',
    clientUri: `${moid}/miid1/Man`,
    moData: { Man: 'Vendor' },
  });
});

test('older names of an account become those of §12.2', () => {
  const node = nodeFromJson(DMACC, { ServerID: 'x', AuthNoti: { AuthSecret: 'AAE=' } }, '$');
  expect(nodeToJson(node)).toEqual({ SrvID: 'x', Auth: { Noti: { Secret: 'AAE=' } } });
});
