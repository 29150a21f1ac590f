/**
 * An operator bootstraps devices that have nothing but a SIM (DM 2.0 §8.4, §9.3.1.3): BSF, DM server and campaign are
 * processes of their own, the devices and their simulated SIMs live here and survive them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificate } from '../../src/app/index.js';
import type { ServerStore } from '../../src/dm/index.js';
import { encodeWspMessage, sendUdpPush, serveHttp } from '../../src/net/index.js';
import { PushedDevice, subscriber } from './push-devices.js';
import { impiOf, Operator } from './push-programs.js';
import { type Misfortunes, Relay } from './push-relay.js';

const random = (octets: number) => crypto.getRandomValues(new Uint8Array(octets));
const COMPLETE = 'urn:oma:at:dm:2.0:BootstrapComplete';

let folder: string;
let operator: Operator;
let relay: Relay;
let devices: PushedDevice[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simboot-pushed-'));
});
afterEach(async () => {
  relay?.close();
  await Promise.all(devices.map((device) => device.switchOff()));
  devices = [];
  await operator?.stop();
  rmSync(folder, { recursive: true });
});

/** @returns the file for the campaign */
async function network(count: number, seed: number, misfortunes?: Misfortunes): Promise<string> {
  const subscribers = Array.from({ length: count }, (_, n) => subscriber(n));
  operator = await Operator.start(folder, subscribers);
  relay = new Relay(seed, misfortunes);
  const { anchors } = operator;
  const rows: Parameters<Operator['devices']>[0][number][] = [];
  for (const each of subscribers) {
    const device = await PushedDevice.start(each, operator.at(each.imsi), anchors);
    devices.push(device);
    rows.push({ ...each, address: `udp:127.0.0.1:${await relay.to(device.port)}` });
  }
  return operator.devices(rows);
}

/** How often each device announced itself, as the server keeps it. */
async function announcements(accounts: ServerStore): Promise<number[]> {
  const found: number[] = [];
  for (const { devId } of devices) {
    const alerts = await accounts.alerts(devId);
    found.push(alerts.filter(({ alert }) => alert.alertType === COMPLETE).length);
  }
  return found;
}

/** Every device took one document, once, and its keys are the only ones that the server knows it by. */
async function expectOneAccountEach(accounts: ServerStore): Promise<void> {
  const identities = new Set<string>();
  for (const device of devices) {
    const taken = device.events.filter((event) => event.type === 'bootstrapped');
    expect(taken).toEqual([expect.objectContaining({ added: ['dms1'], replaced: [], origin: 'server' })]);
    const account = await accounts.account(`dms1/${impiOf(device.subscriber)}`);
    expect(account).toMatchObject({ devId: device.devId });
    const kept = readFileSync(join(device.folder, 'state.json'), 'utf8');
    const pairs = account!.credentials.flatMap((each) => (each.kind === 'identity-secret' ? [each] : []));
    expect(pairs).toHaveLength(1);
    for (const { identity, secret } of pairs) {
      expect(kept).toContain(Buffer.from(identity).toString('base64'));
      expect(kept).toContain(Buffer.from(secret).toString('base64'));
      identities.add(identity);
    }
  }
  expect(identities.size).toBe(devices.length);
}

const COUNTS = { queued: 0, requested: 0, sent: 0, delivered: 0, failed: 0 };

test('200 devices, empty at the start, all with a completed session at the end', async () => {
  const file = await network(200, 1);
  const pushed = await operator.push(file, '--first-wait', '30');
  expect(pushed.stderr).not.toContain('Warning');
  expect(JSON.parse(pushed.stdout)).toMatchObject({ counts: { ...COUNTS, bootstrapped: 200 }, failed: [] });
  for (const device of devices) expect(device.sessions).toBe(1);
  const { accounts, close } = await operator.stores();
  expect(await announcements(accounts)).toEqual(devices.map(() => 1));
  await expectOneAccountEach(accounts);
  await close();
}, 120_000);

test('pushes are lost, doubled, reordered and damaged: 200 devices, one account each', async () => {
  const misfortunes = { lost: 0.12, doubled: 0.2, late: 0.25, damaged: 0.08 };
  const file = await network(200, 20_000, misfortunes);
  const pushed = await operator.push(file, '--first-wait', '1', '--attempts', '8');
  expect(JSON.parse(pushed.stdout)).toMatchObject({ counts: { ...COUNTS, bootstrapped: 200 }, failed: [] });
  for (const what of ['lost', 'doubled', 'late', 'damaged'] as const)
    expect(relay.done[what]).toBeGreaterThan(10);
  const dropped = devices.reduce((sum, each) => sum + each.count('push', { outcome: 'dropped' }), 0);
  expect(dropped).toBeGreaterThan(10);
  const { accounts, close } = await operator.stores();
  expect(await announcements(accounts)).toEqual(devices.map(() => 1));
  await expectOneAccountEach(accounts);
  await close();
}, 120_000);

