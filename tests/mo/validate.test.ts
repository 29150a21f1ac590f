import fc from 'fast-check';
import {
  accountFromMo,
  accountToMo,
  checkFormat,
  type Finding,
  interior,
  isUnnamed,
  type JsonObject,
  type JsonValue,
  leaf,
  MO_DEFINITIONS,
  type MoDefinition,
  MoTree,
  matchChild,
  type NodeDefinition,
  occurrenceBounds,
  storeObjects,
  validateMo,
} from '../../src/mo/index.js';
import { COMPLETE_DMACC_TEXT, DEVINFO_EXAMPLE_TEXT } from './documents.js';

type Tree = { [name: string]: Tree | JsonValue };
const rawDmacc = () => JSON.parse(COMPLETE_DMACC_TEXT)[0] as { ClientURI: string; MOData: { dms1: Tree } };
/** Findings on the complete DMAcc after `change`. */
function findingsAfter(change: (root: Tree) => void): Pick<Finding, 'severity' | 'code' | 'where'>[] {
  const { ClientURI, MOData } = rawDmacc();
  change(MOData.dms1);
  return validateMo({ clientUri: ClientURI, moData: MOData as JsonObject }, '$[0]').map(
    ({ severity, code, where }) => ({ severity, code, where }),
  );
}
const at = (path: string) => `$[0].MOData.dms1${path}`;
const branch = (tree: Tree, ...names: string[]) => names.reduce((node, name) => node[name] as Tree, tree);

describe('MO definitions', () => {
  test('every definition keeps the rules of DM 2.0 §6.3.1', () => {
    const visit = (node: NodeDefinition): number => {
      expect(node.name).toMatch(/^(<[A-Za-z0-9._~-]+>|[A-Za-z0-9._~-]+)$/);
      expect(node.scope).toMatch(/^(permanent|dynamic)$/);
      if (node.format !== 'node') expect(node.children).toEqual([]);
      expect(new Set(node.children.map(({ name }) => name)).size).toBe(node.children.length);
      for (const alias of Object.keys(node.aliases ?? {})) {
        expect(matchChild(node, alias)).toMatchObject({ alias: true });
      }
      return node.children.reduce((count, child) => count + visit(child), 1);
    };
    // Nodes counted in the tables of §12; DacMO itself stands in Figure 17 only.
    expect(MO_DEFINITIONS.map(({ name, root }) => [name, visit(root)])).toEqual([
      ['DevInfo', 13],
      ['DMAcc', 30],
      ['DacMO', 9],
      ['SessionInfo', 3],
    ]);
  });

  test.each([
    ['One', 1, 1],
    ['ZeroOrOne', 0, 1],
    ['ZeroOrMore', 0, Number.POSITIVE_INFINITY],
    ['OneOrMore', 1, Number.POSITIVE_INFINITY],
    ['ZeroOr5', 0, 5],
    ['OneOr12', 1, 12],
  ] as const)('%s', (occurrence, min, max) => {
    expect(occurrenceBounds(occurrence)).toEqual({ min, max });
  });

  test('nodes that carry keys are marked, and only nodes with "No Get" or a digest secret', () => {
    const secrets: string[] = [];
    const visit = (node: NodeDefinition, path: string): void => {
      if (node.secret) secrets.push(path);
      for (const child of node.children) visit(child, `${path}/${child.name}`);
    };
    for (const { root } of MO_DEFINITIONS) visit(root, isUnnamed(root) ? '<x>' : root.name);
    expect(secrets).toEqual([
      '<x>/Auth/Bootstrap/ClientSecretKey',
      '<x>/Auth/Noti/Data',
      '<x>/Auth/Noti/Secret',
      '<x>/Auth/Trsp/Secret',
    ]);
  });
});

