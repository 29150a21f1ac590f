/** Our client against the openssl program: suites, versions, certificates, identities (DM 2.0 §9.2). */

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import {
  CIPHER_SUITES,
  type ClientResponse,
  HttpClient,
  type TlsTrust,
  type TransportCredentials,
} from '../../src/net/index.js';
import { row } from '../support/conformance.js';
import { type Certificates, makeCertificates, type OpensslServer, sServer } from './openssl.js';

let certificates: Certificates;
let client: HttpClient;
const running: OpensslServer[] = [];
const KEY = '00112233445566778899aabbccddeeff';
const DEVICE: TransportCredentials = { kind: 'psk', identity: 'device-1', key: Buffer.from(KEY, 'hex') };
const PSK = ['-psk', KEY, '-psk_identity', 'device-1'];

beforeAll(() => {
  certificates = makeCertificates();
  client = new HttpClient();
});

afterEach(async () => {
  client.close();
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

afterAll(() => certificates.remove());

async function started(...args: string[]): Promise<OpensslServer> {
  const server = await sServer(args);
  running.push(server);
  return server;
}

const serving = (name: string): string[] => [
  '-cert',
  certificates.file(`${name}.crt`),
  '-key',
  certificates.file(`${name}.key`),
];

function get(
  server: OpensslServer,
  trust: TlsTrust,
  credentials?: TransportCredentials,
): Promise<ClientResponse> {
  const options = credentials === undefined ? { trust } : { trust, credentials };
  return client.send({ method: 'GET', url: server.url }, options);
}

/** What s_server says of the connection on its page. */
const page = (answer: ClientResponse): string => Buffer.from(answer.body).toString('latin1');

const ca = (): TlsTrust => ({ anchors: certificates.read('ca.crt') });

for (const { name, openssl, mode, certificate } of CIPHER_SUITES) {
  const id = mode === 'psk' ? 'B.1.5 DM-SEC-009-C-O' : 'B.1.5 DM-SEC-011-C-O';
  row(id, 'sent', `${name}: openssl s_server has agreed on it`, async () => {
    const own = certificate === 'none' ? ['-nocert'] : serving(certificate);
    const server = await started('-tls1_2', '-cipher', openssl, ...own, ...(mode === 'psk' ? PSK : []));
    const answer = await get(server, { ...ca(), suites: [name] }, mode === 'psk' ? DEVICE : undefined);
    expect(answer.status).toBe(200);
    expect(page(answer)).toMatch(new RegExp(`Cipher is ${openssl}\\n`));
  });
}

row(
  'B.1.5 DM-SEC-008-C-O',
  'received',
  'a server that proves the pre-shared key, by TLS 1.2 and 1.3',
  async () => {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const server = await started(version, '-cipher', 'PSK', '-nocert', ...PSK);
      expect(page(await get(server, {}, DEVICE))).toMatch(/Cipher is (TLS_AES_128_GCM_SHA256|\S*PSK\S*)\n/);
    }
  },
);

row('B.1.5 DM-SEC-004-C-M', 'sent', 'both modes: X.509 and PSK-TLS', async () => {
  const x509 = await started('-tls1_2', ...serving('ec'));
  expect((await get(x509, ca())).status).toBe(200);
  const psk = await started('-tls1_2', '-cipher', 'PSK', '-nocert', ...PSK);
  expect((await get(psk, {}, DEVICE)).status).toBe(200);
});

function device(more: object = {}): TransportCredentials {
  return {
    kind: 'x509',
    certificate: certificates.der('device'),
    key: certificates.keyDer('device'),
    ...more,
  };
}

row('B.1.5 DM-SEC-003-C-M', 'sent', 'a client certificate that openssl verifies', async () => {
  const asks = ['-Verify', '1', '-verify_return_error', '-CAfile', certificates.file('ca.crt')];
  for (const version of ['-tls1_2', '-tls1_3']) {
    const server = await started(version, ...serving('ec'), ...asks);
    expect(page(await get(server, ca(), device()))).toMatch(/Subject: CN ?= ?device-1/);
  }
});

row(
  'B.1.5 DM-SEC-010-C-O',
  'received',
  'certificates of RSA and EC servers, verified to the anchor',
  async () => {
    for (const name of ['rsa', 'ec']) {
      expect((await get(await started(...serving(name)), ca())).status).toBe(200);
    }
  },
);

row('B.1.5 DM-SEC-007-C-O', 'sent', 'TLS 1.2, and 1.3 by default', async () => {
  expect(page(await get(await started('-tls1_2', ...serving('ec')), ca()))).toContain('TLSv1.2');
  expect(page(await get(await started(...serving('ec')), ca()))).toContain('TLSv1.3');
});

for (const [id, flag, version] of [
  ['B.1.5 DM-SEC-006-C-M', '-tls1_1', 'TLSv1.1'],
  ['B.1.5 DM-SEC-005-C-O', '-tls1', 'TLSv1'],
] as const) {
  row(id, 'sent', `${version} with the legacy option, by PSK and by X.509`, async () => {
    const legacy: TlsTrust = { ...ca(), legacy: true };
    const psk = await started(flag, '-cipher', 'PSK:@SECLEVEL=0', '-nocert', ...PSK);
    expect(page(await get(psk, legacy, DEVICE))).toMatch(new RegExp(`Protocol +: ${version}\\n`));
    const x509 = await started(flag, '-cipher', 'ALL:@SECLEVEL=0', ...serving('rsa'));
    expect(page(await get(x509, legacy))).toMatch(new RegExp(`Protocol +: ${version}\\n`));
  });
}

row('B.1.5 DM-SEC-012-C-M', 'received', 'a server of TLS 1.1 is refused where 1.2 is the least', async () => {
  for (const flag of ['-tls1_1', '-tls1']) {
    const server = await started(flag, '-cipher', 'ALL:@SECLEVEL=0', ...serving('rsa'), ...PSK);
    await expect(get(server, ca())).rejects.toMatchObject({ code: 'NETWORK_TLS_VERSION' });
    await expect(get(server, {}, DEVICE)).rejects.toMatchObject({ code: 'NETWORK_TLS_VERSION' });
  }
});

/** A server that answers the first octets of a client with these, and keeps the connection. */
async function answering(bytes: Uint8Array): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return { url: `https://localhost:${(server.address() as AddressInfo).port}/`, server };
}

