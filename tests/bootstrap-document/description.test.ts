import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import {
  createBootstrap,
  descriptionJsonSchema,
  type ReferenceReader,
  readDescription,
} from '../../src/bootstrap/index.js';
import { encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { fuzz } from '../support/fuzz.js';

const clock = { now: () => new Date('2030-01-01T00:00:00Z') };
const EXAMPLE = 'docs/examples/bootstrap.yaml';
/** Sources by name; what is asked for is kept. */
const reader = (sources: Record<string, Uint8Array | string> = {}): ReferenceReader & { asked: string[] } => {
  const asked: string[] = [];
  const answer = async (source: string, where: string) => {
    asked.push(`${source} for ${where}`);
    const content = sources[source] ?? '';
    return typeof content === 'string' ? encodeUtf8(content) : content;
  };
  return { asked, secret: answer, file: answer };
};
const beside: ReferenceReader = {
  secret: async (source) => Uint8Array.from(readFileSync(join('docs/examples', source.slice(1)))),
  file: async (name) => Uint8Array.from(readFileSync(join('docs/examples', name))),
};
const failure = async (text: string | Uint8Array, references = reader()): Promise<SimbootError> => {
  try {
    await readDescription(typeof text === 'string' ? encodeUtf8(text) : text, references);
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('accepted');
};
const HEAD = 'accounts:\n  - srvId: a\n    srvUri: https://a/\n    name: A\n';

describe('the example description', () => {
  test('gives the document it describes', async () => {
    const description = await readDescription(Uint8Array.from(readFileSync(EXAMPLE)), beside);
    const { document, accounts, findings } = createBootstrap(description, { clock });
    expect(findings).toEqual([]);
    expect(document.objects.map(({ clientUri }) => clientUri)).toEqual([
      'urn:oma:mo:oma-dm-dmacc:1.2//',
      'urn:oma:mo:oma-dm-dmacc:1.2/backup/',
      'urn:oma:mo:oma-dm-devinfo:1.2//',
    ]);
    const [first, backup] = accounts;
    expect(new TextDecoder().decode(first?.auth?.bootstrap?.clientPubKey)).toBe('8988211000000000001');
    expect(toHex(first?.auth?.bootstrap?.clientSecretKey ?? new Uint8Array())).toBe(
      '000102030405060708090a0b0c0d0e0f',
    );
    expect(new TextDecoder().decode(first?.auth?.noti?.secret)).toBe('000102030405060708090a0b0c0d0e0f');
    expect(toHex(backup?.auth?.trsp?.secret ?? new Uint8Array())).toBe('00112233445566778899aabbccddeeff');
  });

  test('the same as JSON gives the same octets', async () => {
    const yaml = Uint8Array.from(readFileSync(EXAMPLE));
    const json = encodeUtf8(JSON.stringify(parse(readFileSync(EXAMPLE, 'utf8'))));
    const [one, other] = await Promise.all([yaml, json].map((bytes) => readDescription(bytes, beside)));
    expect(createBootstrap(one!, { clock }).bytes).toEqual(createBootstrap(other!, { clock }).bytes);
  });

  test('follows the JSON Schema in docs, which is the one that simboot checks by', () => {
    const schema = JSON.parse(readFileSync('docs/schema/bootstrap-description.schema.json', 'utf8'));
    expect(schema).toEqual(descriptionJsonSchema());
    const judge = new Ajv2020({ strict: false }).compile(schema);
    expect(judge(parse(readFileSync(EXAMPLE, 'utf8')))).toBe(true);
    expect(judge({ accounts: [{ srvId: 'a' }] })).toBe(false);
    expect(judge({ account: [] })).toBe(false);
  });
});

describe('references', () => {
  const keyOf = async (key: string, sources: Record<string, Uint8Array | string> = {}) => {
    const text = `${HEAD}    trsp: { psk: { identity: i, key: ${key} } }\n`;
    const { accounts } = await readDescription(encodeUtf8(text), reader(sources));
    return toHex(accounts![0]!.trsp!.psk!.key);
  };

  test.each([
    ['"@k"', { '@k': '00 01:02\n' }, '000102'],
    ['env:K', { 'env:K': '0a0B' }, '0a0b'],
    ['fd:3', { 'fd:3': 'ff' }, 'ff'],
    ['"-"', { '-': 'ff\r\n' }, 'ff'],
    ['{ from: "@k", as: hex }', { '@k': 'ff' }, 'ff'],
    ['{ from: "@k", as: base64 }', { '@k': 'AAEC\n' }, '000102'],
    ['{ from: "@k", as: text }', { '@k': 'é\r\n' }, 'c3a9'],
    ['{ from: "@k", as: raw }', { '@k': fromHex('00ff0a') }, '00ff0a'],
    ['{ hex: "00 ff" }', {}, '00ff'],
  ])('key: %s', async (key, sources: Record<string, Uint8Array | string>, hex) => {
    expect(await keyOf(key, sources)).toBe(hex);
  });

  test('each is asked for with its entry and place', async () => {
    const text = `${HEAD}    bootstrap:
      serverUri: https://b/
      x509: { certificate: c.pem, privateKey: "@k", serverCertificate: s.pem }
    noti: { secret: env:S, data: env:D }
`;
    const references = reader({ 'env:S': '00', 'env:D': '01' });
    await readDescription(encodeUtf8(text), references);
    expect(references.asked).toEqual([
      'c.pem for accounts[0].bootstrap.x509.certificate (line 7, column 15)',
      '@k for accounts[0].bootstrap.x509.privateKey (line 7, column 35)',
      's.pem for accounts[0].bootstrap.x509.serverCertificate (line 7, column 53)',
      'env:S for accounts[0].noti.secret (line 8, column 13)',
      'env:D for accounts[0].noti.data (line 8, column 28)',
    ]);
  });

  test.each([
    ['a secret that is not hex', '"@k"', 'hunter2'],
    ['a secret that is not base64', '{ from: "@k", as: base64 }', 'hunter2!'],
    ['a secret that is not UTF-8', '{ from: "@k", as: text }', Uint8Array.of(0xff)],
  ])('%s is refused with its place and without it', async (_name, key, content) => {
    const text = `${HEAD}    trsp: { psk: { identity: i, key: ${key} } }\n`;
    const error = await failure(text, reader({ '@k': content }));
    expect(error).toMatchObject({
      code: 'DATA_DESCRIPTION',
      details: { where: 'accounts[0].trsp.psk.key (line 5, column 33)' },
    });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });
});

describe('mistakes have line and column', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'an unknown entry',
      `${HEAD}    colour: red\n`,
      'line 5, column 5',
      /^accounts\[0\]\.colour: there is no such entry/,
    ],
    ['an unknown entry at the top', 'account: []\n', 'line 1, column 1', /^account: there is no such entry/],
    [
      'a missing entry',
      'accounts:\n  - srvId: a\n    name: A\n',
      'line 2, column 5',
      /^accounts\[0\]\.srvUri: this entry is missing/,
    ],
    ['an entry given twice', `${HEAD}    name: B\n`, 'line 5, column 5', /given twice/],
    [
      'a number for text',
      'accounts:\n  - srvId: 5\n    srvUri: https://a/\n    name: A\n',
      'line 2, column 5',
      /srvId: this must be text; put numbers/,
    ],
    ['a text for a list', 'accounts: x\n', 'line 1, column 1', /^accounts: a list required/],
    [
      'a list for entries',
      'accounts: [[]]\n',
      'line 1, column 12',
      /^accounts\[0\]: entries with names required/,
    ],
    ['a list at the top', '- a\n', 'line 1, column 1', /^entries with names required/],
    [
      'an empty identifier',
      'accounts: [{srvId: "", srvUri: "https://a/", name: A}]',
      'line 1, column 13',
      /srvId: this must not be empty/,
    ],
    ['an empty list of permissions', `${HEAD}    perm: []\n`, 'line 5, column 5', /perm: at least one/],
    [
      'a literal secret',
      `${HEAD}    noti: { secret: 00ff }\n`,
      'line 5, column 13',
      /noti\.secret: a secret is @file/,
    ],
    [
      'a plain file name for a private key',
      `${HEAD}    trsp: { x509: { certificate: c, privateKey: k } }\n`,
      'line 5, column 37',
      /privateKey: a private key is @file/,
    ],
    ['neither psk nor x509', `${HEAD}    trsp: {}\n`, 'line 5, column 5', /trsp: psk or x509 is missing/],
    ['an infinite number', 'objects: [{moid: m, data: {a: .inf}}]', 'line 1, column 28', /data\.a/],
    ['YAML that ends too early', 'accounts: [', 'line 1, column 12', /neither YAML nor JSON/],
    ['a tab', 'accounts:\n\t- a\n', 'line 2, column 1', /a tab/],
    [
      'two documents',
      'accounts: []\n---\naccounts: []\n',
      'line 2, column 1',
      /neither YAML nor JSON \(multiple docs\)/,
    ],
  ])('%s', async (_name, text, where, message) => {
    const error = await failure(text);
    expect(error).toMatchObject({ code: 'DATA_DESCRIPTION', details: { where } });
    expect(error.message).toMatch(message);
  });

  test('psk together with x509', async () => {
    const error = await failure(
      `${HEAD}    trsp:\n      psk: { identity: i, key: env:K }\n      x509: { certificate: c, privateKey: env:K }\n`,
    );
    expect(error).toMatchObject({
      code: 'DATA_DESCRIPTION_CONTRADICTION',
      details: { path: 'accounts[0].trsp', where: 'line 7, column 7' },
    });
  });

  test('an alias without anchor', async () => {
    const error = await failure('accounts: *a\n');
    expect(error.code).toBe('DATA_DESCRIPTION');
    expect(error.message).toContain('no anchor');
  });

  test('messages never quote the file', async () => {
    for (const text of [
      'accounts: [hunter2',
      `${HEAD}    noti: { secret: hunter2 }`,
      '"hunter2',
      '%hunter2\n---\n{',
    ]) {
      expect(JSON.stringify(await failure(text))).not.toContain('hunter2');
    }
  });

  test.each<[string, string | Uint8Array, string]>([
    ['not UTF-8', Uint8Array.of(0x61, 0xff), 'DATA_UTF8'],
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), 'DATA_UTF8'],
    ['too large', ' '.repeat(300_000), 'DATA_LIMIT'],
    ['nested lists', '- '.repeat(8000), 'DATA_LIMIT'],
    ['nested keys', '? '.repeat(8000), 'DATA_LIMIT'],
    ['deep indentation', `a:\n${' '.repeat(500)}b: c\n`, 'DATA_LIMIT'],
    ['nested brackets', '['.repeat(100_000), 'DATA_DESCRIPTION'],
    ['nested nodes', `objects: [{moid: m, data: ${'{a: '.repeat(3000)}1${'}'.repeat(3000)}}]`, 'DATA_'],
    [
      'aliases that multiply',
      `objects: [{moid: m, data: {a: &a [x,x,x,x,x,x,x,x,x], ${[...'bcdefghi'].map((to, i) => `${to}: &${to} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`).join(', ')}}}]`,
      'DATA_',
    ],
  ])('%s', async (_name, text, code) => {
    expect((await failure(text)).code).toMatch(new RegExp(`^${code}`));
  });

  test('100,000 damaged descriptions give typed errors only', async () => {
    const { parseDescription } = await import('../../src/bootstrap/document/description-text.js');
    const { accepted, refused } = fuzz(parseDescription, [
      encodeUtf8(HEAD),
      encodeUtf8(`${HEAD}    trsp: { psk: { identity: i, key: env:K } }\n`),
      encodeUtf8('{"accounts":[{"srvId":"a"}]}'),
    ]);
    expect(accepted + refused).toBe(100_000);
    expect(accepted).toBeGreaterThan(1000);
  }, 180_000);
});
