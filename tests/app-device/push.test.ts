/**
 * An empty device is bootstrapped by a push over real sockets (DM 2.0 §8.4): BSF, campaign, WAP push over UDP, the USIM
 * of a simulated card, then the session with BootstrapComplete at the DM server, over TLS with the pushed key.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bsfClient,
  bsfService,
  Campaign,
  type DeviceEvent,
  deviceNetwork,
  makeCertificate,
  openReader,
  pushBearer,
  runDevice,
  startDmServer,
  TEST_DEVICE,
} from '../../src/app/index.js';
import { fromHex } from '../../src/bytes/index.js';
import { memoryStore } from '../../src/dm/index.js';
import { memoryPushes, memorySubscribers, nafId, queuedPush, UA_SIMULATOR } from '../../src/gba/index.js';
import { encodeWspMessage, HttpClient, sendUdpPush, serveHttp } from '../../src/net/index.js';

const IMPI = '001010123456789@ims.mnc001.mcc001.3gppnetwork.org';
const FQDN = 'dm.example.com';
const clock = () => new Date();
const random = (octets: number) => crypto.getRandomValues(new Uint8Array(octets));
const folder = mkdtempSync(join(tmpdir(), 'simboot-pushed-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function network() {
  const store = memoryStore();
  const certificate = await makeCertificate('ec', ['127.0.0.1'], new Date(), random);
  const server = await startDmServer({
    store,
    listen: { host: '127.0.0.1', port: 0 },
    tls: { certificates: [certificate] },
  });
  const subscribers = memorySubscribers();
  await subscribers.putSubscribers([
    {
      impi: IMPI,
      publicIds: [],
      keys: {
        algorithm: 'milenage',
        k: fromHex('465b5ce8b199b49faa5f0a2ee238a6bc'),
        opc: fromHex('cd63cb71954a9f4e48a5994e37a02baf'),
      },
      amf: fromHex('8000'),
      sqn: new Uint8Array(6),
      gbaU: true,
    },
  ]);
  const bsf = await serveHttp({
    handler: bsfService({ subscribers, clock, random }),
    listen: { host: '127.0.0.1', port: 0 },
  });
  const http = new HttpClient();
  const pushes = memoryPushes();
  const campaign = new Campaign({
    campaignId: 'c1',
    pushes,
    accounts: store,
    server: { srvId: 'dms1', srvUri: server.urls.dm, name: 'Operator' },
    naf: { fqdn: FQDN, uaId: UA_SIMULATOR },
    source: bsfClient({ apiRoot: bsf.url, http, send: {} }),
    bearer: pushBearer(),
    clock,
    random,
    watchMs: 20,
  });
  const end = async () => {
    http.close();
    await bsf.close();
    await server.stop();
  };
  return { store, pushes, campaign, certificate, end };
}

test.each(['GBA_ME', 'GBA_U'] as const)('an empty device, %s', async (gba) => {
  const { store, pushes, campaign, certificate, end } = await network();
  const events: DeviceEvent[] = [];
  const stateFolder = join(folder, gba);
  const card = `sim:uicc-gba?state=${join(folder, `${gba}.card.json`)}`;
  const report = await runDevice({
    stateFolder,
    devInfo: TEST_DEVICE,
    clock,
    random,
    network: deviceNetwork({ trust: { anchors: certificate.cert } }),
    card: { open: async () => (await openReader(card))[0]! },
    push: { host: '127.0.0.1', port: 0 },
    bootstrapPushes: { nafIds: [nafId(FQDN, UA_SIMULATOR)] },
    once: true,
    onEvent: (event) => events.push(event),
    onListening: async ({ port }) => {
      const target = { host: '127.0.0.1', port };
      // What is not for this device comes first, and changes nothing.
      await sendUdpPush(encodeWspMessage('application/x-simboot-gpi', random(80)), target);
      await sendUdpPush(encodeWspMessage('application/octet-stream; SEC=3GPP_GBA', random(80)), target);
      await sendUdpPush(encodeWspMessage('text/plain', random(8)), target);
      const device = {
        campaignId: 'c1',
        ueId: IMPI,
        ueIdType: 'PRIVATE',
        address: `udp:127.0.0.1:${port}`,
        gba,
      } as const;
      await pushes.putPushes([queuedPush(device, Date.now())]);
      void campaign.run(new AbortController().signal);
    },
  });
  expect(report).toMatchObject({
    accounts: [{ srvId: 'dms1', origin: 'server' }],
    sessions: [{ serverId: 'dms1', ended: true }],
  });
  const outcomes = events.filter((event) => event.type === 'push').map(({ outcome }) => outcome);
  expect(outcomes).toEqual(['dropped', 'dropped', 'associated', 'bootstrap']);
  const [alert] = await store.alerts(TEST_DEVICE.DevID);
  expect(alert?.alert.alertType).toBe('urn:oma:at:dm:2.0:BootstrapComplete');
  for (let tries = 0; tries < 100 && (await pushes.pushCounts('c1')).bootstrapped === 0; tries++)
    await new Promise((done) => setTimeout(done, 20));
  expect(await pushes.pushCounts('c1')).toMatchObject({ bootstrapped: 1 });
  const kept = JSON.parse(readFileSync(join(stateFolder, 'pushes.json'), 'utf8'));
  expect(kept).toMatchObject({ associations: [], dropped: { malformed: 2 } });
  expect(JSON.stringify(events)).not.toContain('"secret"');
  await end();
});

test('a card without a USIM, and no card at all, are told before anything listens', async () => {
  const run = (card?: { open: () => Promise<never> }) =>
    runDevice({
      stateFolder: join(folder, 'none'),
      devInfo: TEST_DEVICE,
      clock,
      random,
      network: deviceNetwork({}),
      ...(card === undefined ? {} : { card }),
      push: { host: '127.0.0.1', port: 0 },
      bootstrapPushes: {},
    });
  await expect(run()).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  const open = async () => (await openReader('sim:sim'))[0] as never;
  await expect(run({ open })).rejects.toMatchObject({ kind: 'card' });
});
