/** `bsf start` and `gba push-info`, over a real socket and TLS. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../cli/run.js';
import { sealCell } from '../../src/app/index.js';
import { fromHex } from '../../src/bytes/index.js';
import { SealingKey } from '../../src/crypto/index.js';
import { SIM_GPI } from '../../src/gba/index.js';
import { simboot, testIo } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-bsf-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const clock = { now: () => new Date(), monotonic: () => performance.now() };
const K = '465b5ce8b199b49faa5f0a2ee238a6bc';
const OP = 'cdc202d5123e20f62b6d676ac72cb318';
const CSV = `imsi,mnc_digits,public_ids,k,op,gba_u\n001010123456789,2,tel:+491700000001,${K},${OP},true\n`;
const IMPI = '001010123456789@ims.mnc001.mcc001.3gppnetwork.org';

interface Running {
  readonly events: () => Record<string, string>[];
  readonly url: string;
  stop(): Promise<number>;
}

async function start(options: string, env: Record<string, string> = {}): Promise<Running> {
  const control = new AbortController();
  const io = testIo({ signal: control.signal, random, clock, env });
  const line = `bsf start --state ${at('state')} --listen 127.0.0.1:0 --json ${options}`;
  const ended = runCli(line.split(' ').filter(Boolean), io);
  const events = () =>
    io.stdout
      .text()
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text));
  for (let tries = 0; tries < 1000; tries++) {
    const ready = events().find(({ type }) => type === 'ready');
    if (ready !== undefined)
      return {
        events,
        url: ready.url,
        stop: () => {
          control.abort();
          return ended;
        },
      };
    if (await Promise.race([ended.then(() => true), new Promise((done) => setTimeout(done, 10))])) break;
  }
  throw new Error(io.stdout.text() + io.stderr.text());
}

const ask = (url: string, more = '', env = {}) =>
  simboot(
    `gba push-info --bsf ${url} --trust ${at('state/tls-ec.pem')} --ue-id ${IMPI} --naf-fqdn dm.example.com --ua-id 03ff000001 --p-tid p1@naf --json ${more}`,
    { random, clock, env },
  );

test('subscribers from a file, push information over TLS, keys only when asked for', async () => {
  writeFileSync(at('subscribers.csv'), CSV);
  const bsf = await start(`--import ${at('subscribers.csv')}`);
  const asked = await ask(bsf.url);
  expect(asked.stderr).toBe('');
  const told = asked.json<Record<string, string>>();
  expect(Object.keys(told).sort()).toEqual(['expires', 'gba_push_info', 'impi']);
  expect(told.impi).toBe(IMPI);
  const revealed = (await ask(bsf.url, '--gba u --reveal')).json<Record<string, string>>();
  expect(SIM_GPI.verify(fromHex(revealed.gba_push_info!), fromHex(revealed.ks_ext_naf!))).toBe(true);
  const unknown = await ask(bsf.url, '--ue-id nobody');
  expect(unknown.code).toBe(3);
  expect(unknown.json()).toMatchObject({
    error: { code: 'NETWORK_BSF', details: { cause: 'USER_UNKNOWN' } },
  });
  await bsf.stop();
  const outcomes = bsf.events().filter(({ type }) => type === 'push-info');
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['answered', 'answered', 'USER_UNKNOWN']);
  const stored = readFileSync(at('state/bsf.db'));
  expect(stored.includes(Buffer.from(K, 'hex'))).toBe(false);
  expect(JSON.stringify(bsf.events())).not.toContain(K);
});

test('a restart goes on behind the last SQN', async () => {
  const first = await start('');
  const one = (await ask(first.url, '--reveal')).json<Record<string, string>>();
  await first.stop();
  const second = await start('');
  const two = (await ask(second.url, '--reveal')).json<Record<string, string>>();
  await second.stop();
  expect(one.gba_push_info).not.toBe(two.gba_push_info);
});

test('a DM server proves who it is by its password, over Digest', async () => {
  writeFileSync(at('naf.txt'), 'a password\n');
  const bsf = await start(`--naf dm.example.com=@${at('naf.txt')}`);
  expect((await ask(bsf.url)).json()).toMatchObject({ error: { kind: 'network' } });
  expect((await ask(bsf.url, '--password env:PW', { PW: 'wrong' })).code).toBe(3);
  expect((await ask(bsf.url, '--password env:PW', { PW: 'a password' })).code).toBe(0);
  await bsf.stop();
});

test('keys sealed under a transport key', async () => {
  const key = random(32);
  const seal = (column: string, hex: string) =>
    sealCell(new SealingKey(key), '262010000000001', column, fromHex(hex), random);
  writeFileSync(at('sealed.csv'), `imsi,k,op\n262010000000001,${seal('k', K)},${seal('op', OP)}\n`);
  const line = `bsf start --state ${at('sealed')} --import ${at('sealed.csv')} --import-only`;
  const opened = await simboot(`${line} --transport-key env:T`, {
    random,
    env: { T: Buffer.from(key).toString('hex') },
  });
  expect(opened.stdout).toBe('1 subscriber imported\n');
  const wrong = await simboot(`${line} --transport-key env:T`, { random, env: { T: '00'.repeat(32) } });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('row 2, k: it does not open');
});

test('a file with mistakes: every row and column, and nothing is imported', async () => {
  const rows = [
    'imsi,algorithm,k,op,opc,amf,sqn,gba_u,colour',
    `00101x,milenage,${K},${OP},,,,,`,
    `001010000000001,des,${K},${OP},,,,,`,
    `001010000000002,,${K.slice(2)},${OP},,,,,`,
    `001010000000003,,${K},${OP},${OP},,,,`,
    `001010000000004,,${K},${OP},,80,,,`,
    `001010000000005,,${K},${OP},,,00,maybe,red`,
    `001010000000006,,zz,${OP},,,,,`,
    `001010000000007,,${K},${OP},,,,,`,
    `001010000000007,,${K},${OP},,,,,`,
    'short',
  ];
  writeFileSync(at('wrong.csv'), rows.join('\n'));
  const result = await simboot(`bsf start --state ${at('none')} --import ${at('wrong.csv')} --import-only`, {
    random,
  });
  expect(result.code).toBe(2);
  for (const said of [
    'row 2, imsi:',
    'row 3, algorithm: it is milenage or tuak',
    'row 4, k: 16 octets are needed, not 15',
    'row 5, opc: one of op and opc is needed',
    'row 6, amf: 2 octets',
    'row 7, sqn: 6 octets',
    'row 7, gba_u: it is true or false',
    'row 7, colour: there is no such column',
    'row 8, k: hex digits are needed',
    'row 10, impi: row 9 has',
    'row 11:',
  ])
    expect(result.stderr).toContain(said);
  expect(result.stderr).not.toContain(K);
});

test.each([
  ['--listen 0.0.0.0:8444', 'anybody could ask', 4],
  ['--listen 0.0.0.0:8444 --http --naf a=env:PW', 'HTTP without TLS', 2],
  ['--naf dm.example.com', 'is not FQDN=SOURCE', 2],
  ['--cert x.pem', '--cert and --key go together', 2],
])('refused before it listens: %s', async (options, said, code) => {
  const result = await simboot(`bsf start --state ${at('refused')} ${options}`, { random, env: { PW: 'x' } });
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(said);
});
