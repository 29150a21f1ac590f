/** The client against servers written octet by octet: 401, redirections, forbidden addresses, limits, broken answers. */
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import {
  type ClientRequest,
  HttpClient,
  type HttpPolicy,
  isForbiddenAddress,
  type SendOptions,
} from '../../src/net/index.js';
import { row } from '../support/conformance.js';
import { type RawServer, rawServer } from './raw.js';

const servers: RawServer[] = [];
let client: HttpClient;

beforeEach(() => {
  client = new HttpClient();
});

afterEach(() => {
  client.close();
  for (const server of servers.splice(0)) server.close();
});

async function serving(answer: (request: string, index: number) => string | undefined): Promise<RawServer> {
  const server = await rawServer(answer);
  servers.push(server);
  return server;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const get = (url: string, options: SendOptions = {}, more: Partial<ClientRequest> = {}) =>
  client.send({ method: 'GET', url, ...more }, options);
const header = (request: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\\r$`, 'im').exec(request)?.[1];
const challenge = (value: string): string =>
  `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ${value}\r\nContent-Length: 0\r\n\r\n`;
const ALADDIN = { kind: 'http', user: 'Aladdin', password: 'open sesame' } as const;
const told = (policy: Partial<HttpPolicy>, more: SendOptions = {}): SendOptions => ({ ...more, policy });

row('B.1.5 DM-SEC-001-C-M', 'sent', 'Basic credentials of RFC 7617 §2, after the challenge', async () => {
  const server = await serving((request) =>
    header(request, 'authorization') ? OK : challenge('Basic realm="WallyWorld"'),
  );
  const options = told({ basicWithoutTls: true }, { credentials: ALADDIN });
  expect((await get(`${server.url}/a`, options)).status).toBe(200);
  expect(server.requests.map((one) => header(one, 'authorization'))).toEqual([
    undefined,
    'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
  ]);
  await get(`${server.url}/b`, options);
  expect(header(server.requests[2]!, 'authorization')).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  expect(server.connections()).toBe(1);
});

row(
  'B.1.5 DM-SEC-002-C-O',
  'sent',
  'a Digest response that RFC 7616 §3.4.1 gives, then the next count',
  async () => {
    const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
    const asks = `Digest realm="r@x", qop="auth, auth-int", algorithm=SHA-256, nonce="${nonce}", opaque="FQ/"`;
    const server = await serving((request) =>
      header(request, 'authorization') ? OK : challenge(`Basic realm="x", ${asks}`),
    );
    await client.send(
      { method: 'POST', url: `${server.url}/dm?x=1`, body: Uint8Array.of(0x61) },
      { credentials: ALADDIN },
    );
    await client.send({ method: 'GET', url: `${server.url}/two` }, { credentials: ALADDIN });
    const h = (text: string) => createHash('sha256').update(text).digest('hex');
    for (const [index, method, uri, nc] of [
      [1, 'POST', '/dm?x=1', '00000001'],
      [2, 'GET', '/two', '00000002'],
    ] as const) {
      const sent = header(server.requests[index]!, 'authorization')!;
      const cnonce = /cnonce="(\w{32})"/.exec(sent)![1];
      const response = h(
        `${h('Aladdin:r@x:open sesame')}:${nonce}:${nc}:${cnonce}:auth:${h(`${method}:${uri}`)}`,
      );
      expect(sent).toBe(
        `Digest username="Aladdin", realm="r@x", uri="${uri}", algorithm=SHA-256, nonce="${nonce}", nc=${nc}, ` +
          `cnonce="${cnonce}", qop=auth, response="${response}", opaque="FQ/"`,
      );
    }
    expect(server.requests[1]).toMatch(/\r\n\r\na$/);
  },
);

row('B.1.5 DM-SEC-001-C-M', 'received', 'a Basic challenge without TLS is not answered', async () => {
  const server = await serving(() => challenge('Basic realm="x"'));
  await expect(get(server.url, { credentials: ALADDIN })).rejects.toMatchObject({
    code: 'NETWORK_AUTHENTICATION',
  });
  expect(server.requests).toHaveLength(1);
});

row('B.1.5 DM-SEC-002-C-O', 'received', 'a stale nonce is replaced once', async () => {
  const server = await serving((request) => {
    if (header(request, 'authorization')?.includes('nonce="new"')) return OK;
    const stale = header(request, 'authorization') === undefined ? '' : ', stale=true';
    return challenge(`Digest realm="x", qop="auth", nonce="${stale === '' ? 'old' : 'new'}"${stale}`);
  });
  expect((await get(server.url, { credentials: ALADDIN })).status).toBe(401);
  expect(server.requests).toHaveLength(2);
  const again = await get(server.url, { credentials: ALADDIN });
  expect([again.status, server.requests.length]).toEqual([401, 4]);
});

test('401: no try without credentials, one with wrong ones, none for what cannot be read', async () => {
  const server = await serving(() => challenge('Digest realm="x", nonce="n", qop="auth"'));
  expect((await get(server.url)).status).toBe(401);
  expect((await get(server.url, { credentials: ALADDIN })).status).toBe(401);
  expect(server.requests).toHaveLength(3);
  const broken = await serving(() => challenge('Digest realm="x'));
  await expect(get(broken.url, { credentials: ALADDIN })).rejects.toMatchObject({ code: 'NETWORK_PROTOCOL' });
  const foreign = await serving(() => challenge('Negotiate'));
  expect((await get(foreign.url, { credentials: ALADDIN })).status).toBe(401);
  expect(foreign.requests).toHaveLength(1);
});

test('identity and secret answer a challenge too', async () => {
  const server = await serving((request) =>
    header(request, 'authorization') ? OK : challenge('Digest realm="x", nonce="n", qop="auth"'),
  );
  const credentials = {
    kind: 'identity-secret',
    identity: 'dev',
    secret: Uint8Array.of(0x70, 0x77),
  } as const;
  expect((await get(server.url, { credentials })).status).toBe(200);
});

describe('redirections', () => {
  const to = (location: string, code = 302): string =>
    `HTTP/1.1 ${code} Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

  test('are not followed unless told, and never by POST', async () => {
    const server = await serving(() => to('/next'));
    expect((await get(server.url)).status).toBe(302);
    const post = await client.send({ method: 'POST', url: server.url }, told({ redirects: 5 }));
    expect(post.status).toBe(302);
    expect(server.requests).toHaveLength(2);
  });

  test('within the origin keep headers; to another one they lose what names the device, and the credentials', async () => {
    const other = await serving(() => challenge('Basic realm="steal"'));
    const server = await serving((_, index) => to(index === 0 ? '/next' : `${other.url}/there`));
    const answer = await get(
      `${server.url}/a`,
      told({ redirects: 5, basicWithoutTls: true }, { credentials: ALADDIN }),
      {
        headers: { accept: 'x/y', 'omadm-devid': 'IMEI:1', authorization: 'x', cookie: 'c' },
      },
    );
    expect([answer.status, answer.url]).toEqual([401, `${other.url}/there`]);
    expect(header(server.requests[1]!, 'omadm-devid')).toBe('IMEI:1');
    expect(other.requests).toHaveLength(1);
    expect(other.requests[0]).toMatch(
      /^GET \/there HTTP\/1.1\r\naccept: x\/y\r\nhost: [^\r]*\r\nConnection: keep-alive\r\n\r\n$/,
    );
  });

  test.each([
    ['to a file', 'file:///etc/passwd', 'NETWORK_ADDRESS_FORBIDDEN'],
    ['to another scheme', 'ftp://h/x', 'NETWORK_ADDRESS_FORBIDDEN'],
    ['to data', 'data:text/plain,x', 'NETWORK_ADDRESS_FORBIDDEN'],
    ['with a password', 'http://u:p@h/', 'NETWORK_ADDRESS_FORBIDDEN'],
    ['to nowhere', 'http://', 'NETWORK_REDIRECT'],
  ])('%s are refused', async (_, location, code) => {
    const server = await serving(() => to(location));
    await expect(get(server.url, told({ redirects: 5 }))).rejects.toMatchObject({ code });
  });

  test('in a circle end', async () => {
    const server = await serving(() => to('/'));
    await expect(get(server.url, told({ redirects: 3 }))).rejects.toMatchObject({ code: 'NETWORK_REDIRECT' });
    expect(server.requests).toHaveLength(4);
  });
});

