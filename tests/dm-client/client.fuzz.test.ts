/** A hostile world: 100,000 random events, and what must hold after each of them. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  type ClientAction,
  type ClientEvent,
  restoreClientState,
  serializeClientState,
} from '../../src/dm/index.js';
import type { JsonValue, MoTree } from '../../src/mo/index.js';
import { repeatable } from '../support/fuzz.js';
import { accountJson, Device, device, environment, json, withMo } from './device.js';

const DCMO = 'urn:oma:mo:oma-dcmo:1.0';
const SECRETS = ['cHNr', 'c2VjcmV0'];
const random = repeatable(20260301);
const pick = <T>(items: readonly T[]): T => items[random(items.length)]!;

const CLIENT_URIS = [
  `${DCMO}/camera/`,
  `${DCMO}//`,
  `${DCMO}/*/Enabled`,
  `${DCMO}/(x)/Enabled?nv=(x)/Property:Camera`,
  `${DCMO}/camera/Ext/New`,
  `${DCMO}/camera/?lv=1`,
  `${DCMO}/__proto__/constructor`,
  'urn:oma:mo:oma-dm-devinfo:1.2//DevID',
  'urn:oma:mo:oma-dm-dmacc:1.2/dms1/',
  'urn:oma:mo:oma-dm-dmacc:1.2/*/Auth/Trsp/Secret',
  'urn:oma:mo:oma-dm-dmacc:1.2/dms1/SrvURI',
  'urn:oma:mo:oma-dm-dmacc:1.2/dms1/Auth/Noti/Secret',
  'urn:oma:mo:oma-dm-dacmo:1.0//',
  'urn:oma:mo:oma-sessioninfomo:1.0//CBT',
  '',
  '?',
];
const SERVER_URIS = [
  'https://dr.example.com/x',
  'https://www.dms.com/repository/[DevID]',
  'http://dr.example.com/',
  'https://user:pw@www.dms.com/',
  'file:///etc/passwd',
  'https://[DevID].example.com/',
  '',
  '[',
];
const NAMES = [
  'HGET',
  'HPUT',
  'HPOST',
  'DELETE',
  'EXEC',
  'GET',
  'SHOW',
  'CONT',
  'END',
  'DEFAULT',
  'SUB',
  'UNSUB',
];
const OTHER_NAMES = ['constructor', '__proto__', 'get', ''];

function command(): string[] {
  const name = random(20) === 0 ? pick(OTHER_NAMES) : pick(NAMES);
  const serverFirst = ['HGET', 'HPUT', 'HPOST', 'SHOW', 'CONT', 'DEFAULT', 'SUB'].includes(name);
  const first = serverFirst ? [pick(SERVER_URIS)] : name === 'END' ? [] : [pick(CLIENT_URIS)];
  const more = name === 'DEFAULT' ? [DCMO] : Array.from({ length: random(3) }, () => pick(CLIENT_URIS));
  return [
    name,
    ...first,
    ...(serverFirst ? more : name === 'EXEC' && random(2) === 0 ? [pick(SERVER_URIS)] : []),
  ];
}

const DOCUMENTS: readonly (() => JsonValue)[] = [
  () => [{ ClientURI: `${DCMO}//`, MOData: { usb: { Property: 'USB', Enabled: random(2) === 0 } } }],
  () => [{ ClientURI: `${DCMO}/camera/Enabled`, MOData: { Enabled: random(3) } }],
  () => [accountJson({ Name: String(random(5)) })],
  () => [accountJson({ SrvID: pick(['TWO', 'THREE']), SrvURI: 'https://two.example/' })],
  () => [{ ClientURI: 'urn:oma:mo:oma-dm-dacmo:1.0//', MOData: { DacMO: {} } }],
  () => [{ ClientURI: pick(CLIENT_URIS), MOData: { x: { y: null } } }],
  () => ({ CMD: [] }),
];

function damaged(bytes: Uint8Array): Uint8Array {
  if (random(4) > 0 || bytes.length === 0) return bytes;
  const copy = bytes.slice(0, random(10) === 0 ? random(bytes.length) : bytes.length);
  if (copy.length > 0) copy[random(copy.length)] = random(256);
  return copy;
}

