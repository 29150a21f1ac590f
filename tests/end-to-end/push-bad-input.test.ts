/**
 * What a device with a SIM makes of pushes that are not as they should be (DM 2.0 §8.4, TS 33.102 §6.3.5): a state for
 * each, nothing half-applied, and the next good push works. The two parts are sent by hand, over UDP.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  bsfClient,
  bsfService,
  type DmServer,
  freshAccount,
  makeCertificate,
  pushBearer,
  startDmServer,
} from '../../src/app/index.js';
import { protectBootstrap } from '../../src/bootstrap/index.js';
import { encodeUtf8, fromHex } from '../../src/bytes/index.js';
import { sqnFromNumber } from '../../src/crypto/index.js';
import { memoryStore } from '../../src/dm/index.js';
import { dmKeys, memorySubscribers, nafId, SIM_GPI, UA_SIMULATOR } from '../../src/gba/index.js';
import { HttpClient, type RunningServer, serveHttp } from '../../src/net/index.js';
import { PushedDevice, subscriber } from './push-devices.js';
import { impiOf, NAF } from './push-programs.js';

const SUBSCRIBER = subscriber(0);
const IMPI = impiOf(SUBSCRIBER);
const COMPLETE = 'urn:oma:at:dm:2.0:BootstrapComplete';
const HOUR = 3_600_000;
const random = (octets: number) => crypto.getRandomValues(new Uint8Array(octets));
const bearer = pushBearer();

let folder: string;
let store: ReturnType<typeof memoryStore>;
let server: DmServer;
let anchors: Uint8Array;
let device: PushedDevice;
let ahead = 0;
const http = new HttpClient();
const closing: RunningServer[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simboot-bad-push-'));
  store = memoryStore();
  ahead = 0;
  const certificate = await makeCertificate('ec', ['127.0.0.1'], new Date(), random);
  anchors = encodeUtf8(certificate.cert);
  server = await startDmServer({
    store,
    listen: { host: '127.0.0.1', port: 0 },
    tls: { certificates: [certificate] },
  });
  device = await PushedDevice.start(
    SUBSCRIBER,
    join(folder, 'device'),
    anchors,
    () => new Date(Date.now() + ahead),
  );
});
afterEach(async () => {
  await device.switchOff();
  await server.stop();
  for (const each of closing.splice(0)) await each.close();
  rmSync(folder, { recursive: true });
});
afterAll(() => http.close());

interface Home {
  readonly k?: string;
  readonly sqn?: bigint;
}

/** A BSF that knows the subscriber. */
async function home({ k = SUBSCRIBER.k, sqn = 3200n }: Home = {}) {
  const subscribers = memorySubscribers();
  const keys = { algorithm: 'milenage', k: fromHex(k), opc: fromHex(SUBSCRIBER.opc) } as const;
  const record = { impi: IMPI, publicIds: [], keys, amf: fromHex('8000'), sqn: sqnFromNumber(sqn) };
  await subscribers.putSubscribers([{ ...record, gbaU: false }]);
  const handler = bsfService({ subscribers, clock: () => new Date(), random });
  const bsf = await serveHttp({ handler, listen: { host: '127.0.0.1', port: 0 } });
  closing.push(bsf);
  return bsfClient({ apiRoot: bsf.url, http, send: {} });
}

type Source = Awaited<ReturnType<typeof home>>;

/** An account that the server knows. */
async function document(): Promise<Uint8Array> {
  const made = freshAccount({ srvId: 'dms1', srvUri: server.urls.dm, name: 'Operator' }, IMPI, {
    random,
    clock: () => new Date(),
  });
  await store.putAccount(made.account);
  return made.document;
}

interface Asked {
  readonly fqdn?: string;
  readonly uaId?: Uint8Array;
  readonly resynchronisation?: { readonly auts: Uint8Array; readonly rand: Uint8Array };
}

async function parts(
  source: Source,
  bytes: Uint8Array,
  { fqdn = NAF, uaId = UA_SIMULATOR, resynchronisation }: Asked = {},
) {
  const pTid = `${Buffer.from(random(8)).toString('hex')}@${fqdn}`;
  const life = new Date(Date.now() + HOUR);
  const { gbaPushInfo, meKeyMaterial, keyExpiryTime } = await source(
    {
      ueId: IMPI,
      ueIdType: 'PRIVATE',
      uiccAppLabel: 'USIM',
      nafId: { nafFqdn: fqdn, uaSecProtId: uaId },
      ptId: pTid,
      uiccOrMe: 'GBA_ME',
      requestedLifeTime: life,
      ...(resynchronisation === undefined ? {} : { resynchronisation }),
    },
    new AbortController().signal,
  );
  const message = protectBootstrap(
    bytes,
    {
      pTid,
      nafId: nafId(fqdn, uaId),
      rand: SIM_GPI.decode(gbaPushInfo).rand,
      keys: dmKeys(meKeyMaterial),
      expires: keyExpiryTime ?? life,
    },
    { random },
  );
  return { pushInfo: gbaPushInfo, message };
}

