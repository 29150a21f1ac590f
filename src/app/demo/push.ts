/**
 * The demonstration's push (DM 2.0 §8.4, §9.3.1.3): a device that has nothing but a USIM is bootstrapped over the air.
 * Real sockets on this machine, nothing else.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, toHex } from '../../bytes/index.js';
import { memoryStore } from '../../dm/index.js';
import { memoryPushes, memorySubscribers, nafId, queuedPush, UA_SIMULATOR } from '../../gba/index.js';
import { HttpClient, serveHttp } from '../../net/index.js';
import { createSimulatedCard } from '../../simulator/index.js';
import { bsfClient, bsfService } from '../bsf/index.js';
import { type DeviceEvent, deviceNetwork, devicePicture, runDevice, TEST_DEVICE } from '../device/index.js';
import { Campaign, pushBearer } from '../push/index.js';
import { startDmServer } from '../server/index.js';
import { type DemoOptions, DemoReader, type DemoStep, unexpected } from './step.js';

const WIDTH = 96;
const FQDN = 'dm.example.com';
/** IMSI of the simulated cards, and the keys of profile uicc-gba (TS 35.207 set 1). */
const IMPI = '001010123456789@ims.mnc001.mcc001.3gppnetwork.org';
const KEYS = {
  algorithm: 'milenage',
  k: fromHex('465b5ce8b199b49faa5f0a2ee238a6bc'),
  opc: fromHex('cd63cb71954a9f4e48a5994e37a02baf'),
} as const;

/** From an empty device to its first session. */
export async function pushedBootstrap(options: DemoOptions): Promise<DemoStep> {
  const { random } = options;
  const clock = () => options.clock.now();
  const folder = await mkdtemp(join(tmpdir(), 'simboot-demo-'));
  const store = memoryStore();
  const pushes = memoryPushes();
  const subscribers = memorySubscribers();
  const subscriber = { impi: IMPI, publicIds: [], keys: KEYS, amf: fromHex('8000'), sqn: new Uint8Array(6) };
  await subscribers.putSubscribers([{ ...subscriber, gbaU: true }]);
  const listen = { host: '127.0.0.1', port: 0 };
  const http = new HttpClient({ clock });
  const stop = new AbortController();
  const server = await startDmServer({ store, listen, tls: { certificates: [] } });
  const bsf = await serveHttp({ handler: bsfService({ subscribers, clock, random }), listen });
  let running: Promise<void> = Promise.resolve();
  try {
    const campaign = new Campaign({
      campaignId: 'demo',
      pushes,
      accounts: store,
      server: { srvId: FQDN, srvUri: server.urls.dm, name: 'Example operator' },
      naf: { fqdn: FQDN, uaId: UA_SIMULATOR },
      source: bsfClient({ apiRoot: bsf.url, http, send: {} }),
      bearer: pushBearer(),
      clock,
      random,
      watchMs: 20,
    });
    const reader = new DemoReader('demo reader 6', createSimulatedCard({ profile: 'uicc-gba' }));
    const events: DeviceEvent[] = [];
    const report = await runDevice({
      stateFolder: join(folder, 'device'),
      devInfo: TEST_DEVICE,
      clock,
      random,
      network: deviceNetwork(),
      card: { open: () => reader.connect() },
      push: listen,
      bootstrapPushes: { nafIds: [nafId(FQDN, UA_SIMULATOR)] },
      once: true,
      signal: stop.signal,
      onEvent: (event) => events.push(event),
      onListening: ({ host, port }) => {
        const device = {
          ueId: IMPI,
          ueIdType: 'PRIVATE',
          address: `udp:${host}:${port}`,
          gba: 'GBA_U',
        } as const;
        running = pushes
          .putPushes([queuedPush({ campaignId: 'demo', ...device }, clock().getTime())])
          .then(() => campaign.run(stop.signal))
          .catch((error: unknown) => {
            stop.abort(); // the device waits for nothing then
            throw error;
          });
        running.catch(() => undefined); // it is awaited when the device has ended
      },
    });
    if (stop.signal.aborted) await running;
    if (!report.sessions.some(({ ended }) => ended)) throw unexpected('the session did not end as it should');
    await running;
    const [push] = await pushes.pushes('demo');
    if (push?.state !== 'bootstrapped') throw unexpected('the campaign did not see that the device came');
    return {
      id: 'push',
      title: 'A device with nothing but a USIM is bootstrapped by a push',
      told:
        'The server asks a BSF for push information and sends it over UDP, then the bootstrap protected under DMBIK and ' +
        'DMBEK. The USIM authenticates the network and keeps Ks; what it derives opens the message. The device opens ' +
        'its first session with the credentials that came.',
      results: [
        `NAF_Id ${toHex(nafId(FQDN, UA_SIMULATOR))}: ${FQDN} and an identifier for experiments`,
        `the push is ${push.state} after ${push.attempts} attempt`,
      ],
      exchanges: reader.takeExchanges(),
      picture: devicePicture(events, WIDTH),
    };
  } finally {
    stop.abort();
    await running.catch(() => undefined);
    http.close();
    await bsf.close();
    await server.stop();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}
