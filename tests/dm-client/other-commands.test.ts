/** EXEC, SHOW, CONT, END, DEFAULT, SUB, UNSUB by bytes written by hand from DM 2.0 §5.3 and §5.4.1. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import { interior, leaf, MO_DEFINITIONS, type MoDefinition, type MoTree } from '../../src/mo/index.js';
import { row } from '../support/conformance.js';
import { DEV_ID, type Device, device, HOME, type Http, inSession, text, withMo } from './device.js';

const DCMO = 'urn:oma:mo:oma-dcmo:1.0';
/** An MO with one node that can be run. */
const RUN: MoDefinition = {
  moid: 'urn:oma:mo:oma-run:1.0',
  name: 'Run',
  clause: 'test',
  moidAliases: [],
  root: interior('<x>', { occurrence: 'ZeroOrMore', access: ['Get', 'Add'] }, [
    interior('Operations', {}, [leaf('Install', 'null', { access: ['Get', 'Exec'] })]),
    leaf('Name', 'chr'),
  ]),
};
const NODE = 'urn:oma:mo:oma-run:1.0/r/Operations/Install';
const PACKAGE2 = { contentType: 'application/vnd.oma.dm.request+json' };
const change = (tree: MoTree) =>
  withMo(withMo(tree, RUN.moid, 'r', { Operations: { Install: null }, Name: 'x' }), DCMO, 'camera', {
    Property: 'Camera',
    Enabled: true,
  });
const env = { definitions: [...MO_DEFINITIONS, RUN] };
const run = (it: Device, ...commands: string[][]) => it.package2(JSON.stringify({ CMD: commands }));
const packages = (it: Device): Http[] => it.of('http').filter(({ purpose }) => purpose === 'session');

