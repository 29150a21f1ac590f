/** Our server against the openssl program: the thirteen suites of DM 2.0 §9.2.2, and the identities they prove. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  CIPHER_SUITES,
  type HttpRequest,
  type HttpServerEvent,
  PskTable,
  type RunningServer,
  serveHttp,
} from '../../src/net/index.js';
import { row } from '../support/conformance.js';
import { type Certificates, makeCertificates, sClient } from './openssl.js';

let certificates: Certificates;
let server: RunningServer;
const events: HttpServerEvent[] = [];
const KEY = '00112233445566778899aabbccddeeff';
const PSK = ['-psk', KEY, '-psk_identity', 'device-1'];
const LONG = 'é'.repeat(64); // 128 octets

/** Tells who the server thinks is there. */
async function who({ peer, tls }: HttpRequest) {
  const identity = { ...peer.identity, der: undefined };
  return { status: 200, headers: {}, body: encodeUtf8(JSON.stringify({ identity, ...tls })) };
}

beforeAll(async () => {
  certificates = makeCertificates();
  const psk = new PskTable();
  psk.set('device-1', Buffer.from(KEY, 'hex'));
  psk.set(LONG, Buffer.from(KEY, 'hex'));
  const lone = createHash('sha256').update(certificates.der('lone')).digest('hex');
  server = await serveHttp({
    handler: who,
    listen: { host: 'localhost', port: 0 },
    tls: {
      certificates: [certificates.pair('rsa'), certificates.pair('ec')],
      psk,
      clientCa: certificates.read('ca.crt'),
      pinned: new Set([lone]),
    },
    onEvent: (event) => events.push(event),
  });
});

afterAll(async () => {
  await server.close();
  certificates.remove();
});

beforeEach(() => {
  events.length = 0;
});

/** What the server told about the connection, or undefined where there was no answer. */
function told(output: string): Record<string, unknown> | undefined {
  const json = /\{"identity".*\}/.exec(output)?.[0];
  return json === undefined ? undefined : JSON.parse(json);
}

const PSK_SUITES = CIPHER_SUITES.filter(({ mode }) => mode === 'psk');
const X509_SUITES = CIPHER_SUITES.filter(({ mode }) => mode === 'x509');

for (const { name, openssl } of PSK_SUITES) {
  const connected = () => sClient(server.port, ['-tls1_2', '-cipher', openssl, ...PSK]);
  row('B.2.5 DM-SEC-009-S-M', 'received', `${name}: our server knows the device`, async () => {
    expect(told(await connected())).toEqual({
      identity: { kind: 'psk', identity: 'device-1' },
      version: 'TLSv1.2',
      cipher: name,
      resumed: false,
    });
  });
  row('B.2.5 DM-SEC-009-S-M', 'sent', `${name}: openssl s_client has agreed on it`, async () => {
    expect(await connected()).toMatch(new RegExp(`Protocol +: TLSv1.2\n +Cipher +: ${openssl}\n`));
  });
}

for (const { name, openssl, certificate } of X509_SUITES) {
  const connected = () => {
    const trust = [
      '-CAfile',
      certificates.file('ca.crt'),
      '-verify_return_error',
      '-verify_hostname',
      'localhost',
    ];
    return sClient(server.port, ['-tls1_2', '-cipher', openssl, ...trust]);
  };
  row('B.2.5 DM-SEC-011-S-M', 'received', `${name}: our server has agreed on it`, async () => {
    expect(told(await connected())).toMatchObject({ identity: { kind: 'none' }, cipher: name });
  });
  row('B.2.5 DM-SEC-011-S-M', 'sent', `${name}: openssl s_client accepts the certificate`, async () => {
    const output = await connected();
    expect(output).toMatch(new RegExp(`Protocol +: TLSv1.2\n +Cipher +: ${openssl}\n`));
    expect(output).toContain(`Server public key is ${certificate === 'rsa' ? '2048' : '256'} bit`);
    expect(output).toContain('Verify return code: 0 (ok)');
  });
}

row('B.2.5 DM-SEC-004-S-M', 'received', 'X.509 and PSK on one listener', async () => {
  const [x509, psk] = await Promise.all([
    sClient(server.port, ['-tls1_2']),
    sClient(server.port, ['-tls1_2', '-cipher', 'PSK', ...PSK]),
  ]);
  expect(told(x509!)).toMatchObject({ identity: { kind: 'none' } });
  expect(told(psk!)).toMatchObject({ identity: { kind: 'psk' } });
});

row('B.2.5 DM-SEC-008-S-M', 'received', 'a pre-shared key by TLS 1.2 and by TLS 1.3', async () => {
  for (const version of ['-tls1_2', '-tls1_3']) {
    const suites = version === '-tls1_2' ? ['-cipher', 'PSK'] : [];
    const output = await sClient(server.port, [version, ...suites, ...PSK]);
    expect(told(output)?.identity).toEqual({ kind: 'psk', identity: 'device-1' });
  }
});