describe('addresses', () => {
  test.each([
    ['127.0.0.1', true],
    ['10.255.0.1', true],
    ['172.31.0.1', true],
    ['172.32.0.1', false],
    ['192.168.0.1', true],
    ['169.254.169.254', true],
    ['100.64.0.1', true],
    ['0.0.0.0', true],
    ['224.0.0.1', true],
    ['255.255.255.255', true],
    ['8.8.8.8', false],
    ['1.1.1.1', false],
    ['::1', true],
    ['::', true],
    ['fe80::1%lo', true],
    ['fc00::1', true],
    ['ff02::1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:8.8.8.8', false],
    ['::127.0.0.1', true],
    ['64:ff9b::7f00:1', true],
    ['2002:7f00:1::', true],
    ['2001:db8::1', true],
    ['2001:0:1::', true],
    ['2606:4700:4700::1111', false],
    ['2a00:1450:4001:810::200e', false],
    ['name', true],
  ])('%s forbidden: %s', (address, forbidden) => {
    expect(isForbiddenAddress(address)).toBe(forbidden);
  });

  test.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    'localhost',
  ])('http://%s/ is not connected to where private addresses are forbidden', async (host) => {
    await expect(get(`http://${host}:9/`, told({ forbidPrivate: true }))).rejects.toMatchObject({
      code: 'NETWORK_ADDRESS_FORBIDDEN',
    });
  });

  test('the address that was checked is the one connected to, and one bad address of a name spoils it', async () => {
    const server = await serving(() => OK);
    const port = new URL(server.url).port;
    const names: string[] = [];
    const rebinding = new HttpClient({
      resolve: async (name) => {
        names.push(name);
        return names.length === 1 ? [{ address: '127.0.0.1' }] : [{ address: '203.0.113.1' }];
      },
    });
    const answer = await rebinding.send({ method: 'GET', url: `http://rebind.example:${port}/` });
    expect([answer.status, names]).toEqual([200, ['rebind.example']]);
    rebinding.close();
    const mixed = new HttpClient({ resolve: async () => [{ address: '8.8.8.8' }, { address: '10.0.0.1' }] });
    await expect(
      mixed.send({ method: 'GET', url: 'http://mixed.example/' }, told({ forbidPrivate: true })),
    ).rejects.toMatchObject({ code: 'NETWORK_ADDRESS_FORBIDDEN', details: { address: '10.0.0.1' } });
  });

  test('a connection that was opened without the rule is not used under it', async () => {
    const server = await serving(() => OK);
    await get(server.url);
    await expect(get(server.url, told({ forbidPrivate: true }))).rejects.toMatchObject({
      code: 'NETWORK_ADDRESS_FORBIDDEN',
    });
    expect(server.requests).toHaveLength(1);
  });

  test('schemes that are not allowed, unknown names, closed ports', async () => {
    await expect(get('file:///etc/passwd')).rejects.toMatchObject({ code: 'NETWORK_ADDRESS_FORBIDDEN' });
    await expect(get('no address')).rejects.toMatchObject({ code: 'NETWORK_ADDRESS_FORBIDDEN' });
    await expect(get('http://h/', told({ schemes: ['https'] }))).rejects.toMatchObject({
      code: 'NETWORK_ADDRESS_FORBIDDEN',
    });
    const nobody = new HttpClient({ resolve: async () => [] });
    await expect(nobody.send({ method: 'GET', url: 'http://h/' })).rejects.toMatchObject({
      code: 'NETWORK_UNREACHABLE',
    });
    await expect(get('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
  });
});