describe('EXEC (§5.3.5, §5.4.1)', () => {
  row(
    'B.1.1 DM-PACK-018-C-M',
    'received',
    'the node is run before the next command, and its status told',
    () => {
      const it = inSession({ change, env });
      run(it, ['EXEC', NODE], ['GET', 'urn:oma:mo:none:1.0//']);
      const [exec] = it.of('exec');
      expect(exec).toMatchObject({
        ref: { moid: RUN.moid, miid: 'r', path: ['Operations', 'Install'] },
        clientUri: NODE,
        asynchronous: false,
      });
      expect(it.of('http')).toEqual([]);
      it.feed({ type: 'exec-result', id: exec!.id, status: 1200, completed: true });
      expect(text(it.request())).toBe('{"Status":[{"sc":1200},{"sc":404}]}');
    },
  );

  row('B.1.1 DM-PACK-027-C-M', 'sent', 'without ServerURI the final status is in Package#3', () => {
    const it = inSession({ change, env });
    run(it, ['EXEC', NODE]);
    it.feed({ type: 'exec-result', id: it.of('exec')[0]!.id, status: 200, completed: true });
    expect(text(it.request())).toBe('{"Status":[{"sc":200}]}');
  });

  row(
    'B.1.1 DM-PACK-028-C-M',
    'sent',
    '202 at once, the alert to the ServerURI in a session of its own',
    () => {
      const it = inSession({ change, env });
      run(it, ['EXEC', NODE, 'https://reports.example.com/[DevID]'], ['END']);
      expect(it.of('session-ended')).toHaveLength(1);
      const [exec] = it.of('exec');
      expect(exec!.asynchronous).toBe(true);
      it.feed({ type: 'exec-result', id: exec!.id, status: 1200, completed: true });
      const { request, credentials } = it.request();
      expect(request.url).toBe(`https://reports.example.com/${DEV_ID}`);
      expect(credentials).toBeUndefined();
      expect(text(it.request())).toBe(
        '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"},' +
          '{"AlertType":"urn:oma:at:run:1.0:OperationComplete","SourceURI":"urn:oma:mo:oma-run:1.0/r/Operations/Install",' +
          '"DataType":"application/json","Data":{"sc":1200}}]}',
      );
      it.package2('{"CMD":[["END"]]}');
      expect(it.state.pendingAlerts).toEqual([]);
      expect(it.state.asyncExecs).toEqual([]);
    },
  );

  test('the 202 of an asynchronous EXEC does not wait for the node', () => {
    const it = inSession({ change, env });
    run(it, ['EXEC', NODE, 'https://reports.example.com/']);
    expect(text(it.request())).toBe('{"Status":[{"sc":202}]}');
  });

  test('an EXEC that takes its time is 202, and its alert goes with the next Package#3', () => {
    const it = inSession({ change, env });
    run(it, ['EXEC', NODE]);
    const { id } = it.of('exec')[0]!;
    it.feed({ type: 'exec-result', id, status: 202, completed: false });
    expect(text(it.request())).toBe('{"Status":[{"sc":202}]}');
    const open = it.request().id;
    const alert = {
      alertType: 'urn:oma:at:scomo:1.0:OperationComplete',
      mark: 'warning' as const,
      data: { Identifier: 'Component1ID' },
    };
    it.feed({ type: 'exec-result', id, status: 1200, completed: true, alert });
    expect(it.of('http')).toEqual([]);
    it.answer('{"CMD":[["GET","urn:oma:mo:none:1.0//"]]}', PACKAGE2, open);
    expect(text(it.request())).toBe(
      '{"Status":[{"sc":404}],"Alert":[{"AlertType":"urn:oma:at:scomo:1.0:OperationComplete",' +
        '"SourceURI":"urn:oma:mo:oma-run:1.0/r/Operations/Install","Mark":"warning",' +
        '"DataType":"application/json","Data":{"sc":1200,"Identifier":"Component1ID"}}]}',
    );
    it.package2('{"CMD":[["END"]]}');
    expect(it.of('http')).toEqual([]);
    expect(it.of('session-ended')).toHaveLength(1);
  });

  test('405 for what cannot be run, 404, 400, and an application status that is none becomes 500', () => {
    const it = inSession({ change, env });
    run(
      it,
      ['EXEC', 'urn:oma:mo:oma-run:1.0/r/Name'],
      ['EXEC', 'urn:oma:mo:oma-run:1.0/gone/Name'],
      ['EXEC', 'urn:oma:mo:oma-run:1.0/*/Name'],
      ['EXEC', NODE, 'nowhere'],
      ['EXEC', NODE],
    );
    it.feed({ type: 'exec-result', id: it.of('exec')[0]!.id, status: 304, completed: true });
    expect(text(it.request())).toBe('{"Status":[{"sc":405},{"sc":404},{"sc":400},{"sc":400},{"sc":500}]}');
  });

  test('503 when too many run', () => {
    const it = inSession({ change, env });
    it.env = { ...it.env, limits: { ...it.env.limits, execs: 1 } };
    run(it, ['EXEC', NODE, 'https://a.example/'], ['EXEC', NODE, 'https://a.example/']);
    expect(text(it.request())).toBe('{"Status":[{"sc":202},{"sc":503}]}');
  });
});

