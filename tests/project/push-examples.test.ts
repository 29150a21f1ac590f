/** The three jobs of docs/push.md as programs and as pipelines, against a BSF over TLS and devices with simulated USIMs. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { bsfService, makeCertificate } from '../../src/app/index.js';
import { PushReceiver } from '../../src/bootstrap/index.js';
import { encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import { authenticate, openCard } from '../../src/card/index.js';
import { memorySubscribers } from '../../src/gba/index.js';
import { serveHttp } from '../../src/net/index.js';
import { openServerStore } from '../../src/store/index.js';
import { comeWith, K, OPC, type UdpDevice, udpDevice } from '../app-push/devices.js';
import { emulated } from '../card/emulated.js';
import { PushedDevice } from '../end-to-end/push-devices.js';
import { compile } from './example-program.js';

const EXAMPLES = 'docs/examples/push';
const impi = (n: number) => `00101012345678${n}@ims.mnc001.mcc001.3gppnetwork.org`;
const random = (octets: number) => crypto.getRandomValues(new Uint8Array(octets));
const programs = readdirSync(EXAMPLES).filter((name) => name.endsWith('.mts'));
const closing: (() => unknown)[] = [];
let directory: string;
let folder: string;
let complaints: string[];
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  mkdirSync('.cache', { recursive: true });
  directory = mkdtempSync(join('.cache', 'push-examples-'));
  folder = mkdtempSync(join(tmpdir(), 'simboot-examples-'));
  closing.push(() => {
    rmSync(directory, { recursive: true });
    rmSync(folder, { recursive: true });
  });
  complaints = compile(
    directory,
    programs.map((file) => ({
      name: file,
      file,
      source: readFileSync(join(EXAMPLES, file), 'utf8'),
      output: [],
    })),
  );
  const subscribers = memorySubscribers();
  await subscribers.putSubscribers(
    Array.from({ length: 6 }, (_, n) => ({
      impi: impi(n),
      publicIds: [],
      keys: { algorithm: 'milenage', k: fromHex(K), opc: fromHex(OPC) },
      amf: fromHex('8000'),
      sqn: new Uint8Array(6),
      gbaU: false,
    })),
  );
  const made = await makeCertificate('ec', ['127.0.0.1'], new Date(), random);
  const bsf = await serveHttp({
    handler: bsfService({ subscribers, clock: () => new Date(), random }),
    listen: { host: '127.0.0.1', port: 0 },
    tls: { certificates: [made] },
  });
  closing.unshift(() => bsf.close());
  writeFileSync(join(folder, 'bsf.pem'), made.cert);
  writeFileSync(
    join(folder, 'simboot'),
    `#!/bin/sh\nexec "${process.execPath}" "${resolve('cli/simboot.cjs')}" "$@"\n`,
  );
  chmodSync(join(folder, 'simboot'), 0o755);
  env = {
    ...process.env,
    PATH: `${folder}:${process.env.PATH}`,
    BSF: bsf.url,
    BSF_CERT: join(folder, 'bsf.pem'),
  };
}, 60_000);

afterAll(async () => {
  for (const close of closing) await close();
});

/** Device n with a simulated USIM of its own; it opens its session through the store in `state`. */
async function device(n: number, state: string): Promise<UdpDevice> {
  const card = await openCard((await emulated('uicc-gba')).channel);
  const application = { aid: fromHex('a0000000871002ff49ff018900000100') };
  const receiver = new PushReceiver({
    impi: impi(n),
    clock: () => new Date(),
    card: {
      authenticate: (rand, autn) => authenticate(card, application, rand, autn),
      gbaKey: () => Promise.reject(new Error('GBA_ME was asked for')),
    },
  });
  const made = await udpDevice(receiver, async (document) => {
    const store = await openServerStore(`sqlite:${state}/server.db`);
    await comeWith(store, `dms1/${impi(n)}`, document, Date.now());
    await store.close();
  });
  closing.unshift(() => made.close());
  return made;
}