describe('an instance against its definition', () => {
  test('the complete DMAcc has no finding', () => {
    expect(findingsAfter(() => undefined)).toEqual([]);
  });

  test('the example of §7.2.1.4 is read by its older MOID', () => {
    const [raw] = JSON.parse(DEVINFO_EXAMPLE_TEXT);
    expect(validateMo({ clientUri: raw.ClientURI, moData: raw.MOData }, '$[0]')).toMatchObject([
      { severity: 'warning', code: 'MO_ALIAS', where: '$[0].ClientURI' },
    ]);
  });

  const REQUIRED = [
    '.SrvID',
    '.SrvURI',
    '.Name',
    '.Perm',
    '.Perm.1.MOID',
    '.Auth.Bootstrap.ServerURI',
    '.Auth.Bootstrap.SecMode',
    '.Auth.Bootstrap.ClientPubKey',
    '.Auth.Bootstrap.ServerPubKey',
    '.Auth.Bootstrap.ClientSecretKey',
    '.Auth.Noti.Type',
    '.Auth.Noti.Data',
    '.Auth.Noti.Secret',
    '.Auth.Trsp.Data',
    '.Auth.Trsp.Secret',
    '.Push.GCM.SenderID',
    '.Push.GCM.RegURI',
    '.Push.GCM.UnRegURI',
    '.Push.GCM.RegParams',
  ];
  test.each(REQUIRED)('%s is required', (path) => {
    const names = path.slice(1).split('.');
    const parent = names.slice(0, -1);
    const where = at(parent.map((name) => (/^\d/.test(name) ? `["${name}"]` : `.${name}`)).join(''));
    expect(findingsAfter((root) => delete branch(root, ...parent)[names.at(-1)!])).toEqual([
      { severity: 'error', code: 'MO_MISSING_NODE', where },
    ]);
  });

  test.each([
    '.Auth',
    '.Auth.Bootstrap',
    '.Auth.Noti',
    '.Auth.Trsp',
    '.Push',
    '.Push.GCM',
    '.Push.Ext',
    '.Ext',
  ])('%s is optional', (path) => {
    const names = path.slice(1).split('.');
    expect(findingsAfter((root) => delete branch(root, ...names.slice(0, -1))[names.at(-1)!])).toEqual([]);
  });

  test.each<[string, (root: Tree) => void, string, string]>([
    ['an unknown node', (root) => (root.Colour = 'red'), 'MO_UNKNOWN_NODE', '.Colour'],
    [
      'a node with other capitals',
      (root) => (branch(root, 'Auth').noti = {}),
      'MO_UNKNOWN_NODE',
      '.Auth.noti',
    ],
    [
      '__proto__',
      (root) => Object.defineProperty(root, '__proto__', { value: 1, enumerable: true }),
      'MO_UNKNOWN_NODE',
      '.__proto__',
    ],
    ['constructor', (root) => Object.assign(root, { constructor: 'x' }), 'MO_UNKNOWN_NODE', '.constructor'],
    ['no permission', (root) => (root.Perm = {}), 'MO_MISSING_NODE', '.Perm'],
    ['a number for a text', (root) => (root.SrvID = 5), 'MO_FORMAT', '.SrvID'],
    ['an object for a leaf', (root) => (root.SrvID = {}), 'MO_FORMAT', '.SrvID'],
    ['a text for an interior node', (root) => (root.Auth = 'x'), 'MO_FORMAT', '.Auth'],
    ['an array for an interior node', (root) => (root.Perm = []), 'MO_FORMAT', '.Perm'],
    [
      'a fraction for an int',
      (root) => (branch(root, 'Auth', 'Noti').Type = 0.5),
      'MO_FORMAT',
      '.Auth.Noti.Type',
    ],
    ['an unlisted type', (root) => (branch(root, 'Auth', 'Noti').Type = 1), 'MO_VALUE', '.Auth.Noti.Type'],
    [
      'hex for base64',
      (root) => (branch(root, 'Auth', 'Noti').Secret = '001'),
      'MO_FORMAT',
      '.Auth.Noti.Secret',
    ],
    [
      'base64 without padding',
      (root) => (branch(root, 'Auth', 'Noti').Secret = 'AA'),
      'MO_FORMAT',
      '.Auth.Noti.Secret',
    ],
    [
      'base64 with stray bits',
      (root) => (branch(root, 'Auth', 'Noti').Secret = 'AB=='),
      'MO_FORMAT',
      '.Auth.Noti.Secret',
    ],
    ['a slash in a name', (root) => (root.Perm = { 'a/b': { MOID: '*' } }), 'MO_NAME', '.Perm["a/b"]'],
    ['an array below Ext', (root) => (root.Ext = { a: { b: [] } }), 'MO_FORMAT', '.Ext.a.b'],
    [
      'both names of a node',
      (root) => (branch(root, 'Auth', 'Noti').AuthSecret = 'AA=='),
      'MO_OCCURRENCE',
      '.Auth.Noti',
    ],
  ])('%s', (_name, change, code, path) => {
    expect(findingsAfter(change).filter(({ severity }) => severity === 'error')).toEqual([
      { severity: 'error', code, where: at(path) },
    ]);
  });

  test('messages never repeat a value', () => {
    const { ClientURI, MOData } = rawDmacc();
    branch(MOData.dms1, 'Auth', 'Noti').Secret = 'hunter2!';
    branch(MOData.dms1, 'Auth', 'Trsp').Secret = 123454321;
    const findings = validateMo({ clientUri: ClientURI, moData: MOData as JsonObject }, '$[0]');
    expect(findings).toHaveLength(2);
    expect(JSON.stringify(findings)).not.toMatch(/hunter2|123454321/);
  });

  test('an MO without a definition passes with an info', () => {
    const object = { clientUri: 'urn:vendor:mo:x:1.0//', moData: { any: { thing: 1 } } };
    expect(validateMo(object, '$[3]')).toMatchObject([
      { severity: 'info', code: 'MO_NO_DEFINITION', where: '$[3].ClientURI' },
    ]);
  });

  test('a single node is judged as that node', () => {
    const moData = { Secret: 'AA==' };
    expect(validateMo({ clientUri: 'urn:oma:mo:oma-dm-dmacc:1.2/a/Auth/Noti/Secret', moData }, '$')).toEqual(
      [],
    );
    expect(validateMo({ clientUri: 'urn:oma:mo:oma-dm-dmacc:1.2/a/Auth/Nota', moData }, '$')).toMatchObject([
      { code: 'MO_UNKNOWN_NODE', where: '$.ClientURI' },
    ]);
  });

  test('MOData holds exactly one node', () => {
    const clientUri = 'urn:oma:mo:oma-dm-dmacc:1.2//';
    expect(validateMo({ clientUri, moData: {} }, '$')).toMatchObject([
      { code: 'MO_ROOT', where: '$.MOData' },
    ]);
    expect(validateMo({ clientUri, moData: { a: {}, b: {} } }, '$')).toMatchObject([{ code: 'MO_ROOT' }]);
  });

  test('{} stands for children not transferred only where that is allowed', () => {
    const object = { clientUri: 'urn:oma:mo:oma-dm-devinfo:1.2//', moData: { x: {} } };
    expect(validateMo(object, '$', { partial: true })).toEqual([]);
    expect(validateMo(object, '$')).toHaveLength(10);
  });

  test('as a device shows it to a server: what is not exposed is not there', () => {
    const judge = (change: (root: Tree) => void) => {
      const { ClientURI, MOData } = rawDmacc();
      change(MOData.dms1);
      return validateMo({ clientUri: ClientURI, moData: MOData as JsonObject }, '$[0]', {
        exposed: true,
      }).map(({ severity, code, where }) => `${severity} ${code} ${where.slice('$[0].MOData.dms1'.length)}`);
    };
    const shown = (root: Tree) => {
      delete root.Perm;
      delete branch(root, 'Auth', 'Trsp').Secret;
      for (const name of ['ClientPubKey', 'ServerPubKey', 'ClientSecretKey']) {
        delete branch(root, 'Auth', 'Bootstrap')[name];
      }
    };
    expect(judge(shown)).toEqual([]);
    const also = (change: (root: Tree) => void) =>
      judge((root) => {
        shown(root);
        change(root);
      });
    expect(also((root) => Object.assign(root, { Perm: { 1: { MOID: 'x' } } }))).toEqual([
      'warning MO_EXPOSED .Perm',
      'warning MO_EXPOSED .Perm["1"]',
      'warning MO_EXPOSED .Perm["1"].MOID',
    ]);
    expect(also((root) => delete root.SrvID)).toEqual(['error MO_MISSING_NODE ']);
  });

  test.each([
    ['oma-sessioninfomo:1.0', { CBT: 255, ROAMING: 2 }, []],
    ['oma-sessioninfomo:1.0', { CBT: 256, ROAMING: 0 }, ['MO_VALUE $.MOData.s.CBT']],
    [
      'oma-sessioninfomo:1.0',
      { CBT: -1, ROAMING: 3 },
      ['MO_VALUE $.MOData.s.CBT', 'MO_VALUE $.MOData.s.ROAMING'],
    ],
    [
      'oma-dm-dacmo:1.0',
      { m: { i: { 1: { Permissions: { 1: { MAID: '*', AR: 16 } } } } } },
      ['MO_VALUE $.MOData.s.m.i["1"].Permissions["1"].AR'],
    ],
  ])('values of %s: %j', (moid, node, mistakes) => {
    const object = { clientUri: `urn:oma:mo:${moid}//`, moData: { s: node } as unknown as JsonObject };
    expect(validateMo(object, '$').map(({ code, where }) => `${code} ${where}`)).toEqual(mistakes);
    if (mistakes.length > 0) {
      expect(() => storeObjects(MoTree.empty, [object], { definitions: MO_DEFINITIONS })).toThrow(
        expect.objectContaining({ code: 'DATA_MO' }),
      );
    }
  });

  test.each<['date' | 'time', string, boolean]>([
    ['date', '2024-02-29', true],
    ['date', '20240229', true],
    ['date', '2023-02-29', false],
    ['date', '1900-02-29', false],
    ['date', '2000-02-29', true],
    ['date', '2026-04-31', false],
    ['date', '2026-0101', false],
    ['date', '2026-01-01T00:00:00', false],
    ['time', '00:00', true],
    ['time', '23:59:60Z', true],
    ['time', '235959.5+0100', true],
    ['time', '24:00:00', true],
    ['time', '24:01', false],
    ['time', '12:3456', false],
    ['time', '12:34+24:00', false],
    ['time', '', false],
  ])('%s %s', (format, value, right) => {
    expect(checkFormat(format, value).result).toBe(right ? 'right' : 'wrong');
  });

  test('every format, both ways, with a definition of the caller', () => {
    const FORMATS: MoDefinition = {
      moid: 'urn:test:1',
      name: 'Test',
      clause: 'test',
      moidAliases: [],
      root: interior('<x>', {}, [
        leaf('null', 'null'),
        leaf('bool', 'bool'),
        leaf('int', 'int'),
        leaf('float', 'float'),
        leaf('xml', 'xml'),
        leaf('date', 'date'),
        leaf('time', 'time'),
        leaf('b64', 'b64'),
        interior('few', {}, [leaf('<x>', 'int', { occurrence: 'ZeroOr2' })]),
      ]),
    };
    const judge = (root: JsonObject) =>
      validateMo({ clientUri: 'urn:test:1//', moData: { r: root } }, '$', { definitions: [FORMATS] }).map(
        ({ code, where }) => `${code} ${where.slice('$.MOData.r'.length)}`,
      );
    const right = {
      null: null,
      bool: true,
      int: -5,
      float: 1.5,
      xml: '<a/>',
      date: '20260131',
      time: '13:45:00Z',
      b64: '',
      few: { a: 1, b: 2 },
    };
    expect(judge(right)).toEqual([]);
    expect(judge({ ...right, bool: 'true', int: '-5', float: '1.5' })).toEqual([
      'MO_FORMAT_TEXT .bool',
      'MO_FORMAT_TEXT .int',
      'MO_FORMAT_TEXT .float',
    ]);
    const wrong = {
      null: 0,
      bool: 'yes',
      int: 1.5,
      float: 'x',
      xml: 1,
      date: '2026-13-01',
      time: '25:00',
      b64: '=',
    };
    expect(judge({ ...wrong, few: { a: 1, b: 2, c: 3 } })).toEqual([
      ...Object.keys(wrong).map((name) => `MO_FORMAT .${name}`),
      'MO_OCCURRENCE .few',
    ]);
  });
});

