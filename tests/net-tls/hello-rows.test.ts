/**
 * The first octets of a handshake, by hand and both ways (RFC 2246, RFC 4346, RFC 5246 §7.4.1; suites by their numbers in
 * the IANA registry): what our client offers and takes, what our server answers to a ClientHello.
 */
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import {
  HttpClient,
  PskTable,
  type RunningServer,
  serveHttp,
  type TlsTrust,
  type TransportCredentials,
} from '../../src/net/index.js';
import { row } from '../support/conformance.js';
import { type Certificates, makeCertificates, sClient, sServer } from './openssl.js';

/** DM 2.0 §9.2.2, as they stand on the wire. */
const PSK_SUITES = ['00a8', '00aa', '00ac', '00ae', '00b2', '00b6', 'c037'];
const X509_SUITES = ['c02b', '009e', '009c', 'c023', '0067', '003c'];
const VERSIONS = { 'TLS 1.0': '0301', 'TLS 1.1': '0302', 'TLS 1.2': '0303' } as const;

const KEY = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const DEVICE: TransportCredentials = { kind: 'psk', identity: 'device-1', key: KEY };

let certificates: Certificates;
let server: RunningServer;
let legacy: RunningServer;

beforeAll(async () => {
  certificates = makeCertificates();
  const psk = new PskTable();
  psk.set('device-1', KEY);
  const tls = {
    certificates: [certificates.pair('rsa'), certificates.pair('ec')],
    psk,
    clientCa: certificates.read('ca.crt'),
  };
  const common = {
    listen: { host: 'localhost', port: 0 },
    handler: async ({ peer }: { peer: { identity: { kind: string } } }) => ({
      status: 200,
      headers: { 'x-kind': peer.identity.kind },
    }),
  };
  server = await serveHttp({ ...common, tls });
  legacy = await serveHttp({
    ...common,
    tls: { ...tls, versions: { min: 'TLSv1', max: 'TLSv1.3' }, legacy: true },
  });
});

afterAll(async () => {
  await server.close();
  await legacy.close();
  certificates.remove();
});

interface ClientHello {
  readonly version: string;
  readonly suites: readonly string[];
  readonly extensions: ReadonlyMap<string, string>;
}

/** The ClientHello in the first record of a client. */
function readClientHello(bytes: Buffer): ClientHello {
  expect([bytes[0], bytes[1], bytes[5]]).toEqual([0x16, 0x03, 0x01]);
  let at = 9;
  const take = (octets: number): string => {
    at += octets;
    return bytes.subarray(at - octets, at).toString('hex');
  };
  const short = (): number => Number.parseInt(take(1), 16);
  const long = (): number => Number.parseInt(take(2), 16);
  const version = take(2);
  take(32);
  take(short());
  const suites = take(long()).match(/.{4}/g) ?? [];
  take(short());
  const end = long() + at;
  const extensions = new Map<string, string>();
  while (at < end) extensions.set(take(2), take(long()));
  return { version, suites, extensions };
}

interface Offer {
  readonly hello: ClientHello;
  /** What became of the request. */
  readonly code: string;
}

/** A server by hand: keeps the first record, answers with these octets or nothing, and then is silent. */
async function offered(
  { trust = {}, credentials }: { trust?: TlsTrust; credentials?: TransportCredentials },
  answer?: string,
): Promise<Offer> {
  const client = new HttpClient();
  let hello: ClientHello | undefined;
  const by: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      hello = readClientHello(bytes);
      if (answer !== undefined) socket.write(Buffer.from(answer, 'hex'));
    });
  });
  await new Promise<void>((resolve) => by.listen(0, 'localhost', resolve));
  const url = `https://localhost:${(by.address() as AddressInfo).port}/`;
  const policy = { timeouts: { connectMs: 400, stallMs: 400, totalMs: 800 } };
  const options = { trust, policy, ...(credentials === undefined ? {} : { credentials }) };
  const code = await client.send({ method: 'GET', url }, options).then(
    () => 'answered',
    (error: { code: string }) => error.code,
  );
  client.close();
  by.close();
  return { hello: hello!, code };
}

/** ServerHello by hand: version, random, no session, suite, no compression, empty renegotiation_info (RFC 5746). */
const serverHello = (version: string, suite: string): string =>
  `16${version}003102 00002d${version}${'5a'.repeat(32)}00${suite}00 0005ff01000100`.replaceAll(' ', '');

/** After it the client waits for more: the choice was taken. */
const WAITS = 'NETWORK_TIMEOUT';
const REFUSED = /^NETWORK_TLS/;

