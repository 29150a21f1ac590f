/** Our server against the openssl program: the thirteen suites of DM 2.0 §9.2.2, versions, identities. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  CIPHER_SUITES,
  type HttpRequest,
  PskTable,
  type RunningServer,
  serveHttp,
} from '../../src/net/index.js';
import { type Certificates, GET_AND_CLOSE, makeCertificates, sClient } from './openssl.js';

let certificates: Certificates;
let server: RunningServer;
const KEY = '00112233445566778899aabbccddeeff';

/** Tells who the server thinks is there. */
async function who(request: HttpRequest) {
  return {
    status: 200,
    headers: {},
    body: encodeUtf8(JSON.stringify({ ...request.peer.identity, tls: request.tls })),
  };
}

beforeAll(async () => {
  certificates = makeCertificates();
  const psk = new PskTable();
  psk.set('device-1', Buffer.from(KEY, 'hex'));
  server = await serveHttp({
    handler: who,
    listen: { host: 'localhost', port: 0 },
    tls: {
      certificates: ['rsa', 'ec'].map((name) => ({
        cert: certificates.read(`${name}.crt`),
        key: certificates.read(`${name}.key`),
      })),
      psk,
    },
  });
});

afterAll(async () => {
  await server.close();
  certificates.remove();
});

test.each(CIPHER_SUITES.map((suite) => [suite.name, suite] as const))('%s', async (name, suite) => {
  const psk = suite.mode === 'psk' ? ['-psk', KEY, '-psk_identity', 'device-1'] : [];
  const { output } = await sClient(server.port, ['-tls1_2', '-cipher', suite.openssl, ...psk], GET_AND_CLOSE);
  expect(output).toContain(`Cipher is ${suite.openssl}`);
  expect(output).toContain(`"cipher":"${name}"`);
  expect(output).toContain(suite.mode === 'psk' ? '"identity":"device-1"' : '"kind":"none"');
});
