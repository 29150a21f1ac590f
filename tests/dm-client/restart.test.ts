/** What the power leaves behind (docs/decisions/half-done-commands.md), and the applications of the device (DM 2.0 §10). */

import { type ClientState, restoreClientState, serializeClientState } from '../../src/dm/index.js';
import { DataError } from '../../src/errors/index.js';
import {
  type JsonValue,
  MO_DEFINITIONS,
  type MoDefinition,
  type MoTree,
  treeFromDmmo,
  treeToDmmo,
} from '../../src/mo/index.js';
import { row } from '../support/conformance.js';
import { Device, device, environment, inSession, json, text, withMo } from './device.js';

const DCMO = 'urn:oma:mo:oma-dcmo:1.0';
const change = (tree: MoTree) => withMo(tree, DCMO, 'camera', { Property: 'Camera', Enabled: true });
const PACKAGE2 = { contentType: 'application/vnd.oma.dm.request+json' };

/** The state as it was saved, read back as after a power loss, and switched on. */
function restart(saved: ClientState): Device {
  const stored = JSON.parse(JSON.stringify(serializeClientState(saved))) as JsonValue;
  const it = new Device(restoreClientState(stored, environment()));
  it.feed({ type: 'power-on' });
  return it;
}

describe('a state comes back from JSON', () => {
  test('tree, cache validators, accounts, defaults, subscriptions, notifications', () => {
    const it = inSession({ change });
    it.package2(
      `{"CMD":[["DEFAULT","https://a.example/[MCC]","urn:example:mo"],["SUB","https://a.example/","${DCMO}/camera/"],["END"]]}`,
    );
    const again = restart(it.state);
    const { epoch: _1, lastId: _2, tree: _3, ...before } = it.state;
    const { epoch: _4, lastId: _5, tree: _6, ...after } = again.state;
    expect(after).toEqual(before);
    expect(serializeClientState(again.state)).toEqual({
      ...(serializeClientState(it.state) as object),
      epoch: it.state.epoch + 1,
    });
    expect(again.actions).toEqual([]);
  });

  test.each<[string, (state: Record<string, JsonValue>) => JsonValue]>([
    ['null', () => null],
    ['another version', (state) => ({ ...state, version: 2 })],
    ['no accounts', ({ accounts: _, ...state }) => state],
    ['no epoch', (state) => ({ ...state, epoch: 'x' })],
    ['a tree of numbers', (state) => ({ ...state, tree: [1] })],
    ['no guard', (state) => ({ ...state, notificationGuard: [] })],
  ])('refused: %s', (_, damage) => {
    const good = serializeClientState(device().state) as Record<string, JsonValue>;
    expect(() => restoreClientState(damage(good), environment())).toThrow(DataError);
  });

  test('a DDF that was changed meanwhile: what it no longer fits is kept as it was', () => {
    const leaf = { status: 'Optional', occurrence: 'ZeroOrOne', access: ['Get'], children: [] } as const;
    const root = { ...leaf, name: '<X>', format: 'node', occurrence: 'ZeroOrMore' } as const;
    const changed: MoDefinition = {
      moid: DCMO,
      name: 'Camera',
      clause: '',
      moidAliases: [],
      root: { ...root, children: [{ ...leaf, name: 'Enabled', format: 'int' }] },
    };
    const { state } = device({ change });
    const stored = serializeClientState(state);
    const definitions = [...MO_DEFINITIONS, changed];
    expect(() => treeFromDmmo(treeToDmmo(state.tree), definitions)).toThrow(DataError);
    const again = restoreClientState(stored, environment({ definitions }));
    expect(treeToDmmo(again.tree)).toEqual(treeToDmmo(state.tree));
    const damaged = JSON.parse(JSON.stringify(stored).replace('"SrvURI"', '"Elsewhere"')) as JsonValue;
    expect(() => restoreClientState(damaged, environment({ definitions }))).toThrow(DataError);
  });

  test('ids of one run are not those of another', () => {
    const it = device();
    const again = restart(it.state);
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    again.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    expect(again.request().id.split('-')[0]).not.toBe(it.request().id.split('-')[0]);
  });
});

