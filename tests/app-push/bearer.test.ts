import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { makeCertificate, PUSH_INFO_MEDIA_TYPE, parsePushTarget, pushBearer } from '../../src/app/index.js';
import { concat, toHex } from '../../src/bytes/index.js';
import {
  addSms,
  decodeSms,
  decodeWspMessage,
  EMPTY_SMS_ASSEMBLY,
  HttpClient,
  serveHttp,
} from '../../src/net/index.js';

const parts = { pushInfo: new Uint8Array(80).fill(1), message: new Uint8Array(600).fill(2) };
const signal = new AbortController().signal;

test('addresses', () => {
  expect(parsePushTarget('udp:dm-device.example:2949')).toEqual({
    bearer: 'udp',
    host: 'dm-device.example',
    port: 2949,
  });
  expect(parsePushTarget('udp:[2001:db8::1]')).toEqual({ bearer: 'udp', host: '2001:db8::1', port: 2948 });
  expect(parsePushTarget('sms:+491700000001')).toEqual({ bearer: 'sms', number: '+491700000001' });
  expect(parsePushTarget('https://push.example/d/1?x=2')).toEqual({
    bearer: 'tls',
    url: 'https://push.example/d/1?x=2',
  });
  const urls = [
    'http://a/',
    'https://',
    'https://u:p@a/',
    'https://a/#f',
    'https://a/ b',
    `https://a/${'x'.repeat(2048)}`,
  ];
  for (const wrong of ['', 'udp:', 'udp:a:99999', 'sms:abc', 'tcp:a', 'udp:a b', ...urls])
    expect(() => parsePushTarget(wrong)).toThrow('is not udp:HOST');
});

test('over UDP: push information, then the message, each a datagram', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const came: Uint8Array[] = [];
  const both = new Promise<void>((done) => {
    socket.on('message', (octets) => {
      came.push(Uint8Array.from(octets));
      if (came.length === 2) done();
    });
  });
  await pushBearer()(`udp:127.0.0.1:${socket.address().port}`, parts, signal);
  await both;
  socket.close();
  const [first, second] = came.map(decodeWspMessage);
  expect(first).toMatchObject({ mediaType: PUSH_INFO_MEDIA_TYPE, body: parts.pushInfo });
  expect(second).toMatchObject({
    mediaType: 'application/octet-stream',
    parameters: { sec: '3GPP_GBA' },
    body: parts.message,
  });
});

test('a message that no datagram carries is refused with the numbers', async () => {
  const large = { ...parts, message: new Uint8Array(1300) };
  await expect(pushBearer()('udp:127.0.0.1:9', large, signal)).rejects.toMatchObject({
    code: 'DATA_PUSH',
    message: 'the push has 1345 octets, more than 1200',
  });
});

test('in short messages: segmented, and whole again', async () => {
  const sent: { number: string; tpdus: readonly Uint8Array[] }[] = [];
  const sms = async (number: string, tpdus: readonly Uint8Array[]) => void sent.push({ number, tpdus });
  await pushBearer({ sms })('sms:+491700000001', parts, signal);
  expect(sent.map(({ number, tpdus }) => [number, tpdus.length])).toEqual([['+491700000001', 7]]);
  let assembly = EMPTY_SMS_ASSEMBLY;
  const whole: string[] = [];
  for (const tpdu of sent.flatMap(({ tpdus }) => tpdus)) {
    const taken = addSms(assembly, decodeSms(tpdu), { now: new Date(0) });
    assembly = taken.assembly;
    if (taken.push !== undefined) whole.push(toHex(decodeWspMessage(taken.push).body));
  }
  expect(whole).toEqual([parts.pushInfo, parts.message].map(toHex));
  expect(concat(...sent[0]!.tpdus.slice(1)).length).toBeGreaterThan(600);
  await expect(pushBearer()('sms:+491700000001', parts, signal)).rejects.toMatchObject({
    code: 'NETWORK_UNREACHABLE',
  });
});

describe('over TLS', () => {
  const random = (octets: number) => crypto.getRandomValues(new Uint8Array(octets));

  async function receiver(answer: (path: string) => { status: number; headers?: Record<string, string> }) {
    const came: { method: string; path: string; type: string | undefined; body: string }[] = [];
    const made = await makeCertificate('ec', ['127.0.0.1'], new Date(), random);
    const server = await serveHttp({
      listen: { host: '127.0.0.1', port: 0 },
      tls: { certificates: [made] },
      handler: async ({ method, path, headers, body }) => {
        came.push({ method, path, type: headers['content-type'], body: toHex(body) });
        return { headers: {}, body: new Uint8Array(), ...answer(path) };
      },
    });
    const http = new HttpClient();
    const bearer = pushBearer({ tls: { http, send: { trust: { anchors: made.cert } } } });
    return { came, server, http, bearer, made };
  }

  test('push information is posted with its media type, then the message with its own', async () => {
    const { came, server, http, bearer } = await receiver(() => ({ status: 204 }));
    await bearer(`${server.url}/d/7`, parts, signal);
    expect(came).toEqual([
      { method: 'POST', path: '/d/7', type: PUSH_INFO_MEDIA_TYPE, body: toHex(parts.pushInfo) },
      {
        method: 'POST',
        path: '/d/7',
        type: 'application/octet-stream; SEC=3GPP_GBA',
        body: toHex(parts.message),
      },
    ]);
    http.close();
    await server.close();
  });

  test('a status that is no success, a redirection, nobody there, nobody trusted: typed, nothing followed', async () => {
    const { came, server, http, bearer } = await receiver((path) =>
      path === '/moved' ? { status: 307, headers: { location: '/else' } } : { status: 503 },
    );
    const code = (address: string, by = bearer) =>
      by(address, parts, signal).then(
        () => 'sent',
        (error: { code: string; message: string }) => `${error.code} ${error.message}`,
      );
    expect(await code(`${server.url}/full`)).toMatch(
      /^NETWORK_PUSH 127.0.0.1:\d+ does not take the push \(HTTP 503\)$/,
    );
    expect(await code(`${server.url}/moved`)).toMatch(/HTTP 307/);
    expect(came.map(({ path }) => path)).toEqual(['/full', '/moved']);
    expect(await code(`${server.url}/x`, pushBearer({ tls: { http } }))).toMatch(/^NETWORK_CERTIFICATE/);
    expect(await code(`${server.url}/x`, pushBearer())).toMatch(/^NETWORK_UNREACHABLE/);
    http.close();
    await server.close();
    expect(await code(`${server.url}/x`)).toMatch(/^NETWORK_UNREACHABLE/);
  });
});
