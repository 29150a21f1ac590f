/** GET, HPUT and HPOST by bytes written by hand from DM 2.0 §5.3.2, §5.3.3, §5.3.6, §11.2, Appendices C and F. */
import { decodeUtf8 } from '../../src/bytes/index.js';
import type { MoTree } from '../../src/mo/index.js';
import { row } from '../support/conformance.js';
import { accountJson, DEV_ID, device, type Http, inSession, text, withMo } from './device.js';

const DCMO = 'urn:oma:mo:oma-dcmo:1.0';
const SCOMO = 'urn:oma:mo:oma-scomo:1.0';

const change = (tree: MoTree) =>
  withMo(
    withMo(
      withMo(tree, DCMO, 'camera', { Property: 'Camera', Enabled: true, Ext: {} }),
      DCMO,
      'usb',
      { Property: 'USB', Enabled: false },
      'DMS_OTHER',
    ),
    SCOMO,
    'SCOMO1',
    { Inventory: { Deployed: { pkg1: { ID: 'pkg1_id' }, pkg2: { ID: 'pkg2_id' } } } },
    'DMS_ID1',
    'http://www.vendor.com/DDF/oma-scomo1.0.ddf',
  );

/** The status codes of the Package#3, and its data by name. */
function response(http: Http): { statuses: number[]; parts: Record<string, string> } {
  const body = text(http);
  const boundary = /boundary=(\S+)/.exec(http.request.headers['content-type']!)?.[1];
  const pieces = boundary === undefined ? [body] : body.split(`--${boundary}`).slice(1, -1);
  const content = (piece: string) => piece.slice(piece.indexOf('\r\n\r\n') + 4, -2);
  const package3 = JSON.parse(boundary === undefined ? body : content(pieces[0]!)) as {
    Status: { sc: number }[];
  };
  const parts = pieces.slice(1).map((piece) => {
    const type = /Content-Type: (\S+)/.exec(piece)![1]!;
    return [/name="(\d+)"/.exec(piece)![1]!, `${type} ${content(piece)}`] as const;
  });
  return { statuses: package3.Status.map(({ sc }) => sc), parts: Object.fromEntries(parts) };
}

const get = (it: ReturnType<typeof device>, ...uris: string[]) => {
  it.package2(JSON.stringify({ CMD: uris.map((uri) => ['GET', uri]) }));
  return response(it.request());
};

