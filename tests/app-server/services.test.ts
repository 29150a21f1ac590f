/** What the server serves beside sessions: repository, questions, push registration, notifications, bootstrap, descriptions. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { addAddress, notificationSender } from '../../src/app/index.js';
import { DEVINFO, writeDdf } from '../../src/mo/index.js';
import { row } from '../support/conformance.js';
import {
  CLIENT_INITIATED,
  commandsOf,
  INITIATION,
  key,
  plainServer,
  pskAccount,
  Raw,
  RESPONSE,
  script,
  type TestServer,
  testServer,
} from './raw.js';

const DEV = 'IMEI:493005100592800';
const servers: TestServer[] = [];
const closing: (() => unknown)[] = [];
async function started(server: Promise<TestServer>): Promise<TestServer> {
  servers.push(await server);
  return servers.at(-1)!;
}
async function opened(raw: Promise<Raw>): Promise<Raw> {
  const made = await raw;
  closing.push(() => made.close());
  return made;
}
/** A device in a session: its server, its connection, the first commands. */
async function inSession(steps: string, options: Parameters<typeof testServer>[0] = {}) {
  const server = await started(testServer(options));
  await server.store.putAccounts([pskAccount('a'), pskAccount('b', { devId: 'urn:dev:b' })]);
  const jobId = await server.submit(DEV, script(steps));
  const raw = await opened(Raw.psk(server.port, 'a', key('a')));
  const commands = commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED));
  return { server, jobId, raw, commands };
}
async function until<T>(read: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  for (const server of servers.splice(0)) {
    await server.stop();
    await server.store.close();
  }
});

test('HGET: the address works once, and for its own device alone', async () => {
  const { server, raw, commands, jobId } = await inSession(
    '- hget: { to: "urn:x:mo:y:1.0/a/b", text: "the new value" }',
  );
  const [[name, url, uri] = []] = commands;
  expect([name, uri]).toEqual(['HGET', 'urn:x:mo:y:1.0/a/b']);
  expect(url).toMatch(new RegExp(`^https://127\\.0\\.0\\.1:${server.port}/repository/[A-Za-z0-9_-]{32}$`));
  const { pathname } = new URL(url!);
  const other = await opened(Raw.psk(server.port, 'b', key('b')));
  expect((await other.get(pathname)).status).toBe(404);
  const stranger = await opened(Raw.tls(server.port, {}));
  expect((await stranger.get(pathname)).status).toBe(401);
  const answer = await raw.get(pathname, 'Accept: text/plain\r\n');
  expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
    200,
    'text/plain',
    'the new value',
  ]);
  expect((await raw.get(pathname)).status).toBe(410);
  commandsOf(await raw.post(DEV, RESPONSE, `{"Status":[{"sc":200,"URI":["${uri}"]}]}`));
  expect(await server.store.job(jobId)).toMatchObject({ state: 'done' });
});

