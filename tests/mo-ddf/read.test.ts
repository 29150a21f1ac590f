import { readFileSync } from 'node:fs';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { type DdfDocument, readDdf, readDdfStream, validateMo } from '../../src/mo/index.js';

const fixture = (name: string) => readFileSync(`tests/mo-ddf/fixtures/${name}`);

const DF = (format: string, rest = '') =>
  `<DFProperties><AccessType><Get/></AccessType><DFFormat><${format}/></DFFormat>${rest}</DFProperties>`;
const ROOT = '<DFType><DDFName>urn:example:mo:t:1.0</DDFName></DFType>';
const node = (name: string, format: string, rest = '', children = '') =>
  `<Node><NodeName>${name}</NodeName>${DF(format, rest)}${children}</Node>`;
const file = (nodes: string, head = '<VerDTD>1.2</VerDTD>') => `<MgmtTree>${head}${nodes}</MgmtTree>`;
const read = (xml: string, options = {}): DdfDocument => readDdf(encodeUtf8(xml), options);
const mo = (children: string) => file(node('', 'node', ROOT, children));
const codes = ({ findings }: DdfDocument) => findings.map(({ code, where }) => `${code} ${where}`);

describe('a DDF of DM 1.2', () => {
  let document: DdfDocument;
  beforeAll(() => {
    document = readDdf(fixture('thermostat-1.2.xml'), { url: 'https://ddf.example.com/t.xml' });
  });
  const children = [
    {
      name: 'Target',
      status: 'Required',
      format: 'float',
      occurrence: 'One',
      access: ['Get', 'Replace'],
      scope: 'permanent',
      defaultValue: '20.5',
      initialValue: '21',
      mime: ['text/plain'],
      caseSense: 'CS',
      children: [],
    },
    {
      name: 'Zones',
      status: 'Required',
      format: 'node',
      occurrence: 'One',
      access: ['Get'],
      scope: 'permanent',
      caseSense: 'CIS',
      children: [
        {
          name: '<x>',
          status: 'Required',
          format: 'chr',
          occurrence: 'ZeroOr3',
          access: ['Add', 'Delete', 'Get', 'Replace'],
          scope: 'dynamic',
          mime: ['text/plain', 'text/html'],
          caseSense: 'CIS',
          children: [],
        },
        {
          name: 'Main',
          status: 'Required',
          format: 'chr',
          occurrence: 'One',
          access: ['Get'],
          defaultValue: '<hall> & stairs',
          mime: ['text/plain'],
          caseSense: 'CIS',
          children: [],
        },
      ],
    },
  ];

  test('the whole of it', () => {
    expect(document.findings).toEqual([]);
    expect(document).toMatchObject({ version: '1.2', man: 'Example Works', mod: 'T-100' });
    const [definition, ...more] = document.definitions;
    expect(more).toEqual([]);
    expect(definition).toMatchObject({
      moid: 'urn:example:mo:thermostat:1.0',
      name: 'Thermostat',
      clause: 'the DDF of urn:example:mo:thermostat:1.0',
      moidAliases: [],
      ddfUrl: 'https://ddf.example.com/t.xml',
      path: './Vendor/Example',
    });
    const { children: found, ...root } = definition!.root;
    expect(root).toEqual({
      name: '<x>',
      status: 'Required',
      format: 'node',
      occurrence: 'ZeroOrMore',
      access: ['Add', 'Delete', 'Get'],
      scope: 'dynamic',
      title: 'Thermostat',
      description: 'One thermostat & what it measures',
      caseSense: 'CS',
    });
    expect(found.slice(0, 2)).toEqual(
      children.map(({ caseSense, ...rest }) => (caseSense === 'CS' ? rest : { ...rest, caseSense })),
    );
    expect(found.slice(2)).toMatchObject([
      { name: 'Firmware', format: 'b64', access: ['Exec'], occurrence: 'ZeroOrOne' },
      { name: 'Pin', access: [] },
      { name: 'Ext', open: true },
    ]);
  });

  test('judges instances: vendor MOs from a DDF file alone', () => {
    const judge = (root: object) =>
      validateMo({ clientUri: 'urn:example:mo:thermostat:1.0/t1/', moData: { t1: root } as never }, '$', {
        definitions: document.definitions,
      }).map(({ severity, code, where }) => `${severity} ${code} ${where.slice('$.MOData.t1'.length)}`);
    const good = { Target: 19.5, Pin: '1', Zones: { MAIN: 'x', a: 'y' }, Ext: { any: { thing: 1 } } };
    expect(judge(good)).toEqual([]);
    expect(judge({ ...good, Zones: { Main: 'x', a: '1', b: '2', c: '3', d: '4' } })).toEqual([
      'error MO_OCCURRENCE .Zones',
    ]);
    expect(judge({ ...good, Zones: { Main: 'x', main: 'x' } })).toEqual(['error MO_OCCURRENCE .Zones']);
    expect(judge({ ...good, target: 1 })).toEqual(['error MO_UNKNOWN_NODE .target']);
    expect(judge({ ...good, Target: 'warm', Firmware: '?' })).toEqual([
      'error MO_FORMAT .Target',
      'error MO_FORMAT .Firmware',
    ]);
  });
});