describe('SHOW (§5.3.7)', () => {
  row(
    'B.1.1 DM-PACK-020-C-O',
    'received',
    'the browser is opened, and the next command does not wait for the user',
    () => {
      const it = inSession();
      run(it, ['SHOW', 'https://ui.example.com/?uiid=1234&d=[DevID]'], ['GET', 'urn:oma:mo:none:1.0//']);
      const [browse] = it.of('browse');
      expect(browse!.url).toBe(`https://ui.example.com/?uiid=1234&d=${DEV_ID}`);
      it.feed({ type: 'browser-result', id: browse!.id, ok: true });
      expect(text(it.request())).toBe('{"Status":[{"sc":200},{"sc":404}]}');
    },
  );

  test('500 where the browser does not start, 507 where the user refuses, and the run goes on', () => {
    const it = inSession();
    run(it, ['SHOW', 'https://a.example/'], ['SHOW', 'https://b.example/']);
    it.feed({ type: 'browser-result', id: it.of('browse')[0]!.id, ok: false });
    it.feed({ type: 'browser-result', id: it.of('browse')[0]!.id, ok: false, rejected: true });
    expect(text(it.request())).toBe('{"Status":[{"sc":500},{"sc":507}]}');
  });

  test('501 for other schemes and without a browser, 400 for no URI', () => {
    const it = inSession();
    run(it, ['SHOW', 'file:///etc/passwd'], ['SHOW', 'javascript:alert(1)'], ['SHOW', 'x']);
    expect(text(it.request())).toBe('{"Status":[{"sc":501},{"sc":501},{"sc":400}]}');
    it.env = { ...it.env, policy: { ...it.env.policy, browser: false } };
    run(it, ['SHOW', 'https://ui.example.com/']);
    expect(text(it.request())).toBe('{"Status":[{"sc":501}]}');
  });
});

describe('CONT and END (§5.3.8, §5.3.9)', () => {
  row(
    'B.1.1 DM-PACK-021-C-M',
    'received',
    'Package#3 and all after it go to the new address, without credentials of the old',
    () => {
      const it = inSession();
      run(it, ['CONT', 'https://other.example.com/dm?d=[DevID]']);
      expect(it.request()).toMatchObject({
        request: { method: 'POST', url: `https://other.example.com/dm?d=${DEV_ID}` },
      });
      expect(it.request().credentials).toBeUndefined();
      expect(text(it.request())).toBe('{"Status":[{"sc":200}]}');
      run(it, ['GET', 'urn:oma:mo:none:1.0//']);
      expect(it.request().request.url).toBe(`https://other.example.com/dm?d=${DEV_ID}`);
      run(it, ['CONT', HOME]);
      expect(it.request()).toMatchObject({
        request: { url: HOME },
        credentials: { srvId: 'DMS_ID1', which: 'trsp' },
      });
    },
  );

  test('the next session starts at SrvURI again', () => {
    const it = inSession();
    run(it, ['CONT', 'https://other.example.com/']);
    run(it, ['END']);
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    expect(it.request().request.url).toBe(HOME);
  });

  test('no way down from https, no other scheme, no endless chain', () => {
    const it = inSession({ env: { policy: { ...device().env.policy, plainHttpSessions: true } } });
    run(it, ['CONT', 'http://other.example.com/'], ['CONT', 'ftp://x.example/'], ['CONT', '?']);
    expect(text(it.request())).toBe('{"Status":[{"sc":501},{"sc":501},{"sc":400}]}');
    expect(it.request().request.url).toBe(HOME);
    for (let n = 0; n < 8; n++) run(it, ['CONT', `https://loop.example.com/${n}`]);
    run(it, ['CONT', 'https://loop.example.com/9']);
    expect(text(it.request())).toBe('{"Status":[{"sc":503}]}');
    expect(it.request().request.url).toBe('https://loop.example.com/7');
  });

  row(
    'B.1.1 DM-PACK-022-C-M',
    'received',
    'all commands run, also those after END, and no Package#3 leaves',
    () => {
      const it = inSession({ change });
      run(it, ['DELETE', `${DCMO}/camera/Property`], ['END'], ['DELETE', `${DCMO}/camera/Enabled`]);
      expect(it.of('http')).toEqual([]);
      expect(it.of('session-ended')).toEqual([
        { type: 'session-ended', serverId: 'DMS_ID1', outcome: { kind: 'ended' } },
      ]);
      const root = it.state.tree.instance(DCMO, 'camera')!.root;
      expect([...root.children.keys()]).toEqual([]);
    },
  );
});

