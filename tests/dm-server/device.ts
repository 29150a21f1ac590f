/** A server core with one device, driven by raw messages that are written by hand. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import {
  type AccountRecord,
  type Answer,
  DEFAULT_FORMATS,
  DEFAULT_SERVER_POLICY,
  type DeviceState,
  memoryStore,
  next,
  PACKAGE2_SCHEMA,
  type Script,
  type ScriptSource,
  type ServerAction,
  type ServerEnvironment,
  type ServerEvent,
  type ServerPolicy,
  type ServerRequest,
  type ServerResponse,
  type ServerStore,
} from '../../src/dm/index.js';
import { MO_DEFINITIONS } from '../../src/mo/index.js';

export const DEV_ID = 'IMEI:493005100592800';
export const START = Date.UTC(2026, 0, 1);

export const ACCOUNT: AccountRecord = {
  accountId: 'card-1',
  srvId: 'dms1',
  credentials: [
    { purpose: 'trsp', kind: 'identity-secret', identity: 'card-1', secret: encodeUtf8('not a secret') },
  ],
  noti: { secret: encodeUtf8('noti secret'), data: encodeUtf8('nonce') },
  createdAt: START,
};

/** Octets that are the same every run; each call gives others. */
function countingRandom(): (octets: number) => Uint8Array {
  let count = 0;
  return (octets) => {
    count++;
    const out = new Uint8Array(octets);
    new DataView(out.buffer).setUint32(octets - 4, count);
    return out;
  };
}

export class TestServer {
  now = START;
  readonly env: ServerEnvironment;
  readonly store: ServerStore;
  actions: readonly ServerAction[] = [];

  constructor(
    policy: Partial<ServerPolicy> = {},
    programs: readonly Script[] = [],
    store: ServerStore = memoryStore(),
  ) {
    this.store = store;
    this.env = {
      clock: () => new Date(this.now),
      random: countingRandom(),
      policy: { ...DEFAULT_SERVER_POLICY, srvId: 'dms1', ...URLS, ...policy },
      definitions: MO_DEFINITIONS,
      formats: DEFAULT_FORMATS,
      programs: new Map(programs.map((script) => [script.name, script])),
    };
  }

  async state(devId = DEV_ID): Promise<DeviceState> {
    return this.store.load(devId);
  }

  /** One step as the server makes it: load, decide, store. */
  async step(event: ServerEvent, devId = DEV_ID): Promise<readonly ServerAction[]> {
    const state = await this.store.load(devId);
    const decided = next(state, event, this.env);
    this.actions = decided.actions;
    const writes = decided.actions.flatMap((action) => (action.type === 'write' ? [action.write] : []));
    if (writes.length > 0) {
      const result = await this.store.apply(devId, writes, state.revision);
      if (!result.ok) throw new Error('conflict');
      expect(await this.store.load(devId)).toEqual(decided.state);
    }
    return decided.actions;
  }

  async submit(steps: string, devId = DEV_ID): Promise<string> {
    return this.submitSource({ kind: 'data', name: 'test', text: steps }, devId);
  }

  async submitSource(script: ScriptSource, devId = DEV_ID): Promise<string> {
    const actions = await this.step({ type: 'submit', script }, devId);
    for (const action of actions) if (action.type === 'job-submitted') return action.jobId;
    throw new Error('no job');
  }

  /** A POST of raw octets with the headers of a device. */
  async post(message: string | Uint8Array, devId = DEV_ID): Promise<ServerResponse> {
    const request = rawRequest(message);
    const account = await this.store.accountOf(request.identity, 'trsp');
    const actions = await this.step(
      { type: 'package', request, ...(account === undefined ? {} : { account }) },
      devId,
    );
    return replyOf(actions);
  }