describe('a DDF of DM 1.3', () => {
  let document: DdfDocument;
  beforeAll(() => {
    document = readDdf(fixture('by-path-1.3.xml'));
  });

  test('nodes placed by Path, un-named nodes as wildcard, MOs inside MOs', () => {
    expect(document.version).toBe('1.3');
    expect(document.definitions.map(({ moid, name }) => [moid, name])).toEqual([
      ['urn:example:mo:lamp:1.0', 'urn:example:mo:lamp:1.0'],
      ['urn:example:mo:driver:1.0', 'Driver'],
    ]);
    const [lamp, driver] = document.definitions;
    expect(lamp!.root).toMatchObject({ name: '<x>', occurrence: 'OneOr4' });
    expect(lamp!.root.children.map(({ name }) => name)).toEqual(['Level']);
    expect(driver!.root.children).toMatchObject([{ name: '[Channel]', occurrence: 'OneOrMore' }]);
  });

  test('others’ elements, unknown elements and the nested MO are told', () => {
    expect(document.findings.map(({ severity, code, message }) => [severity, code, message])).toEqual([
      ['info', 'DDF_FOREIGN_ELEMENT', 'Diagnostics is of another vocabulary; it is ignored'],
      ['info', 'DDF_FOREIGN_ELEMENT', 'Applicability is of another vocabulary; it is ignored'],
      ['warning', 'DDF_UNKNOWN_ELEMENT', 'DDF has no element Colour in DFProperties; it is ignored'],
      [
        'info',
        'DDF_NESTED_MO',
        'urn:example:mo:driver:1.0 stands inside urn:example:mo:lamp:1.0; DM 2.0 addresses it by itself (§6.3)',
      ],
    ]);
  });

  test('a name in square brackets is chosen at run-time (§6.3.1.5)', () => {
    const judge = (root: object) =>
      validateMo({ clientUri: 'urn:example:mo:driver:1.0//', moData: { d: root } as never }, '$', {
        definitions: document.definitions,
      }).map(({ code }) => code);
    expect(judge({ red: 1, green: 2 })).toEqual([]);
    expect(judge({})).toEqual(['MO_MISSING_NODE']);
  });

  test('the same from octets as they arrive, one by one', async () => {
    const bytes = fixture('by-path-1.3.xml');
    async function* oneByOne() {
      for (const octet of bytes) yield Uint8Array.of(octet);
    }
    expect(await readDdfStream(oneByOne())).toEqual(document);
  });
});