/** Runs a job to its end. @returns what it printed */
function run(kind: 'ts' | 'sh', job: string, words: readonly string[], state: string): Promise<string> {
  const [file, args] =
    kind === 'sh'
      ? ['sh', [join(EXAMPLES, `${job}.sh`), ...words]]
      : [process.execPath, [join(directory, `${job}.mjs`), ...words]];
  return new Promise((done, fail) =>
    execFile(file!, args as string[], { env: { ...env, STATE: state } }, (error, stdout, stderr) =>
      error === null ? done(stdout) : fail(new Error(`${stdout}${stderr}`)),
    ),
  );
}

test('the compiler accepts every example', () => {
  expect(programs).toHaveLength(5);
  expect(complaints).toEqual([]);
});

describe.each(['ts', 'sh'] as const)('%s', (kind) => {
  test('one device, a CSV of devices, and new keys for an account', async () => {
    const state = join(folder, kind);
    mkdirSync(state);
    const [first, ...others] = [await device(0, state), await device(1, state), await device(2, state)];
    const one = await run(kind, 'one', [impi(0), first!.address], state);
    expect(one).toMatch(kind === 'ts' ? `${impi(0)} is bootstrapped` : /"bootstrapped": 1,/);
    const rows = others.map(({ address }, n) => `${impi(n + 1)},${address}`);
    writeFileSync(join(folder, 'devices.csv'), ['impi,address', ...rows].join('\n'));
    const many = JSON.parse(await run(kind, 'campaign', ['spring', join(folder, 'devices.csv')], state));
    expect(many).toMatchObject({ counts: { bootstrapped: 2, failed: 0 }, failed: [] });
    const rotated = JSON.parse(await run(kind, 'rotate', ['spring', 'summer'], state));
    expect(kind === 'ts' ? rotated : rotated.counts).toMatchObject({ bootstrapped: 2, failed: 0 });
    expect(first!.documents).toHaveLength(1);
    const store = await openServerStore(`sqlite:${state}/server.db`);
    for (const [n, { documents }] of others.entries()) {
      expect(documents).toHaveLength(2);
      expect(toHex(documents[0]!)).not.toBe(toHex(documents[1]!));
      expect((await store.account(`dms1/${impi(n + 1)}`))!.credentials).toHaveLength(1);
    }
    await store.close();
  }, 60_000);
});

test('a server that pushes, and its program in the first session of a device with a simulated USIM', async () => {
  const state = join(folder, 'server');
  mkdirSync(state);
  const { cert, key } = await makeCertificate('ec', ['127.0.0.1'], new Date(), random);
  writeFileSync(join(state, 'server.pem'), cert);
  writeFileSync(join(state, 'server.key'), key);
  env = { ...env, CERT: join(state, 'server.pem'), KEY: join(state, 'server.key') };
  const [imsi] = impi(3).split('@');
  const pushed = await PushedDevice.start(
    { imsi: imsi!, k: K, opc: OPC, gba: 'me' },
    join(folder, 'device'),
    encodeUtf8(cert),
  );
  closing.unshift(() => pushed.switchOff());
  const told = await run('ts', 'server', [impi(3), `udp:127.0.0.1:${pushed.port}`], state);
  expect(told).toBe(`${impi(3)} is bootstrapped, describe: done\n`);
  expect(pushed.count('session-started')).toBe(1);
}, 60_000);

test('docs/push.md shows every example as it is', () => {
  const page = readFileSync('docs/push.md', 'utf8');
  for (const name of readdirSync(EXAMPLES)) {
    const fence = { '.sh': 'sh', '.mts': 'typescript', '.yaml': 'yaml' }[extname(name)];
    const text = readFileSync(join(EXAMPLES, name), 'utf8');
    expect(page).toContain(`\`\`\`${fence}\n${text}\`\`\``);
  }
});