describe('answers', () => {
  const quick = { timeouts: { connectMs: 500, stallMs: 80, totalMs: 200 } };

  test.each([
    ['no HTTP', 'SSH-2.0-x\r\n\r\n', 'NETWORK_PROTOCOL'],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      'NETWORK_PROTOCOL',
    ],
    [
      'a switch of protocols',
      'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      'NETWORK_PROTOCOL',
    ],
    [
      'a body cut short',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nab',
      'NETWORK_CLOSED',
    ],
    ['headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`, 'NETWORK_PROTOCOL'],
    ['too large by its length', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n', 'NETWORK_ANSWER_TOO_LARGE'],
    [
      'too large by its chunks',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n${'x'.repeat(32)}\r\n`,
      'NETWORK_ANSWER_TOO_LARGE',
    ],
    ['silence', undefined, 'NETWORK_TIMEOUT'],
    ['a body that stops', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab', 'NETWORK_TIMEOUT'],
  ])('%s', async (_, answer, code) => {
    const server = await serving(() => answer);
    await expect(get(server.url, told({ maxBody: 16, ...quick }))).rejects.toMatchObject({
      kind: 'network',
      code,
    });
  });

  test('a drip of octets ends with the whole time', async () => {
    const server = await serving(() => 'HTTP/1.1 100 Continue\r\n\r\n');
    const timer = setInterval(() => void server.requests.length, 50);
    const started = Date.now();
    await expect(get(server.url, told(quick))).rejects.toMatchObject({ code: 'NETWORK_TIMEOUT' });
    clearInterval(timer);
    expect(Date.now() - started).toBeLessThan(1_000);
  });

  test('giving up', async () => {
    const server = await serving(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    await expect(get(server.url, {}, { signal: controller.signal })).rejects.toMatchObject({
      code: 'NETWORK_ABORTED',
    });
    await expect(get(server.url, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'NETWORK_ABORTED',
    });
  });

  test('a header that cannot be written is a typed error', async () => {
    await expect(get('http://127.0.0.1:1/', {}, { headers: { 'x-a': 'a\r\nb' } })).rejects.toMatchObject({
      code: 'NETWORK_PROTOCOL',
    });
  });
});

test('connections are kept for the same credentials, and not shared with others', async () => {
  const server = await serving(() => OK);
  await get(server.url, { credentials: ALADDIN });
  await get(server.url, { credentials: { ...ALADDIN } });
  expect(server.connections()).toBe(1);
  await get(server.url, { credentials: { ...ALADDIN, user: 'other' } });
  await get(server.url);
  expect(server.connections()).toBe(3);
});

test('a kept connection that the server closed: GET goes again, POST is told', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    let requests = 0;
    socket.on('error', () => {});
    socket.on('data', () => {
      if (requests++ === 0) socket.write(OK);
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect((await get(url)).status).toBe(200);
  expect((await get(url)).status).toBe(200);
  expect(connections).toBe(2);
  await expect(client.send({ method: 'POST', url })).rejects.toMatchObject({ code: 'NETWORK_CLOSED' });
  expect(connections).toBe(2);
  server.close();
});