row('B.2.5 DM-SEC-010-S-M', 'received', 'a client certificate of a known authority', async () => {
  const own = ['-cert', certificates.file('device.crt'), '-key', certificates.file('device.key')];
  for (const version of ['-tls1_2', '-tls1_3']) {
    expect(told(await sClient(server.port, [version, ...own]))?.identity).toMatchObject({
      kind: 'x509',
      subject: 'CN=device-1',
      fingerprint256: createHash('sha256').update(certificates.der('device')).digest('hex'),
    });
  }
});

row('B.2.5 DM-SEC-003-S-M', 'sent', 'openssl verifies our certificate, its chain and its name', async () => {
  const trust = [
    '-CAfile',
    certificates.file('ca.crt'),
    '-verify_return_error',
    '-verify_hostname',
    'localhost',
  ];
  expect(await sClient(server.port, trust)).toContain('Verify return code: 0 (ok)');
  const wrong = [...trust.slice(0, -1), 'other.example'];
  expect(await sClient(server.port, wrong)).toMatch(/hostname mismatch/i);
});

row('B.2.5 DM-SEC-007-S-O', 'received', 'TLS 1.2, and 1.3 by default', async () => {
  expect(told(await sClient(server.port, ['-tls1_2']))?.version).toBe('TLSv1.2');
  expect(told(await sClient(server.port, []))?.version).toBe('TLSv1.3');
});

test('a pinned certificate counts without an authority, another self-signed one does not', async () => {
  const lone = ['-cert', certificates.file('lone.crt'), '-key', certificates.file('lone.key')];
  expect(told(await sClient(server.port, lone))?.identity).toMatchObject({
    kind: 'x509',
    subject: 'CN=lone',
  });
  certificates.make('stranger', 'ec', '/CN=stranger');
  const stranger = ['-cert', certificates.file('stranger.crt'), '-key', certificates.file('stranger.key')];
  expect(told(await sClient(server.port, stranger))).toBeUndefined();
  expect(events).toEqual([
    expect.objectContaining({ type: 'identity-refused', reason: expect.stringContaining('SELF_SIGNED') }),
  ]);
});

test('an identity of 128 octets of UTF-8', async () => {
  for (const version of ['-tls1_2', '-tls1_3']) {
    const output = await sClient(server.port, [
      version,
      '-cipher',
      'PSK',
      '-psk',
      KEY,
      '-psk_identity',
      LONG,
    ]);
    expect(output).toContain('"kind":"psk"');
    expect(Buffer.from(/"identity":"([^"]+)"\}/.exec(output)![1]!, 'latin1').toString()).toBe(LONG);
  }
});

test.each(['-tls1_2', '-tls1_3'])(
  '%s: an unknown identity fails exactly as a wrong key does',
  async (version) => {
    const attempt = async (identity: string): Promise<string> => {
      const output = await sClient(server.port, [
        version,
        '-cipher',
        'PSK',
        '-psk',
        'ff00',
        '-psk_identity',
        identity,
      ]);
      expect(told(output)).toBeUndefined();
      return /SSL alert number \d+/.exec(output)![0];
    };
    expect(await attempt('device-1')).toBe(await attempt('nobody'));
    const codes = events.map((event) => (event.type === 'tls-failed' ? event.code : event.type));
    expect(codes).toHaveLength(2);
    expect(codes[0]).toBe(codes[1]);
  },
);

test('TLS 1.3: an identity that is offered without its key and not used proves nothing', async () => {
  const only384 = [
    '-tls1_3',
    '-ciphersuites',
    'TLS_AES_256_GCM_SHA384',
    '-curves',
    'P-256',
    '-psk',
    'ff00',
    '-psk_identity',
    'device-1',
  ];
  expect(told(await sClient(server.port, only384))).toBeUndefined();
});

test('curves below 256 bits and X25519 are not negotiated', async () => {
  for (const curve of ['P-224', 'X25519']) {
    const output = await sClient(server.port, [
      '-tls1_2',
      '-cipher',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      '-curves',
      curve,
    ]);
    expect(told(output)).toBeUndefined();
  }
});

test('TLS 1.0 and 1.1 are refused', async () => {
  for (const version of ['-tls1', '-tls1_1']) {
    const output = await sClient(server.port, [version, '-cipher', 'ALL:@SECLEVEL=0', ...PSK]);
    expect(output).toMatch(/alert protocol version/);
    expect(told(output)).toBeUndefined();
  }
});

test('renegotiation is refused', async () => {
  const socket = connect({
    port: server.port,
    host: 'localhost',
    maxVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  const failed = new Promise<Error | null>((resolve) => {
    socket.on('error', resolve);
    socket.renegotiate({}, resolve);
  });
  expect((await failed)?.message).toMatch(/no renegotiation/i);
  socket.destroy();
});