describe('power lost in a session', () => {
  test('before an HGET was answered: nothing of it is there, no session goes on', () => {
    const it = inSession({ change });
    it.package2('{"CMD":[["HGET","https://dr.example.com/x"]]}');
    const again = restart(it.state);
    expect(again.state.sessions.size).toBe(0);
    expect(serializeClientState(again.state)).toMatchObject({
      tree: (serializeClientState(device({ change }).state) as { tree: JsonValue }).tree,
    });
    expect(again.actions).toEqual([]);
  });

  test('between two commands: the effect of the first stands, and is saved before Package#3 leaves', () => {
    const it = inSession({ change });
    it.package2(`{"CMD":[["DELETE","${DCMO}/camera/Enabled"],["HGET","https://dr.example.com/x"]]}`);
    expect(it.actions.map(({ type }) => type)).toEqual(['save', 'http']);
    const again = restart(it.state);
    const ref = { moid: DCMO, miid: 'camera', path: ['Enabled'] };
    expect(again.state.tree.node(ref)).toBeUndefined();
    it.answer('', { status: 404 });
    expect(it.actions.map(({ type }) => type)).toEqual(['http']);
  });

  test('an alert that found no answer comes with the next session', () => {
    const it = device();
    it.feed({ type: 'alert', alert: { alertType: 'urn:example:at' }, now: true });
    const again = restart(it.state);
    again.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    expect(text(again.request())).toContain('urn:example:at');
  });

  test('an EXEC that goes on reports after the restart', () => {
    const it = inSession({ change });
    it.env = environment({ policy: { ...it.env.policy, accessControl: false } });
    it.package2(`{"CMD":[["EXEC","${DCMO}/camera/Property","https://r.example/"],["END"]]}`);
    const again = restart(it.state);
    again.feed({ type: 'exec-result', id: it.of('exec')[0]!.id, status: 200, completed: true });
    expect(again.request().request.url).toBe('https://r.example/');
    expect(text(again.request())).toContain('"Data":{"sc":200}');
  });

  test('an EXEC that the restart has ended reports 500', () => {
    const it = inSession({ change });
    it.env = environment({ policy: { ...it.env.policy, accessControl: false } });
    it.package2(`{"CMD":[["EXEC","${DCMO}/camera/Property","https://r.example/"],["END"]]}`);
    const { id } = it.of('exec')[0]!;
    const stored = serializeClientState(it.state);
    const goesOn = new Device(restoreClientState(stored, environment()));
    goesOn.feed({ type: 'power-on', running: [id] });
    expect(goesOn.of('http')).toEqual([]);
    const again = new Device(restoreClientState(stored, environment()));
    again.feed({ type: 'power-on', running: [] });
    expect(again.request().request.url).toBe('https://r.example/');
    expect(text(again.request())).toContain('"Data":{"sc":500}');
    expect(again.state.asyncExecs).toEqual([]);
  });

  test('a change that a subscriber has not taken is sent after the restart', () => {
    const it = inSession({ change });
    it.package2(
      `{"CMD":[["SUB","https://a.example/","${DCMO}/camera/Enabled"],["DELETE","${DCMO}/camera/Enabled"],["END"]]}`,
    );
    expect(it.of('http').map(({ purpose }) => purpose)).toEqual(['subscription']);
    const again = restart(it.state);
    expect(again.of('http').map(({ purpose }) => purpose)).toEqual(['subscription']);
  });

  test('a session that waits for its connection waits on', () => {
    const it = device();
    it.feed({ type: 'connection-changed', available: [] });
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    expect(it.of('http')).toEqual([]);
    expect(restart(it.state).of('http')).toHaveLength(1);
  });

  test('a second switching on ends what runs', () => {
    const it = inSession();
    const { id } = it.request();
    it.feed({ type: 'power-on' });
    expect(it.of('session-ended')[0]!.outcome).toMatchObject({ kind: 'aborted', reason: 'power' });
    expect(it.answer('{"CMD":[]}', PACKAGE2, id)).toEqual([]);
  });
});

describe('before it is switched on, nothing leaves the device', () => {
  test('the card comes first', () => {
    const it = device();
    it.feed({ type: 'connection-changed', available: [] });
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    const stored = serializeClientState(it.state);
    const again = new Device(restoreClientState(stored, environment()));
    again.feed({ type: 'connection-changed', available: ['wlan'] });
    expect(again.of('http')).toEqual([]);
    again.feed({ type: 'power-on' });
    expect(again.of('http')).toHaveLength(1);
  });
});

