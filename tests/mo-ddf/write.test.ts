import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  type AccessType,
  isUnnamed,
  MO_DEFINITIONS,
  type MoDefinition,
  type NodeDefinition,
  type NodeFormat,
  type Occurrence,
  readDdf,
  writeDdf,
} from '../../src/mo/index.js';

const roundTrip = (definitions: readonly MoDefinition[], version: '1.2' | '1.3') =>
  readDdf(encodeUtf8(writeDdf(definitions, { version })));

describe.each(['1.2', '1.3'] as const)('version %s', (version) => {
  test.each(MO_DEFINITIONS)('$name can be had as a file and is read back equal', (definition) => {
    const document = roundTrip([definition], version);
    expect(document).toEqual({ version, definitions: [definition], findings: [] });
  });

  test('all in one file, with manufacturer and model', () => {
    const text = writeDdf(MO_DEFINITIONS, { version, man: 'A & B <Works>', mod: 'T 1' });
    expect(readDdf(encodeUtf8(text))).toEqual({
      version,
      man: 'A & B <Works>',
      mod: 'T 1',
      definitions: MO_DEFINITIONS,
      findings: [],
    });
  });

  test('vendors’ files, read and written again', () => {
    for (const name of ['thermostat-1.2.xml', 'by-path-1.3.xml']) {
      const { definitions } = readDdf(readFileSync(`tests/mo-ddf/fixtures/${name}`));
      expect(roundTrip(definitions, version)).toEqual({ version, definitions, findings: [] });
    }
  });

  test('any definitions', () => {
    fc.assert(
      fc.property(fc.uniqueArray(mo, { selector: ({ moid }) => moid, minLength: 1, maxLength: 3 }), (mos) => {
        expect(roundTrip(mos, version)).toEqual({ version, definitions: mos, findings: [] });
      }),
      { numRuns: 100 },
    );
  });
});