describe('GET (§5.3.6)', () => {
  row('B.1.1 DM-PACK-019-C-O', 'received', 'leaf, interior node, wildcard, levels, node values', () => {
    const it = inSession({ change });
    const { statuses, parts } = get(
      it,
      `${DCMO}/camera/Enabled`,
      `${DCMO}/(x)/Property?nv=(x)/Property:Camera`,
      `${SCOMO}//Inventory/Deployed/*/ID`,
      `${SCOMO}//Inventory?lv=1`,
    );
    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(parts[0]).toBe('text/plain true');
    expect(parts[1]).toBe('text/plain Camera');
    expect(parts[2]).toBe(
      'application/dmmo+json [' +
        '{"DDF":"http://www.vendor.com/DDF/oma-scomo1.0.ddf","ClientURI":"urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/pkg1/ID","MOData":{"ID":"pkg1_id"}},' +
        '{"DDF":"http://www.vendor.com/DDF/oma-scomo1.0.ddf","ClientURI":"urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/pkg2/ID","MOData":{"ID":"pkg2_id"}}]',
    );
    expect(parts[3]).toContain('"MOData":{"Inventory":{"Deployed":{}}}');
  });

  test('a wildcard gives a list, also of one member (§6.1.2)', () => {
    const it = inSession({ change });
    expect(get(it, `${SCOMO}/*/Inventory/Deployed/pkg1/ID`).parts[0]).toBe(
      'application/dmmo+json [{"DDF":"http://www.vendor.com/DDF/oma-scomo1.0.ddf",' +
        '"ClientURI":"urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/pkg1/ID","MOData":{"ID":"pkg1_id"}}]',
    );
  });

  test('status 400, 403, 404, 204', () => {
    const it = inSession({ change });
    const { statuses } = get(
      it,
      `${DCMO}`,
      `${DCMO}/usb/`,
      `${DCMO}/gone/`,
      `${DCMO}//`,
      `${DCMO}/camera/Ext`,
      `${DCMO}/*/Property`,
    );
    expect(statuses).toEqual([400, 403, 404, 404, 204, 403]);
  });

  row(
    'B.1.6 DM-MEC-002-C-O',
    'received',
    'cache validators: given with a root, 304 while nothing changed',
    () => {
      const it = inSession({ change });
      const cv = /"CV":"([^"]+)"/.exec(get(it, `${DCMO}/camera/`).parts[0]!)![1]!;
      expect(get(it, `${DCMO}/camera/?cv=${cv}`, `${DCMO}/camera/Enabled?cv=${cv}`)).toEqual({
        statuses: [304, 304],
        parts: {},
      });
      const { tree } = it.state;
      const ref = { moid: DCMO, miid: 'camera', path: ['Property'] };
      it.feed({ type: 'device-changed', tree: tree.withNode(ref, { kind: 'leaf', value: 'Front camera' }) });
      const request = [...it.state.requests.keys()].at(-1)!;
      it.answer(
        `{"CMD":[["GET","${DCMO}/camera/?cv=${cv}"]]}`,
        { contentType: 'application/vnd.oma.dm.request+json' },
        request,
      );
      const again = response(it.request());
      expect(again.statuses).toEqual([200]);
      expect(again.parts[0]).toContain('"Property":"Front camera"');
      expect(again.parts[0]).not.toContain(cv);
    },
  );

  row(
    'B.1.6 DM-MEC-002-C-O',
    'sent',
    'CV beside the data of a root, not beside a node; 304 without data',
    () => {
      const it = inSession({ change });
      const { parts } = get(it, `${DCMO}/camera/`, `${DCMO}/camera/Ext`, `${SCOMO}//Inventory?lv=1`);
      const [, cv] =
        /^application\/dmmo\+json \[\{"ClientURI":"urn:oma:mo:oma-dcmo:1.0\/camera\/","CV":"([^"]+)","MOData":\{"camera":\{"Property":"Camera","Enabled":true,"Ext":\{\}\}\}\}\]$/.exec(
          parts[0]!,
        )!;
      expect(parts[2]).not.toContain('"CV"');
      it.package2(`{"CMD":[["GET","${DCMO}/camera/?cv=${cv}"]]}`);
      expect(it.request().request.headers['content-type']).toBe('application/vnd.oma.dm.response+json');
      expect(text(it.request())).toBe('{"Status":[{"sc":304}]}');
    },
  );

  row('B.1.7 DM-STDOBJ-001-C-M', 'received', 'DevInfo whole', () => {
    const it = inSession();
    const { statuses, parts } = get(it, 'urn:oma:mo:oma-dm-devinfo:1.2//');
    expect(statuses).toEqual([200]);
    expect(parts[0]).toMatch(/^application\/dmmo\+json /);
    expect(JSON.parse(parts[0]!.slice(22))).toMatchObject([
      {
        ClientURI: 'urn:oma:mo:oma-dm-devinfo:1.2/DevInfo/',
        MOData: { DevInfo: { DevID: DEV_ID, Man: 'Vendor', DmV: '2.0', OEM: '' } },
      },
    ]);
  });

  row(
    'B.1.7 DM-STDOBJ-002-C-M',
    'received',
    'a server reads its own account without Perm and without keys',
    () => {
      const it = inSession();
      const { statuses, parts } = get(
        it,
        'urn:oma:mo:oma-dm-dmacc:1.2/dms1/',
        'urn:oma:mo:oma-dm-dmacc:1.2/dms1/Perm',
      );
      expect(statuses).toEqual([200, 403]);
      expect(parts[0]).toContain('"SrvID":"DMS_ID1"');
      expect(parts[0]).not.toContain('Perm');
      expect(parts[0]).not.toContain('cHNr');
    },
  );

  row('B.1.7 DM-STDOBJ-004-C-M', 'received', 'CBT and ROAMING as the device tells them', () => {
    const it = device();
    const bearer = { cbt: 1, roaming: 0 };
    it.feed({ type: 'connection-changed', available: ['cellular'], bearer });
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    expect(it.request().connection).toBe('cellular');
    const { parts } = get(it, 'urn:oma:mo:oma-sessioninfomo:1.0//', 'urn:oma:mo:oma-sessioninfomo:1.0//CBT');
    expect(parts[0]).toContain('"CBT":1,"ROAMING":0');
    expect(parts[1]).toBe('text/plain 1');
  });
});

