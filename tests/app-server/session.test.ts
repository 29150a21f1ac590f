/** Sessions over real sockets, every octet of the device written by hand (DM 2.0 §5.2, §9.2.1, Appendix F). */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../src/app/index.js';
import { memoryStore } from '../../src/dm/index.js';
import { openServerStore } from '../../src/store/index.js';
import {
  BOOTSTRAP_COMPLETE,
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
  testCertificate,
  testServer,
} from './raw.js';

const DEV = 'IMEI:493005100592800';
const DEVINFO = 'urn:oma:mo:oma-dm-devinfo:1.2//';
const servers: TestServer[] = [];
const raws: Raw[] = [];
async function started(server: Promise<TestServer>): Promise<TestServer> {
  servers.push(await server);
  return servers.at(-1)!;
}
async function opened(raw: Promise<Raw>): Promise<Raw> {
  raws.push(await raw);
  return raws.at(-1)!;
}
afterEach(async () => {
  for (const raw of raws.splice(0)) raw.close();
  for (const server of servers.splice(0)) {
    await server.stop();
    await server.store.close();
  }
});

test('a session with PSK: Package#1, GET, a multipart Package#3, END; the result is kept', async () => {
  const server = await started(testServer());
  await server.store.putAccount(pskAccount('card-1'));
  const jobId = await server.submit(DEV, script(`- get: "${DEVINFO}"`));
  const raw = await opened(Raw.psk(server.port, 'card-1', key('card-1')));
  expect(commandsOf(await raw.post(DEV, INITIATION, BOOTSTRAP_COMPLETE))).toEqual([['GET', DEVINFO]]);
  const body = [
    '--b',
    'Content-Disposition: form-data',
    `Content-Type: ${RESPONSE}`,
    '',
    '{"Status":[{"sc":200}]}',
    '--b',
    'Content-Disposition: form-data; name="0"',
    'Content-Type: application/dmmo+json',
    '',
    `[{"ClientURI":"${DEVINFO}","MOData":{"DevInfo":{"Man":"Vendor"}}}]`,
    '--b--',
    '',
  ].join('\r\n');
  expect(commandsOf(await raw.post(DEV, 'multipart/form-data; boundary=b', body))).toEqual([['END']]);
  expect(await server.store.job(jobId)).toMatchObject({ state: 'done' });
  const [result] = await server.store.results(jobId);
  expect(Buffer.from(result!.body).toString()).toContain('Vendor');
  expect(await server.store.account('dm/card-1')).toMatchObject({ devId: DEV });
  expect(await server.store.device(DEV)).toMatchObject({
    accountId: 'dm/card-1',
    bootstrappedAt: expect.any(Number),
  });
  const types = server.events.map(({ type }) => type);
  expect(types).toEqual(
    expect.arrayContaining(['bound', 'session-started', 'command-sent', 'command-answered', 'session-ended']),
  );
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'an identity that was added a moment ago is known (%s)',
  async (version) => {
    const server = await started(testServer());
    for (let number = 0; number < 20; number++) {
      const name = `new-${number}`;
      await server.store.putAccount(pskAccount(name));
      const raw = await opened(Raw.psk(server.port, name, key(name), version));
      expect(commandsOf(await raw.post(`urn:dev:${name}`, INITIATION, CLIENT_INITIATED))).toEqual([['END']]);
    }
    await server.store.putAccount(pskAccount('new-0', { credentials: [] }));
    await expect(Raw.psk(server.port, 'new-0', key('new-0'), 'TLSv1.2')).rejects.toThrow();
  },
);

test('many connections at once, each with its own identity', async () => {
  const server = await started(testServer());
  await Promise.all(
    Array.from({ length: 30 }, async (_, number) => {
      const name = `many-${number}`;
      await server.store.putAccount(pskAccount(name));
      const raw = await opened(Raw.psk(server.port, name, key(name)));
      expect(commandsOf(await raw.post(`urn:dev:${name}`, INITIATION, CLIENT_INITIATED))).toEqual([['END']]);
      expect(await server.store.account(`dm/${name}`)).toMatchObject({ devId: `urn:dev:${name}` });
    }),
  );
});

test('who is not the device gets 403, and the operator hears of it', async () => {
  const server = await started(testServer());
  await server.store.putAccounts([pskAccount('a'), pskAccount('b')]);
  const a = await opened(Raw.psk(server.port, 'a', key('a')));
  expect((await a.post('urn:dev:a', INITIATION, CLIENT_INITIATED)).status).toBe(200);
  // Its own account, but another device's name; then another device's account.
  const lie = await a.post('urn:dev:other', INITIATION, CLIENT_INITIATED);
  expect([lie.status, lie.body]).toEqual([403, '']);
  const b = await opened(Raw.psk(server.port, 'b', key('b')));
  expect((await b.post('urn:dev:a', INITIATION, CLIENT_INITIATED)).status).toBe(403);
  expect((await b.post('urn:dev:a', RESPONSE, '{"Status":[]}')).status).toBe(403);
  expect(await server.store.account('dm/b')).not.toHaveProperty('devId');
  expect(server.events.filter(({ type }) => type === 'answered-with')).toEqual(
    expect.arrayContaining([{ type: 'answered-with', devId: 'urn:dev:a', status: 403, what: 'package' }]),
  );
  expect(await server.store.load('urn:dev:other')).toMatchObject({ revision: 0 });
});

test('two devices race for one account: the first has it', async () => {
  const server = await started(testServer());
  await server.store.putAccount(pskAccount('one'));
  const raws = await Promise.all([1, 2, 3, 4].map(() => opened(Raw.psk(server.port, 'one', key('one')))));
  const answers = await Promise.all(
    raws.map((raw, index) => raw.post(`urn:dev:${index}`, INITIATION, CLIENT_INITIATED)),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403]);
  const winner = answers.findIndex(({ status }) => status === 200);
  expect(await server.store.account('dm/one')).toMatchObject({ devId: `urn:dev:${winner}` });
});