row(
  'B.1.5 DM-SEC-012-C-M',
  'received',
  'a ServerHello of SSL 3.0 is refused even with the legacy option',
  async () => {
    // record: handshake, 3.0, 42 octets; ServerHello, 38 octets: version 3.0, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, null
    const hello = `160300002a020000260300${'5a'.repeat(32)}00002f00`;
    const { url, server } = await answering(Buffer.from(hello, 'hex'));
    const sent = client.send({ method: 'GET', url }, { trust: { legacy: true } });
    await expect(sent).rejects.toMatchObject({ code: 'NETWORK_TLS_VERSION' });
    server.close();
  },
);

test.each(['-tls1_2', '-tls1_3'])('%s: a wrong key and an unknown identity are refused', async (version) => {
  const server = await started(version, '-cipher', 'PSK', '-nocert', ...PSK);
  const wrong = { ...DEVICE, key: Uint8Array.of(1, 2, 3) } as TransportCredentials;
  await expect(get(server, {}, wrong)).rejects.toMatchObject({
    kind: 'network',
    code: 'NETWORK_TLS_IDENTITY',
  });
});

test('TLS 1.3: a server that ignores the pre-shared key and shows a good certificate gets nothing', async () => {
  const server = await started('-tls1_3', ...serving('ec'));
  await expect(get(server, ca(), DEVICE)).rejects.toMatchObject({
    code: 'NETWORK_TLS_IDENTITY',
    message: expect.stringContaining('did not use the pre-shared key'),
  });
});

