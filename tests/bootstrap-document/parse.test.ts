import fc from 'fast-check';
import {
  parseBootstrap,
  redactBootstrap,
  summarizeBootstrap,
  validateBootstrap,
} from '../../src/bootstrap/index.js';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import type { JsonValue } from '../../src/mo/index.js';
import { COMPLETE_DMACC_TEXT, DEVINFO_EXAMPLE_TEXT } from '../mo/documents.js';
import { fuzz } from '../support/fuzz.js';
import { convert, pair } from './authority.js';

const COMPLETE = encodeUtf8(COMPLETE_DMACC_TEXT);
const NOW = new Date('2030-01-01T00:00:00Z');
const failure = (run: () => unknown): SimbootError => {
  try {
    run();
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('accepted');
};
type Tree = { [name: string]: Tree & JsonValue };
const changed = (change: (items: Tree[], root: Tree) => void): Uint8Array => {
  const items = JSON.parse(COMPLETE_DMACC_TEXT);
  change(items, items[0].MOData.dms1);
  return encodeUtf8(JSON.stringify(items));
};
const codes = (bytes: Uint8Array, now?: Date) =>
  validateBootstrap(bytes, now === undefined ? {} : { now }).map(
    ({ severity, code, where }) => `${severity} ${code} ${where}`,
  );

describe('reading a bootstrap (DM 2.0 §8.1, §8.5)', () => {
  test('the complete account', () => {
    const { document, accounts, findings } = parseBootstrap(COMPLETE);
    expect(document.objects).toHaveLength(1);
    expect(accounts).toMatchObject([{ miid: 'dms1', srvId: 'dm.example.com' }]);
    // Its keys have four octets, for brevity.
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['BOOTSTRAP_SECRET']));
  });

  test('the example of §7.2.1.4 has no account', () => {
    expect(codes(encodeUtf8(DEVINFO_EXAMPLE_TEXT))).toEqual([
      'warning MO_ALIAS $[0].ClientURI',
      'warning BOOTSTRAP_NO_ACCOUNT $',
    ]);
  });

  test.each<[string, Uint8Array, string, string]>([
    ['octets that are not UTF-8', Uint8Array.of(0x5b, 0xff), 'DATA_UTF8', 'octet 1'],
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x5b, 0x5d), 'DATA_UTF8', 'octet 0'],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x5b, 0x00), 'DATA_UTF8', 'octet 0'],
    ['nothing', new Uint8Array(), 'DATA_JSON', '$'],
    ['the doubled brace of an example', encodeUtf8('{ { "ClientURI": "x" } }'), 'DATA_JSON', '$'],
    [
      'a member given twice',
      encodeUtf8('[{"ClientURI":"a","ClientURI":"b","MOData":{}}]'),
      'DATA_JSON_DUPLICATE',
      '$[0].ClientURI',
    ],
    ['a missing member', encodeUtf8('[{"ClientURI":"a"}]'), 'DATA_DMMO', '$[0]'],
    ['padding left on the document', encodeUtf8(`${COMPLETE_DMACC_TEXT}\0`), 'DATA_JSON', '$'],
    [
      'a hundred thousand brackets',
      encodeUtf8('['.repeat(100_000)),
      'DATA_LIMIT',
      '$'.padEnd(1 + 64 * 3, '[0]'),
    ],
  ])('%s: an error to parse, a finding to validate', (_name, bytes, code, where) => {
    expect(failure(() => parseBootstrap(bytes)).code).toBe(code);
    expect(failure(() => parseBootstrap(bytes, { lenient: true })).code).toBe(code);
    expect(codes(bytes)).toEqual([`error ${code} ${where}`]);
  });

  test('a mistake in an account is thrown with its path; lenient leaves the account out', () => {
    const bytes = changed((items, root) => {
      items.push({
        ClientURI: 'urn:oma:mo:oma-dm-dmacc:1.2//',
        MOData: { x: { ...root, SrvID: 'other' } },
      } as unknown as Tree);
      delete root.Name;
    });
    expect(failure(() => parseBootstrap(bytes))).toMatchObject({
      code: 'DATA_MO',
      details: { path: '$[0].MOData.dms1', finding: 'MO_MISSING_NODE' },
    });
    const lenient = parseBootstrap(bytes, { lenient: true });
    expect(lenient.accounts.map(({ srvId }) => srvId)).toEqual(['other']);
    expect(lenient.document.objects).toHaveLength(2);
  });

  test.each<[string, (items: Tree[], root: Tree) => void, string]>([
    [
      'a second account of the same server',
      (items) => items.push({ ...items[0]!, ClientURI: 'urn:oma:mo:oma-dm-dmacc:1.2//' as never }),
      'error BOOTSTRAP_DUPLICATE_SRVID $[1].MOData.dms1.SrvID',
    ],
    [
      'an unknown SecMode',
      (_, root) => Object.assign(root.Auth!.Bootstrap!, { SecMode: 'Ag==' }),
      'error BOOTSTRAP_SECMODE $[0].MOData.dms1.Auth.Bootstrap.SecMode',
    ],
    [
      'X.509 mode with a PSK identity',
      (_, root) => Object.assign(root.Auth!.Bootstrap!, { SecMode: 'AQ==' }),
      'error BOOTSTRAP_CERTIFICATE $[0].MOData.dms1.Auth.Bootstrap.ClientPubKey',
    ],
    [
      'a binary identity',
      (_, root) => Object.assign(root.Auth!.Trsp!, { Data: '/w==' }),
      'error BOOTSTRAP_IDENTITY $[0].MOData.dms1.Auth.Trsp.Data',
    ],
    [
      'an identity with a zero',
      (_, root) => Object.assign(root.Auth!.Trsp!, { Data: 'AA==' }),
      'warning BOOTSTRAP_IDENTITY $[0].MOData.dms1.Auth.Trsp.Data',
    ],
    [
      'an empty secret',
      (_, root) => Object.assign(root.Auth!.Trsp!, { Secret: '' }),
      'error BOOTSTRAP_SECRET $[0].MOData.dms1.Auth.Trsp.Secret',
    ],
    [
      'a bootstrap server without scheme',
      (_, root) => Object.assign(root.Auth!.Bootstrap!, { ServerURI: 'bs' }),
      'error BOOTSTRAP_URI $[0].MOData.dms1.Auth.Bootstrap.ServerURI',
    ],
    [
      'a bootstrap server by its IPv4 address',
      (_, root) => Object.assign(root.Auth!.Bootstrap!, { ServerURI: '10.0.0.1' }),
      'info BOOTSTRAP_URI $[0].MOData.dms1.Auth.Bootstrap.ServerURI',
    ],
    [
      'parameters that are no query',
      (_, root) => Object.assign(root.Push!.GCM!, { RegParams: 'a b' }),
      'error BOOTSTRAP_URI $[0].MOData.dms1.Push.GCM.RegParams',
    ],
    [
      'the same permission twice',
      (_, root) => Object.assign(root.Perm!, { 3: { MOID: '*' } }),
      'warning BOOTSTRAP_PERM $[0].MOData.dms1.Perm',
    ],
    [
      'an empty name',
      (_, root) => Object.assign(root, { Name: '' }),
      'warning BOOTSTRAP_NAME $[0].MOData.dms1.Name',
    ],
    [
      'a node instead of an MO',
      (items) =>
        Object.assign(items[0]!, { ClientURI: 'urn:oma:mo:oma-dm-dmacc:1.2/a/Name', MOData: { Name: 'x' } }),
      'warning BOOTSTRAP_NODE $[0].ClientURI',
    ],
    [
      'a missing slash',
      (items) => Object.assign(items[0]!, { ClientURI: 'urn:oma:mo:oma-dm-dmacc:1.2/dms1' }),
      'warning DMMO_CLIENT_URI $[0].ClientURI',
    ],
  ])('%s', (_name, change, expected) => {
    const before = codes(COMPLETE);
    const after = codes(changed(change));
    expect(after.filter((line) => !before.includes(line))).toContain(expected);
  });

  test('certificates inside a document are judged: pair, damage, dates', () => {
    const own = pair('p256', 'ec:P-256');
    const other = pair('other', 'ec:P-256');
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    const certificate = convert('x509', 'p256.pem', 'in.der', '-outform', 'DER');
    const keyOf = (name: string) =>
      base64(convert('pkcs8', `${name}.key`, `in.${name}`, '-topk8', '-nocrypt', '-outform', 'DER'));
    const withKeys = (Data: string, Secret: string) =>
      changed((_, root) => Object.assign(root.Auth!.Trsp!, { Data, Secret }));
    const only = (lines: string[]) => lines.filter((line) => line.includes('.Trsp.'));
    const path = '$[0].MOData.dms1.Auth.Trsp';
    expect(only(codes(withKeys(base64(certificate), keyOf(own.name)), NOW))).toEqual([]);
    expect(only(codes(withKeys(base64(certificate), keyOf(other.name)), NOW))).toEqual([
      `error BOOTSTRAP_KEY_MISMATCH ${path}.Secret`,
    ]);
    expect(only(codes(withKeys(base64(certificate), 'AAEC'), NOW))).toEqual([
      `error BOOTSTRAP_PRIVATE_KEY ${path}.Secret`,
    ]);
    expect(only(codes(withKeys(base64(certificate), keyOf(own.name)), new Date('2041-01-01')))).toEqual([
      `error BOOTSTRAP_CERTIFICATE ${path}.Data`,
    ]);
    expect(only(codes(withKeys(base64(certificate), keyOf(own.name))))).toEqual([]);
  });

  test('validate puts the worst first', () => {
    const bytes = changed((_, root) => {
      Object.assign(root, { Extra: 1 });
      Object.assign(root.Auth!, { AuthX: {} });
    });
    const severities = validateBootstrap(bytes).map(({ severity }) => severity);
    expect(severities).toEqual([...severities].sort());
  });
});

