/**
 * The demonstration's session (DM 2.0 §5.2, §8.1): a card brings an account, the device opens a session over TLS with the
 * account's pre-shared key, and the server's script reads and writes. Real sockets on this machine, nothing else.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBootstrap, planWrite, writeBootstrap } from '../../bootstrap/index.js';
import { openCard, parseKeyValue } from '../../card/index.js';
import { memoryStore, type ServerStore } from '../../dm/index.js';
import { createSimulatedCard } from '../../simulator/index.js';
import { type DeviceEvent, deviceNetwork, devicePicture, runDevice, TEST_DEVICE } from '../device/index.js';
import { accountsFromBootstrap, type DmServer, deviceStatus, startDmServer } from '../server/index.js';
import { type DemoOptions, DemoReader, type DemoStep, unexpected } from './step.js';

const KEYS = { adm: parseKeyValue({ ascii: '12345678' }) };
const WIDTH = 96;

/** What the server does with every device that is new. */
const WELCOME = `
steps:
  - id: who
    get: urn:oma:mo:oma-dm-devinfo:1.2//
  - id: greet
    hget: { objects: [{ uri: "urn:example:mo:welcome//", data: { welcome: { Text: "Hello, device" } } }] }
`;

/** From the account on a card to the end of the first session. */
export async function firstSession(options: DemoOptions): Promise<DemoStep> {
  const folder = await mkdtemp(join(tmpdir(), 'simboot-demo-'));
  const store = memoryStore();
  const server = await startDmServer({
    store,
    listen: { host: '127.0.0.1', port: 0 },
    tls: { certificates: [] }, // the pre-shared key proves both ends
    welcome: [{ kind: 'data', name: 'welcome', text: WELCOME }],
  });
  try {
    const reader = await personalized(options, server);
    const events: DeviceEvent[] = [];
    const report = await runDevice({
      stateFolder: join(folder, 'device'),
      devInfo: TEST_DEVICE,
      clock: () => options.clock.now(),
      random: options.random,
      network: deviceNetwork(),
      card: { open: () => reader.connect() },
      onEvent: (event) => events.push(event),
    });
    if (!report.sessions.some(({ ended }) => ended)) throw unexpected('the session did not end as it should');
    return {
      id: 'session',
      title: 'The device with this card opens its first session',
      told:
        'A server on this machine knows the account before the card is used. The device is switched on, reads the card, ' +
        'and connects over TLS with the pre-shared key of the account. It says that it is bootstrapped; the server reads ' +
        'who it is, lets it fetch an object, and ends the session.',
      results: await outcome(store),
      exchanges: reader.takeExchanges(),
      picture: devicePicture(events, WIDTH),
    };
  } finally {
    await server.stop();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A card with an account of this server; the server gets its half of it. */
async function personalized({ clock, random }: DemoOptions, { urls, store }: DmServer): Promise<DemoReader> {
  const trsp = { psk: { identity: 'device-1@dm.example.com', key: random(16) } };
  const account = { srvId: 'dm.example.com', srvUri: urls.dm, name: 'Example operator', trsp };
  const { bytes } = createBootstrap({ accounts: [account] }, { clock });
  const reader = new DemoReader('demo reader 5', createSimulatedCard({ profile: 'uicc' }));
  await reader.use(async (channel) => {
    const { verified } = await writeBootstrap(
      await planWrite(await openCard(channel), { document: bytes, keys: KEYS }),
    );
    if (verified !== true) throw unexpected('the card did not keep what was written');
  });
  reader.takeExchanges();
  for (const record of accountsFromBootstrap(bytes, { createdAt: clock.now().getTime() })) {
    await store.putAccount(record);
  }
  return reader;
}

async function outcome(store: ServerStore): Promise<string[]> {
  const { jobs, alerts } = await deviceStatus(store, TEST_DEVICE.DevID);
  const commands = jobs.flatMap((job) => job.commands);
  const [who, greet] = commands;
  const data = JSON.stringify(who?.data ?? []);
  if (!data.includes(TEST_DEVICE.DevID) || greet?.status !== 200) {
    throw unexpected('the server did not get what its script asked for');
  }
  return [
    `alert: ${alerts.map(({ alertType }) => alertType).join(', ')}`,
    `GET DevInfo: ${who?.status}, the server has ${TEST_DEVICE.DevID}`,
    `HGET: ${greet.status}, the device keeps ${greet.uris?.join(', ')}`,
    `the script is ${jobs.map(({ state }) => state).join(', ')}`,
  ];
}
