/** A device whose other end is the test: events in, actions out, and requests compared octet by octet. */
import { Ajv } from 'ajv';
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import {
  type ClientAction,
  type ClientEnvironment,
  type ClientEvent,
  type ClientState,
  DEFAULT_CLIENT_LIMITS,
  DEFAULT_CLIENT_POLICY,
  DEFAULT_FORMATS,
  grantCreator,
  MO_SENT_SCHEMA,
  newClientState,
  nextClientStep,
  PACKAGE1_SCHEMA,
  PACKAGE3_SCHEMA,
} from '../../src/dm/index.js';
import { DEVINFO, type JsonValue, MO_DEFINITIONS, type MoTree, nodeFromJson } from '../../src/mo/index.js';

export const DEV_ID = 'IMEI:493005100592800';
const NOW = new Date('2026-03-01T12:00:00Z');
export const HOME = 'https://www.dms.com/dmserver/dm20';

/** The account of the server `DMS_ID1`, as a bootstrap carries it. */
export function accountJson(changes: Record<string, JsonValue> = {}, miid = ''): JsonValue {
  return {
    ClientURI: `urn:oma:mo:oma-dm-dmacc:1.2/${miid}/`,
    MOData: {
      dms1: {
        SrvID: 'DMS_ID1',
        SrvURI: HOME,
        Name: 'Example',
        Perm: { '1': { MOID: '*' } },
        Auth: { Noti: { Type: 0, Data: 'AQI=', Secret: 'c2VjcmV0' }, Trsp: { Data: 'aWQ=', Secret: 'cHNr' } },
        ...changes,
      },
    },
  };
}

export const json = (value: JsonValue): Uint8Array => encodeUtf8(JSON.stringify(value));

export function environment(changes: Partial<ClientEnvironment> = {}): ClientEnvironment {
  return {
    definitions: MO_DEFINITIONS,
    clock: () => NOW,
    random: (n) => new Uint8Array(n).fill(0x5a),
    policy: DEFAULT_CLIENT_POLICY,
    limits: DEFAULT_CLIENT_LIMITS,
    serverUriValues: {},
    formats: DEFAULT_FORMATS,
    ...changes,
  };
}

type Action<T extends ClientAction['type']> = Extract<ClientAction, { type: T }>;
export type Http = Action<'http'>;

/** The tree with one more instance, owned by a server. */
export function withMo(
  tree: MoTree,
  moid: string,
  miid: string,
  content: JsonValue,
  owner = 'DMS_ID1',
  ddf?: string,
): MoTree {
  const root = nodeFromJson(undefined, content, '$');
  if (root.kind === 'leaf') throw new Error('a root is an interior node');
  const more = tree.withInstance({ moid, miid, root, ...(ddf === undefined ? {} : { ddf }) });
  return grantCreator(more, { kind: 'server', serverId: owner }, [{ moid, miid }]);
}

const ajv = new Ajv({ strictTuples: false, strictTypes: false });
const SCHEMAS: Readonly<Record<string, ReturnType<Ajv['compile']>>> = {
  'application/vnd.oma.dm.initiation+json': ajv.compile(PACKAGE1_SCHEMA),
  'application/vnd.oma.dm.response+json': ajv.compile(PACKAGE3_SCHEMA),
  'application/dmmo+json': ajv.compile(MO_SENT_SCHEMA),
};

/** Everything that leaves the device is judged by a schema written from the text, not by our codecs. */
function judge({ request: { headers, body } }: Http): void {
  const contentType = headers['content-type'] ?? '';
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(contentType)?.[1];
  const whole = decodeUtf8(body ?? new Uint8Array(0));
  if (boundary === undefined) judgeBody(contentType, whole);
  for (const piece of boundary === undefined ? [] : whole.split(`--${boundary}`).slice(1, -1)) {
    const [, type] = /\r\nContent-Type: (\S+)\r\n/.exec(piece)!;
    judgeBody(type!, piece.slice(piece.indexOf('\r\n\r\n') + 4, -2));
  }
}

function judgeBody(contentType: string, body: string): void {
  const validate = SCHEMAS[contentType];
  if (validate === undefined || validate(JSON.parse(body))) return;
  throw new Error(`${contentType} ${JSON.stringify(validate.errors)}: ${body}`);
}

export class Device {
  actions: ClientAction[] = [];
  constructor(
    public state: ClientState = newClientState(),
    public env: ClientEnvironment = environment(),
  ) {}

  /** Feeds one event; its actions replace those of the event before. */
  feed(event: ClientEvent): ClientAction[] {
    const { state, actions } = nextClientStep(this.state, event, this.env);
    this.state = state;
    this.actions = [...actions];
    for (const http of this.of('http')) judge(http);
    return this.actions;
  }

  of<T extends ClientAction['type']>(type: T): Action<T>[] {
    return this.actions.filter((action): action is Action<T> => action.type === type);
  }

  /** The only request that the last event caused. */
  request(): Http {
    const [http, ...more] = this.of('http');
    if (http === undefined || more.length > 0) {
      throw new Error(`${1 + more.length} requests expected to be one: ${JSON.stringify(this.actions)}`);
    }
    return http;
  }

  answer(
    body: string | Uint8Array,
    {
      contentType,
      ...more
    }: { contentType?: string; status?: number; headers?: Record<string, string> } = {},
    id = this.request().id,
  ): ClientAction[] {
    return this.feed({
      type: 'http-response',
      id,
      status: more.status ?? 200,
      headers: { ...(contentType === undefined ? {} : { 'content-type': contentType }), ...more.headers },
      body: typeof body === 'string' ? encodeUtf8(body) : body,
    });
  }

  /** Answers a package with a Package#2 as it stands on the wire. */
  package2(text: string, headers: Record<string, string> = {}): ClientAction[] {
    return this.answer(text, { contentType: 'application/vnd.oma.dm.request+json', headers });
  }

  notes(): string[] {
    return this.of('note').map(({ code }) => code);
  }
}

/** A device with DevInfo, switched on, with the account of DMS_ID1 announced; `change` puts more into its tree. */
export function device(
  options: { change?: (tree: MoTree) => MoTree; env?: Partial<ClientEnvironment>; account?: JsonValue } = {},
): Device {
  const it = new Device(newClientState(), environment(options.env));
  const devInfo = nodeFromJson(
    DEVINFO.root,
    {
      DevID: DEV_ID,
      Man: 'Vendor',
      Mod: 'DM_Client',
      DmV: '2.0',
      Lang: 'en',
      DevType: 'smartphone',
      OEM: '',
      FwV: 'android4.0.4',
      SwV: 'Vendor1.2',
      HwV: '',
    },
    '$',
  );
  const tree = it.state.tree.withInstance({ moid: DEVINFO.moid, miid: 'DevInfo', root: devInfo });
  it.feed({ type: 'device-changed', tree });
  it.feed({
    type: 'bootstrap',
    origin: { kind: 'factory' },
    bytes: json([options.account ?? accountJson()]),
  });
  it.feed({ type: 'power-on' });
  it.package2('{"CMD":[["END"]]}');
  if (options.change !== undefined) it.feed({ type: 'device-changed', tree: options.change(it.state.tree) });
  return it;
}

/** A device in a session that it opened itself: Package#1 is out. */
export function inSession(options: Parameters<typeof device>[0] = {}): Device {
  const it = device(options);
  it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
  return it;
}

export const text = (http: Http): string => decodeUtf8(http.request.body ?? new Uint8Array(0));