test('HPUT: what the device uploads is the result of the command', async () => {
  const { server, raw, commands, jobId } = await inSession('- hput: "urn:x:mo:y:1.0/a/b"');
  const { pathname } = new URL(commands[0]![1]!);
  const put = (type: string, body: string) =>
    raw.say(
      `PUT ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  expect((await put('image/png', 'x')).status).toBe(415);
  expect((await put('text/plain', 'uploaded')).status).toBe(200);
  expect((await put('text/plain', 'again')).status).toBe(410);
  expect(commandsOf(await raw.post(DEV, RESPONSE, '{"Status":[{"sc":200}]}'))).toEqual([['END']]);
  const [result] = await server.store.results(jobId);
  expect(Buffer.from(result!.body).toString()).toBe('uploaded');
});

test('SHOW: the page, the answer, and the device is asked for a session to go on', async () => {
  const udp = createSocket('udp4');
  closing.push(() => udp.close());
  const datagrams: Buffer[] = [];
  udp.on('message', (message) => datagrams.push(message));
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const { server, raw, commands, jobId } = await inSession(
    '- { id: ask, show: { title: Update, text: "Install it?" } }\n- { id: go, delete: "urn:x:mo:y:1.0/a/b", when: { step: ask, answer: true } }',
    { send: notificationSender() },
  );
  await addAddress(
    server.store,
    DEV,
    { transport: 'wap-push-udp', host: '127.0.0.1', port: udp.address().port },
    1,
  );
  expect(commands[0]![0]).toBe('SHOW');
  const { pathname } = new URL(commands[0]![1]!);
  expect(commandsOf(await raw.post(DEV, RESPONSE, '{"Status":[{"sc":200}]}'))).toEqual([['END']]);
  const browser = await opened(Raw.tls(server.port, {}));
  const page = await browser.get(pathname);
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html;charset=utf-8']);
  expect(page.body).toContain('Install it?');
  const form = 'answer=yes';
  const sent = await browser.say(
    `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
  );
  expect(sent.status).toBe(200);
  // Package#0 in a WSP push (Appendix E.1): TID, PDU type 06, three octets of headers, 0x58, application 0x07.
  const datagram = await until(() => datagrams[0]);
  expect(datagram.subarray(1, 6).toString('hex')).toBe('0603d8af87');
  expect(datagram[6]! >> 4).toBe(2);
  await until(() => server.events.some((event) => event.type === 'notification' && event.ok));
  expect(
    commandsOf(
      await raw.post(DEV, INITIATION, '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt"}]}'),
    ),
  ).toEqual([['DELETE', 'urn:x:mo:y:1.0/a/b']]);
  commandsOf(await raw.post(DEV, RESPONSE, '{"Status":[{"sc":200}]}'));
  expect(await server.store.job(jobId)).toMatchObject({ state: 'done' });
});

test('notifications say how they went; a transport that is not set up is told', async () => {
  const server = await started(testServer({ send: notificationSender() }));
  await server.store.putAccount(pskAccount('a', { noti: { secret: key('noti'), data: new Uint8Array() } }));
  await addAddress(server.store, DEV, { transport: 'sms', number: '+491701234567' }, 1);
  await addAddress(server.store, DEV, { transport: 'gcm', regId: 'r1' }, 1);
  await server.notify(DEV);
  const told = server.events.filter((event) => event.type === 'notification');
  expect(told).toMatchObject([
    {
      devId: DEV,
      notificationId: 0,
      transport: 'sms',
      ok: false,
      reason: expect.stringContaining('short messages'),
    },
    {
      devId: DEV,
      notificationId: 0,
      transport: 'gcm',
      ok: false,
      reason: expect.stringContaining('Firebase'),
    },
  ]);
  const tpdus: Uint8Array[] = [];
  const send = notificationSender({ sms: async (_, octets) => void tpdus.push(...octets) });
  await send(
    { transport: 'sms', number: '+491701234567' },
    Uint8Array.of(0x20, 0x80),
    new AbortController().signal,
  );
  // To port 2948 from 9200 (Appendix E.1), then the push with Package#0 at its end.
  expect(Buffer.from(tpdus[0]!).toString('hex')).toMatch(/0605040b8423f0..0603d8af872080$/);
});

