/** The server adapter, fed octet by octet: limits, late and broken peers, stopping. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  authenticate,
  basicAuthenticator,
  digestAuthenticator,
  type HttpHandler,
  type HttpServerEvent,
  type RunningServer,
  type ServeOptions,
  serveHttp,
} from '../../src/net/index.js';
import { row } from '../support/conformance.js';
import { raw } from './raw.js';

const running: RunningServer[] = [];
const events: HttpServerEvent[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
  events.length = 0;
});

async function started(handler: HttpHandler, more: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const listen = { host: '127.0.0.1', port: 0 };
  const server = await serveHttp({
    handler,
    listen,
    graceMs: 100,
    onEvent: (event) => events.push(event),
    ...more,
  });
  running.push(server);
  return server;
}

const echo: HttpHandler = async ({ method, path, headers, body }) => ({
  status: 200,
  headers: { 'content-type': 'text/plain' },
  body: encodeUtf8(`${method} ${path} [${headers['x-a'] ?? ''}] ${Buffer.from(body).toString('latin1')}`),
});

const CLOSE = 'Host: h\r\nConnection: close\r\n\r\n';
const status = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);

test('requests as they are on the wire', async () => {
  const { port } = await started(echo);
  expect(bodyOf(await raw(port, `GET /a?b=c HTTP/1.1\r\nX-A: 1\r\nx-a: 2\r\n${CLOSE}`))).toBe(
    'GET /a?b=c [1, 2] ',
  );
  expect(bodyOf(await raw(port, `POST / HTTP/1.1\r\nContent-Length: 3\r\n${CLOSE}abc`))).toBe(
    'POST / [] abc',
  );
  const chunked = `PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${CLOSE}2\r\nab\r\n1\r\nc\r\n0\r\n\r\n`;
  expect(bodyOf(await raw(port, chunked))).toBe('PUT /c [] abc');
  expect(bodyOf(await raw(port, `GET http://h/abs?q HTTP/1.1\r\n${CLOSE}`))).toBe('GET /abs?q [] ');
  const head = await raw(port, `HEAD /h HTTP/1.1\r\n${CLOSE}`);
  expect([status(head), /content-length: (\d+)/i.exec(head)?.[1], bodyOf(head)]).toEqual([200, '11', '']);
  const two = await raw(port, `GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\n${CLOSE}`);
  expect(two.match(/GET \/\d/g)).toEqual(['GET /1', 'GET /2']);
});

test.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['HTTP/1.0', `GET / HTTP/1.0\r\n${CLOSE}`, 505],
  ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['a target that is no path', `GET ftp://h/ HTTP/1.1\r\n${CLOSE}`, 400],
  ['two lengths', `POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n${CLOSE}ab`, 400],
  [
    'length and chunks',
    `POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n${CLOSE}0\r\n\r\n`,
    400,
  ],
  ['chunks that are none', `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${CLOSE}zz\r\n`, 400],
  ['a header name with a space', `GET / HTTP/1.1\r\nX A: 1\r\n${CLOSE}`, 400],
  ['a folded header', `GET / HTTP/1.1\r\nX-A: 1\r\n 2\r\n${CLOSE}`, 400],
  ['large headers', `GET / HTTP/1.1\r\nX-A: ${'x'.repeat(20_000)}\r\n${CLOSE}`, 431],
  ['a body announced too large', `POST / HTTP/1.1\r\nContent-Length: 1001\r\n${CLOSE}`, 413],
  [
    'a body announced too large, politely',
    `POST / HTTP/1.1\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n${CLOSE}`,
    413,
  ],
  [
    'chunks too large',
    `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${CLOSE}3e9\r\n${'x'.repeat(1001)}\r\n0\r\n\r\n`,
    413,
  ],
  ['an unknown expectation', `POST / HTTP/1.1\r\nExpect: x\r\n${CLOSE}`, 417],
])('%s: %#', async (_, request, expected) => {
  let served = 0;
  const handler: HttpHandler = async () => {
    served++;
    return { status: 200, headers: {} };
  };
  const { port } = await started(handler, { limits: { bodyOctets: 1000 } });
  expect([status(await raw(port, request)), served]).toEqual([expected, 0]);
});

test('100 Continue, then the body', async () => {
  const { port } = await started(echo);
  const answer = await raw(
    port,
    `POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n${CLOSE}ab`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
});

test('slow headers, and a slow body, get 408', async () => {
  const { port } = await started(echo, { limits: { headersMs: 60, requestMs: 120 } });
  expect(status(await raw(port, 'GET / HTTP/1.1\r\nHost'))).toBe(408);
  expect(status(await raw(port, `POST / HTTP/1.1\r\nContent-Length: 9\r\n${CLOSE}ab`))).toBe(408);
});

test('an idle connection is closed, and so is one that sends nothing', async () => {
  const { port } = await started(echo, { limits: { idleMs: 50, headersMs: 60, stallMs: 150 } });
  expect(status(await raw(port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'))).toBe(200);
  expect(await raw(port, '')).not.toContain('200');
});

test('a peer that does not read its answer is given up', async () => {
  const large = new Uint8Array(64 << 20);
  const { port } = await started(async () => ({ status: 200, headers: {}, body: large }), {
    limits: { stallMs: 100 },
  });
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(`GET / HTTP/1.1\r\nHost: h\r\n\r\n`);
  socket.on('error', () => {});
  // Server and peer share a process here: on a busy machine a short wait ends before the server's own.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  let octets = 0;
  socket.on('data', (chunk) => {
    octets += chunk.length;
  });
  await new Promise((resolve) => socket.on('close', resolve));
  expect(octets).toBeLessThan(large.length);
});

test('too many requests at once: 503 with Retry-After, and the others are served', async () => {
  let release = (): void => {};
  const wait = new Promise<void>((resolve) => {
    release = resolve;
  });
  const handler: HttpHandler = async (request) => {
    await wait;
    return echo(request);
  };
  const { port } = await started(handler, { limits: { requests: 1 } });
  const first = raw(port, `GET /1 HTTP/1.1\r\n${CLOSE}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const second = await raw(port, `GET /2 HTTP/1.1\r\n${CLOSE}`);
  expect(status(second)).toBe(503);
  expect(second).toMatch(/retry-after: 5\r\n/i);
  release();
  expect(status(await first)).toBe(200);
  expect(events).toMatchObject([{ type: 'refused', status: 503, reason: 'too many requests at once' }]);
});

test('more connections than allowed are closed', async () => {
  const { port } = await started(echo, { limits: { connections: 1 } });
  const kept = connect({ port, host: '127.0.0.1' });
  await new Promise((resolve) => kept.on('connect', resolve));
  expect(await raw(port, `GET / HTTP/1.1\r\n${CLOSE}`)).toBe('');
  kept.destroy();
});

test('a handler that throws, or answers with a header that is none: 500 and not a word', async () => {
  const failing: HttpHandler = async ({ path }) => {
    if (path === '/throw?token=x') throw new Error('the secret stack');
    return { status: 200, headers: { 'x-a': 'a\r\nSet-Cookie: b' } };
  };
  const { port } = await started(failing);
  for (const path of ['/throw?token=x', '/header']) {
    const answer = await raw(port, `GET ${path} HTTP/1.1\r\n${CLOSE}`);
    expect([status(answer), bodyOf(answer)]).toEqual([500, '']);
    expect(answer).not.toMatch(/secret|Set-Cookie/);
  }
  expect(events).toMatchObject([
    { type: 'handler-failed', path: '/throw' },
    { type: 'handler-failed', path: '/header' },
  ]);
});

test('the signal tells the handler that the client left', async () => {
  let left: Promise<boolean> | undefined;
  const { port } = await started(async ({ signal }) => {
    left = new Promise((resolve) => signal.addEventListener('abort', () => resolve(true)));
    await left;
    return { status: 200, headers: {} };
  });
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  expect(await left).toBe(true);
});

test('stopping: idle connections at once, work is finished, what hangs is cut off', async () => {
  let hung = false;
  const server = await started(
    async (request) => {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, request.path === '/slow' ? 50 : 5_000).unref();
        request.signal.addEventListener('abort', () => {
          hung = true;
          resolve();
        });
      });
      return echo(request);
    },
    { graceMs: 200 },
  );
  const idle = raw(server.port, '');
  const slow = raw(server.port, 'GET /slow HTTP/1.1\r\nHost: h\r\n\r\n');
  const hangs = raw(server.port, 'GET /hang HTTP/1.1\r\nHost: h\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 30));
  await server.close();
  expect(await slow).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close/i);
  expect([await hangs, await idle, hung]).toEqual(['', '', true]);
});

test('a port that is taken is a typed error, and an aborted signal stops', async () => {
  const { port } = await started(echo);
  await expect(serveHttp({ handler: echo, listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({
    code: 'NETWORK_LISTEN',
    details: { port, code: 'EADDRINUSE' },
  });
  const controller = new AbortController();
  const server = await started(echo, { signal: controller.signal });
  controller.abort();
  await server.close();
  expect(await raw(server.port, `GET / HTTP/1.1\r\n${CLOSE}`)).toBe('');
});

const lookup = (user: string) => (user === 'Aladdin' ? { password: 'open sesame' } : undefined);

const authenticators = [
  digestAuthenticator({ realm: 'dm', lookup }),
  basicAuthenticator({ realm: 'dm', lookup, withoutTls: true }),
];

/** Greets whoever is authenticated. */
const guarded: HttpHandler = async (request) => {
  const outcome = await authenticate(request, authenticators);
  if (outcome.ok) return { status: 200, headers: {}, body: encodeUtf8(outcome.user) };
  return { status: 401, headers: { 'www-authenticate': outcome.challenges } };
};