describe('showing a bootstrap', () => {
  const SECRET_HEX = '00010203';
  const shown = (bytes: Uint8Array, reveal = false, explain = true) =>
    JSON.stringify(redactBootstrap(parseBootstrap(bytes, { lenient: true }).document, { reveal, explain }));

  test('secret leaves are a length, unexplained ones hidden, identities readable', () => {
    const [object] = redactBootstrap(parseBootstrap(COMPLETE).document, { explain: true });
    expect(object).toEqual({
      ClientURI: 'urn:oma:mo:oma-dm-dmacc:1.2/dms1/',
      MOData: {
        dms1: {
          SrvID: 'dm.example.com',
          SrvURI: 'https://dm.example.com:8443/dm',
          Name: 'Example operator',
          Perm: { 1: { MOID: 'urn:oma:mo:oma-dm-devinfo:1.2' }, 2: { MOID: '*' } },
          Auth: {
            Bootstrap: {
              ServerURI: 'https://bs.example.com',
              SecMode: { hex: '00' },
              ClientPubKey: { hex: '6964', utf8: 'id' },
              ServerPubKey: { hex: '6964', utf8: 'id' },
              ClientSecretKey: { secret: true, length: 4 },
            },
            Noti: { Type: 0, Data: { secret: true, length: 4 }, Secret: { secret: true, length: 4 } },
            Trsp: { Data: { hex: '6964', utf8: 'id' }, Secret: { secret: true, length: 4 } },
          },
          Push: {
            GCM: {
              SenderID: '4815162342',
              RegURI: 'https://dm.example.com/register',
              UnRegURI: 'https://dm.example.com/unregister',
              RegParams: 'a=1&b=2',
              Ext: { Vendor: { Retry: { hidden: true, length: 1 } } },
            },
            Ext: { Channel: { hidden: true, length: 1 } },
          },
          Ext: { Vendor: { Colour: { hidden: true, length: 3 } } },
        },
      },
    });
  });

  test('unexplained and revealed, it is the document', () => {
    expect(JSON.parse(shown(COMPLETE, true, false))).toEqual(JSON.parse(Buffer.from(COMPLETE).toString()));
    const [object] = JSON.parse(shown(COMPLETE, false, false));
    expect(object.MOData.dms1.Auth.Trsp).toEqual({ Data: 'aWQ=', Secret: { secret: true, length: 4 } });
  });

  test('--reveal shows them', () => {
    const text = shown(COMPLETE, true);
    expect(text).toContain(`{"secret":true,"length":4,"hex":"${SECRET_HEX}"}`);
    expect(text).toContain('"Colour":"red"');
  });

  test.each<[string, (root: Tree) => void]>([
    ['under an older name', (root) => Object.assign(root, { AuthNoti: { AuthSecret: 'aHVudGVyMg==' } })],
    ['under a mistyped name', (root) => Object.assign(root.Auth!.Noti!, { secret: 'hunter2' })],
    ['in a wrong format', (root) => Object.assign(root.Auth!.Noti!, { Secret: 'hunter2' })],
    ['as an object', (root) => Object.assign(root.Auth!.Noti!, { Secret: { a: 'hunter2' } })],
    ['as an array', (root) => Object.assign(root.Auth!.Noti!, { Secret: ['hunter2'] })],
    ['as an object for a public leaf', (root) => Object.assign(root, { Name: { a: 'hunter2' } })],
    [
      'in a public binary leaf that is no base64',
      (root) => Object.assign(root.Auth!.Trsp!, { Data: 'hunter2 ' }),
    ],
    ['as an array of a node', (root) => Object.assign(root, { Auth: ['hunter2'] })],
    ['in a URI', (root) => Object.assign(root, { SrvURI: 'https://user:hunter2@dm.example.com/' })],
  ])('a secret %s stays hidden', (_name, change) => {
    const bytes = changed((_, root) => change(root));
    const lines = summarizeBootstrap(parseBootstrap(bytes, { lenient: true }).document).join('\n');
    expect(shown(bytes) + lines + JSON.stringify(validateBootstrap(bytes))).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  test('leaves of an MO without definition are hidden', () => {
    const bytes = encodeUtf8('[{"ClientURI":"urn:v:1//","MOData":{"m":{"Pin":1234,"Key":"k","On":true}}}]');
    expect(JSON.parse(shown(bytes))[0].MOData.m).toEqual({
      Pin: { hidden: true, length: 4 },
      Key: { hidden: true, length: 1 },
      On: true,
    });
  });

  test('a certificate is shown by what it says', () => {
    pair('p256', 'ec:P-256');
    const Data = Buffer.from(convert('x509', 'p256.pem', 'show.der', '-outform', 'DER')).toString('base64');
    const text = shown(changed((_, root) => Object.assign(root.Auth!.Trsp!, { Data })));
    expect(JSON.parse(text)[0].MOData.dms1.Auth.Trsp.Data.certificate).toEqual({
      subject: 'O=Example, CN=p256',
      issuer: 'O=Example, CN=p256',
      serial: '01',
      notBefore: '2020-01-01T00:00:00.000Z',
      notAfter: '2040-01-01T00:00:00.000Z',
      key: 'EC P-256',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('the summary tells who is trusted with what', () => {
    const bytes = changed((items) =>
      items.push({ ClientURI: 'urn:v:1//', MOData: { m: { a: 1, b: { c: 2 } } } } as unknown as Tree),
    );
    expect(summarizeBootstrap(parseBootstrap(bytes).document)).toEqual([
      'DM account dm.example.com, instance dms1',
      '  server       dm.example.com (Example operator)',
      '  connects to  https://dm.example.com:8443/dm',
      '  may manage   every kind of MO',
      '  bootstrap    https://bs.example.com, PSK identity "id", key of 4 octets',
      '  notification SHA-256 digest, secret of 4 octets',
      '  transport    identity "id", secret of 4 octets',
      '  push         GCM sender 4815162342, registers at https://dm.example.com/register',
      'urn:v:1//: 2 values',
    ]);
  });

  test('nothing in a document moves the cursor of a terminal', () => {
    const bytes = changed((_, root) => Object.assign(root, { Name: 'a\u001b[2Jb\u009bc\u202e' }));
    expect(summarizeBootstrap(parseBootstrap(bytes).document).join('')).not.toMatch(/\p{C}/u);
  });
});

describe('damaged documents', () => {
  // A short one, which most damage hits where it counts, and the two long ones.
  const SHORT =
    '[{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2//","MOData":{"a":{"SrvID":"s","SrvURI":"https://a/",' +
    '"Name":"\\u00e9","Perm":{"1":{"MOID":"*"}},"Auth":{"Trsp":{"Data":"aWQ=","Secret":"AAEC"}}}}}]';
  const seeds = [SHORT, SHORT, SHORT, COMPLETE_DMACC_TEXT, DEVINFO_EXAMPLE_TEXT].map(encodeUtf8);

  test('100,000 damaged documents: read, or refused with a typed error', () => {
    const { accepted, refused } = fuzz((bytes) => parseBootstrap(bytes), seeds);
    expect(accepted + refused).toBe(100_000);
    expect(accepted).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
  });

  test('documents whose values are exchanged for others', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, choice) => {
        const places: [Record<string, unknown>, string][] = [];
        const collect = (node: unknown): void => {
          if (typeof node !== 'object' || node === null) return;
          for (const name of Object.keys(node)) {
            places.push([node as Record<string, unknown>, name]);
            collect((node as Record<string, unknown>)[name]);
          }
        };
        const items = JSON.parse(COMPLETE_DMACC_TEXT);
        collect(items);
        const [node, name] = places[choice % places.length]!;
        node[name] = value;
        const bytes = encodeUtf8(JSON.stringify(items));
        const findings = validateBootstrap(bytes, { now: NOW });
        const wrong = findings.find(({ severity }) => severity === 'error');
        if (wrong === undefined)
          expect(parseBootstrap(bytes).document.objects.length).toBeGreaterThanOrEqual(0);
        else expect(failure(() => parseBootstrap(bytes)).kind).toBe('data');
        if (!findings.some(({ code }) => code === 'DATA_DMMO')) {
          expect(shownText(bytes)).not.toContain('AAECAw');
        }
      }),
      { numRuns: 2000 },
    );
  });

  function shownText(bytes: Uint8Array): string {
    const { document } = parseBootstrap(bytes, { lenient: true });
    return JSON.stringify(redactBootstrap(document)) + summarizeBootstrap(document).join();
  }
});