test('registration with the push service (Appendix E.2.3)', async () => {
  const server = await started(testServer());
  await server.store.putAccounts([pskAccount('a'), pskAccount('b')]);
  const raw = await opened(Raw.psk(server.port, 'a', key('a')));
  commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED));
  const register = (path: string, body: string, type = 'application/x-www-form-urlencoded;charset=UTF-8') =>
    raw.say(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  expect((await register('/push/gcm/register', 'app=dm&RegId=APA91b%3Aone')).status).toBe(200);
  expect(await server.store.device(DEV)).toMatchObject({
    addresses: [{ transport: 'gcm', regId: 'APA91b:one' }],
  });
  expect((await register('/push/gcm/register', 'RegID=APA91b:two')).status).toBe(200);
  expect(await server.store.device(DEV)).toMatchObject({
    addresses: [{ transport: 'gcm', regId: 'APA91b:two' }],
  });
  expect((await register('/push/gcm/register', 'Reg=1')).status).toBe(400);
  expect((await register('/push/gcm/register', 'RegId=', 'application/x-www-form-urlencoded')).status).toBe(
    400,
  );
  expect((await register('/push/gcm/register', '{}', 'application/json')).status).toBe(415);
  expect((await register('/push/gcm/register', 'x'.repeat(20_000))).status).toBe(413);
  expect((await register('/push/gcm/unregister', 'RegId=APA91b:two')).status).toBe(200);
  expect(await server.store.device(DEV)).toMatchObject({ addresses: [] });
  const b = await opened(Raw.psk(server.port, 'b', key('b')));
  const form = 'RegId=x';
  const refused = await b.say(
    `POST /push/gcm/register HTTP/1.1\r\nHost: x\r\nOMADM-DevID: ${DEV}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
  );
  expect(refused.status).toBe(403);
});

const DOCUMENT =
  '[{"ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2//","MOData":{"dms":{"SrvID":"dm.example","SrvURI":"https://dm.example/dm","Name":"Example","Perm":{"1":{"MOID":"*"}}}}}]';
const withBootstrap = () =>
  pskAccount('card', {
    credentials: [
      { purpose: 'trsp', kind: 'identity-secret', identity: 'card', secret: key('card') },
      { purpose: 'bootstrap', kind: 'identity-secret', identity: 'boot', secret: key('boot') },
    ],
    bootstrap: Uint8Array.from(Buffer.from(DOCUMENT)),
  });

test('client-initiated bootstrap (§8.3): for the bootstrap credentials, over TLS only', async () => {
  const server = await started(testServer());
  await server.store.putAccount(withBootstrap());
  const boot = await opened(Raw.psk(server.port, 'boot', key('boot')));
  const answer = await boot.get('/bootstrap');
  expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
    200,
    'application/dmmo+json',
    DOCUMENT,
  ]);
  // Bootstrap credentials open no session, and those of sessions fetch no bootstrap (§9.3.2).
  expect((await boot.post(DEV, INITIATION, CLIENT_INITIATED)).status).toBe(403);
  const trsp = await opened(Raw.psk(server.port, 'card', key('card')));
  expect((await trsp.get('/bootstrap')).status).toBe(404);
  const plain = await started(plainServer({ store: server.store, policy: { anonymous: true } }));
  const clear = await opened(Raw.plain(plain.port));
  expect((await clear.get('/bootstrap')).status).toBe(403);
});

describe('server-initiated bootstrap', () => {
  /** A device by hand: TLS with a pre-shared key; takes one request and answers it. */
  async function device(identity: string, secret: Uint8Array, status = '200 OK') {
    let heard = '';
    const listener = createTlsServer(
      {
        ciphers: 'PSK-AES128-GCM-SHA256',
        maxVersion: 'TLSv1.2',
        pskCallback: (_, given) => (given === identity ? secret : null),
      },
      (socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (chunk: Buffer) => {
          heard += chunk.toString();
          if (heard.endsWith(DOCUMENT)) socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
        });
      },
    );
    listener.on('tlsClientError', () => undefined);
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    closing.push(() => void listener.close());
    const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}/bootstrap`;
    return { url, heard: () => heard };
  }

  row(
    'B.2.4 DM-BOOT-001-S-M',
    'sent',
    'the document goes to the device over TLS, both sides know the key',
    async () => {
      const server = await started(testServer());
      await server.store.putAccount(withBootstrap());
      const { url, heard } = await device('boot', key('boot'));
      await server.bootstrap('dm/card', url);
      const [head = '', body] = heard().split('\r\n\r\n');
      expect(head).toMatch(/^POST \/bootstrap HTTP\/1\.1\r\n/);
      expect(head.toLowerCase()).toContain('content-type: application/dmmo+json');
      expect(body).toBe(DOCUMENT);
    },
  );

  row(
    'B.2.4 DM-BOOT-001-S-M',
    'received',
    'the device that took it opens its session: BootstrapComplete',
    async () => {
      const server = await started(testServer());
      await server.store.putAccount(withBootstrap());
      await server.bootstrap('dm/card', (await device('boot', key('boot'))).url);
      const raw = await opened(Raw.psk(server.port, 'card', key('card')));
      const complete = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}';
      expect(commandsOf(await raw.post(DEV, INITIATION, complete))).toEqual([['END']]);
      expect(await server.store.device(DEV)).toMatchObject({
        bootstrappedAt: expect.any(Number),
        accountId: 'dm/card',
      });
    },
  );

  test('not without TLS, not to a device that does not know the key, not where it is refused', async () => {
    const server = await started(testServer());
    await server.store.putAccounts([withBootstrap(), pskAccount('none')]);
    const other = await device('boot', key('another key'));
    await expect(server.bootstrap('dm/card', other.url)).rejects.toMatchObject({ kind: 'network' });
    expect(other.heard()).toBe('');
    const { url } = await device('boot', key('boot'), '403 Forbidden');
    await expect(server.bootstrap('dm/card', url)).rejects.toMatchObject({ details: { status: 403 } });
    const clear: string[] = [];
    const open = createTcpServer((socket) => {
      socket.on('data', (chunk) => clear.push(chunk.toString()));
      socket.on('error', () => undefined);
      setTimeout(() => socket.destroy(), 200);
    });
    open.listen(0, '127.0.0.1');
    await once(open, 'listening');
    closing.push(() => void open.close());
    const http = `http://127.0.0.1:${(open.address() as AddressInfo).port}/bootstrap`;
    await expect(server.bootstrap('dm/card', http)).rejects.toMatchObject({ kind: expect.any(String) });
    expect(clear).toEqual([]);
    await expect(server.bootstrap('dm/none', url)).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
    await expect(server.bootstrap('nobody', url)).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  });
});