/** Sends both parts and waits for what the device makes of them. */
async function send(push: { pushInfo: Uint8Array; message: Uint8Array }): Promise<unknown[]> {
  const before = device.count('push');
  await bearer(`udp:127.0.0.1:${device.port}`, push, new AbortController().signal);
  while (device.count('push') < before + 2) await sleep(5);
  return device.events
    .filter((event) => event.type === 'push')
    .slice(before)
    .map((event) => (event.outcome === 'dropped' ? event.reason : event.outcome));
}

async function expectNothingApplied(): Promise<void> {
  expect(device.count('bootstrapped')).toBe(0);
  expect(device.count('session-started')).toBe(0);
  expect(await store.device(device.devId)).toBeUndefined();
}

async function expectBootstrapped(): Promise<void> {
  for (let tries = 0; tries < 400 && device.sessions === 0; tries++) await sleep(10);
  expect(device.sessions).toBe(1);
  expect(device.count('bootstrapped')).toBe(1);
}

async function announcements(): Promise<number> {
  return (await store.alerts(device.devId)).filter(({ alert }) => alert.alertType === COMPLETE).length;
}

test('AUTN of another key: the card refuses it', async () => {
  const foreign = await home({ k: '00'.repeat(16) });
  expect(await send(await parts(foreign, await document()))).toEqual(['card-refused', 'held']);
  await expectNothingApplied();
  expect(await send(await parts(await home(), await document()))).toEqual(['associated', 'bootstrap']);
  await expectBootstrapped();
});

test('a stale SQN: the device tells AUTS, and with it the home network goes on', async () => {
  const later = await parts(await home({ sqn: 320_000n }), await document());
  expect((await send({ ...later, message: new Uint8Array(3) })).at(0)).toBe('associated');
  const behind = await home({ sqn: 0n });
  expect(await send(await parts(behind, await document()))).toEqual(['resynchronise', 'held']);
  await expectNothingApplied();
  const told = device.events.find((event) => event.type === 'push' && event.outcome === 'resynchronise');
  if (told?.type !== 'push' || told.outcome !== 'resynchronise') throw new Error('nothing was told');
  const resynchronisation = { auts: fromHex(told.auts), rand: fromHex(told.rand) };
  expect(await send(await parts(behind, await document(), { resynchronisation }))).toEqual([
    'associated',
    'bootstrap',
  ]);
  await expectBootstrapped();
});

test.each([
  ['another FQDN', { fqdn: 'dm.example.org' }],
  ['another Ua security protocol', { uaId: fromHex('03ff000002') }],
])('%s than the device knows: the card is not asked', async (_, asked) => {
  expect(await send(await parts(await home(), await document(), asked))).toEqual(['foreign-naf', 'held']);
  await expectNothingApplied();
});

test('truncated parts', async () => {
  const { pushInfo, message } = await parts(await home(), await document());
  expect(await send({ pushInfo: pushInfo.slice(0, 40), message: message.slice(0, 12) })).toEqual([
    'malformed',
    'malformed',
  ]);
  expect(await send({ pushInfo, message: message.slice(0, -16) })).toEqual(['associated', 'refused']);
  await expectNothingApplied();
  expect(await send({ pushInfo, message })).toEqual(['repeated', 'bootstrap']);
  await expectBootstrapped();
});

test('a clock that is ahead of the life of the keys; when it is set, the same push works', async () => {
  const push = await parts(await home(), await document());
  ahead = 2 * HOUR;
  expect(await send(push)).toEqual(['expired', 'held']);
  await expectNothingApplied();
  ahead = 0;
  expect((await send(push))[0]).toBe('bootstrap');
  await expectBootstrapped();
});

test('the document again, in a push of its own: no change and no second BootstrapComplete', async () => {
  const source = await home();
  const bytes = await document();
  // Both pushes are on their way before the device has answered either.
  const [first, second] = [await parts(source, bytes), await parts(source, bytes)];
  await Promise.all([send(first), send(second)]);
  await expectBootstrapped();
  expect(await send(await parts(source, bytes))).toEqual(['associated', 'bootstrap']);
  await sleep(100);
  await expectBootstrapped();
  expect(await announcements()).toBe(1);
});

test('switched off between push information and message: the association is in the folder', async () => {
  const push = await parts(await home(), await document());
  expect((await send({ ...push, message: new Uint8Array(3) }))[0]).toBe('associated');
  await device.restart(anchors);
  expect(await send(push)).toEqual(['repeated', 'bootstrap']);
  await expectBootstrapped();
  const kept = JSON.parse(readFileSync(join(folder, 'device/pushes.json'), 'utf8'));
  expect(kept).toMatchObject({ associations: [], dropped: { repeated: 1, malformed: 1 } });
});

test('a server that is down when the push comes hears of the device with the next one', async () => {
  const source = await home();
  const bytes = await document();
  const { port } = new URL(server.urls.dm);
  await server.stop();
  await send(await parts(source, bytes));
  while (device.count('session-ended') === 0) await sleep(5);
  expect(device.sessions).toBe(0);
  const certificate = await makeCertificate('ec', ['127.0.0.1'], new Date(), random);
  server = await startDmServer({
    store,
    listen: { host: '127.0.0.1', port: Number(port) },
    tls: { certificates: [certificate] },
  });
  await send(await parts(source, bytes));
  await expectBootstrapped();
  expect(await announcements()).toBe(1);
});