describe('DEFAULT (§5.3.10)', () => {
  const MMS = 'urn:oma:mo:oma-mms:1.3';

  row(
    'B.1.1 DM-PACK-023-C-O',
    'received',
    'one address for each MOID, used when an application misses it',
    () => {
      const it = inSession({ env: { serverUriValues: { MCC: '262', MNC: '01' } } });
      run(
        it,
        ['DEFAULT', 'https://old.example.com/', MMS],
        ['DEFAULT', 'https://prov.dmserver.com/Settings/[MCC]/[MNC]/MMS', MMS],
        ['END'],
      );
      expect(it.of('http')).toEqual([]);
      it.feed({ type: 'local-request', id: 'a1', appId: 'mms', moid: MMS });
      expect(it.request().request).toMatchObject({
        method: 'GET',
        url: 'https://prov.dmserver.com/Settings/262/01/MMS',
      });
      it.answer('[{"ClientURI":"urn:oma:mo:oma-mms:1.3//","MOData":{"mms":{"Server":"mms.example.com"}}}]', {
        contentType: 'application/dmmo+json',
      });
      expect(it.of('http')).toEqual([]);
      expect(it.of('local-answer')).toMatchObject([
        {
          id: 'a1',
          status: 200,
          objects: [{ clientUri: `${MMS}/mms/`, moData: { mms: { Server: 'mms.example.com' } } }],
        },
      ]);
      it.feed({ type: 'local-request', id: 'a2', appId: 'mms', moid: MMS });
      expect(it.of('http')).toEqual([]);
      expect(it.of('local-answer')).toMatchObject([{ id: 'a2', status: 200 }]);
      it.feed({ type: 'local-request', id: 'a3', appId: 'another', moid: MMS });
      expect(it.of('local-answer')).toMatchObject([{ id: 'a3', status: 403 }]);
    },
  );

  test('400, 501, 403, and 503 beyond the limit', () => {
    const it = inSession();
    it.env = { ...it.env, limits: { ...it.env.limits, defaults: 1 } };
    run(
      it,
      ['DEFAULT', 'x', MMS],
      ['DEFAULT', 'https://a.example/', 'no moid'],
      ['DEFAULT', 'ftp://a.example/', MMS],
      ['DEFAULT', 'https://a.example/', MMS],
      ['DEFAULT', 'https://a.example/', 'urn:example:other'],
    );
    expect(text(it.request())).toBe('{"Status":[{"sc":400},{"sc":400},{"sc":501},{"sc":200},{"sc":503}]}');
  });

  test('an application learns that nothing came', () => {
    const it = inSession();
    run(it, ['DEFAULT', 'https://a.example/', MMS], ['END']);
    it.feed({ type: 'local-request', id: 'a1', appId: 'mms', moid: MMS });
    it.answer('', { status: 404 });
    expect(it.of('local-answer')).toEqual([{ type: 'local-answer', id: 'a1', status: 419 }]);
    it.feed({ type: 'local-request', id: 'a2', appId: 'mms', moid: 'urn:example:none' });
    expect(it.of('local-answer')).toEqual([{ type: 'local-answer', id: 'a2', status: 404 }]);
  });
});

