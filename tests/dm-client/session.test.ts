/** A session from Package#1 to END, by bytes written by hand from DM 2.0 §5.2 and §7.2.1. */
import { decodeUtf8 } from '../../src/bytes/index.js';
import { DMACC, type MoTree } from '../../src/mo/index.js';
import { row } from '../support/conformance.js';
import {
  accountJson,
  DEV_ID,
  type Device,
  device,
  environment,
  HOME,
  inSession,
  json,
  text,
  withMo,
} from './device.js';

describe('Package#1 (§5.2.2)', () => {
  row('B.1.1 DM-PACK-011-C-M', 'sent', 'POST to SrvURI with DevID, Accept and one session alert', () => {
    const it = inSession();
    const { request, purpose, credentials } = it.request();
    expect(purpose).toBe('session');
    expect(request).toMatchObject({
      method: 'POST',
      url: HOME,
      headers: {
        'content-type': 'application/vnd.oma.dm.initiation+json',
        accept: 'application/vnd.oma.dm.request+json',
        'omadm-devid': DEV_ID,
      },
    });
    expect(text(it.request())).toBe('{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}');
    expect(credentials).toEqual({ srvId: 'DMS_ID1', which: 'trsp' });
  });

  row(
    'B.1.1 DM-PACK-001-C-M',
    'sent',
    'Package#1, Package#2, Package#3, Package#2 with END, nothing more',
    () => {
      const it = inSession();
      it.package2('{"CMD":[["GET","urn:oma:mo:none:1.0//"]]}');
      expect(text(it.request())).toBe('{"Status":[{"sc":404}]}');
      it.package2('{"CMD":[["END"]]}');
      expect(it.actions).toEqual([
        { type: 'session-ended', serverId: 'DMS_ID1', outcome: { kind: 'ended' } },
      ]);
    },
  );
});

describe('Package#2 and Package#3 (§5.2.3, §5.2.4)', () => {
  row('B.1.1 DM-PACK-012-C-M', 'received', 'commands run in order, each failing alone', () => {
    const it = inSession();
    it.package2(
      '{"CMD":[["DELETE","urn:oma:mo:none:1.0//"],["NEW"],["GET"],["GET","urn:oma:mo:oma-dm-devinfo:1.2//DevID"]]}',
    );
    expect(text(it.request())).toContain('{"Status":[{"sc":404},{"sc":501},{"sc":400},{"sc":200}]}');
  });

  row(
    'B.1.1 DM-PACK-013-C-M',
    'sent',
    'Package#3 with multipart data named by the place of the status',
    () => {
      const it = inSession();
      it.package2('{"CMD":[["GET","urn:oma:mo:none:1.0//"],["GET","urn:oma:mo:oma-dm-devinfo:1.2//DevID"]]}');
      const { request } = it.request();
      const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(request.headers['content-type']!)![1]!;
      expect(request.headers['omadm-devid']).toBe(DEV_ID);
      expect(decodeUtf8(request.body!)).toBe(
        [
          `--${boundary}`,
          'Content-Disposition: form-data',
          'Content-Type: application/vnd.oma.dm.response+json',
          '',
          '{"Status":[{"sc":404},{"sc":200}]}',
          `--${boundary}`,
          'Content-Disposition: form-data; name="1"',
          'Content-Type: text/plain',
          '',
          DEV_ID,
          `--${boundary}--`,
          '',
        ].join('\r\n'),
      );
    },
  );

  test('an empty Package#2 is answered with an empty list', () => {
    const it = inSession();
    it.package2('{"CMD":[]}');
    expect(text(it.request())).toBe('{"Status":[]}');
  });
});