row('B.2.5 DM-SEC-001-S-M', 'received', 'Basic credentials of RFC 7617 §2', async () => {
  const { port } = await started(guarded);
  const request = `GET / HTTP/1.1\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n${CLOSE}`;
  expect(bodyOf(await raw(port, request))).toBe('Aladdin');
  expect(status(await raw(port, request.replace('IHNl', 'IFNl')))).toBe(401);
});

row('B.2.5 DM-SEC-001-S-M', 'sent', 'the challenge for Basic', async () => {
  const { port } = await started(guarded);
  const answer = await raw(port, `GET / HTTP/1.1\r\n${CLOSE}`);
  expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
  expect(answer).toContain('www-authenticate: Basic realm="dm", charset=UTF-8\r\n');
});

row('B.2.5 DM-SEC-002-S-M', 'sent', 'the challenges for Digest, SHA-256 first', async () => {
  const { port } = await started(guarded);
  const answer = await raw(port, `GET / HTTP/1.1\r\n${CLOSE}`);
  const challenges = answer.match(/www-authenticate: Digest [^\r]*/g)!;
  expect(challenges[0]).toMatch(
    /^www-authenticate: Digest realm="dm", qop="auth", algorithm=SHA-256, nonce="\w{60}", charset=UTF-8$/,
  );
  expect(challenges[1]).toMatch(
    /^www-authenticate: Digest realm="dm", qop="auth", algorithm=MD5, nonce="\w{60}", charset=UTF-8$/,
  );
});

for (const [algorithm, hash] of [
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
] as const) {
  row(
    'B.2.5 DM-SEC-002-S-M',
    'received',
    `a response by ${algorithm}, computed as RFC 7616 §3.4.1 says`,
    async () => {
      const { port } = await started(guarded);
      const challenged = await raw(port, `GET / HTTP/1.1\r\n${CLOSE}`);
      const nonce = /nonce="(\w+)"/.exec(challenged)![1];
      const h = (text: string) => createHash(hash).update(text).digest('hex');
      const response = h(
        `${h('Aladdin:dm:open sesame')}:${nonce}:00000001:0a4f113b:auth:${h('GET:/dir?x=1')}`,
      );
      const credentials =
        `username="Aladdin", realm="dm", nonce="${nonce}", uri="/dir?x=1", algorithm=${algorithm}, ` +
        `qop=auth, nc=00000001, cnonce="0a4f113b", response="${response}"`;
      const request = `GET /dir?x=1 HTTP/1.1\r\nAuthorization: Digest ${credentials}\r\n${CLOSE}`;
      expect(bodyOf(await raw(port, request))).toBe('Aladdin');
      expect(await raw(port, request)).toMatch(/^HTTP\/1\.1 401 [\s\S]*stale=true/);
    },
  );
}
