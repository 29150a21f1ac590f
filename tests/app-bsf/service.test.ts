/** The BSF over HTTP, requests and answers by hand (TS 29.309), then the client against it over a socket. */
import { type BsfEvent, bsfClient, bsfService } from '../../src/app/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { Milenage, openAutn, sqnToNumber } from '../../src/crypto/index.js';
import {
  memorySubscribers,
  SIM_GPI,
  type SubscriberRecord,
  type SubscriberStore,
} from '../../src/gba/index.js';
import { basicAuthenticator, HttpClient, type HttpRequest, serveHttp } from '../../src/net/index.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const IMPI = '001010123456789@ims.mnc001.mcc001.3gppnetwork.org';
const PATH = '/nbsp-gba/v1/push-info-retrieval';
const keys = {
  algorithm: 'milenage',
  k: fromHex('465b5ce8b199b49faa5f0a2ee238a6bc'),
  opc: fromHex('cd63cb71954a9f4e48a5994e37a02baf'),
} as const;
const subscriber: SubscriberRecord = {
  impi: IMPI,
  publicIds: ['tel:+491700000001'],
  keys,
  amf: fromHex('8000'),
  sqn: new Uint8Array(6),
  gbaU: false,
};
const BODY = {
  ueId: 'tel:+491700000001',
  ueIdType: 'PUBLIC',
  uiccAppLabel: 'USIM',
  nafId: { nafFqdn: 'dm.example.com', uaSecProtId: '03ff000001' },
  ptId: 'p1@naf',
  uiccOrMe: 'GBA_ME',
  requestedLifeTime: '2026-11-22T12:10:00Z',
  privateIdRequest: true,
};

let store: SubscriberStore;
let events: BsfEvent[];
let counter = 0;
const random = (octets: number) => new Uint8Array(octets).fill(++counter);

beforeEach(async () => {
  store = memorySubscribers();
  events = [];
  await store.putSubscribers([subscriber]);
});

const service = (more = {}) =>
  bsfService({
    subscribers: store,
    clock: () => NOW,
    random,
    onEvent: (event) => events.push(event),
    ...more,
  });

async function post(body: unknown, more: Partial<HttpRequest> = {}, handler = service()) {
  const response = await handler({
    method: 'POST',
    path: PATH,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    peer: { address: '192.0.2.1', identity: { kind: 'none' } },
    signal: new AbortController().signal,
    ...more,
  });
  return { ...response, json: JSON.parse(Buffer.from(response.body ?? []).toString() || 'null') };
}

test('push information of a subscriber, by public or private identity; each with an SQN of its own', async () => {
  const first = await post(BODY);
  expect(first.status).toBe(200);
  expect(first.headers['content-type']).toBe('application/json');
  expect(first.json).toMatchObject({ impi: IMPI, keyExpiryTime: '2026-11-22T12:10:00.000Z' });
  const second = await post({ ...BODY, ueId: IMPI, ueIdType: 'PRIVATE' });
  const sqns = [first, second].map(({ json }) => {
    const info = SIM_GPI.decode(fromHex(json.gbaPushInfo));
    expect(SIM_GPI.verify(fromHex(json.gbaPushInfo), fromHex(json.meKeyMaterial))).toBe(true);
    return sqnToNumber(openAutn(new Milenage(keys), info.rand, info.autn)!.sqn);
  });
  expect(sqns).toEqual([33n, 66n]);
  expect(events).toEqual([
    { naf: 'dm.example.com', ueId: 'tel:+491700000001', outcome: 'answered' },
    { naf: 'dm.example.com', ueId: IMPI, outcome: 'answered' },
  ]);
});

test('requests at once never share an SQN', async () => {
  const handler = service();
  const answers = await Promise.all(Array.from({ length: 15 }, () => post(BODY, {}, handler)));
  const seen = answers
    .filter(({ status }) => status === 200)
    .map(({ json }) => {
      const info = SIM_GPI.decode(fromHex(json.gbaPushInfo));
      return toHex(openAutn(new Milenage(keys), info.rand, info.autn)!.sqn);
    });
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength(15);
});

