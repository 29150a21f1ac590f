/** The commands of `server`, run as a person would: start, import, queue, results, stop. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealCell } from '../../src/app/index.js';
import { SealingKey } from '../../src/crypto/index.js';
import { type HarnessOptions, simboot } from '../cli/harness.js';
import { CLIENT_INITIATED, commandsOf, INITIATION, key, Raw, RESPONSE } from './raw.js';

const DEV = 'IMEI:004999010640000';
const CLOCK = { now: () => new Date(), monotonic: () => performance.now() };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'simboot-cli-'));
  writeFileSync(
    join(directory, 'script.yaml'),
    'name: identify\nsteps:\n  - get: "urn:oma:mo:oma-dm-devinfo:1.2//Man"\n',
  );
});
afterEach(() => rmSync(directory, { recursive: true }));

const state = () => join(directory, 'state');
const random = (octets: number) => Uint8Array.from({ length: octets }, () => Math.floor(Math.random() * 256));
const run = (words: readonly string[], options: HarnessOptions = {}) =>
  simboot(['server', ...words, '--state', state()], { clock: CLOCK, random, ...options });

/** A server that runs while `use` does; gives what it wrote. */
async function withServer(
  words: readonly string[],
  use: (port: number, written: () => string) => Promise<void>,
) {
  const interruption = new AbortController();
  let written = '';
  let isReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const server = run(['start', '--listen', '127.0.0.1:0', ...words], {
    signal: interruption.signal,
    onWrite: (text) => {
      written += text;
      if (/ready/.test(written)) isReady();
    },
  });
  try {
    await Promise.race([ready, server]);
    await use(Number(/https?:\/\/127\.0\.0\.1:(\d+)/.exec(written)?.[1]), () => written);
  } finally {
    interruption.abort('SIGINT');
  }
  return server;
}

function accounts(): string[] {
  const transport = '5a'.repeat(32);
  const sealing = new SealingKey(Uint8Array.from(Buffer.from(transport, 'hex')));
  const cell = sealCell(sealing, 'card-1', 'psk', key('card-1'), random);
  writeFileSync(
    join(directory, 'cards.csv'),
    `account,srvid,psk_identity,psk\ncard-1,dm.example,card-1,${cell}\n`,
  );
  writeFileSync(join(directory, 'line.key'), `${transport}\n`);
  return ['import', join(directory, 'cards.csv'), '--transport-key', `@${join(directory, 'line.key')}`];
}

test('import, start with a script, a device, results', async () => {
  const imported = await run([...accounts(), '--json']);
  expect([imported.code, imported.json()]).toEqual([0, { rows: 1, added: 1, changed: 0, unchanged: 0 }]);
  expect((await run([...accounts(), '--json'])).json()).toMatchObject({ changed: 0, unchanged: 1 });
  const script = join(directory, 'script.yaml');
  const ended = await withServer(['--run', script, '--device', 'all', '-v'], async (port, written) => {
    const raw = await Raw.psk(port, 'card-1', key('card-1'));
    expect(commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED))).toEqual([
      ['GET', 'urn:oma:mo:oma-dm-devinfo:1.2//Man'],
    ]);
    const body = `--b\r\nContent-Disposition: form-data\r\nContent-Type: ${RESPONSE}\r\n\r\n{"Status":[{"sc":200}]}\r\n--b\r\nContent-Disposition: form-data; name="0"\r\nContent-Type: text/plain\r\n\r\nVendor\r\n--b--\r\n`;
    expect(commandsOf(await raw.post(DEV, 'multipart/form-data; boundary=b', body))).toEqual([['END']]);
    // While the server runs, another process queues a second script.
    const queued = await run(['queue', DEV, script, '--json']);
    expect([queued.code, queued.json()]).toMatchObject([0, { devId: DEV, notified: 0 }]);
    expect(commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED))).toEqual([
      ['GET', 'urn:oma:mo:oma-dm-devinfo:1.2//Man'],
    ]);
    expect(commandsOf(await raw.post(DEV, RESPONSE, '{"Status":[{"sc":404}]}'))).toEqual([['END']]);
    raw.close();
    for (const told of ['session (client)', 'GET 200', 'identify: done', 'identify: failed', '├──', '◀──']) {
      expect(written()).toContain(told);
    }
  });
  expect(ended.code).toBe(130);
  const { devices } = (await run(['results', '--json'])).json<{
    devices: { jobs: { state: string; commands: { data: unknown }[] }[] }[];
  }>();
  expect(devices).toMatchObject([
    {
      devId: DEV,
      accountId: 'card-1',
      sessions: 2,
      jobs: [
        {
          script: 'identify',
          state: 'done',
          commands: [{ name: 'GET', status: 200, data: [{ contentType: 'text/plain', text: 'Vendor' }] }],
        },
        { script: 'identify', state: 'failed', commands: [{ name: 'GET', status: 404, data: [] }] },
      ],
    },
  ]);
  const text = await run(['results', DEV]);
  expect(text.stdout).toContain('GET urn:oma:mo:oma-dm-devinfo:1.2//Man → 200');
  expect(text.stdout).toContain('Vendor');
}, 40_000);