const MEDIA = [
  'application/dmmo+json',
  'text/plain',
  'application/vnd.oma.dm.request+json',
  'multipart/form-data',
  '',
  ';',
];

function responseTo(it: Device, id: string): ClientEvent {
  if (random(12) === 0)
    return { type: 'http-failed', id, cause: { code: 'NETWORK_TIMEOUT', message: 'late' } };
  const request = it.state.requests.get(id);
  const isPackage = request?.for === 'package' && random(12) > 0;
  const commands = Array.from({ length: random(5) }, command);
  const body = isPackage
    ? json({ CMD: commands })
    : random(5) === 0
      ? encodeUtf8('true')
      : json(pick(DOCUMENTS)());
  const usual = isPackage ? 'application/vnd.oma.dm.request+json' : 'application/dmmo+json';
  const status = random(8) > 0 ? 200 : pick([204, 301, 304, 400, 401, 415, 500, 503]);
  const contentType = random(10) > 0 ? usual : pick(MEDIA);
  const accept: Record<string, string> =
    random(6) === 0 ? { 'omadm-accept': pick(['text/plain', 'a/b', ',,;', '']) } : {};
  return {
    type: 'http-response',
    id,
    status,
    headers: { 'content-type': contentType, ...accept },
    body: damaged(body),
  };
}

function anyEvent(it: Device): ClientEvent {
  const open = [...it.state.requests.keys()];
  if (open.length > 0 && random(10) > 1) return responseTo(it, pick(open));
  const waiting = [...it.state.sessions.values()].map(({ run }) => run?.waiting);
  for (const each of waiting) {
    if (each?.on === 'exec' && random(2) === 0) {
      return {
        type: 'exec-result',
        id: each.exec.id,
        status: pick([200, 1200, 304, -1]),
        completed: random(2) === 0,
      };
    }
    if (each?.on === 'browser') return { type: 'browser-result', id: each.id, ok: random(2) === 0 };
  }
  const exec = it.state.asyncExecs[0];
  if (exec !== undefined && random(3) === 0) {
    return { type: 'exec-result', id: exec.id, status: 200, completed: true };
  }
  return pick(OTHERS)(it);
}

const OTHERS: readonly ((it: Device) => ClientEvent)[] = [
  () => ({ type: 'start-session', serverId: pick(['DMS_ID1', 'TWO', 'nobody']) }),
  () => ({ type: 'start-session', serverId: 'DMS_ID1' }),
  () => ({
    type: 'notification',
    transport: 'udp',
    bytes: damaged(Uint8Array.of(0x20, 0x80, 0x60, random(2))),
  }),
  () => ({
    type: 'bootstrap',
    origin: pick([{ kind: 'factory' }, { kind: 'server', channel: 'x' }]),
    bytes: damaged(json(pick(DOCUMENTS)())),
  }),
  () => ({
    type: 'card-read',
    result:
      random(2) === 0
        ? { ok: false, reason: 'x' }
        : { ok: true, documents: [damaged(json(pick(DOCUMENTS)()))] },
  }),
  () => ({ type: 'client-bootstrap', url: pick(SERVER_URIS) }),
  () => ({ type: 'local-read', id: 'l', appId: 'a', clientUri: pick(CLIENT_URIS) }),
  () => ({
    type: 'local-write',
    id: 'l',
    appId: 'a',
    write: { kind: 'value', clientUri: pick(CLIENT_URIS), value: 'x' },
  }),
  () => ({
    type: 'local-write',
    id: 'l',
    appId: 'a',
    write: { kind: 'delete', clientUri: pick(CLIENT_URIS) },
  }),
  () => ({ type: 'local-request', id: 'l', appId: 'a', moid: pick([DCMO, 'x', '__proto__']) }),
  () => ({
    type: 'alert',
    alert: { alertType: 'urn:example:at', sourceUri: pick(CLIENT_URIS) },
    now: random(2) === 0,
  }),
  () => ({
    type: 'connection-changed',
    available: pick([['wlan'], ['cellular', 'wlan'], ['wireline']]),
    bearer: { cbt: random(4), roaming: random(3) },
  }),
  () => ({
    type: 'alert',
    alert: {
      alertType: pick(['', 'urn:x']),
      ...pick([{ data: 1 }, { dataType: 'a/b', data: { a: 1 } }, { data: {} }]),
    },
  }),
  () => ({ type: 'gcm-registered', regId: pick(['', 'id']) }),
  (it) => ({
    type: 'user-answer',
    id: [...it.state.questions.keys()][0] ?? '0-0',
    accepted: random(2) === 0,
  }),
  () => ({ type: 'power-on' }),
  () => ({ type: 'http-response', id: '7-7', status: 200, headers: {}, body: new Uint8Array(0) }),
];