test('DM server and campaign are killed in the middle: nobody forgotten, nobody with two keys', async () => {
  const count = 200;
  const file = await network(count, 30_000, { lost: 0.02, doubled: 0.1, late: 0.2, damaged: 0.01 });
  const options = ['--first-wait', '1', '--attempts', '10'];
  operator.startPush(file, ...options);
  const came = () => devices.filter(({ sessions }) => sessions > 0).length;
  // The server first: devices that are bootstrapped meanwhile find nobody to tell.
  while (came() < count / 4) await sleep(5);
  await operator.kill('server');
  const taken = () => devices.filter((device) => device.count('bootstrapped') > 0).length;
  const before = came();
  while (taken() < count / 2 && taken() < before + 10) await sleep(5);
  await operator.kill('push');
  expect(came()).toBeLessThan(count);
  const alone = devices.filter((device) => device.count('bootstrapped') > 0 && device.sessions === 0);
  expect(alone.length).toBeGreaterThan(0);
  await operator.startServer();
  // Its devices are in the store: nobody names them again.
  const pushed = await operator.push(...options);
  expect(JSON.parse(pushed.stdout)).toMatchObject({
    counts: { ...COUNTS, bootstrapped: count },
    failed: [],
  });
  const { accounts, pushes, close } = await operator.stores();
  await expectOneAccountEach(accounts);
  const times = await announcements(accounts);
  expect(Math.min(...times)).toBe(1);
  // Twice only where the server died before its answer.
  const cut = devices.filter((device) => device.count('session-ended') > device.sessions).length;
  expect(times.filter((each) => each > 1).length).toBeLessThanOrEqual(cut);
  expect(Math.max(...times)).toBeLessThanOrEqual(2);
  for (const record of await pushes.pushes('c')) expect(record).not.toHaveProperty('document');
  await close();
}, 120_000);

test('a BSF that is down when the campaign begins: the reason is told, and devices come when it is back', async () => {
  const file = await network(4, 40_000);
  await operator.kill('bsf');
  const early = await operator.push(file, '--no-wait', '--first-wait', '1');
  expect(early.code).toBe(5);
  expect(JSON.parse(early.stdout)).toMatchObject({ counts: { ...COUNTS, queued: 4, bootstrapped: 0 } });
  const status = await operator.push('--status');
  const { devices: shown } = JSON.parse(status.stdout) as { devices: { reason: string }[] };
  for (const { reason } of shown) expect(reason).toMatch(/^NETWORK_UNREACHABLE: /);
  for (const device of devices) expect(device.count('push')).toBe(0);
  await operator.startBsf();
  const pushed = await operator.push('--first-wait', '1');
  expect(JSON.parse(pushed.stdout)).toMatchObject({ counts: { ...COUNTS, bootstrapped: 4 } });
}, 60_000);

test('the BSF is killed in the middle of a campaign and comes back: nobody forgotten, no challenge given twice', async () => {
  const count = 60;
  const file = await network(count, 50_000);
  const ended = operator.push(file, '--first-wait', '1', '--attempts', '10', '--parallel', '2');
  const came = () => devices.filter(({ sessions }) => sessions > 0).length;
  while (came() < count / 6) await sleep(5);
  await operator.kill('bsf');
  const { accounts, pushes, close } = await operator.stores();
  const refused = async () =>
    (await pushes.pushes('c')).filter(({ reason = '' }) => reason.startsWith('NETWORK_UNREACHABLE')).length;
  while ((await refused()) < 5) await sleep(50);
  expect(came()).toBeLessThan(count);
  await operator.startBsf();
  const pushed = await ended;
  expect(JSON.parse(pushed.stdout)).toMatchObject({
    counts: { ...COUNTS, bootstrapped: count },
    failed: [],
  });
  await expectOneAccountEach(accounts);
  // A sequence number that was given out before would have been answered with AUTS.
  for (const device of devices) expect(device.count('push', { outcome: 'resynchronise' })).toBe(0);
  await close();
}, 90_000);