test.each([
  ['another path', 404, 'RESOURCE_NOT_FOUND', BODY, { path: '/nbsp-gba/v1/other' }],
  ['another method', 405, 'METHOD_NOT_ALLOWED', BODY, { method: 'GET' }],
  ['another format', 415, 'UNSUPPORTED_MEDIA_TYPE', BODY, { headers: { 'content-type': 'text/plain' } }],
  ['no JSON', 400, 'MANDATORY_IE_INCORRECT', '{', {}],
  ['a name twice', 400, 'MANDATORY_IE_INCORRECT', '{"ueId":"a","ueId":"b"}', {}],
  ['a member missing', 400, 'MANDATORY_IE_INCORRECT', { ...BODY, ptId: undefined }, {}],
  [
    'an FQDN that is none',
    400,
    'MANDATORY_IE_INCORRECT',
    { ...BODY, nafId: { nafFqdn: 'a b', uaSecProtId: '03ff000001' } },
    {},
  ],
  ['an unknown subscriber', 404, 'USER_UNKNOWN', { ...BODY, ueId: 'tel:+1' }, {}],
  ['a UICC without GBA_U', 403, 'GBA_U_NOT_SUPPORTED', { ...BODY, uiccOrMe: 'GBA_U' }, {}],
  ['a time that is over', 400, 'LIFETIME_OVER', { ...BODY, requestedLifeTime: '2026-11-22T11:00:00Z' }, {}],
])('refused with problem details: %s', async (_, status, cause, body, more) => {
  const response = await post(body, more);
  expect({ status: response.status, cause: response.json.cause }).toEqual({ status, cause });
});

test('a NAF asks for itself alone', async () => {
  const lookup = (user: string) =>
    user === 'dm.example.com' || user === 'other.example' ? { password: 'pw' } : undefined;
  const handler = service({
    authenticators: [basicAuthenticator({ realm: 'BSF', lookup, withoutTls: true })],
  });
  const as = (user: string) => ({
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${user}:pw`).toString('base64')}`,
    },
  });
  const nobody = await post(BODY, {}, handler);
  expect(nobody.status).toBe(401);
  expect(String(nobody.headers['www-authenticate'])).toContain('Basic realm="BSF"');
  expect((await post(BODY, as('other.example'), handler)).json.cause).toBe('NAF_NOT_AUTHORIZED');
  expect((await post(BODY, as('dm.example.com'), handler)).status).toBe(200);
});

test('the client over a socket: keys of the same push, causes, answers of no standard', async () => {
  const handler = service();
  const server = await serveHttp({
    handler: (request) =>
      request.path.startsWith('/strange')
        ? Promise.resolve({ status: 200, headers: {}, body: Buffer.from('{"meKeyMaterial":7}') })
        : handler(request),
    listen: { host: '127.0.0.1', port: 0 },
  });
  const http = new HttpClient();
  const source = bsfClient({ apiRoot: `${server.url}/`, http, send: {} });
  const request = {
    ueId: IMPI,
    ueIdType: 'PRIVATE',
    uiccAppLabel: 'USIM',
    nafId: { nafFqdn: 'dm.example.com', uaSecProtId: fromHex('03ff000001') },
    ptId: 'p2@naf',
    uiccOrMe: 'GBA_ME',
    requestedLifeTime: new Date('2026-11-22T12:10:00Z'),
  } as const;
  const answer = await source(request);
  expect(SIM_GPI.verify(answer.gbaPushInfo, answer.meKeyMaterial)).toBe(true);
  expect(SIM_GPI.decode(answer.gbaPushInfo).pTid).toBe('p2@naf');
  await expect(source({ ...request, ueId: 'nobody' })).rejects.toMatchObject({
    code: 'NETWORK_BSF',
    details: { status: 404, cause: 'USER_UNKNOWN' },
  });
  const strange = bsfClient({ apiRoot: `${server.url}/strange`, http, send: {} });
  await expect(strange(request)).rejects.toMatchObject({ code: 'DATA_ZPN' });
  await server.close();
  await expect(source(request)).rejects.toMatchObject({ kind: 'network' });
  http.close();
});
