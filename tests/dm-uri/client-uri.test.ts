/** ClientURI: DM 2.0 §6.1, by test-vectors/client-uri.json and by properties. */
import fc from 'fast-check';
import {
  type ClientUriParts,
  formatClientUri,
  isWildcard,
  parseClientUri,
  resolveClientUri,
  resolveStorePlace,
} from '../../src/dm/uri/index.js';
import {
  decodeNodeName,
  interior,
  type JsonObject,
  leaf,
  type MoDefinition,
  MoTree,
  type NodeDefinition,
  nodeFromJson,
  treeFromDmmo,
} from '../../src/mo/index.js';
import { TREE, VECTORS, written } from './vectors.js';

const MOID = 'urn:oma:mo:moid:1.0';

test.each(VECTORS.cases)('$what: $uri', ({ uri, status, nodes }) => {
  const result = resolveClientUri(TREE, uri);
  const reason = 'reason' in result ? result.reason : undefined;
  expect({ status: result.status, reason }).toEqual({
    status,
    reason: status === 200 ? undefined : expect.stringMatching(/\S/),
  });
  expect(result.nodes.map(written)).toEqual(nodes);
});

describe('parts', () => {
  test('every component', () => {
    const text = `${MOID}/(a)/Data/*/(b)/x.y~z?nv=(a)/ID:v&lv=3&nv=(b):1%3A2&foo=bar&cv=q%20r&nv=(a)/B/C:`;
    expect(parseClientUri(text)).toEqual({
      moid: MOID,
      instance: { kind: 'x', letter: 'a' },
      path: [
        { kind: 'name', name: 'Data' },
        { kind: 'all' },
        { kind: 'x', letter: 'b' },
        { kind: 'name', name: 'x.y~z' },
      ],
      levels: 3,
      nodeValues: [
        { letter: 'a', path: ['ID'], value: 'v' },
        { letter: 'b', path: [], value: '1:2' },
        { letter: 'a', path: ['B', 'C'], value: '' },
      ],
      cv: 'q r',
      unknown: [['foo', 'bar']],
      text,
    });
  });

  test.each([
    [`${MOID}/*/`, true],
    [`${MOID}/left/Data/*`, true],
    [`${MOID}/%2A/`, false],
    [`${MOID}/(x)/Data?nv=(x)/ID:*`, false],
  ])('%s may name several nodes: %s', (text, expected) => {
    expect(isWildcard(parseClientUri(text))).toBe(expected);
  });

  test.each([
    ['', 0],
    ['urn:oma', 7],
    ['urn oma//', 3],
    [`${MOID}/a b/`, 21],
    [`${MOID}/left//ID`, 25],
    [`${MOID}/left/?lv=x`, 29],
    [`${MOID}/left/?a=1&lv=1&lv=2`, 35],
    [`${MOID}/(x)/`, 20],
    [`${MOID}/left/?cv=1&nv=(x)/ID:1`, 31],
    [`${MOID}/(x)/?nv=(x)/ID/a b:1`, 36],
    [`${MOID}/(x)/?nv=(x)/ID:%zz`, 35],
    [`${MOID}/left/${'a/'.repeat(5000)}`, 8192],
    [`${MOID}/(x)/?${'nv=(x):1&'.repeat(33)}`, 25 + 32 * 9],
  ])('%s breaks at %d', (text, offset) => {
    expect(() => parseClientUri(text)).toThrow(
      expect.objectContaining({ code: 'DATA_CLIENT_URI', details: { offset } }),
    );
  });

  test('names that JavaScript objects have are names', () => {
    const root = nodeFromJson(undefined, JSON.parse('{"__proto__":{"constructor":1}}') as JsonObject, '$');
    const tree = MoTree.empty.withInstance({ moid: '__proto__', miid: 'constructor', root });
    expect(resolveClientUri(tree, '__proto__/constructor/__proto__/constructor').nodes).toHaveLength(1);
    expect(resolveClientUri(tree, '__proto__/toString/').status).toBe(404);
    expect(resolveClientUri(tree, 'toString//').status).toBe(404);
    expect(parseClientUri('m//?__proto__=1').unknown).toEqual([['__proto__', '1']]);
  });
});

const name = fc
  .oneof(
    fc.stringMatching(/^[A-Za-z0-9._~-]{1,8}$/),
    fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }),
  )
  .filter(
    (text) => decodeNodeName(encodeURIComponent(wellFormed(text))) !== undefined && text === wellFormed(text),
  );
const value = fc.string({ maxLength: 12, unit: 'grapheme' }).map(wellFormed);
const path = fc.array(name, { maxLength: 4 });

