/** A listener's profile: checked before it starts, renewed while it runs, legacy on purpose, never resumed. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as tcp } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  type HttpRequest,
  type HttpServerEvent,
  LEGACY_WARNING,
  PskTable,
  prepareTlsServer,
  type RunningServer,
  serveHttp,
  TlsKey,
  type TlsServerProfile,
} from '../../src/net/index.js';
import { row } from '../support/conformance.js';
import { type Certificates, makeCertificates, sClient } from './openssl.js';

let certificates: Certificates;
let profile: TlsServerProfile;
const running: RunningServer[] = [];
const KEY = '00112233445566778899aabbccddeeff';
const PSK = ['-psk', KEY, '-psk_identity', 'device-1'];

beforeAll(() => {
  certificates = makeCertificates();
  const psk = new PskTable();
  psk.set('device-1', Buffer.from(KEY, 'hex'));
  profile = { certificates: [certificates.pair('rsa'), certificates.pair('ec')], psk };
});

afterEach(() => Promise.all(running.splice(0).map((server) => server.close())));

afterAll(() => certificates.remove());

async function who({ peer, tls }: HttpRequest) {
  return { status: 200, headers: {}, body: encodeUtf8(`<<${peer.identity.kind} ${tls?.version}>>`) };
}

async function started(
  tls: TlsServerProfile,
  onEvent?: (event: HttpServerEvent) => void,
): Promise<RunningServer> {
  const server = await serveHttp({
    handler: who,
    listen: { host: 'localhost', port: 0 },
    tls,
    ...(onEvent === undefined ? {} : { onEvent }),
  });
  running.push(server);
  return server;
}

const told = (output: string): string | undefined => /<<(.*)>>/.exec(output)?.[1];

describe('legacy listener', () => {
  for (const [id, flag, version] of [
    ['B.2.5 DM-SEC-006-S-M', '-tls1_1', 'TLSv1.1'],
    ['B.2.5 DM-SEC-005-S-O', '-tls1', 'TLSv1'],
  ] as const) {
    row(id, 'received', `${version}: the four PSK suites with CBC, and X.509 by RSA and EC`, async () => {
      const { port } = await started({ ...profile, legacy: true });
      const attempt = async (suite: string, ...more: string[]) =>
        told(await sClient(port, [flag, '-cipher', `${suite}:@SECLEVEL=0`, ...more]));
      for (const kind of ['PSK', 'DHE-PSK', 'RSA-PSK', 'ECDHE-PSK']) {
        expect(await attempt(`${kind}-AES128-CBC-SHA256`, ...PSK)).toBe(`psk ${version}`);
      }
      for (const suite of ['AES128-SHA', 'DHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES128-SHA']) {
        expect(await attempt(suite)).toBe(`none ${version}`);
      }
      for (const suite of ['PSK-AES128-GCM-SHA256', 'AES128-GCM-SHA256', 'AES128-SHA256']) {
        expect(await attempt(suite, ...PSK)).toBeUndefined();
      }
    });
  }

  test('warns, serves newer versions too, and needs the option', async () => {
    const events: HttpServerEvent[] = [];
    const { port } = await started({ ...profile, legacy: true }, (event) => events.push(event));
    expect(events).toEqual([{ type: 'warning', message: LEGACY_WARNING }]);
    expect(told(await sClient(port, []))).toBe('none TLSv1.3');
    const old: TlsServerProfile = { ...profile, versions: { min: 'TLSv1.1' } };
    expect(() => prepareTlsServer(old, () => new Date())).toThrow(
      expect.objectContaining({ code: 'USAGE_ARGUMENT', message: expect.stringContaining('legacy') }),
    );
  });
});

describe('no identity, no session: resumption', () => {
  test.each([
    ['TLS 1.2, X.509', ['-tls1_2']],
    ['TLS 1.2, PSK', ['-tls1_2', '-cipher', 'PSK', ...PSK]],
    ['TLS 1.3, X.509', ['-tls1_3']],
    ['TLS 1.3, PSK', ['-tls1_3', ...PSK]],
  ])('%s: a client that wants to go on gets a full handshake', async (_, args) => {
    const { port } = await started(profile);
    const session = certificates.file('session.pem');
    const first = await sClient(port, [...args, '-sess_out', session]);
    expect(readFileSync(session, 'latin1')).toContain('SSL SESSION');
    const again = await sClient(port, [...args, '-sess_in', session]);
    expect(told(again)).toBe(told(first));
    if (!args.includes('-psk') || args.includes('-tls1_2')) expect(again).not.toMatch(/^Reused/m);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    '%s: were a session resumed all the same, it is refused',
    async (version) => {
      const { options, judge } = prepareTlsServer(profile, () => new Date());
      const verdicts: unknown[] = [];
      const server = createServer({ ...options, secureOptions: 0 }, (socket) => {
        verdicts.push({ reused: socket.isSessionReused(), ok: judge(socket).ok });
        socket.end('.');
      });
      await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
      const { port } = server.address() as AddressInfo;
      const suites = 'ECDHE-ECDSA-AES128-GCM-SHA256:TLS_CHACHA20_POLY1305_SHA256';
      const once = (session?: Buffer): Promise<Buffer | undefined> =>
        new Promise((resolve) => {
          let ticket: Buffer | undefined;
          const more = session === undefined ? {} : { session };
          const socket: TLSSocket = connect({
            port,
            host: 'localhost',
            rejectUnauthorized: false,
            maxVersion: version,
            ciphers: suites,
            ...more,
          });
          socket.on('session', (made) => {
            ticket = made;
          });
          socket.on('error', () => {});
          socket.on('close', () => resolve(ticket));
          socket.resume();
        });
      const ticket = await once();
      expect(verdicts).toEqual([{ reused: false, ok: true }]);
      await once(ticket);
      expect(verdicts[1]).toEqual({ reused: true, ok: false });
      server.close();
    },
  );
});

test('TLS 1.3: an identity that was only offered is none, even where the suite allows the handshake', async () => {
  const { options, judge } = prepareTlsServer(profile, () => new Date());
  const verdicts: unknown[] = [];
  const server = createServer({ ...options, ciphers: 'TLS_AES_256_GCM_SHA384' }, (socket) => {
    verdicts.push(judge(socket));
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  await sClient(port, [
    '-tls1_3',
    '-ciphersuites',
    'TLS_AES_256_GCM_SHA384',
    '-curves',
    'P-256',
    '-psk',
    'ff00',
    '-psk_identity',
    'device-1',
  ]);
  expect(verdicts).toEqual([{ ok: true, identity: { kind: 'none' } }]);
  server.close();
});

test('identityRequired: a connection that proved nothing is closed', async () => {
  const events: HttpServerEvent[] = [];
  const { port } = await started({ ...profile, identityRequired: true }, (event) => events.push(event));
  expect(told(await sClient(port, ['-tls1_2']))).toBeUndefined();
  expect(events).toMatchObject([{ type: 'identity-refused', reason: 'the client proved no identity' }]);
  expect(told(await sClient(port, ['-tls1_2', '-cipher', 'PSK', ...PSK]))).toBe('psk TLSv1.2');
});

test('an identity that is added is known to the next handshake, one that is deleted no longer', async () => {
  const psk = new PskTable();
  const { port } = await started({ psk });
  const attempt = async () => told(await sClient(port, ['-tls1_2', '-cipher', 'PSK', ...PSK]));
  expect(await attempt()).toBeUndefined();
  psk.set('device-1', Buffer.from(KEY, 'hex'));
  expect(await attempt()).toBe('psk TLSv1.2');
  psk.delete('device-1');
  expect(await attempt()).toBeUndefined();
  expect(psk.size).toBe(0);
});

test('reload: new connections get the new certificate and the new keys, a bad one changes nothing', async () => {
  const server = await started(profile);
  const subject = async () => /subject=(.*)/.exec(await sClient(server.port, ['-tls1_2']))?.[1];
  expect(await subject()).toBe('CN = localhost');
  const psk = new PskTable();
  psk.set('device-2', Buffer.from(KEY, 'hex'));
  server.reload({ certificates: [certificates.pair('other')], psk });
  expect(await subject()).toBe('CN = other.example');
  const by = async (identity: string) =>
    told(
      await sClient(server.port, [
        '-tls1_2',
        '-cipher',
        'DHE-PSK-AES128-GCM-SHA256',
        '-psk',
        KEY,
        '-psk_identity',
        identity,
      ]),
    );
  expect(await by('device-2')).toBe('psk TLSv1.2');
  expect(await by('device-1')).toBeUndefined();
  const { cert } = certificates.pair('rsa');
  const mixed = { cert, key: certificates.read('ec.key') };
  expect(() => server.reload({ certificates: [mixed], psk })).toThrow(
    expect.objectContaining({ code: 'DATA_KEY_MISMATCH' }),
  );
  expect(() => server.reload({ certificates: [certificates.pair('ec')] })).toThrow(
    expect.objectContaining({ code: 'USAGE_ARGUMENT' }),
  );
  expect(await subject()).toBe('CN = other.example');
});

describe('checked before anything listens', () => {
  const now = () => new Date();
  const prepared = (tls: TlsServerProfile, clock = now) => {
    try {
      prepareTlsServer(tls, clock);
      return 'fine';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test('keys of RSA below 2048 bits and EC below 256 bits, and of other kinds', () => {
    certificates.make('rsa1024', ['-newkey', 'rsa:1024'], '/CN=localhost');
    certificates.make('ec224', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-224'], '/CN=localhost');
    certificates.make('ed25519', ['-newkey', 'ed25519'], '/CN=localhost');
    for (const name of ['rsa1024', 'ec224', 'ed25519']) {
      expect([name, prepared({ certificates: [certificates.pair(name)] })]).toEqual([
        name,
        'DATA_CERTIFICATE',
      ]);
    }
  });

  test('dates, by the clock given', () => {
    expect(prepared(profile)).toBe('fine');
    expect(prepared(profile, () => new Date('2100-01-01'))).toBe('DATA_CERTIFICATE_DATES');
    certificates.expire('ca', 'oldca');
    expect(prepared({ ...profile, clientCa: certificates.read('oldca.crt') })).toBe('DATA_CERTIFICATE_DATES');
  });

  test('files that are no certificate or key', () => {
    const { cert, key } = certificates.pair('ec');
    expect(prepared({ certificates: [{ cert: 'x', key }] })).toBe('DATA_CERTIFICATE');
    expect(prepared({ certificates: [{ cert: key, key }] })).toBe('DATA_CERTIFICATE');
    expect(prepared({ certificates: [{ cert, key: cert }] })).toBe('DATA_PRIVATE_KEY');
    expect(prepared({ certificates: [{ cert, key: Uint8Array.of(1, 2) }] })).toBe('DATA_PRIVATE_KEY');
    expect(prepared({ ...profile, clientCa: '-----BEGIN nothing' })).toBe('DATA_CERTIFICATE');
  });

  test('a key that stays in a module is refused, with a reason', () => {
    const { cert } = certificates.pair('ec');
    expect(() => prepareTlsServer({ certificates: [{ cert, key: { custody: 'pkcs11' } }] }, now)).toThrow(
      expect.objectContaining({ code: 'SECURITY_KEY_CUSTODY', message: expect.stringContaining('pkcs11') }),
    );
  });

  test('profiles that serve nobody', () => {
    expect(prepared({})).toBe('USAGE_ARGUMENT');
    expect(prepared({ certificates: [certificates.pair('ec'), certificates.pair('other')] })).toBe(
      'USAGE_ARGUMENT',
    );
    expect(prepared({ ...profile, suites: ['TLS_NULL_WITH_NULL_NULL'] })).toBe('USAGE_ARGUMENT');
    const rsa = ['TLS_RSA_WITH_AES_128_GCM_SHA256'];
    expect(prepared({ certificates: [certificates.pair('ec')], suites: rsa })).toBe('USAGE_ARGUMENT');
    expect(prepared({ ...profile, versions: { min: 'TLSv1.3', max: 'TLSv1.2' } })).toBe('USAGE_ARGUMENT');
  });

  test('PSK identities and keys that TLS cannot carry', () => {
    const psk = new PskTable();
    for (const identity of ['', 'a\0b', 'é'.repeat(128)]) {
      expect(() => psk.set(identity, Uint8Array.of(1))).toThrow(
        expect.objectContaining({ code: 'USAGE_ARGUMENT' }),
      );
    }
    for (const length of [0, 257]) {
      expect(() => psk.set('x', new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: 'USAGE_ARGUMENT' }),
      );
    }
  });
});

test('a key never shows itself', () => {
  const key = TlsKey.of(certificates.read('ec.key'), 'ec.key');
  expect(String(key)).toBe('ec private key of 256 bits');
  expect(JSON.stringify({ key })).toBe('{"key":{"type":"ec","bits":256}}');
  expect(TlsKey.of(certificates.keyDer('rsa'), 'rsa').kind).toEqual({ type: 'rsa', bits: 2048 });
  const failure = (() => {
    try {
      return TlsKey.of('-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n', 'file.key');
    } catch (error) {
      return error as Error;
    }
  })();
  expect(JSON.stringify(failure) + String(failure)).not.toContain('secret');
});

test('half a handshake is given up', async () => {
  const events: HttpServerEvent[] = [];
  const server = await serveHttp({
    handler: who,
    listen: { host: 'localhost', port: 0 },
    tls: profile,
    limits: { headersMs: 100 },
    onEvent: (event) => events.push(event),
  });
  running.push(server);
  const socket = tcp(server.port, 'localhost');
  socket.write(Buffer.from('1603010200010001fc0303', 'hex'));
  await new Promise((resolve) => socket.on('close', resolve));
  expect(events).toMatchObject([{ type: 'tls-failed', code: 'ERR_TLS_HANDSHAKE_TIMEOUT' }]);
});
