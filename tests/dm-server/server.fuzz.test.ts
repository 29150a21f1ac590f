/** 100,000 damaged packages, uploads, forms and scripts: never an exception that is not typed, never half a step. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import {
  compileScript,
  DEFAULT_FORMATS,
  DEFAULT_SERVER_POLICY,
  type DeviceState,
  next,
  type ServerEnvironment,
  type ServerEvent,
  type ServerResponse,
  servePage,
} from '../../src/dm/index.js';
import { fuzz } from '../support/fuzz.js';
import {
  ACCOUNT,
  DEV_ID,
  example,
  p1,
  p2,
  p3Multipart,
  rawRequest,
  replyOf,
  START,
  testServer,
} from './device.js';

const ENV: ServerEnvironment = {
  clock: () => new Date(START),
  random: (octets) => Uint8Array.from(randomBytes(octets)),
  policy: { ...DEFAULT_SERVER_POLICY },
  definitions: [],
  formats: DEFAULT_FORMATS,
  programs: new Map(),
};

/** A device in a session with commands of every kind in flight. */
async function inSession(): Promise<{ state: DeviceState; upload: string }> {
  const server = await testServer();
  await server.submit(`steps:
  - { get: "urn:e:a//", on-failure: continue }
  - { hput: "urn:e:a//", on-failure: continue }
  - { exec: "urn:e:a/1/Run", on-failure: continue }`);
  const commands = JSON.parse(p2(await server.post(p1()))).CMD;
  return { state: await server.state(), upload: commands[1][1] };
}

const STATUSES = [200, 400, 403, 405, 406, 409, 410, 413, 415];

/** A reply with a status of ours; what is refused leaves the state as it was. */
function check(before: DeviceState, event: ServerEvent): ServerResponse {
  const { state, actions } = next(before, event, ENV);
  const response = replyOf(actions);
  if (!STATUSES.includes(response.status)) throw new Error(`status ${response.status}`);
  if (response.status !== 200 && (actions.some(({ type }) => type === 'write') || state !== before)) {
    throw new Error(`a refusal (${response.status}) changed something`);
  }
  return response;
}

const P1_BODIES = [
  '{"MOS":[{"DDF":"http://v/d","MOID":"urn:e:a","MIID":["1","2"]}],"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"a/b","Data":{"NOTIFICATION-ID":7}}]}',
  '{"Alert":[{"AlertType":"urn:x","SourceURI":"urn:e:a/1/Run","Mark":"fatal","DataType":"a/b","Data":{"sc":1404}}]}',
  '{}',
];

test('Package#1', async () => {
  const { state } = await inSession();
  const request = rawRequest(p1());
  const account = { ...ACCOUNT, devId: DEV_ID };
  const { accepted, refused } = fuzz(
    (body) => check(state, { type: 'package', request: { ...request, body }, account }),
    P1_BODIES.map(encodeUtf8),
  );
  expect(refused).toBe(0);
  expect(accepted).toBe(100_000);
}, 60_000);

test('Package#3 with data', async () => {
  const { state } = await inSession();
  const data = '[{"ClientURI":"urn:e:a/1/","CV":"c","MOData":{"1":{"x":"y"}}}]';
  const message = p3Multipart(
    '{"Status":[{"sc":200,"URI":["urn:e:a/1/"]},304,{"sc":202}],"Alert":[{"AlertType":"urn:x","SourceURI":"urn:e:a/1/Run","DataType":"a/b","Data":{"sc":200}}]}',
    [
      ['0', 'application/dmmo+json', data],
      ['1', 'text/plain', 'x'],
    ],
  );
  const request = rawRequest(message);
  const { refused } = fuzz(
    (body) =>
      check(state, {
        type: 'package',
        request: { ...request, body },
        account: { ...ACCOUNT, devId: DEV_ID },
      }),
    [request.body],
  );
  expect(refused).toBe(0);
}, 60_000);

test('uploads and headers', async () => {
  const { state, upload } = await inSession();
  const item = state.repository.find(({ token }) => upload.endsWith(token))!;
  const account = { ...ACCOUNT, devId: DEV_ID };
  const seed = encodeUtf8(
    'application/dmmo+json;charset=utf-8\n[{"ClientURI":"urn:e:a/1/","MOData":{"1":{"x":"y"}}}]',
  );
  const { refused } = fuzz(
    (octets) => {
      const [type = '', ...rest] = Buffer.from(octets).toString('latin1').split('\n');
      const body = Uint8Array.from(Buffer.from(rest.join('\n'), 'latin1'));
      const base = rawRequest('PUT /r HTTP/1.1\n\n');
      const request = { ...base, body, headers: { 'content-type': type, accept: type } };
      check(state, { type: 'repository', request, item, account });
      check(state, {
        type: 'package',
        request: { ...request, method: 'POST', headers: { ...request.headers, 'omadm-devid': DEV_ID } },
        account,
      });
    },
    [seed],
  );
  expect(refused).toBe(0);
}, 60_000);

test('forms', () => {
  const question = {
    kind: 'choices',
    title: 'T',
    text: 'Q',
    choices: [
      { value: 'a', label: 'A' },
      { value: 'ä', label: 'B' },
    ],
  } as const;
  const record = {
    uiId: 'u',
    devId: DEV_ID,
    commandId: 'c',
    question,
    state: 'open',
    createdAt: START,
    expiresAt: START,
  } as const;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { refused } = fuzz(
    (body) => {
      const { response, answer } = servePage(record, { method: 'POST', headers, body }, new Date(START));
      if (answer !== undefined && response.status !== 200) throw new Error('an answer that was refused');
    },
    [encodeUtf8('answer=a&answer=%C3%A4&x=y')],
  );
  expect(refused).toBe(0);
}, 60_000);

test('scripts', () => {
  const seeds = readdirSync('docs/examples/scripts').map((name) => encodeUtf8(example(name)));
  const history = { results: [], alerts: [] };
  const { accepted, refused } = fuzz(
    (octets) => {
      const script = compileScript(decodeUtf8(octets));
      script.next(history);
    },
    seeds,
    5_000,
  );
  expect(accepted).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
}, 120_000);