  async repository(address: string, message: string): Promise<ServerResponse> {
    const token = tokenOf(address);
    const item = await this.store.repository(token);
    if (item === undefined) return { status: 404, headers: {} };
    const request = rawRequest(message);
    const account = await this.store.accountOf(request.identity, 'trsp');
    const event: ServerEvent = {
      type: 'repository',
      request,
      item,
      ...(account === undefined ? {} : { account }),
    };
    return replyOf(await this.step(event, item.devId));
  }

  async answer(uiId: string, answer: Answer): Promise<void> {
    await this.step({ type: 'ui-answer', uiId, answer });
  }

  async job(jobId: string) {
    return (await this.store.job(jobId))!;
  }
}

const URLS = {
  repositoryUrl: 'https://dms.example/repository',
  uiUrl: 'https://dms.example/ui',
  dmUrl: 'https://dms.example/dm',
};

export function tokenOf(address: string): string {
  return address.split('?')[0]!.split('/').at(-1)!;
}

export function replyOf(actions: readonly ServerAction[]): ServerResponse {
  for (const action of actions) if (action.type === 'reply') return action.response;
  throw new Error('no reply');
}

/** An HTTP/1.1 request as text, lines ended by LF or CRLF; `X-Identity` names the PSK identity (card-1 unless told). */
export function rawRequest(message: string | Uint8Array): ServerRequest {
  const text = typeof message === 'string' ? message : decodeUtf8(message);
  const blank = /\r?\n\r?\n/.exec(text);
  const head = blank === null ? text : text.slice(0, blank.index);
  const [first = '', ...lines] = head.split(/\r?\n/);
  const [method = '', path = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const { 'x-identity': identity = 'card-1', ...others } = headers;
  return {
    method,
    path,
    headers: others,
    body: encodeUtf8(blank === null ? '' : text.slice(blank.index + blank[0].length)),
    identity: identity === '' ? { kind: 'none' } : { kind: 'psk', identity },
    secure: true,
  };
}

export const HEADERS = `Accept: application/vnd.oma.dm.request+json
OMADM-DevID: ${DEV_ID}
Host: dms.example`;

/** Package#1 with this body. */
export function p1(body = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}'): string {
  return `POST /dm HTTP/1.1\nContent-Type: application/vnd.oma.dm.initiation+json\n${HEADERS}\n\n${body}`;
}

/** Package#3 alone with this body. */
export function p3(body: string): string {
  return `POST /dm HTTP/1.1\nContent-Type: application/vnd.oma.dm.response+json\n${HEADERS}\n\n${body}`;
}

/** Package#3 with data (Appendix F): each part is its name, content type and body. */
export function p3Multipart(body: string, parts: readonly (readonly [string, string, string])[]): string {
  const all = [
    `--b\r\nContent-Disposition: form-data\r\nContent-Type: application/vnd.oma.dm.response+json\r\n\r\n${body}\r\n`,
    ...parts.map(
      ([name, type, data]) =>
        `--b\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}\r\n\r\n${data}\r\n`,
    ),
    '--b--\r\n',
  ];
  return `POST /dm HTTP/1.1\nContent-Type: multipart/form-data; boundary=b\n${HEADERS}\n\n${all.join('')}`;
}

const isPackage2 = new Ajv({ strict: false }).compile(PACKAGE2_SCHEMA);

/** Package#2 as text; fails where the reply is none, or not as the schema wants it. */
export function p2(response: ServerResponse): string {
  expect(response.status).toBe(200);
  expect(response.headers['content-type']).toBe('application/vnd.oma.dm.request+json');
  const text = decodeUtf8(response.body!);
  expect(isPackage2(JSON.parse(text)) ? [] : isPackage2.errors).toEqual([]);
  return text;
}

export const END = '{"CMD":[["END"]]}';

export async function testServer(
  policy: Partial<ServerPolicy> = {},
  programs: readonly Script[] = [],
): Promise<TestServer> {
  const server = new TestServer(policy, programs);
  await server.store.putAccount(ACCOUNT);
  return server;
}

export function example(name: string): string {
  return readFileSync(`docs/examples/scripts/${name}`, 'utf8');
}