describe('our client', () => {
  row('B.1.5 DM-SEC-008-C-O', 'sent', 'a ClientHello with all seven suites of pre-shared keys', async () => {
    // RSA_PSK has a certificate besides: it is offered where an authority is known.
    const trust = { anchors: certificates.read('ca.crt') };
    const { hello } = await offered({ trust, credentials: DEVICE });
    expect(hello.suites).toEqual(expect.arrayContaining(PSK_SUITES));
  });

  row('B.1.5 DM-SEC-010-C-O', 'sent', 'a ClientHello with all six suites of X.509', async () => {
    const { hello } = await offered({});
    expect(hello.suites).toEqual(expect.arrayContaining(X509_SUITES));
    expect(hello.suites.filter((suite) => PSK_SUITES.includes(suite))).toEqual([]);
  });

  row(
    'B.1.5 DM-SEC-012-C-M',
    'sent',
    'versions from TLS 1.2 on; from TLS 1.0 on with the legacy option',
    async () => {
      // supported_versions (43): one octet of length, then the versions
      const versions = ({ hello }: Offer) => hello.extensions.get('002b');
      expect(versions(await offered({}))).toBe('0403040303');
      expect(versions(await offered({ trust: { legacy: true } }))).toBe('080304030303020301');
    },
  );

  for (const [id, version] of [
    ['B.1.5 DM-SEC-007-C-O', 'TLS 1.2'],
    ['B.1.5 DM-SEC-006-C-M', 'TLS 1.1'],
    ['B.1.5 DM-SEC-005-C-O', 'TLS 1.0'],
  ] as const) {
    row(
      id,
      'received',
      `a ServerHello of ${version} is taken${version === 'TLS 1.2' ? '' : ' with the legacy option, and refused without'}`,
      async () => {
        const isOld = version !== 'TLS 1.2';
        const hello = serverHello(VERSIONS[version], '00ae');
        const trust: TlsTrust = isOld ? { legacy: true } : {};
        expect((await offered({ trust, credentials: DEVICE }, hello)).code).toBe(WAITS);
        if (isOld) expect((await offered({ credentials: DEVICE }, hello)).code).toMatch(REFUSED);
      },
    );
  }

  row(
    'B.1.5 DM-SEC-009-C-O',
    'received',
    'a ServerHello with any of the seven is taken, another suite refused',
    async () => {
      const trust = { anchors: certificates.read('ca.crt') };
      for (const suite of PSK_SUITES) {
        expect([
          suite,
          (await offered({ trust, credentials: DEVICE }, serverHello('0303', suite))).code,
        ]).toEqual([suite, WAITS]);
      }
      expect((await offered({ trust, credentials: DEVICE }, serverHello('0303', '008a'))).code).toMatch(
        REFUSED,
      );
    },
  );

  row(
    'B.1.5 DM-SEC-011-C-O',
    'received',
    'a ServerHello with any of the six is taken, another suite refused',
    async () => {
      for (const suite of X509_SUITES) {
        expect([suite, (await offered({}, serverHello('0303', suite))).code]).toEqual([suite, WAITS]);
      }
      expect((await offered({}, serverHello('0303', '0005'))).code).toMatch(REFUSED);
    },
  );

  row('B.1.5 DM-SEC-004-C-M', 'received', 'a ServerHello of either mode is taken', async () => {
    expect((await offered({ credentials: DEVICE }, serverHello('0303', '00a8'))).code).toBe(WAITS);
    expect((await offered({}, serverHello('0303', '009c'))).code).toBe(WAITS);
  });

  row(
    'B.1.5 DM-SEC-003-C-M',
    'received',
    'the certificate of openssl is verified: its authority, its name',
    async () => {
      const client = new HttpClient();
      const own = (name: string) => [
        ...['-cert', certificates.file(`${name}.crt`), '-key', certificates.file(`${name}.key`)],
      ];
      const good = await sServer(own('ec'));
      const other = await sServer(own('other'));
      const anchors = certificates.read('ca.crt');
      const get = (url: string, trust: TlsTrust) => client.send({ method: 'GET', url }, { trust });
      expect((await get(good.url, { anchors })).status).toBe(200);
      await expect(get(good.url, {})).rejects.toMatchObject({ code: 'NETWORK_CERTIFICATE' });
      await expect(get(other.url, { anchors })).rejects.toMatchObject({ code: 'NETWORK_CERTIFICATE' });
      client.close();
      await Promise.all([good.stop(), other.stop()]);
    },
  );
});

