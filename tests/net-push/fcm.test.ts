/** Firebase Cloud Messaging against a stand-in on a real socket: requests as the service's reference has them, and its errors. */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromHex } from '../../src/bytes/index.js';
import { HttpClient } from '../../src/net/http/index.js';
import { FcmSender, type HttpSender, notificationOfFcm } from '../../src/net/push/index.js';

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>];

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const NOTIFICATION = fromHex('20806000');
const GOOGLE_ERROR = (code: number, status: string, errorCode?: string) => ({
  error: {
    code,
    message: 'words for people',
    status,
    details:
      errorCode === undefined
        ? []
        : [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }],
  },
});

let server: Server;
let endpoint: string;
let seen: Seen[];
/** What the stand-in answers to the next messages, then 200. */
let answers: Answer[];
let tokenAnswers: Answer[];
let tokens: number;
let now: number;
const client = new HttpClient();
const http: HttpSender = (request) => client.send(request);

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ path: request.url!, headers: request.headers, body });
    const isToken = request.url === '/token';
    if (isToken) tokens++;
    const usual: Answer = isToken
      ? [200, { access_token: `token-${tokens}`, expires_in: 3600, token_type: 'Bearer' }]
      : [200, { name: 'projects/demo/messages/1' }];
    const [status, answer, headers] = (isToken ? tokenAnswers : answers).shift() ?? usual;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  seen = [];
  answers = [];
  tokenAnswers = [];
  tokens = 0;
  now = Date.parse('2025-01-01T00:00:00Z');
});

afterAll(() => {
  client.close();
  server.close();
});

const account = () => ({
  client_email: 'dm@demo.iam.example',
  private_key: PEM,
  private_key_id: 'k1',
  token_uri: `${endpoint}/token`,
});
const sender = () =>
  new FcmSender({
    projectId: 'demo',
    endpoint,
    authorization: { account: account() },
    http,
    clock: () => new Date(now),
  });
const withToken = () =>
  new FcmSender({
    projectId: 'demo',
    endpoint,
    authorization: { token: async () => 'given' },
    http,
    clock: () => new Date(now),
  });
const messages = () => seen.filter(({ path }) => path !== '/token');

test('one message: path, bearer token, RegId as token, SMS in base64', async () => {
  expect(await withToken().send('reg:1', NOTIFICATION)).toEqual({
    outcome: 'sent',
    name: 'projects/demo/messages/1',
  });
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({
    path: '/v1/projects/demo/messages:send',
    headers: { authorization: 'Bearer given', 'content-type': 'application/json; charset=UTF-8' },
    body: '{"message":{"token":"reg:1","data":{"SMS":"IIBgAA=="}}}',
  });
});

