import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseBootstrap } from '../../src/bootstrap/index.js';
import { pair } from '../bootstrap-document/authority.js';
import { COMPLETE_DMACC_TEXT } from '../mo/documents.js';
import { simboot } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-bootstrap-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const EXAMPLE = 'docs/examples/bootstrap.yaml';
const KEY = '000102030405060708090a0b0c0d0e0f';
const KEY64 = 'AAECAwQFBgcICQoLDA0ODw==';
const ACCOUNT = ['--srv-id', 'dm1', '--srv-uri', 'https://dm.example.com', '--name', 'Example'];
const create = (...words: string[]) => ['bootstrap', 'create', ...words];

describe('bootstrap create', () => {
  test('from the example, to standard output: the document and nothing else', async () => {
    const { code, stdout, stderr } = await simboot(create(EXAMPLE));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(parseBootstrap(Buffer.from(stdout)).accounts.map(({ srvId }) => srvId)).toEqual([
      'dm.example.com',
      'backup.example.com',
    ]);
    const { sha256 } = (await simboot(create(EXAMPLE, '--json'))).json<{ sha256: string }>();
    expect(createHash('sha256').update(stdout).digest('hex')).toBe(sha256);
  });

  test('to a file that only its owner reads, told without secrets', async () => {
    const out = join(folder, 'out.json');
    const { code, stdout } = await simboot(create(EXAMPLE, '--out', out));
    expect(code).toBe(0);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(readFileSync(out, 'utf8')).toContain(KEY64);
    expect(stdout).toContain('DM account dm.example.com');
    expect(stdout).not.toMatch(/AAECAwQF|00010203/);
  });

  test('from options: PSK for sessions, certificate for the bootstrap server, notification secret', async () => {
    const { name, certificate, privateKey } = pair('cli', 'ec:P-256');
    const cert = file(`${name}.pem`, certificate);
    const key = file(`${name}.key`, privateKey);
    const words = create(
      ...[
        ...ACCOUNT,
        '--perm',
        'urn:a',
        'urn:b',
        '--miid',
        'm1',
        '--psk-identity',
        'dev1',
        '--psk-key',
        'env:K',
      ],
      ...['--noti-secret', '-', '--bootstrap-uri', 'https://bs.example.com', '--bootstrap-cert', cert],
      ...['--bootstrap-key', `@${key}`, '--server-cert', cert],
    );
    const { code, stdout, stderr } = await simboot(words, { env: { K: KEY }, stdin: `${KEY}\n` });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [account] = parseBootstrap(Buffer.from(stdout)).accounts;
    expect(account).toMatchObject({
      miid: 'm1',
      srvId: 'dm1',
      perm: ['urn:a', 'urn:b'],
      auth: { bootstrap: { secMode: 'x509' } },
    });
    expect(Buffer.from(account!.auth!.trsp!.secret).toString('hex')).toBe(KEY);
    expect(Buffer.from(account!.auth!.noti!.secret).toString('hex')).toBe(KEY);
    expect(account!.auth!.bootstrap!.serverPubKey).toEqual(account!.auth!.bootstrap!.clientPubKey);
  });

  test('a certificate for sessions', async () => {
    const { name, certificate, privateKey } = pair('cli', 'ec:P-256');
    const cert = file(`${name}.pem`, certificate);
    const key = file(`${name}.key`, privateKey);
    const { code, json } = await simboot(create(...ACCOUNT, '--cert', cert, '--key', `@${key}`, '--json'));
    expect(code).toBe(0);
    const Data = new X509Certificate(certificate).raw.toString('base64');
    expect(json<{ document: object[] }>().document[0]).toMatchObject({
      MOData: { dms1: { Auth: { Trsp: { Data, Secret: { secret: true } } } } },
    });
  });

  test('a terminal gets no secrets unless asked', async () => {
    const refused = await simboot(create(EXAMPLE), { tty: true });
    expect(refused.code).toBe(2);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toContain('--out FILE');
    expect((await simboot(create(EXAMPLE, '--reveal'), { tty: true })).stdout).toContain(KEY64);
  });

  test('--json redacts; --reveal adds the octets', async () => {
    const { stdout } = await simboot(create(EXAMPLE, '--json'));
    expect(stdout).not.toMatch(/AAECAwQF|00010203/);
    const revealed = (await simboot(create(EXAMPLE, '--json', '--reveal'))).json<{
      hex: string;
      octets: number;
    }>();
    expect(revealed.hex).toHaveLength(2 * revealed.octets);
  });

  test('references are relative to the description', async () => {
    file('here.key', KEY);
    const text = 'accounts: [{srvId: a, srvUri: "https://a/", name: A, noti: {secret: "@here.key"}}]';
    expect((await simboot(create(file('here.yaml', text)))).stdout).toContain(KEY64);
    file('other.key', KEY);
    const missing = await simboot(create(file('gone.yaml', text.replace('here.key', 'gone.key'))));
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(
      /accounts\[0\]\.noti\.secret \(line 1, column 61\): cannot read .*gone\.key/,
    );
  });

  test.each<[string, string[], RegExp]>([
    ['nothing', [], /--srv-id, --srv-uri and --name/],
    ['half an account', ['--srv-id', 'a'], /--srv-id, --srv-uri and --name/],
    ['a file and options', [EXAMPLE, '--srv-id', 'a'], /--srv-id and the description file/],
    ['an identity without key', [...ACCOUNT, '--psk-identity', 'i'], /--psk-identity needs --psk-key/],
    ['a key without certificate', [...ACCOUNT, '--key', 'env:K'], /--key needs --cert/],
    [
      'PSK and certificate',
      [...ACCOUNT, '--psk-identity', 'i', '--psk-key', 'env:K', '--cert', 'c', '--key', 'env:K'],
      /exclude each other/,
    ],
    [
      'a bootstrap server without keys',
      [...ACCOUNT, '--bootstrap-uri', 'https://b/'],
      /--bootstrap-uri goes with/,
    ],
    [
      'bootstrap keys without server',
      [...ACCOUNT, '--bootstrap-psk-identity', 'i', '--bootstrap-psk-key', 'env:K'],
      /--bootstrap-uri goes with/,
    ],
    ['a server certificate alone', [...ACCOUNT, '--server-cert', 'c'], /--server-cert goes with/],
    [
      'a literal key',
      [...ACCOUNT, '--psk-identity', 'i', '--psk-key', KEY],
      /does not take the secret itself/,
    ],
    [
      'a URI that is none',
      ['--srv-id', 'a', '--srv-uri', 'here', '--name', 'A'],
      /SrvURI: this is not an absolute URI/,
    ],
  ])('%s: exit 2 with a reason', async (_name, words, message) => {
    const { code, stdout, stderr } = await simboot(create(...words), { env: { K: KEY } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain(KEY);
  });
});

describe('bootstrap validate and show', () => {
  const good = file('good.json', COMPLETE_DMACC_TEXT);
  const bad = file('bad.json', COMPLETE_DMACC_TEXT.replace('"SrvID"', '"SrvId"'));

  test('a valid document: exit 0, warnings listed', async () => {
    const { code, stdout } = await simboot(['bootstrap', 'validate', good]);
    expect(code).toBe(0);
    expect(stdout).toContain('! warning $[0].MOData.dms1.Auth.Trsp.Secret');
  });

  test('a document with mistakes: exit 2, each with its path', async () => {
    const { code, stdout, stderr } = await simboot(['bootstrap', 'validate', bad]);
    expect(code).toBe(2);
    expect(stdout).toContain('✗ error   $[0].MOData.dms1.SrvId');
    expect(stderr).toContain('2 mistakes');
    const json = await simboot(['bootstrap', 'validate', bad, '--json']);
    expect(json.code).toBe(2);
    expect(json.json()).toMatchObject({
      valid: false,
      findings: [{ severity: 'error' }, { severity: 'error' }],
    });
  });

  test('from standard input', async () => {
    const { code } = await simboot('bootstrap validate -', { stdin: COMPLETE_DMACC_TEXT });
    expect(code).toBe(0);
  });

  test('show hides secrets and --reveal shows them', async () => {
    const hidden = await simboot(['bootstrap', 'show', good]);
    expect(hidden.code).toBe(0);
    expect(hidden.stdout).toContain('ClientSecretKey = secret, 4 octets');
    expect(hidden.stdout).toContain('ClientPubKey = 6964 "id"');
    expect(hidden.stdout).not.toMatch(/00010203|AAECAw|red/);
    const shown = await simboot(['bootstrap', 'show', good, '--reveal']);
    expect(shown.stdout).toContain('ClientSecretKey = secret, 4 octets 00010203');
    const json = (await simboot(['bootstrap', 'show', good, '--json'])).json<{ sha256: string }>();
    expect(json.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('what is no document: exit 2', async () => {
    const { code, stderr } = await simboot(['bootstrap', 'show', file('none.json', '{{')]);
    expect(code).toBe(2);
    expect(stderr).toContain('line 1, column 2');
  });
});