describe('access (§10)', () => {
  row('B.1.2 DM-OBJ-012-C-M', 'received', 'no command on a node without the right to it', () => {
    const it = inSession({ change });
    it.package2(
      JSON.stringify({
        CMD: [
          ['GET', `${DCMO}/usb/Enabled`],
          ['HPUT', 'https://dr.example.com/x', `${DCMO}/usb/`],
          ['DELETE', `${DCMO}/usb/`],
          ['EXEC', `${DCMO}/usb/Enabled`],
          ['SUB', 'https://dr.example.com/x', `${DCMO}/usb/`],
        ],
      }),
    );
    expect(response(it.request()).statuses).toEqual([403, 403, 403, 403, 403]);
    expect(it.of('http')).toHaveLength(1);
    expect(it.of('exec')).toEqual([]);
  });

  test('a MOID that the bootstrap did not give is out of reach, whatever the rights', () => {
    const it = inSession({
      account: accountJson({ Perm: { '1': { MOID: 'urn:oma:mo:oma-dm-devinfo:1.2' } } }),
      change,
    });
    expect(get(it, `${DCMO}/camera/`, 'urn:oma:mo:oma-dm-devinfo:1.2//DevID').statuses).toEqual([403, 200]);
  });

  row('B.1.6 DM-MEC-001-C-O', 'received', 'without access control every server may everything', () => {
    const it = inSession({ change });
    it.env = { ...it.env, policy: { ...it.env.policy, accessControl: false } };
    expect(get(it, `${DCMO}/usb/`, 'urn:oma:mo:oma-dm-dmacc:1.2/dms1/')).toMatchObject({
      statuses: [200, 200],
      parts: { 1: expect.not.stringContaining('Perm') },
    });
  });
});