test('device descriptions are fetched from the allow-list only, once', async () => {
  const asked: string[] = [];
  const http = createServer((request, response) => {
    asked.push(request.url!);
    if (request.url === '/ddf/redirect.ddf') response.writeHead(302, { location: '/secret' }).end();
    else response.end(writeDdf([{ ...DEVINFO, moid: 'urn:vendor:mo:thing:1.0' }]));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  closing.push(() => void http.close());
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const server = await started(testServer({ ddfFrom: [`${base}/ddf/`] }));
  await server.store.putAccount(pskAccount('a'));
  const raw = await opened(Raw.psk(server.port, 'a', key('a')));
  const links = ['/ddf/good.ddf', '/ddf/redirect.ddf', '/other.ddf', '/ddf/../secret.ddf'].map(
    (path) => `${base}${path}`,
  );
  const far = [
    ...links,
    'http://127.0.0.1:1/ddf/x.ddf',
    'file:///etc/passwd',
    'no address',
    `http://user@${base.slice(7)}/ddf/y.ddf`,
  ];
  const mos = far.map((ddf, index) => ({ DDF: ddf, MOID: `urn:vendor:mo:t${index}:1.0`, MIID: ['a'] }));
  const body = JSON.stringify({ MOS: mos, Alert: [{ AlertType: 'urn:oma:at:dm:2.0:ClientInitiatedMgmt' }] });
  for (let time = 0; time < 2; time++) commandsOf(await raw.post(DEV, INITIATION, body));
  await until(() =>
    server.events.some((event) => event.type === 'warning' && event.message.includes('redirect')),
  );
  expect(asked.sort()).toEqual(['/ddf/good.ddf', '/ddf/redirect.ddf']);
});