function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '').replace(/[!'()*]/g, '');
}

/** Parts that belong together: each x-name has a letter of its own and one or two nv fields. */
const parts: fc.Arbitrary<ClientUriParts> = fc
  .record({
    moid: fc.stringMatching(/^urn:[a-z]{1,5}:mo:[a-z0-9.:-]{1,8}$/),
    instance: fc.oneof(
      name.map((miid) => ({ kind: 'miid' as const, miid })),
      fc.constant({ kind: 'only' as const }),
      fc.constant({ kind: 'all' as const }),
      fc.constant({ kind: 'x' as const, letter: 'x' }),
    ),
    path: fc.array(
      fc.oneof(
        name.map((text) => ({ kind: 'name' as const, name: text })),
        fc.constant({ kind: 'all' as const }),
        fc.constant({ kind: 'x' as const, letter: '?' }),
      ),
      { maxLength: 5 },
    ),
    fields: fc.array(fc.tuple(path, value), { minLength: 6, maxLength: 6 }),
    levels: fc.option(fc.integer({ min: 1, max: 999_999_999 }), { nil: undefined }),
    cv: fc.option(value, { nil: undefined }),
  })
  .map(({ moid, instance, path: steps, fields, levels, cv }) => {
    const lettered = steps.map((step, i) => (step.kind === 'x' ? { ...step, letter: 'abcde'[i]! } : step));
    const letters = [instance, ...lettered].flatMap((step) => (step.kind === 'x' ? [step.letter] : []));
    return {
      moid,
      instance,
      path: lettered,
      nodeValues: letters.map((letter, i) => ({ letter, path: fields[i]![0], value: fields[i]![1] })),
      ...(levels === undefined ? {} : { levels }),
      ...(cv === undefined ? {} : { cv }),
    };
  });

test('what is written is read back as it was', () => {
  fc.assert(
    fc.property(parts, (expected) => {
      const text = formatClientUri(expected);
      const { unknown, text: kept, ...read } = parseClientUri(text);
      expect(read).toEqual(expected);
      expect({ unknown, kept }).toEqual({ unknown: [], kept: text });
      expect(URL.canParse(text) || !text.startsWith('urn:')).toBe(true);
      expect(text).toMatch(/^[A-Za-z0-9\-._~:%/?=&()*]+$/);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [{ moid: 'a b', instance: { kind: 'only' }, path: [], nodeValues: [] }],
  [
    {
      moid: MOID,
      instance: { kind: 'miid', miid: '' },
      path: [{ kind: 'name', name: 'a/b' }],
      nodeValues: [],
    },
  ],
  [{ moid: MOID, instance: { kind: 'x', letter: 'x' }, path: [], nodeValues: [] }],
  [{ moid: MOID, instance: { kind: 'only' }, path: [], nodeValues: [], levels: 0 }],
] as [ClientUriParts][])('%j makes no ClientURI', (wrong) => {
  expect(() => formatClientUri(wrong)).toThrow(expect.objectContaining({ code: 'DATA_CLIENT_URI' }));
});

describe('commands that act on one node', () => {
  test('a wildcard is 400, also where it would name one node', () => {
    for (const uri of [`${MOID}/*/`, `${MOID}/left/*`, 'urn:example:types:1.0/*/Items/1/Int']) {
      expect(resolveClientUri(TREE, uri, { allowWildcard: false })).toMatchObject({ status: 400, nodes: [] });
    }
    expect(resolveClientUri(TREE, `${MOID}/left/ID`, { allowWildcard: false }).status).toBe(200);
  });

  test('more nodes than the limit is 400, not an endless list', () => {
    const uri = `${MOID}/*/Data/*/Value`;
    expect(resolveClientUri(TREE, uri, { maxNodes: 4 }).nodes).toHaveLength(4);
    expect(resolveClientUri(TREE, uri, { maxNodes: 3 })).toMatchObject({ status: 400, nodes: [] });
    expect(resolveClientUri(TREE, `${MOID}/*/`, { maxNodes: 1 }).status).toBe(400);
  });
});

describe('the place of an HGET (§5.3.1)', () => {
  const at = (miid: string | undefined, ...below: string[]) => ({
    moid: MOID,
    ...(miid === undefined ? {} : { miid }),
    path: below,
  });
  test.each([
    [`${MOID}/left/`, at('left'), true],
    [`${MOID}/left/Data/1/Value`, at('left', 'Data', '1', 'Value'), true],
    [`${MOID}/left/Data/3`, at('left', 'Data', '3'), false],
    [`${MOID}/(x)/Data/(y)/New?nv=(x)/ID:GPS&nv=(y)/Date:12.2`, at('left', 'Data', '2', 'New'), false],
    [`${MOID}/(x)/Data/(y)?nv=(x)/ID:GPS&nv=(y)/Date:12.2`, at('left', 'Data', '2'), true],
    [`${MOID}/middle/`, at('middle'), false],
    ['urn:example:types:1.0//', { moid: 'urn:example:types:1.0', miid: 't', path: [] }, true],
    ['urn:example:none:1.0//', { moid: 'urn:example:none:1.0', path: [] }, false],
    ['urn:example:none:1.0/m/', { moid: 'urn:example:none:1.0', miid: 'm', path: [] }, false],
  ])('%s', (uri, place, exists) => {
    expect(resolveStorePlace(TREE, uri)).toMatchObject({ status: 200, place, exists });
  });

  test.each([
    [`${MOID}//`, 404],
    [`${MOID}/middle/Data`, 404],
    [`${MOID}/left/Nothing/Below`, 404],
    [`${MOID}/left/ID/Below`, 404],
    [`${MOID}/left/Data/(x)?nv=(x)/Date:99`, 404],
    [`${MOID}/(x)/?nv=(x)/ID:None`, 404],
    [`${MOID}/*/Setting`, 400],
    [`${MOID}/left/a b`, 400],
  ])('%s: %d', (uri, status) => {
    expect(resolveStorePlace(TREE, uri)).toEqual({ status, reason: expect.stringMatching(/\S/) });
  });

  test("an older name that is not there yet becomes today's", () => {
    const uri = 'urn:oma:mo:oma-dm-dmacc:1.2/m2/Credentials';
    expect(resolveStorePlace(TREE, uri)).toMatchObject({ place: { path: ['Auth'] }, exists: false });
  });
});

test('CaseSense (§6.4): capitals do not matter where the definition says so', () => {
  const caseSense = 'CIS';
  const unnamed = interior('<x>', { occurrence: 'ZeroOrMore', caseSense }, [
    leaf('Value', 'int', { caseSense }),
  ]);
  const root = (group: NodeDefinition) => interior('<x>', {}, [group]);
  const mo = (group: NodeDefinition): MoDefinition => ({
    moid: MOID,
    name: 'x',
    clause: 'test',
    moidAliases: [],
    root: root(group),
  });
  const insensitive = mo(interior('Items', { caseSense }, [unnamed]));
  const sensitive = mo(
    interior('Items', {}, [interior('<x>', { occurrence: 'ZeroOrMore' }, [leaf('Value', 'int')])]),
  );
  const objects = [{ clientUri: `${MOID}/a/`, moData: { a: { Items: { One: { Value: 1 } } } } }];
  for (const [definition, status] of [
    [insensitive, 200],
    [sensitive, 404],
  ] as const) {
    const definitions = [definition];
    const tree = treeFromDmmo(objects, definitions);
    const result = resolveClientUri(tree, `${MOID}/a/items/ONE/VALUE`, { definitions });
    expect(result.status).toBe(status);
    if (status === 200) expect(result.nodes[0]?.path).toEqual(['Items', 'One', 'Value']);
    expect(resolveClientUri(tree, `${MOID}/A/`, { definitions }).status).toBe(404);
  }
});

describe('large groups are looked up by value', () => {
  const SIZE = 500;
  const items: JsonObject = Object.fromEntries(
    Array.from({ length: SIZE }, (_, i) => [
      `i${i}`,
      { Key: `k${i}`, Even: i % 2 === 0, N: i, Deep: { V: i % 10 } },
    ]),
  );
  const tree = treeFromDmmo([{ clientUri: 'urn:m/a/', moData: { a: { Items: items } } }], []);
  const find = (fields: string, of = tree) => resolveClientUri(of, `urn:m/a/Items/(x)?${fields}`);
  const named = (n: number) => [{ moid: 'urn:m', miid: 'a', path: ['Items', `i${n}`] }];

  test.each([
    ['nv=(x)/Key:k77', named(77)],
    ['nv=(x)/N:77.0', named(77)],
    ['nv=(x)/Key:k77&nv=(x)/Even:false', named(77)],
    ['nv=(x)/Key:k77&nv=(x)/Even:true', []],
    ['nv=(x)/Deep/V:3', []],
    ['nv=(x)/Deep/V:3&nv=(x)/N:13', named(13)],
    ['nv=(x)/Key:nothing', []],
    ['nv=(x)/Nothing:k77', []],
  ])('%s, asked again and again', (fields, nodes) => {
    for (let times = 0; times < 3; times++) expect(find(fields).nodes).toEqual(nodes);
  });

  test('the index follows the tree', () => {
    const key = { moid: 'urn:m', miid: 'a', path: ['Items', 'i77', 'Key'] };
    const changed = tree.withNode(key, { kind: 'leaf', value: 'other' });
    for (let times = 0; times < 3; times++) {
      expect(find('nv=(x)/Key:k77', changed).nodes).toEqual([]);
      expect(find('nv=(x)/Key:other', changed).nodes).toEqual(named(77));
    }
    expect(find('nv=(x)/Key:k77').nodes).toEqual(named(77));
  });

  test('many different paths in nv do not pile up', () => {
    for (let i = 0; i < 50; i++) expect(find(`nv=(x)/P${i}:1`).status).toBe(404);
    expect(find('nv=(x)/Key:k1').nodes).toEqual(named(1));
  });

  test('instances are looked up the same way', () => {
    const many = treeFromDmmo(
      Array.from({ length: SIZE }, (_, i) => ({ clientUri: `urn:m/m${i}/`, moData: { x: { ID: `d${i}` } } })),
      [],
    );
    for (let times = 0; times < 3; times++) {
      expect(resolveClientUri(many, 'urn:m/(x)/ID?nv=(x)/ID:d321').nodes).toEqual([
        { moid: 'urn:m', miid: 'm321', path: ['ID'] },
      ]);
    }
  });
});