describe('DM accounts (DM 2.0 §12.2)', () => {
  const complete = () => {
    const { ClientURI, MOData } = rawDmacc();
    return { clientUri: ClientURI, moData: MOData as JsonObject };
  };

  test('read from the complete DMAcc', () => {
    expect(accountFromMo(complete())).toEqual({
      miid: 'dms1',
      srvId: 'dm.example.com',
      srvUri: 'https://dm.example.com:8443/dm',
      name: 'Example operator',
      perm: ['urn:oma:mo:oma-dm-devinfo:1.2', '*'],
      auth: {
        bootstrap: {
          serverUri: 'https://bs.example.com',
          secMode: 'psk',
          clientPubKey: Uint8Array.of(0x69, 0x64),
          serverPubKey: Uint8Array.of(0x69, 0x64),
          clientSecretKey: Uint8Array.of(0, 1, 2, 3),
        },
        noti: { type: 0, data: Uint8Array.of(0x64, 0x61, 0x74, 0x61), secret: Uint8Array.of(0, 1, 2, 3) },
        trsp: { data: Uint8Array.of(0x69, 0x64), secret: Uint8Array.of(0, 1, 2, 3) },
      },
      push: {
        gcm: {
          senderId: '4815162342',
          regUri: 'https://dm.example.com/register',
          unRegUri: 'https://dm.example.com/unregister',
          regParams: 'a=1&b=2',
          ext: { Vendor: { Retry: 3 } },
        },
        ext: { Channel: 'x' },
      },
      ext: { Vendor: { Colour: 'red' } },
    });
  });

  test('written back as it was', () => {
    expect(JSON.stringify(accountToMo(accountFromMo(complete()), 'dms1').moData)).toBe(
      JSON.stringify(complete().moData),
    );
  });

  test('older names mean the same account', () => {
    const { MOData } = rawDmacc();
    const { SrvID, SrvURI, Name, Perm, Auth, Push, Ext } = MOData.dms1 as Record<string, Tree>;
    const { Bootstrap, Noti, Trsp } = Auth as Record<string, Tree>;
    const { ClientPubKey, ClientSecretKey, ...bootstrap } = Bootstrap as Tree;
    const { RegURI, ...gcm } = (Push as Tree).GCM as Tree;
    const older = {
      ServerID: SrvID,
      SrvURI,
      Name,
      Permissions: Perm,
      AuthNoti: { Type: '0', AuthData: Noti?.Data, AuthSecret: Noti?.Secret },
      Credentials: {
        Bootstrap: {
          ...bootstrap,
          'Client-PublicKey-PSKIdentity': ClientPubKey,
          ClientecretKey: ClientSecretKey,
        },
        Trsp,
      },
      Push: { ...(Push as Tree), GCM: { ...gcm, RegURL: RegURI } },
      Ext,
    };
    const object = {
      clientUri: 'oma:mo:oma-dm-dmacc:2.0/dms1/',
      moData: { dms1: older } as unknown as JsonObject,
    };
    const findings = validateMo(object, '$');
    expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['warning']));
    expect(findings.filter(({ code }) => code === 'MO_ALIAS')).toHaveLength(10);
    expect(accountFromMo(object)).toEqual(accountFromMo(complete()));
  });

  test('a SecMode that nothing defines is refused with its path', () => {
    const { ClientURI, MOData } = rawDmacc();
    branch(MOData.dms1, 'Auth', 'Bootstrap').SecMode = 'AAA=';
    expect(() => accountFromMo({ clientUri: ClientURI, moData: MOData as JsonObject }, '$[0]')).toThrow(
      expect.objectContaining({ code: 'DATA_MO', details: { path: at('.Auth.Bootstrap.SecMode') } }),
    );
  });

  test('a mistake is refused with its path', () => {
    const { ClientURI, MOData } = rawDmacc();
    delete MOData.dms1.Name;
    expect(() => accountFromMo({ clientUri: ClientURI, moData: MOData as JsonObject }, '$[0]')).toThrow(
      expect.objectContaining({ code: 'DATA_MO', details: { path: at('') } }),
    );
  });

  test('any tree gives findings, never a crash', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const object = { clientUri: 'urn:oma:mo:oma-dm-dmacc:1.2//', moData: { x: value as JsonValue } };
        expect(validateMo(object, '$').length).toBeGreaterThan(0);
      }),
    );
  });
});