describe('what ends a session (§5.6)', () => {
  test.each([400, 401, 403, 404, 406, 415, 500, 503, 301])(
    'status %i aborts it, and nothing is tried again',
    (status) => {
      const it = inSession();
      it.answer('', { status });
      expect(it.of('session-ended')[0]?.outcome).toMatchObject({
        kind: 'aborted',
        reason: 'http-status',
        status,
      });
      expect(it.of('http')).toEqual([]);
      expect(it.state.sessions.size).toBe(0);
    },
  );

  test('no response aborts it', () => {
    const it = inSession();
    const { id } = it.request();
    it.feed({ type: 'http-failed', id, cause: { code: 'NETWORK_TIMEOUT', message: 'no answer in time' } });
    expect(it.of('session-ended')[0]?.outcome).toMatchObject({ kind: 'aborted', reason: 'http-failed' });
    expect(it.of('http')).toEqual([]);
  });

  test.each([
    ['{"CMD":{}}', 'application/vnd.oma.dm.request+json'],
    ['{"CMD":[["GET"]', 'application/vnd.oma.dm.request+json'],
    ['{"CMD":[["END"]]}', 'text/html'],
    ['{"CMD":[["END"]]}', ''],
  ])('%s as %s is no Package#2', (body, contentType) => {
    const it = inSession();
    it.answer(body, { contentType });
    expect(it.of('session-ended')[0]?.outcome).toMatchObject({ kind: 'aborted' });
  });

  test('204 in place of END is taken as the end, with a warning', () => {
    const it = inSession();
    it.answer('', { status: 204 });
    expect(it.of('session-ended')[0]?.outcome).toEqual({ kind: 'ended' });
    expect(it.notes()).toEqual(['SESSION_WITHOUT_END']);
  });

  test('more commands than the limit abort the session before any of them runs', () => {
    const it = inSession();
    const commands = Array.from({ length: 257 }, () => '["DELETE","urn:oma:mo:oma-dm-devinfo:1.2//Ext"]');
    it.package2(`{"CMD":[${commands.join(',')}]}`);
    expect(it.of('session-ended')[0]?.outcome).toMatchObject({ kind: 'aborted', reason: 'limit' });
  });

  test('a server that never ends meets the limit of packages', () => {
    const it = inSession();
    let rounds = 1;
    while (it.state.sessions.size > 0) {
      it.package2('{"CMD":[]}');
      rounds++;
    }
    expect(rounds).toBe(it.env.limits.packages + 1);
    expect(it.of('session-ended')[0]?.outcome).toMatchObject({ kind: 'aborted', reason: 'limit' });
  });
});

describe('one session with a server at a time', () => {
  test('a second start waits for the end of the first', () => {
    const it = inSession();
    const first = it.request().id;
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    expect(it.of('http')).toEqual([]);
    it.answer('{"CMD":[["END"]]}', { contentType: 'application/vnd.oma.dm.request+json' }, first);
    expect(it.of('session-ended')).toHaveLength(1);
    expect(text(it.request())).toContain('ClientInitiatedMgmt');
  });

  test('without an account there is none', () => {
    const it = device();
    it.feed({ type: 'start-session', serverId: 'nobody' });
    expect(it.of('session-ended')[0]?.outcome).toMatchObject({ kind: 'aborted', reason: 'account' });
  });

  test('plain HTTP carries no session unless the policy has it', () => {
    const account = accountJson({ SrvURI: 'http://www.dms.com/dm' });
    const it = device();
    it.feed({ type: 'bootstrap', origin: { kind: 'factory' }, bytes: json([account]) });
    expect(it.of('session-ended')[0]?.outcome).toMatchObject({ kind: 'aborted', reason: 'account' });
    it.env = environment({ policy: { ...it.env.policy, plainHttpSessions: true } });
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    expect(it.request().request.url).toBe('http://www.dms.com/dm');
  });
});

describe('the account is removed while its session is open: it ends, and nothing more leaves', () => {
  const DCMO = 'urn:oma:mo:oma-dcmo:1.0';
  const change = (tree: MoTree) => withMo(tree, DCMO, 'camera', { Property: 'Camera' });
  function removeAccount(it: Device): void {
    const [miid = ''] = it.state.accounts.keys();
    it.feed({ type: 'device-changed', tree: it.state.tree.withoutInstance(DMACC.moid, miid) });
  }
  function isOver(it: Device): void {
    expect(it.of('http')).toEqual([]);
    expect(it.of('session-ended')).toMatchObject([{ outcome: { kind: 'aborted', reason: 'account' } }]);
    expect([it.state.sessions.size, it.state.requests.size]).toEqual([0, 0]);
  }

  test('before Package#2 came: its commands are not carried out', () => {
    const it = inSession({ change });
    const { id } = it.request();
    removeAccount(it);
    it.answer(
      `{"CMD":[["DELETE","${DCMO}/camera/"]]}`,
      { contentType: 'application/vnd.oma.dm.request+json' },
      id,
    );
    isOver(it);
    expect(it.state.tree.instance(DCMO, 'camera')).toBeDefined();
  });

  test('between two commands: the effect of the first stands, Package#3 does not leave without its keys', () => {
    const it = inSession({ change });
    it.package2(`{"CMD":[["HGET","https://a.example/x","${DCMO}/camera/Property"]]}`);
    const { id } = it.request();
    removeAccount(it);
    it.answer('Microphone', { contentType: 'text/plain' }, id);
    isOver(it);
  });
});

test('an answer that belongs to nothing changes nothing', () => {
  const it = inSession();
  const { state } = it;
  expect(it.answer('', {}, '9-9')).toEqual([]);
  expect(it.state.sessions).toBe(state.sessions);
});