/** ClientHello by hand: version, random, no session, suites, no compression, signature_algorithms (RFC 5246 §7.4.1.4.1). */
function clientHello(version: string, suites: readonly string[]): Buffer {
  const list = suites.join('');
  const length = (octets: number, digits: number) => octets.toString(16).padStart(digits, '0');
  const body = `${version}${'a5'.repeat(32)}00${length(list.length / 2, 4)}${list}0100${SIGNATURES}`;
  const handshake = `01${length(body.length / 2, 6)}${body}`;
  return Buffer.from(`160301${length(handshake.length / 2, 4)}${handshake}`, 'hex');
}

/** RSA and ECDSA with SHA-256. */
const SIGNATURES = '000a000d0006000404010403';

/** The first octets that a server answers to a ClientHello, up to its ServerHelloDone or alert. */
function answerTo({ port }: RunningServer, hello: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, 'localhost');
    const chunks: Buffer[] = [];
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks));
    };
    const timer = setTimeout(done, 500);
    socket.on('connect', () => socket.write(hello));
    socket.on('data', (bytes) => chunks.push(bytes));
    socket.on('close', done);
    socket.on('error', reject);
  });
}

/** Version and suite of a ServerHello. */
function chosen(answer: Buffer): { version: string; suite: string } {
  expect([answer[0], answer[5]]).toEqual([0x16, 0x02]);
  const at = 9 + 2 + 32;
  const session = answer[at]!;
  return {
    version: answer.subarray(9, 11).toString('hex'),
    suite: answer.subarray(at + 1 + session, at + 3 + session).toString('hex'),
  };
}

const PROTOCOL_VERSION = 70;

describe('our server', () => {
  row(
    'B.2.5 DM-SEC-008-S-M',
    'sent',
    'a ServerHello with a suite of pre-shared keys, and no certificate',
    async () => {
      const answer = await answerTo(server, clientHello('0303', ['00a8']));
      expect(chosen(answer)).toEqual({ version: '0303', suite: '00a8' });
      expect(answer.includes(Buffer.from(certificates.der('rsa')))).toBe(false);
    },
  );

  row(
    'B.2.5 DM-SEC-010-S-M',
    'sent',
    'a ServerHello with a suite of X.509, then our certificate',
    async () => {
      const answer = await answerTo(server, clientHello('0303', ['003c']));
      expect(chosen(answer)).toEqual({ version: '0303', suite: '003c' });
      expect(answer.includes(Buffer.from(certificates.der('rsa')))).toBe(true);
    },
  );

  row('B.2.5 DM-SEC-004-S-M', 'sent', 'either mode from one listener, as the ClientHello asks', async () => {
    expect(chosen(await answerTo(server, clientHello('0303', ['00ae']))).suite).toBe('00ae');
    expect(chosen(await answerTo(server, clientHello('0303', ['009c']))).suite).toBe('009c');
  });

  row('B.2.5 DM-SEC-007-S-O', 'sent', 'a ServerHello of TLS 1.2', async () => {
    expect(chosen(await answerTo(server, clientHello('0303', ['00ae'])))).toEqual({
      version: '0303',
      suite: '00ae',
    });
  });

  for (const [id, version] of [
    ['B.2.5 DM-SEC-006-S-M', 'TLS 1.1'],
    ['B.2.5 DM-SEC-005-S-O', 'TLS 1.0'],
  ] as const) {
    row(
      id,
      'sent',
      `a ServerHello of ${version} from the legacy listener, an alert from the other`,
      async () => {
        const hello = clientHello(VERSIONS[version], ['00ae']);
        expect(chosen(await answerTo(legacy, hello))).toEqual({ version: VERSIONS[version], suite: '00ae' });
        const refused = await answerTo(server, hello);
        expect([refused[0], refused[5], refused[6]]).toEqual([0x15, 2, PROTOCOL_VERSION]);
      },
    );
  }

  row(
    'B.2.5 DM-SEC-003-S-M',
    'received',
    'a client certificate of a known authority; one of nobody known is refused',
    async () => {
      const own = (name: string) => [
        ...['-cert', certificates.file(`${name}.crt`), '-key', certificates.file(`${name}.key`), '-tls1_2'],
      ];
      expect(await sClient(server.port, own('device'))).toContain('x-kind: x509');
      expect(await sClient(server.port, own('lone'))).not.toContain('x-kind: x509');
    },
  );
});