const FORMATS: NodeFormat[] = ['null', 'b64', 'bin', 'bool', 'chr', 'int', 'xml', 'date', 'time', 'float'];
const ACCESS: AccessType[] = ['Add', 'Delete', 'Exec', 'Get', 'Replace'];
const name = fc.stringMatching(/^[A-Za-z0-9._~-]{1,8}$/);
const xmlText = fc
  .string({ unit: 'binary', maxLength: 30 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 cannot carry
  .filter((text) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(text));
const label = xmlText.map((text) => text.trim()).filter((text) => text !== '');
const nodeName = fc.oneof(
  name,
  fc.constant('<x>'),
  name.map((text) => `<${text}>`),
  name.map((text) => `[${text}]`),
);
const occurrence: fc.Arbitrary<Occurrence> = fc.oneof(
  fc.constantFrom<Occurrence>('One', 'ZeroOrOne', 'ZeroOrMore', 'OneOrMore'),
  fc.integer({ min: 1, max: 999 }).map((count): Occurrence => `ZeroOr${count}`),
  fc.integer({ min: 1, max: 999 }).map((count): Occurrence => `OneOr${count}`),
);
const common = fc.record(
  {
    name: nodeName,
    status: fc.constantFrom('Required' as const, 'Optional' as const),
    occurrence,
    access: fc
      .tuple(fc.subarray(ACCESS), fc.subarray(ACCESS))
      .map(([may, never]) => [
        ...may,
        ...never.filter((type) => !may.includes(type) || type === 'Get').map((type) => `No ${type}` as const),
      ]),
    scope: fc.constantFrom('permanent' as const, 'dynamic' as const),
    title: label,
    description: label,
    secret: fc.constant(true as const),
    values: fc.array(fc.oneof(xmlText, fc.integer()), { maxLength: 3 }),
    range: fc.tuple(fc.integer(), fc.integer()),
    aliases: fc.dictionary(name, name, { maxKeys: 2, noNullPrototype: true }),
  },
  { requiredKeys: ['name', 'status', 'occurrence', 'access'] },
);
const leafNode: fc.Arbitrary<NodeDefinition> = fc
  .tuple(
    common,
    fc.constantFrom(...FORMATS),
    fc.record({ mime: fc.array(label, { minLength: 1, maxLength: 2 }) }, { requiredKeys: [] }),
    fc.record({ defaultValue: xmlText, initialValue: xmlText }, { requiredKeys: [] }),
  )
  .map(([rest, format, mime, values]) => ({
    ...rest,
    ...mime,
    ...(format === 'chr' || format === 'xml' ? values : {}),
    format: format as 'chr',
    children: [],
  }));
const { anyNode } = fc.letrec<{ anyNode: NodeDefinition }>((tie) => ({
  anyNode: fc.oneof(
    { depthSize: 'small' },
    leafNode,
    fc
      .tuple(
        common,
        fc.uniqueArray(tie('anyNode'), { selector: (each) => each.name.toLowerCase(), maxLength: 4 }),
        fc.boolean(),
      )
      .map(([rest, children, open]) => ({
        ...rest,
        format: 'node' as const,
        children,
        ...(open ? { open } : {}),
      })),
  ),
}));
const mo: fc.Arbitrary<MoDefinition> = fc
  .record(
    {
      moid: name.map((text) => `urn:example:mo:${text}`),
      root: anyNode.filter(({ format }) => format === 'node'),
      name: label,
      clause: label,
      moidAliases: fc.array(label, { maxLength: 2 }),
      ddfUrl: label,
      path: fc.constantFrom('./Vendor', './A/<X>'),
      caseless: fc.boolean(),
    },
    { requiredKeys: ['moid', 'root', 'name', 'clause', 'moidAliases', 'caseless'] },
  )
  .map(({ caseless, root, ...rest }) => ({ ...rest, root: caseless ? withCase(root) : root }));

/** As a reader gives it back: CaseSense on every descendant. */
function withCase(node: NodeDefinition): NodeDefinition {
  return { ...node, caseSense: 'CIS', children: node.children.map(withCase) };
}

test('an optional node may be missing for readers that know no status', () => {
  const xml = writeDdf(MO_DEFINITIONS).replace(/\s*\n\s*/g, '');
  expect(xml).toMatch(/<NodeName>Ext<\/NodeName><DFProperties>(?:(?!<\/DFProperties>).)*<ZeroOrOne\/>/);
  expect(xml).not.toMatch(/<NodeName>Ext<\/NodeName><DFProperties>(?:(?!<\/DFProperties>).)*<One\/>/);
});

test('a text that XML cannot carry is refused', () => {
  const [first] = MO_DEFINITIONS;
  for (const description of ['\u0000', 'a\u001fb', '\ufffe', '\ud800']) {
    const definition = { ...first!, root: { ...first!.root, description } };
    expect(() => writeDdf([definition])).toThrow(expect.objectContaining({ code: 'DATA_DDF' }));
  }
});

// Python's expat is the other reader; the content models are those of the DTD, written from §6.4.
describe('judged by another XML reader', () => {
  const SCRIPT = `
import json, sys, xml.etree.ElementTree as T
def tree(e): return [e.tag, (e.text or ''), [tree(c) for c in e]]
print(json.dumps(tree(T.fromstring(sys.stdin.buffer.read()))))
`;
  type Element = [tag: string, text: string, children: Element[]];
  const parse = (xml: string): Element => {
    const { status, stdout, stderr } = spawnSync('python3', ['-c', SCRIPT], { input: xml, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  };
  const MODELS: Record<string, RegExp> = {
    MgmtTree: /^VerDTD (Man )?(Mod )?(Node )+$/,
    Node: /^NodeName (Path )?DFProperties ((Node )*|(Value )?)$/,
    DFProperties:
      /^AccessType (DefaultValue )?(Description )?DFFormat (Occurrence )?(Scope )?(DFTitle )?DFType (CaseSense )?$/,
    AccessType: /^(Add )?(Delete )?(Exec )?(Get )?(Replace )?$/,
    DFFormat: /^(b64|bin|bool|chr|int|node|null|xml|date|time|float) $/,
    Occurrence: /^(One|ZeroOrOne|ZeroOrMore|OneOrMore|ZeroOrN|OneOrN) $/,
    Scope: /^(Permanent|Dynamic) $/,
    DFType: /^(DDFName |(MIME )+)$/,
    CaseSense: /^(CS|CIS) $/,
  };
  const check = ([tag, , children]: Element): void => {
    expect(`${tag}: ${children.map(([child]) => `${child} `).join('')}`).toMatch(
      new RegExp(`^${tag}: ${(MODELS[tag] ?? /^$/).source.slice(1, -1)}$`),
    );
    for (const child of children) check(child);
  };
  const at = (element: Element, ...path: string[]): Element =>
    path.reduce((node, tag) => node[2].find(([child]) => child === tag)!, element);

  test.each(['1.2', '1.3'] as const)('%s: the shipped definitions', (version) => {
    const root = parse(writeDdf(MO_DEFINITIONS, { version, man: 'A & B' }));
    check(root);
    expect(root[2].slice(0, 2)).toEqual([
      ['VerDTD', version, []],
      ['Man', 'A & B', []],
    ]);
    const mos = root[2].filter(([tag]) => tag === 'Node');
    expect(mos.map((node) => at(node, 'DFProperties', 'DFType', 'DDFName')[1])).toEqual(
      MO_DEFINITIONS.map(({ moid }) => moid),
    );
    expect(mos.map((node) => at(node, 'NodeName')[1])).toEqual(
      MO_DEFINITIONS.map(({ root: each }) => (isUnnamed(each) ? '' : each.name)),
    );
  });

  test('what anybody may define', () => {
    const sample = fc.sample(mo, { numRuns: 30, seed: 7 });
    const unique = [...new Map(sample.map((each) => [each.moid, each])).values()];
    const root = parse(writeDdf(unique));
    check(root);
    expect(root[2].filter(([tag]) => tag === 'Node')).toHaveLength(unique.length);
  });
});