describe('formats and choices', () => {
  test.each(['b64', 'bin', 'bool', 'chr', 'int', 'null', 'xml', 'date', 'time', 'float'])('%s', (format) => {
    expect(read(mo(node('a', format))).definitions[0]!.root.children[0]).toEqual({
      name: 'a',
      format,
      status: 'Required',
      occurrence: 'One',
      access: ['Get'],
      children: [],
    });
  });

  test.each([
    ['<One/>', 'One'],
    ['<ZeroOrOne/>', 'ZeroOrOne'],
    ['<ZeroOrMore/>', 'ZeroOrMore'],
    ['<OneOrMore/>', 'OneOrMore'],
    ['<ZeroOrN>12</ZeroOrN>', 'ZeroOr12'],
    ['<OneOrN> 2 </OneOrN>', 'OneOr2'],
  ])('occurrence %s', (element, occurrence) => {
    const xml = mo(node('a', 'chr', `<Occurrence>${element}</Occurrence>`));
    expect(read(xml).definitions[0]!.root.children[0]).toMatchObject({ occurrence });
  });

  test('a value that does not fit its format is told and kept', () => {
    const document = read(mo(`${node('a', 'int', '<DefaultValue>x</DefaultValue>')}`));
    expect(codes(document)).toEqual([expect.stringMatching(/^DDF_VALUE line 1, column \d+$/)]);
    expect(document.definitions[0]!.root.children[0]).toMatchObject({ defaultValue: 'x' });
  });

  test('spaces of a text value are kept, those around a number are not', () => {
    const leafs =
      node('a', 'chr', '<DefaultValue> x </DefaultValue>') +
      node('b', 'int', '<DefaultValue> 1\n</DefaultValue>');
    expect(read(mo(leafs)).definitions[0]!.root.children.map(({ defaultValue }) => defaultValue)).toEqual([
      ' x ',
      '1',
    ]);
  });

  test('an interior node and null have no value', () => {
    const document = read(mo(node('a', 'null', '<DefaultValue>x</DefaultValue>')));
    expect(codes(document)).toHaveLength(1);
    expect(document.definitions[0]!.root.children[0]).not.toHaveProperty('defaultValue');
  });

  test('another version is read as 1.3 with a warning', () => {
    const document = read(file(node('', 'node', ROOT), '<VerDTD>1.1</VerDTD>'));
    expect(document.findings).toMatchObject([{ severity: 'warning', code: 'DDF_VERSION' }]);
  });

  test('a MOID described twice, a node of no MO', () => {
    const twice = file(
      node('A', 'node', ROOT, node('x', 'chr')) + node('B', 'node', ROOT) + node('loose', 'chr'),
    );
    const document = read(twice);
    expect(document.findings.map(({ code }) => code)).toEqual(['DDF_MOID_TWICE', 'DDF_OUTSIDE_MO']);
    expect(document.definitions.map(({ name }) => name)).toEqual(['A']);
  });

  test('findings repeat once and are bounded', () => {
    const strange = Array.from({ length: 1000 }, (_, index) => `<E${index}/><Same/>`).join('');
    const document = read(file(node('', 'node', ROOT) + strange));
    expect(document.findings).toHaveLength(200);
    expect(document.findings.filter(({ message }) => message.includes(' Same '))).toHaveLength(1);
  });

  test('a processing instruction that is not ours is told or left', () => {
    const odd = mo('').replace('<NodeName>', '<?other thing?><?simboot {"secret":"yes"}?><NodeName>');
    expect(read(odd).findings).toMatchObject([{ severity: 'warning', code: 'DDF_ANNOTATION' }]);
  });
});

