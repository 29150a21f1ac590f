/**
 * The server side of `sessions.mjs`, in a process of its own: a bare node:http or node:https server that answers the
 * same octets, or simboot's DM server with a script of one GET waiting for every device.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const GET_DEVINFO = '{"CMD":[["GET","urn:oma:mo:oma-dm-devinfo:1.2//"]]}';
const END = '{"CMD":[["END"]]}';
const KEY = Buffer.alloc(16, 0x2a);

const { mode, sessions } = JSON.parse(process.argv[2]);
const server = await { bare, adapter, simboot }[mode.split('-')[0]](mode, sessions);
process.on('message', async (question) => {
  if (question === 'usage') process.send({ usage: process.cpuUsage() });
  else {
    const done = await server.check();
    await server.stop();
    process.send({ done }, () => process.exit(0));
  }
});
process.on('disconnect', () => process.exit());
process.send({ port: server.port });

/**
 * What no server can leave out: HTTP, the body, JSON in and out. It neither takes the multipart body apart nor keeps
 * anything. The suite and the version of TLS are those that the load asks simboot for.
 */
async function bare(kind) {
  let done = 0;
  const listener = (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const first = request.headers['content-type'] === 'application/vnd.oma.dm.initiation+json';
      if (first) JSON.parse(body);
      else done++;
      const answer = Buffer.from(JSON.stringify(JSON.parse(first ? GET_DEVINFO : END)));
      response.writeHead(200, {
        'content-type': 'application/vnd.oma.dm.request+json',
        'content-length': answer.length,
      });
      response.end(answer);
    });
  };
  const psk = {
    ciphers: 'PSK-AES128-GCM-SHA256',
    maxVersion: 'TLSv1.2',
    pskCallback: () => KEY,
  };
  const http = kind === 'bare-psk' ? createTlsServer(psk, listener) : createServer(listener);
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { port: http.address().port, check: async () => done, stop: async () => http.closeAllConnections() };
}

/** simboot's HTTP adapter alone, with what the bare server does as its handler. */
async function adapter(kind) {
  const { serveHttp } = await import(`${dist}/src/net/index.js`);
  let done = 0;
  const handler = async ({ headers, body }) => {
    const first = headers['content-type'] === 'application/vnd.oma.dm.initiation+json';
    if (first) JSON.parse(Buffer.from(body).toString());
    else done++;
    const answer = Buffer.from(JSON.stringify(JSON.parse(first ? GET_DEVINFO : END)));
    return { status: 200, headers: { 'content-type': 'application/vnd.oma.dm.request+json' }, body: answer };
  };
  const tls = kind.includes('psk') ? { tls: { psk: { lookup: () => KEY } } } : {};
  const running = await serveHttp({ handler, listen: { host: '127.0.0.1', port: 0 }, ...tls });
  return { port: running.port, check: async () => done, stop: () => running.close() };
}

async function simboot(kind, count) {
  const { makeCertificate, startDmServer } = await import(`${dist}/src/app/index.js`);
  const { memoryStore } = await import(`${dist}/src/dm/index.js`);
  const { openServerStore } = await import(`${dist}/src/store/index.js`);
  const folder = mkdtempSync(join(tmpdir(), 'simboot-sessions-'));
  const durable = kind.endsWith('sqlite');
  const store = durable ? await openServerStore(`sqlite:${join(folder, 'server.db')}`) : memoryStore();
  const tls = kind.includes('psk');
  const certificate = tls ? await makeCertificate('ec', ['localhost'], new Date(), randomBytes) : undefined;
  const names = Array.from({ length: count }, (_, at) => `device-${at}`);
  if (tls) await store.putAccounts(names.map(account));
  const running = await startDmServer({
    store,
    listen: { host: '127.0.0.1', port: 0 },
    policy: { anonymous: !tls },
    notifyWhenWanted: false,
    ...(tls ? { tls: { certificates: [{ cert: certificate.cert, key: certificate.key }] } } : {}),
  });
  const script = { kind: 'data', name: 'read', text: 'steps:\n- get: "urn:oma:mo:oma-dm-devinfo:1.2//"' };
  const jobs = [];
  for (let at = 0; at < count; at += 500) {
    jobs.push(
      ...(await Promise.all(
        names.slice(at, at + 500).map((name) => running.submit(`urn:dev:${name}`, script)),
      )),
    );
  }
  return {
    port: Number(new URL(running.urls.base).port),
    check: async () =>
      (await Promise.all(jobs.map((id) => store.job(id)))).filter((job) => job?.state === 'done').length,
    stop: async () => {
      await running.stop();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function account(name) {
  return {
    accountId: `dm/${name}`,
    srvId: 'dm.example',
    credentials: [{ purpose: 'trsp', kind: 'identity-secret', identity: name, secret: KEY }],
    createdAt: 1,
  };
}
