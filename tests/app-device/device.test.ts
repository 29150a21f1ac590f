/** The device against a raw server: bytes written by hand on the wire, real sockets, a real folder. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Device,
  type DeviceEvent,
  type DeviceOptions,
  deviceNetwork,
  runDevice,
  TEST_DEVICE,
} from '../../src/app/index.js';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { sendUdpPush } from '../../src/net/index.js';
import { accountDocument, Slot } from './cards.js';
import { commands, RawServer, type Replies } from './server.js';

let folder: string;
let server: RawServer | undefined;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'simboot-device-')), 'state');
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

async function serve(replies: Replies): Promise<RawServer> {
  server = await RawServer.start(replies);
  return server;
}

function options(more: Partial<DeviceOptions> = {}): DeviceOptions & { events: DeviceEvent[] } {
  const events: DeviceEvent[] = [];
  return {
    events,
    stateFolder: folder,
    devInfo: TEST_DEVICE,
    clock: () => new Date('2026-01-02T03:04:05Z'),
    random: (octets) => new Uint8Array(octets).fill(7),
    network: deviceNetwork(),
    policy: { plainHttpSessions: true },
    onEvent: (event) => events.push(event),
    ...more,
  };
}

const END = commands(['END']);

test('factory bootstrap, then a session that says so; the next start brings nothing new', async () => {
  const { origin, taken } = await serve(() => END);
  const factory = encodeUtf8(accountDocument('dm1', `${origin}/dm`));
  const report = await runDevice(options({ factory }));
  expect(report).toEqual({
    devId: 'IMEI:004999010640000',
    accounts: [{ srvId: 'dm1', origin: 'factory' }],
    sessions: [{ serverId: 'dm1', ended: true }],
  });
  expect(taken).toHaveLength(1);
  expect(taken[0]).toMatchObject({
    method: 'POST',
    path: '/dm',
    headers: {
      'content-type': 'application/vnd.oma.dm.initiation+json',
      'omadm-devid': 'IMEI:004999010640000',
    },
    body: '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}',
  });
  const again = await runDevice(options({ factory }));
  expect(again).toMatchObject({ accounts: [{ srvId: 'dm1' }], sessions: [] });
  expect(taken).toHaveLength(1);
});

test('GET of DevInfo over the wire: the part of the multipart answer', async () => {
  const { origin, taken } = await serve((_, index) =>
    index === 0 ? commands(['GET', 'urn:oma:mo:oma-dm-devinfo:1.2//DevID']) : END,
  );
  await runDevice(options({ factory: encodeUtf8(accountDocument('dm1', `${origin}/dm`)) }));
  expect(taken).toHaveLength(2);
  expect(taken[1]!.headers['content-type']).toMatch(/^multipart\/form-data; ?boundary=/);
  expect(taken[1]!.body).toContain('{"Status":[{"sc":200}]}');
  expect(taken[1]!.body).toContain('IMEI:004999010640000');
});

test('a card: bootstrap at every start, account gone with the card’s document', async () => {
  const { origin, taken } = await serve(() => END);
  const slot = new Slot('uicc');
  await slot.write(accountDocument('dm1', `${origin}/dm`));
  const card = { open: slot.open };
  expect(await runDevice(options({ card }))).toMatchObject({
    cardRead: true,
    accounts: [{ srvId: 'dm1', origin: 'smartcard' }],
    sessions: [{ ended: true }],
  });
  expect(await runDevice(options({ card }))).toMatchObject({ accounts: [{ srvId: 'dm1' }], sessions: [] });
  await slot.write(accountDocument('dm2', `${origin}/other`));
  expect(await runDevice(options({ card }))).toMatchObject({
    accounts: [{ srvId: 'dm2', origin: 'smartcard' }],
    sessions: [{ serverId: 'dm2', ended: true }],
  });
  expect(taken.map(({ path }) => path)).toEqual(['/dm', '/other']);
});

test('a server that is no longer on the card is not asked any more, though its session was due', async () => {
  const { origin, taken } = await serve(() => ({ status: 503 }));
  const slot = new Slot('uicc');
  await slot.write(accountDocument('dm1', `${origin}/dm`));
  const first = await runDevice(options({ card: { open: slot.open } }));
  expect(first).toMatchObject({ sessions: [{ serverId: 'dm1', ended: false }] });
  expect(taken).toHaveLength(1);
  const blank = new Slot('uicc');
  expect(await runDevice(options({ card: { open: blank.open } }))).toMatchObject({
    accounts: [],
    sessions: [],
  });
  expect(taken).toHaveLength(1);
});

test('a BootstrapComplete that did not arrive is sent again at the next start', async () => {
  const { origin, taken } = await serve((_, index) => (index === 0 ? { status: 503 } : END));
  const factory = encodeUtf8(accountDocument('dm1', `${origin}/dm`));
  expect(await runDevice(options({ factory }))).toMatchObject({ sessions: [{ ended: false }] });
  expect(await runDevice(options({}))).toMatchObject({ sessions: [{ ended: true }] });
  expect(taken.map(({ body }) => body)).toEqual(Array(2).fill(expect.stringContaining('BootstrapComplete')));
});

test('client-initiated bootstrap: GET of the address, then the session', async () => {
  const { origin, taken } = await serve(({ path }) =>
    path.startsWith('/bootstrap')
      ? {
          headers: { 'content-type': 'application/dmmo+json' },
          body: accountDocument('dm1', `${server!.origin}/dm`),
        }
      : END,
  );
  const report = await runDevice({ ...options(), bootstrapUrl: `${origin}/bootstrap?id=[DevID]` });
  expect(report).toMatchObject({ accounts: [{ origin: 'client' }], sessions: [{ ended: true }] });
  expect(taken[0]).toMatchObject({ method: 'GET', path: '/bootstrap?id=IMEI:004999010640000' });
});

test('a bootstrap that a server sent, a session on demand, an alert', async () => {
  const { origin, taken } = await serve(() => END);
  const device = await Device.start(options());
  device.receiveBootstrap(encodeUtf8(accountDocument('dm1', `${origin}/dm`)), 'a test');
  await device.idle();
  device.startSession('dm1');
  await device.idle();
  device.alert({ alert: { alertType: 'urn:example:at:battery' }, serverId: 'dm1', now: true });
  await device.idle();
  await device.stop();
  expect(taken.map(({ body }) => body)).toEqual([
    '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}',
    '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}',
    expect.stringContaining('urn:example:at:battery'),
  ]);
});

test('nothing that a session needs is told in events: no key, no value, no one-time address', async () => {
  const secret = 'hunter2hunter2';
  const auth = {
    Auth: {
      Trsp: {
        Data: Buffer.from('device-1').toString('base64'),
        Secret: Buffer.from(secret).toString('base64'),
      },
    },
  };
  const { origin } = await serve(({ path }, index) => {
    if (path.startsWith('/repository')) return { status: 404 };
    if (index > 0) return END;
    return commands(
      ['HGET', `${server!.origin}/repository/ONETIMETOKEN`],
      ['GET', 'urn:oma:mo:oma-dm-dmacc:1.2//'],
    );
  });
  const setup = options({ factory: encodeUtf8(accountDocument('dm1', `${origin}/dm`, auth)) });
  await runDevice(setup);
  const told = JSON.stringify(setup.events);
  expect(told).toContain('HGET');
  for (const hidden of [secret, Buffer.from(secret).toString('base64'), 'ONETIMETOKEN']) {
    expect(told).not.toContain(hidden);
  }
});

test('a folder that cannot be written stops the device before anything is answered', async () => {
  const { origin, taken } = await serve(() => {
    rmSync(folder, { recursive: true, force: true });
    return commands(['DEFAULT', 'https://dm.example.com/default', 'urn:example:mo']);
  });
  const factory = encodeUtf8(accountDocument('dm1', `${origin}/dm`));
  await expect(runDevice(options({ factory }))).rejects.toMatchObject({ code: 'USAGE_STATE_FOLDER' });
  expect(taken).toHaveLength(1);
});

test('a server that never answers: the session ends when its time is over', async () => {
  const { origin } = await serve(() => undefined);
  const factory = encodeUtf8(accountDocument('dm1', `${origin}/dm`));
  const report = await runDevice(options({ factory, sessionMs: 100 }));
  expect(report.sessions).toEqual([{ serverId: 'dm1', ended: false, why: expect.any(String) }]);
});

test('switching off in the middle: the state is whole, the folder free', async () => {
  const { origin } = await serve(() => undefined);
  const abort = new AbortController();
  const setup = options({ factory: encodeUtf8(accountDocument('dm1', `${origin}/dm`)) });
  setTimeout(() => abort.abort(), 150);
  const report = await runDevice({ ...setup, signal: abort.signal });
  expect(report.accounts).toEqual([{ srvId: 'dm1', origin: 'factory' }]);
  expect(readdirSync(folder)).not.toContain('lock');
  expect(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'))).toMatchObject({ version: 1 });
});

test('a push that comes while the device is still at its bootstrap counts for --once', async () => {
  const { origin, taken } = await serve(() => END);
  const factory = encodeUtf8(accountDocument('dm1', `${origin}/dm`));
  const push = Uint8Array.from(Buffer.from('010603d8af8720801003646d31', 'hex'));
  const report = await runDevice({
    ...options({ factory }),
    push: { host: '127.0.0.1', port: 0 },
    once: true,
    onListening: ({ port }) => void sendUdpPush(push, { host: '127.0.0.1', port }),
  });
  expect(report.sessions.every(({ ended }) => ended)).toBe(true);
  expect(taken.at(-1)!.body).toContain('ServerInitiatedMgmt');
});