test('strangers: wrong key, unknown identity, no identity', async () => {
  const server = await started(testServer());
  await server.store.putAccount(pskAccount('known'));
  await expect(Raw.psk(server.port, 'known', key('wrong'))).rejects.toThrow();
  await expect(Raw.psk(server.port, 'unknown', key('unknown'))).rejects.toThrow();
  const anonymous = await opened(Raw.tls(server.port, {}));
  const answer = await anonymous.post(DEV, INITIATION, CLIENT_INITIATED);
  expect(answer.status).toBe(401);
  expect(answer.headers['www-authenticate']).toMatch(/^Digest .*SHA-256.*\nDigest .*MD5.*\nBasic /s);
  expect(await server.store.load(DEV)).toMatchObject({ revision: 0 });
});

test('Basic over TLS: user and password are identity and secret', async () => {
  const server = await started(testServer());
  await server.store.putAccount(pskAccount('user'));
  const raw = await opened(Raw.tls(server.port, {}));
  const basic = (password: string) =>
    `Authorization: Basic ${Buffer.from(`user:${password}`).toString('base64')}\r\n`;
  const good = Buffer.from(key('user')).toString();
  expect((await raw.post(DEV, INITIATION, CLIENT_INITIATED, basic('wrong'))).status).toBe(401);
  expect(commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED, basic(good)))).toEqual([['END']]);
  expect((await raw.post('urn:dev:other', INITIATION, CLIENT_INITIATED, basic(good))).status).toBe(403);
  expect(server.events).toContainEqual(expect.objectContaining({ type: 'refused', status: 401 }));
  expect(JSON.stringify(server.events)).not.toContain(good);
});

test('Digest without TLS (RFC 7616); Basic is not offered there', async () => {
  const server = await started(plainServer());
  await server.store.putAccount(pskAccount('user'));
  const raw = await opened(Raw.plain(server.port));
  const challenge = (await raw.post(DEV, INITIATION, CLIENT_INITIATED)).headers['www-authenticate']!;
  expect(challenge).not.toContain('Basic');
  const [first = ''] = challenge.split('\n');
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(first)?.[1] ?? '';
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const ha1 = sha256(`user:${field('realm')}:${Buffer.from(key('user')).toString()}`);
  const response = sha256(`${ha1}:${field('nonce')}:00000001:abc:auth:${sha256('POST:/dm')}`);
  const authorization = `Authorization: Digest username="user", realm="${field('realm')}", nonce="${field('nonce')}", uri="/dm", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="abc", response="${response}"\r\n`;
  expect(commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED, authorization))).toEqual([['END']]);
  // The same count again is a replay.
  expect((await raw.post(DEV, INITIATION, CLIENT_INITIATED, authorization)).status).toBe(401);
});

test('a client certificate is known by its fingerprint, without any authority', async () => {
  const server = await started(testServer());
  const mine = await makeCertificate('ec', ['device'], new Date(), (octets) =>
    new Uint8Array(octets).fill(9),
  );
  const other = await makeCertificate('ec', ['device'], new Date(), (octets) =>
    new Uint8Array(octets).fill(8),
  );
  const fingerprint256 = mine.fingerprint256;
  await server.store.putAccount(
    pskAccount('cert', { credentials: [{ purpose: 'trsp', kind: 'x509', fingerprint256 }] }),
  );
  const raw = await opened(Raw.tls(server.port, { cert: mine.cert, key: mine.key }));
  expect(commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED))).toEqual([['END']]);
  await expect(
    (async () =>
      (await opened(Raw.tls(server.port, { cert: other.cert, key: other.key }))).post(
        DEV,
        INITIATION,
        CLIENT_INITIATED,
      ))(),
  ).rejects.toThrow();
});

