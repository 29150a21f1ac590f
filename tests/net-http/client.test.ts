/** The client against a server of node:http, and against ours over TLS. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { HttpClient, PskTable, serveHttp } from '../../src/net/index.js';

const client = new HttpClient();
const servers: Server[] = [];

afterAll(() => {
  client.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server of node:http on a free port of 127.0.0.1. */
async function foreign(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a POST arrives with its headers and body, and the answer comes back', async () => {
  const url = await foreign((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.writeHead(201, { 'x-one': ['a', 'b'] });
      response.end(`${request.method} ${request.url} ${request.headers['omadm-devid']} ${body}`);
    });
  });
  const answer = await client.send({
    method: 'POST',
    url: `${url}/dm?x=1`,
    headers: { 'OMADM-DevID': 'IMEI:1' },
    body: encodeUtf8('hello'),
  });
  expect(answer.status).toBe(201);
  expect(answer.headers['x-one']).toBe('a, b');
  expect(Buffer.from(answer.body).toString()).toBe('POST /dm?x=1 IMEI:1 hello');
});

test('PSK: our server knows the identity of our client', async () => {
  const psk = new PskTable();
  psk.set('device-1', Uint8Array.of(1, 2, 3, 4));
  const server = await serveHttp({
    handler: async (request) => ({
      status: 200,
      headers: {},
      body: encodeUtf8(JSON.stringify(request.peer.identity)),
    }),
    listen: { host: 'localhost', port: 0 },
    tls: { psk },
  });
  for (const max of ['TLSv1.2', 'TLSv1.3'] as const) {
    const answer = await client.send(
      { method: 'GET', url: server.url },
      {
        credentials: { kind: 'psk', identity: 'device-1', key: Uint8Array.of(1, 2, 3, 4) },
        trust: { versions: { max } },
      },
    );
    expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({ kind: 'psk', identity: 'device-1' });
  }
  await server.close();
});