describe('applications are management authorities (§10)', () => {
  const APP = 'urn:example:app';

  row('B.1.6 DM-MEC-001-C-O', 'sent', 'what an application creates is its own', () => {
    const it = device({ change });
    const objects = [{ clientUri: `${APP}//`, moData: { mine: { a: 1 } } }];
    it.feed({ type: 'local-write', id: 'w', appId: 'notes', write: { kind: 'objects', objects } });
    expect(it.of('local-answer')).toEqual([
      { type: 'local-answer', id: 'w', status: 200, uris: [`${APP}/mine/`] },
    ]);
    it.feed({ type: 'local-read', id: 'r', appId: 'notes', clientUri: `${APP}//a` });
    expect(it.of('local-answer')).toEqual([
      {
        type: 'local-answer',
        id: 'r',
        status: 200,
        objects: [{ clientUri: `${APP}/mine/a`, moData: { a: 1 } }],
      },
    ]);
    it.feed({ type: 'local-read', id: 'r', appId: 'other', clientUri: `${APP}//a` });
    expect(it.of('local-answer')).toMatchObject([{ status: 403 }]);
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    it.package2(`{"CMD":[["GET","${APP}//a"]]}`);
    expect(text(it.request())).toBe('{"Status":[{"sc":403}]}');
  });

  test('it writes values and deletes where it may, and subscribers hear of it', () => {
    const it = inSession({ change });
    it.package2(`{"CMD":[["SUB","https://a.example/","${DCMO}/camera/"],["END"]]}`);
    it.env = environment({ policy: { ...it.env.policy, accessControl: false } });
    const clientUri = `${DCMO}/camera/Enabled`;
    it.feed({
      type: 'local-write',
      id: 'w',
      appId: 'cam',
      write: { kind: 'value', clientUri, value: 'false' },
    });
    expect(it.of('local-answer')).toEqual([{ type: 'local-answer', id: 'w', status: 200 }]);
    expect(text(it.request())).toContain('"Enabled":false');
    it.feed({ type: 'local-write', id: 'd', appId: 'cam', write: { kind: 'delete', clientUri } });
    expect(it.of('local-answer')).toEqual([{ type: 'local-answer', id: 'd', status: 200 }]);
  });

  test('it cannot do what it has no right to, nor make an account', () => {
    const it = device({ change });
    const { tree } = it.state;
    const clientUri = `${DCMO}/camera/Enabled`;
    const account = JSON.parse(
      JSON.stringify({ SrvID: 'X', SrvURI: 'https://x.example/', Name: 'X', Perm: { '1': { MOID: '*' } } }),
    ) as JsonValue;
    const objects = [{ clientUri: 'urn:oma:mo:oma-dm-dmacc:1.2//', moData: { x: account } }];
    const answers = (
      [
        { kind: 'value', clientUri, value: 'false' },
        { kind: 'delete', clientUri },
        { kind: 'delete', clientUri: 'x' },
        { kind: 'value', clientUri: `${DCMO}/gone/a`, value: '' },
        { kind: 'objects', objects },
        { kind: 'objects', objects: [{ clientUri: 'x', moData: {} }] },
      ] as const
    ).map((write) => {
      it.feed({ type: 'local-write', id: 'w', appId: 'cam', write });
      return it.of('local-answer')[0]!.status;
    });
    expect(answers).toEqual([403, 403, 400, 404, 403, 400]);
    expect(it.state.tree).toBe(tree);
  });
});

describe('push registration (E.2.3)', () => {
  const Push = {
    GCM: {
      SenderID: '1',
      RegURI: 'https://www.dms.com/push/reg',
      UnRegURI: 'https://push.example.com/unreg',
      RegParams: 'tenant=a%20b',
    },
  };

  row('B.1.6 DM-MEC-005-C-O', 'sent', 'RegId and the parameters of the account as a form', () => {
    const it = device();
    it.feed({
      type: 'bootstrap',
      origin: { kind: 'factory' },
      bytes: json([
        {
          ClientURI: 'urn:oma:mo:oma-dm-dmacc:1.2//',
          MOData: {
            dms1: {
              SrvID: 'DMS_ID1',
              SrvURI: 'https://www.dms.com/dm',
              Name: 'N',
              Perm: { '1': { MOID: '*' } },
              Push,
            },
          },
        },
      ]),
    });
    it.feed({ type: 'gcm-registered', regId: 'APA91b:x/1' });
    expect(it.request()).toMatchObject({
      purpose: 'gcm',
      credentials: { srvId: 'DMS_ID1', which: 'trsp' },
      request: {
        method: 'POST',
        url: 'https://www.dms.com/push/reg',
        headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      },
    });
    expect(text(it.request())).toBe('RegId=APA91b%3Ax%2F1&tenant=a%20b');
    it.answer('', { status: 500 });
    expect(it.notes()).toEqual(['GCM_NOT_REGISTERED']);
    it.feed({ type: 'gcm-unregistered', regId: 'r', serverId: 'DMS_ID1' });
    expect(it.request().request.url).toBe('https://push.example.com/unreg');
    expect(it.request().credentials).toBeUndefined();
    it.answer('');
    expect(it.actions).toEqual([]);
    it.feed({ type: 'gcm-registered', regId: '' });
    expect(it.notes()).toEqual(['GCM_NO_ID']);
  });
});