test('what is no request of a device: addresses, methods, DevID, content', async () => {
  const server = await started(testServer());
  await server.store.putAccount(pskAccount('a'));
  const raw = await opened(Raw.psk(server.port, 'a', key('a')));
  const status = async (octets: string) => (await raw.say(octets)).status;
  expect(await status('GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n')).toBe(404);
  expect(await status('GET /dm/x HTTP/1.1\r\nHost: x\r\n\r\n')).toBe(404);
  expect(await status('GET /dm HTTP/1.1\r\nHost: x\r\nOMADM-DevID: urn:dev:a\r\n\r\n')).toBe(405);
  expect(await status('POST /dm HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')).toBe(400);
  expect((await raw.post('urn:dev:a', INITIATION, '{"Alert":')).status).toBe(400);
  expect((await raw.post('urn:dev:a', 'text/html', '<p>')).status).toBe(415);
  expect((await raw.post('urn:dev:a', RESPONSE, '{"Status":[]}')).status).toBe(409);
  expect(await status(`GET /repository/${'x'.repeat(32)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toBe(404);
  expect(await status('GET /repository/..%2f HTTP/1.1\r\nHost: x\r\n\r\n')).toBe(404);
  expect(await status(`GET /ui/${'x'.repeat(32)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toBe(404);
  expect(await server.store.load('urn:dev:a')).toMatchObject({ revision: 0 });
});

test('a new Package#1 ends the session before it', async () => {
  const server = await started(testServer());
  await server.store.putAccount(pskAccount('a'));
  await server.submit(DEV, script(`- get: "${DEVINFO}"`));
  const [one, two] = [
    await opened(Raw.psk(server.port, 'a', key('a'))),
    await opened(Raw.psk(server.port, 'a', key('a'))),
  ];
  expect(commandsOf(await one.post(DEV, INITIATION, CLIENT_INITIATED))).toEqual([['GET', DEVINFO]]);
  await two.post(DEV, INITIATION, CLIENT_INITIATED);
  expect(server.events).toContainEqual(
    expect.objectContaining({ type: 'session-ended', outcome: 'new-session' }),
  );
  const sessions = await server.store.sessions(DEV);
  expect(sessions.filter(({ state }) => state === 'open').length).toBeLessThanOrEqual(1);
});

test('packages of one device at the same moment: one after the other, nothing lost', async () => {
  const server = await started(testServer());
  await server.store.putAccount(pskAccount('a'));
  const all = await Promise.all(
    Array.from({ length: 12 }, () => opened(Raw.psk(server.port, 'a', key('a')))),
  );
  const answers = await Promise.all(all.map((raw) => raw.post(DEV, INITIATION, CLIENT_INITIATED)));
  expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
  expect(await server.store.sessions(DEV)).toHaveLength(12);
  expect(await server.store.alerts(DEV)).toHaveLength(12);
});

test('a session goes on at another server with the same store, also over a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-restart-'));
  try {
    const address = `sqlite:${join(directory, 'server.db')}`;
    const one = await started(testServer({ store: await openServerStore(address) }));
    await one.store.putAccount(pskAccount('a'));
    const jobId = await one.submit(DEV, script(`- get: "${DEVINFO}"\n- { delete: "urn:x:mo:y:1.0/a/b" }`));
    const before = await opened(Raw.psk(one.port, 'a', key('a')));
    const sent = commandsOf(await before.post(DEV, INITIATION, CLIENT_INITIATED));
    expect(sent.length).toBeGreaterThan(0);
    servers.length = 0;
    before.close();
    await one.stop();
    await one.store.close();
    const two = await started(testServer({ store: await openServerStore(address) }));
    const after = await opened(Raw.psk(two.port, 'a', key('a')));
    let commands = sent;
    for (let round = 0; round < 3 && commands[0]?.[0] !== 'END'; round++) {
      const statuses = commands.map(() => '{"sc":200}').join();
      commands = commandsOf(await after.post(DEV, RESPONSE, `{"Status":[${statuses}]}`));
    }
    expect(commands).toEqual([['END']]);
    expect(await two.store.job(jobId)).toMatchObject({ state: 'done' });
    expect(
      (await two.store.commands(jobId)).map(({ name, attempts, status }) => [name, attempts, status]),
    ).toEqual([
      ['GET', 1, 200],
      ['DELETE', 1, 200],
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('two servers on one store: a device may talk to both by turns', async () => {
  const store = memoryStore();
  const one = await started(testServer({ store }));
  const two = await started(testServer({ store }));
  await store.putAccount(pskAccount('a'));
  const steps = Array.from({ length: 6 }, (_, at) => `- delete: "urn:x:mo:y:1.0/a/n${at}"`);
  await one.submit(DEV, script(steps.join('\n')));
  const raws = [
    await opened(Raw.psk(one.port, 'a', key('a'))),
    await opened(Raw.psk(two.port, 'a', key('a'))),
  ];
  let commands = commandsOf(await raws[0]!.post(DEV, INITIATION, CLIENT_INITIATED));
  const names: string[] = [];
  for (let turn = 1; commands[0]?.[0] !== 'END' && turn < 20; turn++) {
    names.push(...commands.map(([, uri]) => uri!));
    const statuses = commands.map(() => '{"sc":200}').join();
    commands = commandsOf(await raws[turn % 2]!.post(DEV, RESPONSE, `{"Status":[${statuses}]}`));
  }
  expect(names).toEqual(Array.from({ length: 6 }, (_, at) => `urn:x:mo:y:1.0/a/n${at}`));
});

test('a session that takes too long is ended, and its command is in doubt', async () => {
  let now = Date.now();
  const server = await started(testServer({ clock: () => new Date(now), policy: { sessionMs: 5_000 } }));
  await server.store.putAccount(pskAccount('a'));
  const jobId = await server.submit(DEV, script('- delete: "urn:x:mo:y:1.0/a/b"'));
  const raw = await opened(Raw.psk(server.port, 'a', key('a')));
  commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED));
  now += 6_000;
  const deadline = performance.now() + 5_000;
  while (!server.events.some(({ type }) => type === 'session-ended') && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(server.events).toContainEqual(
    expect.objectContaining({ type: 'session-ended', outcome: 'timeout' }),
  );
  expect(await server.store.commands(jobId)).toMatchObject([{ name: 'DELETE', state: 'in-doubt' }]);
});

test('a device that leaves before its reply has given the session up', async () => {
  const store = memoryStore();
  const slow: typeof store = Object.assign(Object.create(store) as typeof store, {
    apply: async (...step: Parameters<typeof store.apply>) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return store.apply(...step);
    },
  });
  for (const name of [
    'load',
    'accountOf',
    'account',
    'accountChanges',
    'overdue',
    'device',
    'close',
  ] as const) {
    Object.assign(slow, { [name]: store[name].bind(store) });
  }
  const server = await started(testServer({ store: slow }));
  await store.putAccount(pskAccount('a'));
  const jobId = await server.submit(DEV, script('- delete: "urn:x:mo:y:1.0/a/b"'));
  const raw = await opened(Raw.psk(server.port, 'a', key('a')));
  const lost = raw.post(DEV, INITIATION, CLIENT_INITIATED).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 30));
  raw.close();
  await lost;
  const deadline = performance.now() + 5_000;
  while (!server.events.some(({ type }) => type === 'session-ended') && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(server.events).toContainEqual(
    expect.objectContaining({ type: 'session-ended', outcome: 'aborted' }),
  );
  expect(await store.commands(jobId)).toMatchObject([{ state: 'in-doubt' }]);
  expect((await store.load(DEV)).session).toMatchObject({ state: 'ended', outcome: 'aborted' });
});

test('new devices are greeted with a script before their first Package#2, strangers are not', async () => {
  const server = await started(testServer({ welcome: [script(`- get: "${DEVINFO}"`)] }));
  await server.store.putAccount(pskAccount('a'));
  const raw = await opened(Raw.psk(server.port, 'a', key('a')));
  expect(commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED))).toEqual([['GET', DEVINFO]]);
  expect(commandsOf(await raw.post(DEV, RESPONSE, '{"Status":[{"sc":404}]}'))).toEqual([['END']]);
  expect(commandsOf(await raw.post(DEV, INITIATION, CLIENT_INITIATED))).toEqual([['END']]);
  expect((await raw.post('urn:dev:else', INITIATION, CLIENT_INITIATED)).status).toBe(403);
  expect(await server.store.jobs('urn:dev:else')).toEqual([]);
});

test('the certificate that a server makes for itself', async () => {
  const made = await testCertificate();
  expect(made.fingerprint256).toMatch(/^[0-9a-f]{64}$/);
  const rsa = await makeCertificate(
    'rsa',
    ['dm.example.com', '192.0.2.1', '2001:db8::1'],
    new Date(),
    (octets) => new Uint8Array(octets).fill(0xff),
  );
  const { X509Certificate } = await import('node:crypto');
  const certificate = new X509Certificate(rsa.cert);
  expect(certificate.checkHost('dm.example.com')).toBe('dm.example.com');
  expect([certificate.checkIP('192.0.2.1'), certificate.checkIP('2001:db8::1')]).toEqual([
    '192.0.2.1',
    '2001:db8::1',
  ]);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
});