describe.each([
  ['HPUT', 'PUT', 'B.1.1 DM-PACK-015-C-M'],
  ['HPOST', 'POST', 'B.1.1 DM-PACK-016-C-M'],
] as const)('%s (§5.3.2, §5.3.3)', (name, method, id) => {
  const send = (it: ReturnType<typeof device>, url: string, ...uris: string[]) => {
    it.package2(JSON.stringify({ CMD: [[name, url, ...uris]] }));
    return it.request();
  };

  row(id, 'sent', 'the data of all ClientURIs in one request, and the status of its answer', () => {
    const it = inSession({ change });
    const { request, purpose, credentials } = send(
      it,
      'https://dr.example.com/[DevID]',
      `${DCMO}/camera/Enabled`,
      `${SCOMO}//Inventory/Deployed/pkg1`,
    );
    expect(purpose).toBe('repository');
    expect(credentials).toBeUndefined();
    expect({ ...request, body: decodeUtf8(request.body!) }).toEqual({
      method,
      url: `https://dr.example.com/${DEV_ID}`,
      headers: { 'content-type': 'application/dmmo+json' },
      body:
        '[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0/camera/Enabled","MOData":{"Enabled":true}},' +
        '{"DDF":"http://www.vendor.com/DDF/oma-scomo1.0.ddf","ClientURI":"urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/pkg1","MOData":{"pkg1":{"ID":"pkg1_id"}}}]',
    });
    it.answer('', { status: 204 });
    expect(response(it.request()).statuses).toEqual([200]);
  });

  test('what is found and readable is sent, the rest left out; of several, a list', () => {
    const it = inSession({ change });
    const sent = '[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0/camera/Enabled","MOData":{"Enabled":true}}]';
    const url = 'https://dr.example.com/x';
    expect(text(send(it, url, `${DCMO}/gone/`, `${DCMO}/usb/`, `${DCMO}/camera/Enabled`))).toBe(sent);
    it.answer('');
    const one = send(it, url, `${DCMO}/camera/Enabled`);
    expect([text(one), one.request.headers['content-type']]).toEqual(['true', 'text/plain']);
  });

  test.each([
    [404, [`${DCMO}/gone/`, `${DCMO}/nowhere/`]],
    [403, [`${DCMO}/gone/`, `${DCMO}/usb/`]],
    [400, [`${DCMO}/camera/`, 'no uri']],
  ])('%i where nothing can be sent', (sc, uris) => {
    const it = inSession({ change });
    expect(response(send(it, 'https://dr.example.com/x', ...uris)).statuses).toEqual([sc]);
  });

  test.each(['not a uri', '', 'https://'])('400 for the ServerURI %p', (url) => {
    const it = inSession({ change });
    expect(response(send(it, url, `${DCMO}/camera/`)).statuses).toEqual([400]);
  });

  test.each(['file:///etc/passwd', 'ftp://dr.example.com/'])(
    '419 for %s: no such address is asked',
    (url) => {
      const it = inSession({ change });
      expect(response(send(it, url, `${DCMO}/camera/`)).statuses).toEqual([419]);
    },
  );

  test.each([400, 404, 500, 302])('419 after status %i, and the session goes on', (status) => {
    const it = inSession({ change });
    send(it, 'https://dr.example.com/x', `${DCMO}/camera/`);
    it.answer('', { status });
    expect(response(it.request()).statuses).toEqual([419]);
  });

  test('419 where no answer comes', () => {
    const it = inSession({ change });
    const { id: request } = send(it, 'https://dr.example.com/x', `${DCMO}/camera/`);
    it.feed({ type: 'http-failed', id: request, cause: { code: 'NETWORK_TIMEOUT', message: 'late' } });
    expect(response(it.request()).statuses).toEqual([419]);
  });

  test('304 for data that the server knows', () => {
    const it = inSession({ change });
    const cv = /"CV":"([^"]+)"/.exec(get(it, `${DCMO}/camera/`).parts[0]!)![1]!;
    expect(response(send(it, 'https://dr.example.com/x', `${DCMO}/camera/?cv=${cv}`)).statuses).toEqual([
      304,
    ]);
  });

  test('OMADM-Accept with Package#2 chooses the format, and 406 where none will do (§5.5)', () => {
    const it = inSession({ change });
    const commands = JSON.stringify({ CMD: [[name, 'https://dr.example.com/x', `${DCMO}/camera/Enabled`]] });
    it.package2(commands, { 'omadm-accept': 'application/dmmo+json' });
    expect(text(it.request())).toBe(
      '[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0/camera/Enabled","MOData":{"Enabled":true}}]',
    );
    it.answer('');
    it.package2(commands, { 'omadm-accept': 'application/cbor' });
    expect(response(it.request()).statuses).toEqual([406]);
  });

  test('415 with OMADM-Accept is tried again once in that format', () => {
    const it = inSession({ change });
    expect(text(send(it, 'https://dr.example.com/x', `${DCMO}/camera/Enabled`))).toBe('true');
    it.answer('', { status: 415, headers: { 'omadm-accept': 'application/dmmo+json' } });
    expect(text(it.request())).toContain('"MOData":{"Enabled":true}');
    it.answer('', { status: 415, headers: { 'omadm-accept': 'text/plain' } });
    expect(response(it.request()).statuses).toEqual([419]);
  });

  test('credentials go to the origin of the account and nowhere else', () => {
    const it = inSession({ change });
    expect(send(it, 'https://www.dms.com/repository/1', `${DCMO}/camera/`).credentials).toEqual({
      srvId: 'DMS_ID1',
      which: 'trsp',
    });
    for (const url of [
      'http://www.dms.com/repository/1',
      'https://www.dms.com:8443/x',
      'https://dms.com/x',
      'https://www.dms.com.evil.example/x',
    ]) {
      it.answer('');
      expect(send(it, url, `${DCMO}/camera/`).credentials).toBeUndefined();
    }
    it.answer('');
    expect(response(send(it, 'https://www.dms.com@evil.example/x', `${DCMO}/camera/`)).statuses).toEqual([
      400,
    ]);
  });
});