test('RSA_PSK: the certificate is verified too', async () => {
  const server = await started('-tls1_2', '-cipher', 'RSA-PSK-AES128-GCM-SHA256', ...serving('rsa'), ...PSK);
  const suites = ['TLS_RSA_PSK_WITH_AES_128_GCM_SHA256'];
  certificates.make('ca2', 'ec', '/CN=Other CA');
  await expect(get(server, { suites, anchors: certificates.read('ca2.crt') }, DEVICE)).rejects.toMatchObject({
    code: 'NETWORK_CERTIFICATE',
  });
  await expect(get(server, { suites, anchors: certificates.read('ca.crt') }, DEVICE)).resolves.toMatchObject({
    status: 200,
  });
});

describe('certificates that are refused', () => {
  const refusal = async (name: string, trust: TlsTrust): Promise<string> => {
    const error = await get(await started(...serving(name)), trust).catch((reason) => reason);
    expect(error).toMatchObject({ kind: 'network', code: 'NETWORK_CERTIFICATE' });
    return error.message;
  };

  test('of another host (RFC 6125)', async () => {
    expect(await refusal('other', ca())).toBe('localhost: its certificate is for DNS:other.example');
  });

  test('of an unknown authority, and self-signed', async () => {
    expect(await refusal('ec', {})).toContain('not trusted');
    certificates.make('self', 'ec', '/CN=localhost');
    expect(await refusal('self', ca())).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  test('expired, and not valid yet: by the clock of the client', async () => {
    const server = await started(...serving('ec'));
    for (const [time, word] of [
      ['2100-01-01', 'is valid from'],
      ['2001-01-01', 'is valid from'],
    ] as const) {
      const late = new HttpClient({ clock: () => new Date(time) });
      await expect(late.send({ method: 'GET', url: server.url }, { trust: ca() })).rejects.toMatchObject({
        code: 'NETWORK_CERTIFICATE',
        message: expect.stringContaining(word),
      });
      late.close();
    }
  });

  test('that expired yesterday', async () => {
    certificates.expire('ec', 'expired');
    expect(await refusal('expired', ca())).toContain('its certificate is valid from');
  });

  test('another one than the pinned one, however good', async () => {
    expect(await refusal('ec', { ...ca(), pinned: certificates.der('rsa') })).toContain(
      'another certificate',
    );
  });
});

test('a pinned certificate counts whatever its name and authority', async () => {
  certificates.make('pin', 'ec', '/CN=nowhere');
  const server = await started(...serving('pin'));
  expect((await get(server, { pinned: certificates.der('pin') })).status).toBe(200);
});

test('the server certificate of a bootstrap account is pin and authority', async () => {
  const leaf = device({ serverCertificate: certificates.der('other') });
  expect((await get(await started(...serving('other')), {}, leaf)).status).toBe(200);
  const authority = device({ serverCertificate: certificates.der('ca') });
  expect((await get(await started(...serving('ec')), {}, authority)).status).toBe(200);
  await expect(get(await started(...serving('other')), {}, authority)).rejects.toMatchObject({
    code: 'NETWORK_CERTIFICATE',
  });
});

test('a server that speaks no TLS, and one that hangs up', async () => {
  const plain = await answering(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await expect(client.send({ method: 'GET', url: plain.url })).rejects.toMatchObject({
    code: expect.stringMatching(/^NETWORK_TLS/),
  });
  plain.server.close();
  const hangs = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => hangs.listen(0, 'localhost', resolve));
  const url = `https://localhost:${(hangs.address() as AddressInfo).port}/`;
  await expect(client.send({ method: 'GET', url })).rejects.toMatchObject({ code: 'NETWORK_TLS' });
  hangs.close();
});

test('a server that never finishes the handshake', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => silent.listen(0, 'localhost', resolve));
  const url = `https://localhost:${(silent.address() as AddressInfo).port}/`;
  const policy = { timeouts: { connectMs: 100, stallMs: 1_000, totalMs: 5_000 } };
  await expect(client.send({ method: 'GET', url }, { policy })).rejects.toMatchObject({
    code: 'NETWORK_TIMEOUT',
  });
  silent.close();
});