describe('what is refused, with line and column', () => {
  const bare = (inside: string) => mo(`\n<Node>${inside}</Node>`);
  const NAME = '<NodeName>a</NodeName>';
  test.each<[string, string, string, number, number]>([
    ['no XML', 'hello', 'DATA_XML', 1, 6],
    ['nothing', '', 'DATA_XML', 1, 1],
    ['an element that does not end', '<MgmtTree>\n', 'DATA_XML', 2, 1],
    ['another root', '<Tree/>', 'DATA_DDF', 1, 8],
    ['another vocabulary', '<o:MgmtTree/>', 'DATA_XML', 1, 14],
    ['no version', '<MgmtTree></MgmtTree>', 'DATA_DDF', 1, 11],
    ['no MO', file(node('a', 'node')), 'DATA_DDF', 1, 11],
    ['two versions', file('', '<VerDTD>1.2</VerDTD><VerDTD>1.2</VerDTD>'), 'DATA_DDF', 1, 39],
    ['no NodeName', bare(DF('chr')), 'DATA_DDF', 2, 7],
    ['no DFProperties', bare(NAME), 'DATA_DDF', 2, 7],
    [
      'no AccessType',
      bare(`${NAME}<DFProperties><DFFormat><chr/></DFFormat></DFProperties>`),
      'DATA_DDF',
      2,
      7,
    ],
    ['no DFFormat', bare(`${NAME}<DFProperties><AccessType/></DFProperties>`), 'DATA_DDF', 2, 7],
    ['an unknown format', bare(`${NAME}${DF('decimal')}`), 'DATA_DDF', 2, 84],
    ['two formats', bare(`${NAME}${DF('chr/><int')}`), 'DATA_DDF', 2, 84],
    [
      'no number of instances',
      bare(NAME + DF('chr', '<Occurrence><ZeroOrN/></Occurrence>')),
      'DATA_DDF',
      2,
      113,
    ],
    [
      '0 instances',
      bare(NAME + DF('chr', '<Occurrence><OneOrN>0</OneOrN></Occurrence>')),
      'DATA_DDF',
      2,
      113,
    ],
    ['a name with a slash', bare(`<NodeName>a/b</NodeName>${DF('chr')}`), 'DATA_DDF', 2, 17],
    ['a MOID with a slash', file(node('a', 'node', ROOT.replace('urn:', 'urn/'))), 'DATA_DDF', 1, 149],
    ['a leaf as root', file(node('a', 'chr', ROOT)), 'DATA_DDF', 1, 37],
    ['children of a leaf', mo(`\n${node('a', 'chr', '', node('b', 'chr'))}`), 'DATA_DDF', 2, 7],
    ['two nodes of a name', mo(`${node('a', 'chr')}\n${node('a', 'int')}`), 'DATA_DDF', 2, 7],
    ['an element twice', bare(NAME + NAME), 'DATA_DDF', 2, 39],
  ])('%s', (_name, xml, code, line, column) => {
    expect(() => read(xml)).toThrow(expect.objectContaining({ code, details: { line, column } }));
  });

  const head = (subset: string) => `<!DOCTYPE MgmtTree SYSTEM "x" [${subset}]>${mo('')}`;
  test.each([
    ['an entity', head('<!ENTITY a "b">')],
    ['an external entity', head('<!ENTITY a SYSTEM "file:///etc/passwd">')],
    ['a parameter entity', head('%a;')],
    ['an element', head('<!ELEMENT a ANY>')],
    ['a declaration behind a comment', head('<!-- x --><!ATTLIST a b CDATA "c">')],
    ['a declaration inside two comments’ marks', head('<!-- a --> <!ENTITY x "--><!-- y -->">')],
    ['a declaration between comments', head('<!-- a --><!ENTITY x "y"><!-- b -->')],
    ['an undeclared entity', mo('').replace('<NodeName>', '<NodeName>&a;')],
    ['an unbound prefix', mo('<a:b/>')],
    ['another encoding', `<?xml version="1.0" encoding="ISO-8859-1"?>${mo('')}`],
    ['XML 1.1', `<?xml version="1.1"?>${mo('<\u0001/>')}`],
    ['a character that XML has not', mo('').replace('<NodeName>', '<NodeName>&#1;')],
    ['something behind the end', `${mo('')}<a/>`],
  ])('%s', (_name, xml) => {
    expect(() => read(xml)).toThrow(expect.objectContaining({ code: 'DATA_XML' }));
  });

  test('octets that are not UTF-8, also cut at the end', () => {
    for (const tail of [[0xff], [0xc3], [0xe2, 0x82]]) {
      const bytes = Uint8Array.from([...encodeUtf8('<MgmtTree>'), ...tail]);
      expect(() => readDdf(bytes)).toThrow(expect.objectContaining({ code: 'DATA_XML' }));
    }
  });

  test.each<[string, string, object]>([
    ['octets', mo(''), { maxOctets: 100 }],
    ['depth', mo(''), { maxDepth: 3 }],
    ['elements', mo(''), { maxElements: 8 }],
    ['nodes', mo(node('a', 'chr')), { maxNodes: 1 }],
    ['attributes', mo('').replace('<MgmtTree>', `<MgmtTree a="${'x'.repeat(11)}">`), { maxAttribute: 10 }],
    ['default depth', '<a>'.repeat(100_000), {}],
    ['default octets', `<a>${' '.repeat(9 * 1024 * 1024)}</a>`, {}],
  ])('more than the limit of %s', (_name, xml, options) => {
    expect(() => read(xml, options)).toThrow(expect.objectContaining({ code: 'DATA_LIMIT' }));
  });

  test('a limit is not waited for', async () => {
    let served = 0;
    async function* endless() {
      for (;;) {
        served++;
        yield new Uint8Array(1024).fill(0x20);
      }
    }
    await expect(readDdfStream(endless(), { maxOctets: 10 * 1024 })).rejects.toMatchObject({
      code: 'DATA_LIMIT',
    });
    expect(served).toBe(11);
  });

  test('what stands a hundred thousand times is read once, not for each of the others', () => {
    const xml = mo(node('a', 'chr', `<DFType>${'<MIME>x</MIME>'.repeat(150_000)}</DFType>`));
    expect(read(xml).definitions[0]!.root.children[0]!.mime).toHaveLength(150_000);
  });

  test('a byte order mark is taken', () => {
    const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, ...encodeUtf8(mo(''))]);
    expect(readDdf(bytes).definitions).toHaveLength(1);
  });
});