test('over TLS to a gateway, which hands pushes on to devices', async () => {
  await network(4, 60_000);
  const made = await makeCertificate('ec', ['127.0.0.1'], new Date(), random);
  const posted: string[] = [];
  const gateway = await serveHttp({
    listen: { host: '127.0.0.1', port: 0 },
    tls: { certificates: [made] },
    async handler({ path, headers, body }) {
      posted.push(path);
      const datagram = encodeWspMessage(headers['content-type']!, body, posted.length & 0xff);
      await sendUdpPush(datagram, { host: '127.0.0.1', port: devices[Number(path.slice(1))]!.port });
      return { status: 204, headers: {} };
    },
  });
  writeFileSync(operator.at('gateway.pem'), made.cert);
  const file = operator.devices(
    devices.map(({ subscriber: of }, n) => ({ ...of, address: `${gateway.url}/${n}` })),
  );
  const refused = await operator.push(file, '--no-wait', '--first-wait', '1');
  expect(JSON.parse(refused.stdout)).toMatchObject({ counts: { ...COUNTS, queued: 4 } });
  expect(posted).toEqual([]);
  const pushed = await operator.push('--first-wait', '1', '--push-trust', operator.at('gateway.pem'));
  expect(JSON.parse(pushed.stdout)).toMatchObject({ counts: { ...COUNTS, bootstrapped: 4 }, failed: [] });
  for (const n of devices.keys())
    expect(posted.filter((path) => path === `/${n}`).length).toBeGreaterThanOrEqual(2);
  const { accounts, close } = await operator.stores();
  await expectOneAccountEach(accounts);
  await close();
  await gateway.close();
}, 60_000);

test('a BSF that lost its sequence numbers: devices answer with AUTS, and the campaign takes their answers', async () => {
  const file = await network(4, 70_000);
  const first = await operator.push(file);
  expect(JSON.parse(first.stdout)).toMatchObject({ counts: { ...COUNTS, bootstrapped: 4 } });
  await operator.kill('bsf');
  for (const end of ['', '-wal', '-shm', '.key']) rmSync(operator.at(`bsf/bsf.db${end}`), { force: true });
  await operator.startBsf('--import', operator.at('subscribers.csv'));
  const second = ['--campaign', 'd', '--first-wait', '1'];
  await operator.push(file, ...second, '--no-wait');
  const told = () =>
    devices.map(({ events }) =>
      events.findLast((event) => event.type === 'push' && event.outcome === 'resynchronise'),
    );
  while (told().includes(undefined)) await sleep(10);
  const rows = told().map((event, n) => {
    if (event?.type !== 'push' || event.outcome !== 'resynchronise') throw new Error('nothing was told');
    return { imsi: devices[n]!.subscriber.imsi, rand: event.rand, auts: event.auts };
  });
  writeFileSync(operator.at('answers.json'), JSON.stringify(rows));
  const pushed = await operator.push(...second, '--answers', operator.at('answers.json'));
  expect(JSON.parse(pushed.stdout)).toMatchObject({ counts: { ...COUNTS, bootstrapped: 4 }, failed: [] });
  for (const device of devices) expect(device.count('bootstrapped')).toBe(2); // once by each campaign
  const { accounts, close } = await operator.stores();
  for (const { subscriber: of } of devices)
    expect((await accounts.account(`dms1/${impiOf(of)}`))!.credentials).toHaveLength(1);
  await close();
}, 60_000);

test('a script for the first session: every device carries it out in the session that tells of its bootstrap', async () => {
  const file = await network(6, 80_000);
  const script = ['--first-script', 'docs/examples/push/first-session.yaml'];
  const pushed = await operator.push(file, '--first-wait', '1', ...script);
  expect(JSON.parse(pushed.stdout)).toMatchObject({ counts: { ...COUNTS, bootstrapped: 6 }, failed: [] });
  while (devices.some(({ sessions }) => sessions === 0)) await sleep(10);
  const { accounts, close } = await operator.stores();
  for (const { devId } of devices) {
    const jobs = await accounts.jobs(devId);
    expect(jobs).toMatchObject([{ state: 'done', script: { name: 'first-session' } }]);
    expect(await accounts.commands(jobs[0]!.jobId)).toMatchObject([{ name: 'GET', status: 200 }]);
    expect(await accounts.sessions(devId)).toMatchObject([{ origin: 'bootstrap', outcome: 'finished' }]);
    const [result] = await accounts.results(jobs[0]!.jobId);
    expect(Buffer.from(result!.body).toString()).toContain(devId);
  }
  await close();
}, 60_000);
