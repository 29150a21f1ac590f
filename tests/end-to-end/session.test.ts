/**
 * Server and device as processes of their own, over TLS: a card made for the server, its bootstrap, sessions, a question
 * answered in Chromium, a notification, a server that dies in the middle.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { simboot as inProcess } from '../cli/harness.js';
import { freePort, Running, simboot } from './programs.js';

const DEV_ID = 'IMEI:004999010640000';
const PSK = '5ca1ab1e0ddba11c0ffee0decafbad01';
const TEST_KEY = '404142434445464748494A4B4C4D4E4F';
const CHROMIUM = '/usr/bin/chromium';

jest.setTimeout(60_000);

let directory: string;
let port: number;
let server: Running | undefined;
const at = (name: string) => join(directory, name);

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'simboot-session-'));
  port = await freePort();
  writeFileSync(at('psk'), PSK);
  writeFileSync(at('adm'), '12345678');
  writeFileSync(at('scp03'), TEST_KEY);
  const made = await inProcess([
    ...['bootstrap', 'create', '--srv-id', 'dm1', '--srv-uri', `https://127.0.0.1:${port}/dm`],
    ...[
      '--name',
      'Example',
      '--psk-identity',
      'device-1',
      '--psk-key',
      `@${at('psk')}`,
      '--out',
      at('account.json'),
    ],
  ]);
  expect(made).toMatchObject({ code: 0 });
});
afterEach(async () => {
  await server?.kill('SIGKILL');
  server = undefined;
  rmSync(directory, { recursive: true, force: true });
});

async function startServer(...more: string[]): Promise<void> {
  server = new Running([
    'server',
    'start',
    '--state',
    at('server'),
    '--listen',
    `127.0.0.1:${port}`,
    ...more,
  ]);
  await server.says('ready');
}

function script(name: string, ...lines: string[]): string {
  writeFileSync(at(name), ['steps:', ...lines, ''].join('\n'));
  return at(name);
}

async function imported(): Promise<void> {
  expect(await inProcess(['server', 'import', '--state', at('server'), at('account.json')])).toMatchObject({
    code: 0,
  });
}

async function written(profile: string, ...keys: string[]): Promise<string> {
  const reader = `sim:${profile}?state=${at('card.json')}`;
  const adm = ['--adm-ascii', `@${at('adm')}`];
  const done = await inProcess(['card', 'write', at('account.json'), '--reader', reader, ...adm, ...keys]);
  expect(done).toMatchObject({ code: 0 });
  return reader;
}

const device = (...more: string[]) => ['client', 'run', '--state', at('device'), ...more];

interface Results {
  readonly devices: {
    readonly devId: string;
    readonly alerts: { alertType: string }[];
    readonly jobs: {
      script: string;
      state: string;
      commands: { name: string; status?: number; data: unknown[] }[];
    }[];
  }[];
}

async function results(): Promise<Results['devices'][number]> {
  const { code, stdout } = await inProcess(['server', 'results', '--state', at('server'), '--json']);
  expect(code).toBe(0);
  const { devices } = JSON.parse(stdout) as Results;
  expect(devices.map(({ devId }) => devId)).toEqual([DEV_ID]);
  return devices[0]!;
}

test('a card, its bootstrap, a session over TLS with its key, results in the store', async () => {
  await imported();
  await startServer(
    ...[
      '--run',
      script('welcome.yaml', '  - get: urn:oma:mo:oma-dm-devinfo:1.2//', '  - delete: urn:example:mo/x/'),
    ],
  );
  const reader = await written('uicc');
  const run = await simboot(['--json', ...device('--reader', reader)]);
  // DELETE of what is not there fails the script, not the session.
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).toContain('"credentials":"identity-secret"');
  expect(run.stdout).not.toContain(PSK);
  const { alerts, jobs } = await results();
  expect(alerts).toMatchObject([{ alertType: 'urn:oma:at:dm:2.0:BootstrapComplete' }]);
  expect(jobs).toMatchObject([
    {
      script: 'welcome',
      state: 'failed',
      commands: [
        { name: 'GET', status: 200 },
        { name: 'DELETE', status: 404 },
      ],
    },
  ]);
  expect(JSON.stringify(jobs[0]!.commands[0]!.data)).toContain(DEV_ID);
  const again = await simboot(['--json', ...device('--reader', reader)]);
  expect(JSON.parse(again.stdout.trim().split('\n').at(-1)!)).toMatchObject({
    type: 'report',
    sessions: [],
    cardRead: true,
  });
});

test('a card that shows its bootstrap through SCP03 alone', async () => {
  await imported();
  await startServer('--run', script('welcome.yaml', '  - get: urn:oma:mo:oma-dm-devinfo:1.2//DevID'));
  const key = `@${at('scp03')}`;
  const keys = ['--scp03-enc', key, '--scp03-mac', key, '--scp03-dek', key];
  const reader = await written('uicc-scp03-only', ...keys);
  const refused = await simboot(['--json', ...device('--reader', reader)]);
  expect(refused).toMatchObject({ code: 5, stdout: expect.stringContaining('"cardRead":false') });
  const run = await simboot(['--json', ...device('--reader', reader, ...keys)]);
  expect(run).toMatchObject({ code: 0 });
  expect((await results()).jobs).toMatchObject([{ state: 'done', commands: [{ name: 'GET', status: 200 }] }]);
});

test('a notification over UDP brings a session, and the script that waited for it', async () => {
  await imported();
  await startServer();
  await simboot(device('--reader', await written('uicc')));
  const waiting = new Running(device('--listen-push', '127.0.0.1:0', '--once'));
  const { port: push } = await waiting.says('listening');
  const queued = await simboot([
    ...['server', 'queue', '--state', at('server'), DEV_ID],
    ...[script('later.yaml', '  - get: urn:oma:mo:oma-dm-devinfo:1.2//FwV'), '--notify', `127.0.0.1:${push}`],
  ]);
  expect(queued).toMatchObject({ code: 0 });
  expect(await waiting.ended).toBe(0);
  expect(waiting.lines).toContainEqual(
    expect.objectContaining({ type: 'session-started', cause: 'notification' }),
  );
  const { alerts, jobs } = await results();
  expect(alerts.map(({ alertType }) => alertType)).toContain('urn:oma:at:dm:2.0:ServerInitiatedMgmt');
  expect(jobs).toMatchObject([{ script: 'later', state: 'done' }]);
});

const inChromium = existsSync(CHROMIUM) ? test : test.skip;

inChromium(
  'a question, a server that is killed, the answer in Chromium, and the script goes on',
  async () => {
    await imported();
    const ask = script(
      'ask.yaml',
      '  - id: ask',
      '    show: { title: Update, text: "Install it now?" }',
      '  - id: yes',
      '    when: { step: ask, answer: { equals: true } }',
      '    get: urn:oma:mo:oma-dm-devinfo:1.2//SwV',
      '  - id: no',
      '    when: { step: ask, answer: { equals: false } }',
      '    get: urn:oma:mo:oma-dm-devinfo:1.2//HwV',
    );
    await startServer('--run', ask);
    const keep = `require('fs').writeFileSync(process.argv[1],process.argv[2])`;
    const browser = `${process.execPath} -e ${keep} ${at('page')} {url}`;
    const first = await simboot(device('--reader', await written('uicc'), '--browser', browser));
    expect(first).toMatchObject({ code: 0 });
    expect((await results()).jobs).toMatchObject([
      { state: 'waiting', commands: [{ name: 'SHOW', status: 200 }] },
    ]);

    await server!.kill('SIGKILL');
    await startServer();
    for (let patience = 0; patience < 200 && !existsSync(at('page')); patience++) await sleep(20);
    const { launch } = await import('puppeteer-core');
    const chromium = await launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox'],
      acceptInsecureCerts: true,
    });
    const page = await chromium.newPage();
    await page.goto(readFileSync(at('page'), 'utf8'));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=status]');
    await chromium.close();

    const second = await simboot(device('--session'));
    expect(second).toMatchObject({ code: 0 });
    const { jobs } = await results();
    expect(jobs).toMatchObject([{ state: 'done' }]);
    expect(jobs[0]!.commands).toMatchObject([
      { name: 'SHOW', status: 200 },
      { name: 'GET', status: 200, parameters: ['urn:oma:mo:oma-dm-devinfo:1.2//SwV'] },
    ]);
  },
);

test('a server that is down: the device says so, and tells it again when it is back', async () => {
  await imported();
  const reader = await written('uicc');
  const down = await simboot(['--json', ...device('--reader', reader)]);
  expect(down).toMatchObject({ code: 5, stdout: expect.stringContaining('NETWORK_UNREACHABLE') });
  await startServer();
  expect(await simboot(device('--reader', reader))).toMatchObject({ code: 0 });
  expect((await results()).alerts).toMatchObject([{ alertType: 'urn:oma:at:dm:2.0:BootstrapComplete' }]);
});

test('another device with the key of a card is refused', async () => {
  await imported();
  await startServer();
  const reader = await written('uicc');
  expect(await simboot(device('--reader', reader))).toMatchObject({ code: 0 });
  const other = [
    'client',
    'run',
    '--state',
    at('other'),
    '--dev-id',
    'IMEI:490154203237518',
    '--reader',
    reader,
  ];
  const refused = await simboot(['--json', ...other]);
  expect(refused).toMatchObject({ code: 5, stdout: expect.stringMatching(/"status":40[13]/) });
  await results();
});

test('a bootstrap that the device asks for, with a key of its own for that', async () => {
  const account = {
    account: 'asked-for',
    srvid: 'dm1',
    psk_identity: 'device-1',
    psk: PSK,
    bootstrap_psk_identity: 'newcomer',
    bootstrap_psk: TEST_KEY,
    bootstrap_document: readFileSync(at('account.json')).toString('hex'),
  };
  writeFileSync(at('accounts.json'), JSON.stringify([account]));
  const imported = await inProcess(['server', 'import', '--state', at('server'), at('accounts.json')]);
  expect(imported).toMatchObject({ code: 0 });
  await startServer();
  const url = ['--bootstrap-url', `https://127.0.0.1:${port}/bootstrap?d=[DevID]`];
  const stranger = await simboot(device(...url));
  expect(stranger.stdout).toContain('none');
  const key = ['--bootstrap-identity', 'newcomer', '--bootstrap-key', `@${at('scp03')}`];
  const run = await simboot(['--json', ...device(...url, ...key)]);
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).toContain('"accounts":[{"srvId":"dm1","origin":"client"}]');
  expect((await results()).alerts).toMatchObject([{ alertType: 'urn:oma:at:dm:2.0:BootstrapComplete' }]);
});

test('a device that is killed in the middle of a command: in doubt at the server, whole at the device', async () => {
  await imported();
  const long = script(
    'long.yaml',
    '  - hget: { objects: [{ uri: "urn:example:mo//", data: { one: { Run: "" } } }] }',
    '  - exec: urn:example:mo//Run',
    '  - get: urn:oma:mo:oma-dm-devinfo:1.2//',
  );
  await startServer('--run', long);
  const reader = await written('uicc');
  const running = new Running(device('--reader', reader, '--exec', 'urn:example:mo/*/Run=sleep 60'));
  await server!.says('command-sent', { name: 'EXEC' });
  await running.kill('SIGKILL');
  expect(existsSync(join(at('device'), 'lock'))).toBe(true);
  const again = await simboot(['--json', ...device('--reader', reader, '--session')]);
  expect(again).toMatchObject({ code: 0 });
  expect((await results()).jobs).toMatchObject([
    {
      state: 'in-doubt',
      commands: [
        { name: 'HGET', status: 200 },
        { name: 'EXEC', state: 'in-doubt' },
      ],
    },
  ]);
  const state = JSON.parse(readFileSync(join(at('device'), 'state.json'), 'utf8'));
  expect(JSON.stringify(state)).toContain('urn:example:mo/one/');
});