describe('a service account', () => {
  test('signs an assertion (RS256) for the token endpoint', async () => {
    await sender().send('r', NOTIFICATION);
    const form = new URLSearchParams(seen[0]!.body);
    expect([seen[0]!.path, form.get('grant_type')]).toEqual([
      '/token',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ]);
    const [header, claims, signature] = form.get('assertion')!.split('.') as [string, string, string];
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
    expect(read(claims)).toEqual({
      iss: 'dm@demo.iam.example',
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
      aud: `${endpoint}/token`,
      iat: 1735689600,
      exp: 1735693200,
    });
    const signed = Buffer.from(`${header}.${claims}`);
    const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(messages()[0]!.headers.authorization).toBe('Bearer token-1');
  });

  test('the token is used until a minute before its end', async () => {
    const fcm = sender();
    await fcm.send('r', NOTIFICATION);
    now += 3_539_000;
    await fcm.send('r', NOTIFICATION);
    expect(tokens).toBe(1);
    now += 1_000;
    await fcm.send('r', NOTIFICATION);
    expect(tokens).toBe(2);
  });

  test('messages at the same time share one token', async () => {
    const fcm = sender();
    const results = await Promise.all([1, 2, 3].map((n) => fcm.send(`r${n}`, NOTIFICATION)));
    expect([results.map(({ outcome }) => outcome), tokens]).toEqual([['sent', 'sent', 'sent'], 1]);
  });

  test('a token that is not taken is renewed once', async () => {
    answers = [[401, GOOGLE_ERROR(401, 'UNAUTHENTICATED')]];
    expect(await sender().send('r', NOTIFICATION)).toMatchObject({ outcome: 'sent' });
    expect(messages().map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  test('a second 401 is the end', async () => {
    answers = [1, 2].map(() => [401, GOOGLE_ERROR(401, 'UNAUTHENTICATED')] as const);
    expect(await sender().send('r', NOTIFICATION)).toEqual({
      outcome: 'unauthorized',
      reason: 'UNAUTHENTICATED',
    });
    expect(messages()).toHaveLength(2);
  });

  test.each<[Answer, object]>([
    [[400, { error: 'invalid_grant' }], { outcome: 'unauthorized', reason: 'invalid_grant' }],
    [[200, 'no JSON'], { outcome: 'unauthorized', reason: 'no token' }],
    [[429, {}], { outcome: 'quota' }],
    [[503, 'busy'], { outcome: 'unavailable' }],
  ])('the token endpoint answers %j', async (answer, result) => {
    tokenAnswers = [answer];
    const fcm = sender();
    expect(await fcm.send('r', NOTIFICATION)).toEqual(result);
    expect(messages()).toHaveLength(0);
    // The next message asks again.
    expect(await fcm.send('r', NOTIFICATION)).toMatchObject({ outcome: 'sent' });
  });

  test('that cannot be used is refused, and its key is never quoted', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    const use = (change: object) => () =>
      new FcmSender({
        projectId: 'demo',
        authorization: { account: { ...account(), ...change } },
        http,
        clock: () => new Date(now),
      });
    for (const change of [{ private_key: 'very-secret' }, { private_key: ec }, { client_email: undefined }]) {
      expect(use(change)).toThrow(expect.objectContaining({ code: 'DATA_SERVICE_ACCOUNT' }));
      expect(use(change)).not.toThrow(/very-secret/);
    }
  });
});

describe('errors of the service', () => {
  test.each<[string, Answer, object]>([
    [
      'a RegId that is gone',
      [404, GOOGLE_ERROR(404, 'NOT_FOUND', 'UNREGISTERED')],
      { outcome: 'unregistered' },
    ],
    [
      'another 404',
      [404, GOOGLE_ERROR(404, 'NOT_FOUND')],
      { outcome: 'refused', status: 404, reason: 'NOT_FOUND' },
    ],
    [
      'a RegId of another sender',
      [403, GOOGLE_ERROR(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH')],
      { outcome: 'refused', status: 403, reason: 'SENDER_ID_MISMATCH' },
    ],
    [
      'a malformed RegId',
      [400, GOOGLE_ERROR(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT')],
      { outcome: 'refused', status: 400, reason: 'INVALID_ARGUMENT' },
    ],
    [
      'the quota',
      [429, GOOGLE_ERROR(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'), { 'retry-after': '30' }],
      { outcome: 'quota', retryAfterSeconds: 30 },
    ],
    ['the quota without a time', [429, {}], { outcome: 'quota' }],
    [
      'a busy service',
      [503, GOOGLE_ERROR(503, 'UNAVAILABLE', 'UNAVAILABLE'), { 'retry-after': '5' }],
      { outcome: 'unavailable', retryAfterSeconds: 5 },
    ],
    ['an error inside', [500, 'oops'], { outcome: 'unavailable' }],
    ['a page of somebody else', [302, '<html>'], { outcome: 'refused', status: 302, reason: 'HTTP 302' }],
    [
      'details of another kind',
      [400, { error: { details: [null, 7], status: 3 } }],
      { outcome: 'refused', status: 400, reason: 'HTTP 400' },
    ],
    [
      'a token of somebody else',
      [401, GOOGLE_ERROR(401, 'UNAUTHENTICATED')],
      { outcome: 'unauthorized', reason: 'UNAUTHENTICATED' },
    ],
  ])('%s', async (_, answer, result) => {
    answers = [answer];
    expect(await withToken().send('r', NOTIFICATION)).toEqual(result);
    expect(seen).toHaveLength(1);
  });

  test('no connection, or a signal: errors of the network', async () => {
    const dead = new FcmSender({
      projectId: 'demo',
      endpoint: 'http://127.0.0.1:1',
      authorization: { token: async () => 'given' },
      http,
      clock: () => new Date(now),
    });
    await expect(dead.send('r', NOTIFICATION)).rejects.toMatchObject({ kind: 'network' });
    await expect(withToken().send('r', NOTIFICATION, AbortSignal.abort())).rejects.toMatchObject({
      code: 'NETWORK_ABORTED',
    });
  });

  test('a notification that FCM cannot take is refused before anything is sent', async () => {
    await expect(withToken().send('r', new Uint8Array(3001))).rejects.toMatchObject({ code: 'DATA_PUSH' });
    expect(seen).toHaveLength(0);
  });
});

describe('at the device', () => {
  test('the key SMS, with padding and without', () => {
    expect(notificationOfFcm({ SMS: 'IIBgAA==', other: 1 })).toEqual(NOTIFICATION);
    expect(notificationOfFcm({ SMS: 'IIBgAA' })).toEqual(NOTIFICATION);
  });
  test.each([
    {},
    { sms: 'IIBgAA==' },
    { SMS: 7 },
    { SMS: 'IIB*AA==' },
    { SMS: 'I' },
    { SMS: 'A'.repeat(6001) },
    Object.create({ SMS: 'IIBgAA==' }),
  ])('%j is refused', (data) => {
    expect(() => notificationOfFcm(data)).toThrow(expect.objectContaining({ code: 'DATA_PUSH' }));
  });
});