describe('SUB and UNSUB (§5.3.11, §5.3.12)', () => {
  const subscribed = () => {
    const it = inSession({ change });
    run(it, ['SUB', 'https://dr.example.com/changes/[DevID]', `${DCMO}/camera/`]);
    expect(text(it.request())).toBe('{"Status":[{"sc":200}]}');
    run(it, ['END']);
    return it;
  };
  const enable = (it: Device, value: boolean) => {
    const ref = { moid: DCMO, miid: 'camera', path: ['Enabled'] };
    return it.feed({ type: 'device-changed', tree: it.state.tree.withNode(ref, { kind: 'leaf', value }) });
  };

  row('B.1.1 DM-PACK-024-C-O', 'sent', 'a change of anybody is sent by PUT', () => {
    const it = subscribed();
    enable(it, false);
    const http = it.request();
    expect(http.purpose).toBe('subscription');
    expect(http.request).toMatchObject({
      method: 'PUT',
      url: `https://dr.example.com/changes/${DEV_ID}`,
      headers: { 'content-type': 'application/dmmo+json' },
    });
    expect(text(http)).toMatch(
      /^\[\{"ClientURI":"urn:oma:mo:oma-dcmo:1.0\/camera\/","CV":"[^"]+","MOData":\{"camera":\{"Property":"Camera","Enabled":false\}\}\}\]$/,
    );
    it.answer('');
    expect(it.of('http')).toEqual([]);
    enable(it, false);
    expect(it.of('http')).toEqual([]);
  });

  row('B.1.1 DM-PACK-025-C-O', 'received', 'UNSUB with the ClientURI of the SUB, 404 with any other', () => {
    const it = subscribed();
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    run(it, ['UNSUB', `${DCMO}//`], ['UNSUB', `${DCMO}/camera/`], ['UNSUB', `${DCMO}/camera/`]);
    expect(text(it.request())).toBe('{"Status":[{"sc":404},{"sc":200},{"sc":404}]}');
    run(it, ['END']);
    enable(it, false);
    expect(it.of('http')).toEqual([]);
  });

  test("changes by the server's own commands are sent, too", () => {
    const it = subscribed();
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    run(it, ['DELETE', `${DCMO}/camera/Enabled`]);
    expect(it.of('http').map(({ purpose }) => purpose)).toEqual(['session', 'subscription']);
  });

  test('several changes while a request is out make one more request', () => {
    const it = subscribed();
    enable(it, false);
    const { id } = it.request();
    enable(it, true);
    enable(it, false);
    expect(it.of('http')).toEqual([]);
    it.answer('', {}, id);
    expect(text(it.request())).toContain('"Enabled":false');
    it.answer('');
    expect(it.of('http')).toEqual([]);
  });

  test('415 with OMADM-Accept: once more in that format, which is then the one of the subscription', () => {
    const it = inSession({ change });
    run(it, ['SUB', 'https://dr.example.com/', `${DCMO}/camera/Enabled`], ['END']);
    enable(it, false);
    expect(it.request().request.headers).toEqual({ 'content-type': 'text/plain' });
    it.answer('', { status: 415, headers: { 'omadm-accept': 'application/dmmo+json' } });
    expect(it.request().request.headers).toEqual({ 'content-type': 'application/dmmo+json' });
    it.answer('', { status: 415, headers: { 'omadm-accept': 'text/plain' } });
    expect(it.of('http')).toEqual([]);
    enable(it, true);
    expect(it.request().request.headers).toEqual({ 'content-type': 'application/dmmo+json' });
  });

  test('a repository that fails gets no second request for the same change (§5.6)', () => {
    const it = subscribed();
    enable(it, false);
    it.answer('', { status: 500 });
    expect([it.of('http'), it.notes()]).toEqual([[], ['SUBSCRIPTION_NOT_SENT']]);
    enable(it, true);
    expect(it.of('http')).toHaveLength(1);
  });

  test('what is deleted is reported as an empty list', () => {
    const it = subscribed();
    it.feed({ type: 'device-changed', tree: it.state.tree.withoutInstance(DCMO, 'camera') });
    expect(text(it.request())).toBe('[]');
  });

  test('404, 400, 403 for UNSUB and SUB of what is not there', () => {
    const it = inSession({ change: (tree) => withMo(change(tree), DCMO, 'usb', { a: 1 }, 'OTHER') });
    run(
      it,
      ['SUB', 'https://a.example/', `${DCMO}/gone/`],
      ['SUB', 'https://a.example/', 'x'],
      ['SUB', 'https://a.example/', `${DCMO}/usb/`],
      ['SUB', 'x', `${DCMO}/camera/`],
      ['SUB', 'https://a.example/'],
    );
    expect(text(it.request())).toBe('{"Status":[{"sc":404},{"sc":400},{"sc":403},{"sc":400},{"sc":400}]}');
  });
});

describe('Generic Alerts (§5.4)', () => {
  row(
    'B.1.1 DM-PACK-026-C-M',
    'sent',
    'an alert of the device goes with the next package to a server that may know',
    () => {
      const it = device({ change });
      const alert = {
        alertType: 'urn:oma:at:dcmo:1.0:OperationComplete',
        sourceUri: `${DCMO}/camera/`,
        mark: 'critical' as const,
        dataType: 'text/plain',
        data: { DM1x: 1404 },
      };
      it.feed({ type: 'alert', alert, now: true });
      expect(text(it.request())).toBe(
        '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"},' +
          '{"AlertType":"urn:oma:at:dcmo:1.0:OperationComplete","SourceURI":"urn:oma:mo:oma-dcmo:1.0/camera/",' +
          '"Mark":"critical","DataType":"text/plain","Data":{"DM1x":1404}}]}',
      );
      it.answer('', { status: 500 });
      expect(it.of('http')).toEqual([]);
      expect(it.state.pendingAlerts).toHaveLength(1);
      it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
      expect(text(it.request())).toContain('"Mark":"critical"');
      run(it, ['END']);
      expect(it.state.pendingAlerts).toEqual([]);
    },
  );

  test('not to a server that may not read its source', () => {
    const it = device({ change: (tree) => withMo(tree, DCMO, 'usb', { a: 1 }, 'OTHER') });
    it.feed({ type: 'alert', alert: { alertType: 'urn:example:at', sourceUri: `${DCMO}/usb/` }, now: true });
    expect(it.actions).toEqual([]);
  });

  test('an alert of DM 1.x is converted (§13.1), one that is no XML is dropped', () => {
    const it = device({ change });
    const places = [
      { path: './SCM', clientUri: 'urn:example:above/a/' },
      { path: './SCM/Cam', clientUri: `${DCMO}/camera/` },
    ];
    const xml = encodeUtf8(
      '<Alert><CmdID>2</CmdID><Data>1226</Data><Item><Source><LocURI>./SCM/Cam/Enabled</LocURI></Source>' +
        '<Meta><Type xmlns="syncml:metinf">urn:oma:at:dcmo:1.0:OperationComplete</Type>' +
        '<Format xmlns="syncml:metinf">int</Format></Meta><Data>1404</Data></Item></Alert>',
    );
    it.feed({ type: 'dm1x-alert', xml, places, now: true });
    expect(text(it.request())).toBe(
      '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"},' +
        '{"AlertType":"urn:oma:at:dcmo:1.0:OperationComplete","SourceURI":"urn:oma:mo:oma-dcmo:1.0/camera/Enabled",' +
        '"DataType":"int","Data":{"DM1x":1404}}]}',
    );
    it.feed({ type: 'dm1x-alert', xml: encodeUtf8('<Alert>'), places });
    expect(it.notes()).toEqual(['DATA_ALERT_XML']);
  });

  test.each([
    { alertType: '' },
    { alertType: 'urn:example:at', data: { a: 1 } },
    { alertType: 'urn:example:at', dataType: 'text/plain', data: 'text' },
  ])('one that no package can carry is dropped: %p', (alert) => {
    const it = device();
    it.feed({ type: 'alert', alert, now: true });
    expect(it.notes()).toEqual(['ALERT_MALFORMED']);
    expect(it.of('http')).toEqual([]);
  });

  test('the oldest make room', () => {
    const it = device();
    it.env = { ...it.env, limits: { ...it.env.limits, alerts: 2 } };
    for (const n of [1, 2, 3]) it.feed({ type: 'alert', alert: { alertType: `urn:example:${n}` } });
    expect(it.state.pendingAlerts.map(({ alert }) => alert.alertType)).toEqual([
      'urn:example:2',
      'urn:example:3',
    ]);
    expect(it.notes()).toEqual(['ALERTS_DROPPED']);
    expect(packages(it)).toEqual([]);
  });
});