test('results tell what the user answered, how an EXEC ended, and what a SUB reported', async () => {
  await run(accounts());
  const script = join(directory, 'ask.yaml');
  writeFileSync(
    script,
    `steps:
  - sub: "urn:oma:mo:oma-dm-devinfo:1.2//FwV"
  - show: { title: Camera, text: Off? }
  - exec: { uri: "urn:oma:mo:oma-lawmo:1.0//Operations/FullyLock", async: true }
`,
  );
  await withServer(['--run', script, '--device', 'all'], async (port, written) => {
    const raw = await Raw.psk(port, 'card-1', key('card-1'));
    const to = (method: string, command: readonly string[], type: string, body: string) => {
      const { pathname } = new URL(command.find((word) => word.startsWith('https:'))!);
      return raw.say(
        `${method} ${pathname} HTTP/1.1\r\nHost: dm.example\r\nOMADM-DevID: ${DEV}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    };
    const [sub] = commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED)) as [string[]];
    const report = '[{"ClientURI":"urn:oma:mo:oma-dm-devinfo:1.2//FwV","MOData":{"FwV":"2"}}]';
    expect((await to('PUT', sub, 'application/dmmo+json', report)).status).toBe(200);
    const [show] = commandsOf(await raw.post(DEV, RESPONSE, '{"Status":[{"sc":200}]}')) as [string[]];
    const form = 'application/x-www-form-urlencoded';
    expect((await to('POST', show, form, 'answer=yes')).status).toBe(200);
    const [exec] = commandsOf(await raw.post(DEV, RESPONSE, '{"Status":[{"sc":200}]}')) as [string[]];
    expect(exec[0]).toBe('EXEC');
    expect(commandsOf(await raw.post(DEV, RESPONSE, '{"Status":[{"sc":202}]}'))).toEqual([['END']]);
    expect(written().match(/question open/g)).toHaveLength(1);
    const alert = `{"Alert":[{"AlertType":"urn:oma:at:lawmo:1.0:OperationComplete","SourceURI":"${exec[1]}","Data":{"sc":1200}}]}`;
    await raw.post(DEV, INITIATION, alert);
    raw.close();
    expect(written()).toContain('question answered');
  });
  const { devices } = (await run(['results', '--json'])).json<{ devices: object[] }>();
  expect(devices).toMatchObject([
    {
      jobs: [
        { commands: [{ name: 'SUB' }, { answer: true }, { status: 202, completion: { status: 1200 } }] },
      ],
      reports: [{ clientUri: 'urn:oma:mo:oma-dm-devinfo:1.2//FwV', json: [{ MOData: { FwV: '2' } }] }],
    },
  ]);
  const { stdout } = await run(['results', DEV]);
  expect(stdout).toContain('      answer: true\n');
  expect(stdout).toMatch(/ {6}ended \S+: 1200\n/);
  expect(stdout).toContain('report of urn:oma:mo:oma-dm-devinfo:1.2//FwV');
}, 40_000);

test('a session that a notification brought about is told once', async () => {
  await run(accounts());
  await withServer(['--json'], async (port, written) => {
    const raw = await Raw.psk(port, 'card-1', key('card-1'));
    await raw.post(DEV, INITIATION, CLIENT_INITIATED);
    await run(['queue', DEV, join(directory, 'script.yaml'), '--notify', '127.0.0.1:9']);
    for (const id of [0, 1]) {
      const alert = `{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"application/json","Data":{"NOTIFICATION-ID":${id}}}`;
      await raw.post(DEV, INITIATION, `{"Alert":[${alert}]}`);
    }
    raw.close();
    expect(written().match(/"session-started"/g)).toHaveLength(3);
  });
});

test('results of a server or a device that is not there: told, and nothing is made', async () => {
  const nowhere = await run(['results', '--json']);
  expect([nowhere.code, nowhere.json()]).toMatchObject([2, { error: { code: 'USAGE_FILE_UNREADABLE' } }]);
  expect(existsSync(state())).toBe(false);
  await run(accounts());
  const unknown = await run(['results', 'IMEI:1']);
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('the server knows no device IMEI:1'),
  ]);
  await run(['queue', DEV, join(directory, 'script.yaml')]);
  expect((await run(['results', DEV])).stdout).toContain('identify: queued');
});

test('--json: a line of JSON an event, and no secret in any of them', async () => {
  await run(accounts());
  await withServer(['--json'], async (port, written) => {
    const raw = await Raw.psk(port, 'card-1', key('card-1'));
    await raw.post(DEV, INITIATION, CLIENT_INITIATED);
    raw.close();
    const types = written()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(
      expect.arrayContaining([
        'store',
        'certificate',
        'listening',
        'ready',
        'bound',
        'session-started',
        'session-ended',
      ]),
    );
    expect(written()).not.toContain(Buffer.from(key('card-1')).toString());
  });
});

test('what it keeps is for its owner alone; the same certificate and key the next time', async () => {
  const fingerprints: string[] = [];
  for (let time = 0; time < 2; time++) {
    await withServer([], async (_, written) => {
      fingerprints.push(/SHA-256 ([0-9a-f]{64})/.exec(written())![1]!);
    });
  }
  expect(fingerprints[0]).toBe(fingerprints[1]);
  const names = readdirSync(state());
  expect(names).toEqual(expect.arrayContaining(['server.db', 'server.db.key', 'tls-ec.pem', 'tls-rsa.pem']));
  for (const name of names) expect([name, statSync(join(state(), name)).mode & 0o077]).toEqual([name, 0]);
  expect(statSync(state()).mode & 0o077).toBe(0);
}, 40_000);

test('a legacy listener beside the main one', async () => {
  await withServer(['--legacy-tls', '127.0.0.1:0'], async (_, written) => {
    expect(written()).toMatch(/listening: https:\/\/127\.0\.0\.1:\d+ \(legacy devices\)/);
    expect(written()).toContain('!');
  });
}, 40_000);

test('options that cannot be', async () => {
  const code = async (...words: string[]) => (await run(words)).code;
  const message = async (...words: string[]) => (await run(words)).stderr;
  expect(await code('start', '--http', '--listen', '192.0.2.1:80')).toBe(2);
  expect(await message('start', '--http', '--listen', '192.0.2.1:80')).toContain('without TLS');
  expect(await code('start', '--listen', 'nowhere')).toBe(2);
  expect(await code('start', '--cert', join(directory, 'none.pem'))).toBe(2);
  expect(await code('start', '--public-url', 'dm.example')).toBe(2);
  expect(await code('start', '--store', 'mysql://x')).toBe(2);
  writeFileSync(join(directory, 'bad.yaml'), 'steps:\n  - fly: away\n');
  expect(await message('start', '--run', join(directory, 'bad.yaml'))).toMatch(/USAGE_SCRIPT/);
  expect(await code('queue', 'no DevID', join(directory, 'script.yaml'))).toBe(2);
  writeFileSync(join(directory, 'bad.csv'), 'account,srvid\na\n');
  const refused = await run(['import', join(directory, 'bad.csv'), '--json']);
  expect([refused.code, refused.json()]).toMatchObject([
    2,
    { error: { code: 'DATA_IMPORT', details: { findings: ['row 2: 1 cells, but the header has 2'] } } },
  ]);
  const noKey = await run([...accounts().slice(0, 3), '@nothing']);
  expect(noKey.code).toBe(2);
});

test('a program as a script', async () => {
  const path = join(directory, 'program.mjs');
  writeFileSync(
    path,
    "export default { name: 'ask', next: (h) => h.results.length > 0 ? { type: 'done' } : { type: 'steps', steps: [{ id: 'a', command: { command: 'DELETE', clientUri: 'urn:x:mo:y:1.0/a/b' } }] } };\n",
  );
  await run(accounts());
  await withServer(['--run', path, '--device', DEV], async (port) => {
    const raw = await Raw.psk(port, 'card-1', key('card-1'));
    expect(commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED))).toEqual([
      ['DELETE', 'urn:x:mo:y:1.0/a/b'],
    ]);
    expect(commandsOf(await raw.post(DEV, RESPONSE, '{"Status":[{"sc":200}]}'))).toEqual([['END']]);
    raw.close();
  });
  const wrong = join(directory, 'wrong.mjs');
  writeFileSync(wrong, 'export const x = 1;\n');
  expect((await run(['start', '--run', wrong])).stderr).toContain('export default');
  expect(readFileSync(path, 'utf8')).toContain('export default');
});