/** What must hold whatever happened. */
function check(it: Device): void {
  const { sessions, requests } = it.state;
  for (const { serverId, run, url } of sessions.values()) {
    const answers = [...requests.values()].filter(
      (each) => (each.for === 'package' || each.for === 'command') && each.serverId === serverId,
    );
    const on = run?.waiting?.on;
    const isLocal = on === 'exec' || on === 'browser';
    if (answers.length !== (isLocal ? 0 : 1))
      throw new Error(`the session with ${serverId} waits for nothing, or twice`);
    if (!url.startsWith('https:')) throw new Error(`packages go to ${url}`);
  }
  for (const [index, action] of it.actions.entries()) checkAction(it, action, index);
}

/** Origins of SrvURI as the tree has it: a damaged bootstrap may have brought another one. */
function homesOf(it: Device, srvId: string): string[] {
  const accounts = [...it.state.tree.instancesOf('urn:oma:mo:oma-dm-dmacc:1.2').values()];
  return accounts.flatMap(({ root }) => {
    const [id, uri] = ['SrvID', 'SrvURI'].map((name) => root.children.get(name));
    if (id?.kind !== 'leaf' || id.value !== srvId || uri?.kind !== 'leaf') return [];
    return [new URL(String(uri.value)).origin];
  });
}

function checkAction(it: Device, action: ClientAction, index: number): void {
  if (action.type === 'save' && index > 0) throw new Error('something leaves before the state is saved');
  if (action.type === 'note' || action.type === 'session-ended') {
    const told = JSON.stringify(action);
    if (SECRETS.some((secret) => told.includes(secret))) throw new Error(`a secret is told: ${told}`);
  }
  if (action.type !== 'http') return;
  const { credentials, request, purpose } = action;
  if (!/^https?:/.test(request.url)) throw new Error(`a request goes to ${request.url}`);
  const host = new URL(request.url).origin;
  if (credentials !== undefined && !homesOf(it, credentials.srvId).includes(host)) {
    throw new Error(`credentials of ${credentials.srvId} go to ${host}`);
  }
  if (purpose === 'repository' && it.state.requests.get(action.id) === undefined)
    throw new Error('nobody waits');
}

test('after 100,000 events every session waits for one answer, nothing was thrown, nothing leaked', () => {
  const change = (tree: MoTree) =>
    withMo(tree, DCMO, 'camera', { Property: 'Camera', Enabled: true, Ext: {} });
  let it = device({ change });
  let saved = it.state;
  let ended = 0;
  for (let n = 0; n < 100_000; n++) {
    if (n % 200 === 199) {
      const stored = JSON.parse(JSON.stringify(serializeClientState(it.state))) as JsonValue;
      it = n % 2000 === 1999 ? device({ change }) : new Device(restoreClientState(stored, environment()));
      saved = it.state;
      it.feed({ type: 'power-on' });
    } else it.feed(anyEvent(it));
    if (it.actions[0]?.type === 'save') saved = it.state;
    check(it);
    if (n % 100 === 98) expect(serializeClientState(saved)).toEqual(serializeClientState(it.state));
    ended += it.of('session-ended').length;
  }
  expect(ended).toBeGreaterThan(5000);
}, 120_000);
