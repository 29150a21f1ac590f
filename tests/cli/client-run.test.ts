/** `simboot client run` against a raw server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendUdpPush } from '../../src/net/index.js';
import { accountDocument, Slot, scp03Keys } from '../app-device/cards.js';
import { commands, RawServer, type Replies } from '../app-device/server.js';
import { simboot } from './harness.js';

let directory: string;
let server: RawServer;
const at = (name: string) => join(directory, name);
async function serve(replies: Replies): Promise<void> {
  server = await RawServer.start(replies);
  writeFileSync(at('factory.json'), accountDocument('dm1', `${server.origin}/dm`));
}
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'simboot-client-run-'));
});
afterEach(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const base = () => ['client', 'run', '--state', at('state'), '--insecure-http'];
const END = commands(['END']);

test('a session as it happens, the picture, the report', async () => {
  await serve((_, index) => (index === 0 ? commands(['GET', 'urn:oma:mo:oma-dm-devinfo:1.2//']) : END));
  const { code, stdout } = await simboot([...base(), '--factory', at('factory.json')]);
  expect(code).toBe(0);
  expect(stdout).toContain('✓ bootstrap (factory): added dm1');
  expect(stdout).toContain('● session with dm1 (bootstrap)');
  expect(stdout).toContain(`→ POST ${server.origin}/dm  Package#1 · alert BootstrapComplete`);
  expect(stdout).toContain('← 200  Package#2 · GET urn:oma:mo:oma-dm-devinfo:1.2//');
  expect(stdout).toContain('Package#3 · 200 OK · data of 1 GET');
  expect(stdout).toMatch(/device +server\n/);
  expect(stdout).toContain('├──');
  expect(stdout).toContain('IMEI:004999010640000: accounts dm1 (factory)\nsessions: 1 ended\n');
});

test('nothing to do: no empty picture, and what helps', async () => {
  await serve(() => END);
  const empty = await simboot(base());
  expect(empty.stdout).toBe(
    'IMEI:004999010640000: accounts none\nsessions: 0 ended\nnext: it needs an account: --reader (a card), --factory FILE or --bootstrap-url URI brings one\n',
  );
  rmSync(at('state'), { recursive: true });
  await simboot([...base(), '--factory', at('factory.json')]);
  const idle = await simboot(base());
  expect(idle.stdout).toBe(
    'IMEI:004999010640000: accounts dm1 (factory)\nsessions: 0 ended\nnext: nothing was due; --session opens a session with every server it knows\n',
  );
  expect(server.taken).toHaveLength(1);
});

test('--json: a line for each event, the report last', async () => {
  await serve(() => END);
  const { code, stdout } = await simboot([...base(), '--factory', at('factory.json'), '--json']);
  expect(code).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  expect(lines.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['bootstrapped', 'session-started', 'request', 'response', 'session-ended']),
  );
  expect(lines.at(-1)).toEqual({
    type: 'report',
    devId: 'IMEI:004999010640000',
    accounts: [{ srvId: 'dm1', origin: 'factory' }],
    sessions: [{ serverId: 'dm1', ended: true }],
  });
});

test('the card of the reader, through a secure channel where the options ask for one', async () => {
  await serve(() => END);
  const slot = new Slot('uicc-scp03-only');
  await slot.write(accountDocument('dm1', `${server.origin}/dm`), scp03Keys());
  writeFileSync(at('key'), '404142434445464748494A4B4C4D4E4F');
  const key = `@${at('key')}`;
  const keys = ['--scp03-enc', key, '--scp03-mac', key, '--scp03-dek', key];
  const line = [...base(), '--reader', 'slot', '--json'];
  const openChannels = async () => [await slot.open()];
  const refused = await simboot(line, { openChannels });
  expect(refused.code).toBe(5);
  expect(refused.stdout).toContain('"cardRead":false');
  const read = await simboot([...line, ...keys], { openChannels });
  expect(read.code).toBe(0);
  expect(read.stdout).toContain('"accounts":[{"srvId":"dm1","origin":"smartcard"}]');
});

test('what is asked for DevInfo, networks, sessions and programs reaches the server', async () => {
  const asked: string[] = [];
  await serve(({ body, headers }, index) => {
    asked.push(`${String(headers['omadm-devid'])} ${body}`);
    if (index !== 1) return END;
    return commands(['GET', 'urn:oma:mo:oma-dm-devinfo:1.2//FwV'], ['SHOW', 'https://dm.example.com/ui/1']);
  });
  const device = ['--dev-id', 'urn:example:device:7', '--devinfo', 'FwV=9.9', '--network', 'MCC=262'];
  await simboot([...base(), ...device, '--factory', at('factory.json')]);
  const script = `require('fs').writeFileSync(process.argv[1],process.argv[2])`;
  const browser = `${process.execPath} -e ${script} ${at('page')} {url}`;
  const { code } = await simboot([...base(), ...device, '--session', 'dm1', '--browser', browser]);
  expect(code).toBe(0);
  expect(asked[0]).toContain('urn:example:device:7 {"Alert"');
  expect(asked[1]).toContain('ClientInitiatedMgmt');
  expect(asked[2]).toContain('9.9');
  expect(asked[2]).toContain('"Status":[{"sc":200},{"sc":200}]');
  for (let patience = 0; patience < 200 && !exists(at('page')); patience++) await sleep(10);
  expect(readFileSync(at('page'), 'utf8')).toBe('https://dm.example.com/ui/1');
});

function exists(file: string): boolean {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
}

test('an aborted session is exit code 5, and told', async () => {
  await serve(() => ({ status: 500 }));
  const { code, stdout } = await simboot([...base(), '--factory', at('factory.json')]);
  expect(code).toBe(5);
  expect(stdout).toMatch(/✗ session with dm1 aborted: .*500/);
});

test('--public-only reaches nothing on this machine', async () => {
  await serve(() => END);
  const { code, stdout } = await simboot([...base(), '--factory', at('factory.json'), '--public-only']);
  expect(code).toBe(5);
  expect(stdout).toContain('NETWORK_ADDRESS_FORBIDDEN');
  expect(server.taken).toEqual([]);
});

test('sessions without TLS need --insecure-http', async () => {
  await serve(() => END);
  const { code } = await simboot(['client', 'run', '--state', at('state'), '--factory', at('factory.json')]);
  expect(code).toBe(5);
  expect(server.taken).toEqual([]);
});

test('waits for pushes until it is interrupted; --once ends after the session that one brought', async () => {
  await serve(() => END);
  await simboot([...base(), '--factory', at('factory.json')]);
  // DM 2.0 §7.1.1: version 2, one option, SERVER-ID (number 1) with three octets.
  const notification = `20801003${Buffer.from('dm1').toString('hex')}`;
  // Appendix E.1: the push header for 0x58 and the application 0x07.
  const push = Uint8Array.from(Buffer.from(`010603d8af87${notification}`, 'hex'));
  const running = new AbortController();
  let written = '';
  const listening = simboot([...base(), '--listen-push', '127.0.0.1:0', '--once', '--json'], {
    signal: running.signal,
    onWrite: (text) => {
      written += text;
    },
  });
  while (!written.includes('"listening"')) await sleep(10);
  const port = Number(/"port":(\d+)/.exec(written)?.[1]);
  await sendUdpPush(Uint8Array.of(1, 2, 3), { host: '127.0.0.1', port });
  await sendUdpPush(push, { host: '127.0.0.1', port });
  const { code, stdout } = await listening;
  expect(code).toBe(0);
  expect(stdout).toContain('"type":"notification"');
  expect(stdout).toContain('is refused');
  expect(server.taken.at(-1)?.body).toContain('ServerInitiatedMgmt');
});

test('an interruption ends it, and the folder is free', async () => {
  await serve(() => END);
  const running = new AbortController();
  setTimeout(() => running.abort('SIGINT'), 300);
  const { code } = await simboot([...base(), '--listen-push', '127.0.0.1:0'], { signal: running.signal });
  expect(code).toBe(130);
  expect((await simboot(base())).code).toBe(0);
});

test.each([
  [['--dev-id', 'IMEI:123'], 'DevID'],
  [['--devinfo', 'Nothing=1'], 'there is no Nothing'],
  [['--devinfo', 'FwV'], 'is not NAME=VALUE'],
  [['--network', 'IMSI=1'], 'there is no IMSI'],
  [['--listen-push', 'x'], 'is not [HOST:]PORT'],
  [['--once'], '--listen-push'],
  [['--exec', 'node='], 'names no program'],
  [['--browser', ''], 'names no program'],
  [['--bootstrap-identity', 'x'], '--bootstrap-key'],
])('%j is refused', async (more, why) => {
  await serve(() => END);
  const { code, stderr } = await simboot([...base(), ...more]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(why) });
});
