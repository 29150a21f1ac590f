/** HGET and DELETE by bytes written by hand from DM 2.0 §5.3.1, §5.3.4, §6.3.1.2 and Appendix C. */
import type { MoTree } from '../../src/mo/index.js';
import { row } from '../support/conformance.js';
import { accountJson, type Device, device, inSession, json, text, withMo } from './device.js';

const DCMO = 'urn:oma:mo:oma-dcmo:1.0';
const DMACC = 'urn:oma:mo:oma-dm-dmacc:1.2';
const DMMO = { contentType: 'application/dmmo+json' };
const camera = (tree: MoTree) => withMo(tree, DCMO, 'camera', { Property: 'Camera', Enabled: true });

const hget = (it: Device, ...parameters: string[]) => {
  it.package2(JSON.stringify({ CMD: [['HGET', ...parameters]] }));
  return it.request();
};
const value = (it: Device, moid: string, miid: string, ...path: string[]) => {
  const node = it.state.tree.node({ moid, miid, path });
  return node?.kind === 'leaf' ? node.value : node;
};

describe('HGET (§5.3.1)', () => {
  row('B.1.1 DM-PACK-014-C-M', 'sent', 'HTTP GET with Accept, then 200 and where the data is', () => {
    const it = inSession();
    const { request, purpose, credentials } = hget(it, 'https://dr.example.com/new?d=[DevID]');
    expect(request).toEqual({
      method: 'GET',
      url: 'https://dr.example.com/new?d=IMEI:493005100592800',
      headers: { accept: 'application/dmmo+json, text/plain' },
    });
    expect([purpose, credentials]).toEqual(['repository', undefined]);
    it.answer(
      '[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0//","MOData":{"usb":{"Property":"USB","Enabled":true}}},' +
        '{"ClientURI":"urn:oma:mo:oma-dcmo:1.0//","MOData":{"usb":{"Property":"USB 2"}}}]',
      DMMO,
    );
    expect(text(it.request())).toBe(
      '{"Status":[{"sc":200,"URI":["urn:oma:mo:oma-dcmo:1.0/usb/","urn:oma:mo:oma-dcmo:1.0/usb-2/"]}]}',
    );
    expect(it.actions[0]).toEqual({ type: 'save' });
    expect(value(it, DCMO, 'usb-2', 'Property')).toBe('USB 2');
  });

  row('B.1.1 DM-PACK-014-C-M', 'received', 'with a ClientURI the data replaces what is there', () => {
    const it = inSession({ change: camera });
    hget(it, 'https://dr.example.com/x', `${DCMO}/(x)/Enabled?nv=(x)/Property:Camera`);
    it.answer('[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0/camera/Enabled","MOData":{"Enabled":false}}]', DMMO);
    expect(text(it.request())).toBe('{"Status":[{"sc":200}]}');
    expect(value(it, DCMO, 'camera', 'Enabled')).toBe(false);
  });

  test('a whole instance is replaced: what the data leaves out is gone', () => {
    const it = inSession({ change: camera });
    hget(it, 'https://dr.example.com/x', `${DCMO}/camera/`);
    it.answer(
      '[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0/camera/","MOData":{"camera":{"Property":"Front"}}}]',
      DMMO,
    );
    expect(text(it.request())).toContain('200');
    expect(value(it, DCMO, 'camera', 'Property')).toBe('Front');
    expect(value(it, DCMO, 'camera', 'Enabled')).toBeUndefined();
  });

  test('a new node below one that is there', () => {
    const it = inSession({ change: camera });
    hget(it, 'https://dr.example.com/x', `${DCMO}/camera/Group`);
    it.answer('I/O', { contentType: 'text/plain; charset=utf-8' });
    expect(text(it.request())).toContain('200');
    expect(value(it, DCMO, 'camera', 'Group')).toBe('I/O');
  });

  test.each([
    [415, '[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0//"}]', 'application/dmmo+json'],
    [415, '[{]', 'application/dmmo+json'],
    [415, '[]', 'application/dmmo+json'],
    [415, '[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0//","MOData":{"a":{},"a":{}}}]', 'application/dmmo+json'],
    [415, '<html/>', 'text/html'],
    [415, 'value', 'text/plain'],
    [415, 'value', ''],
    [404, '[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0/gone/Data","MOData":{"Data":1}}]', 'application/dmmo+json'],
    [506, `[${'['.repeat(70)}${']'.repeat(70)}]`, 'application/dmmo+json'],
  ])('%i for %s as %s', (sc, body, contentType) => {
    const it = inSession({ change: camera });
    const { tree } = it.state;
    hget(it, 'https://dr.example.com/x');
    it.answer(body, { contentType });
    expect(text(it.request())).toBe(`{"Status":[{"sc":${sc}}]}`);
    expect(it.state.tree).toBe(tree);
  });

  test('506 for more than the device has room for, and the tree is as it was', () => {
    const it = inSession({ change: camera });
    it.env = {
      ...it.env,
      limits: { ...it.env.limits, tree: { ...it.env.limits.tree, nodes: it.state.tree.count + 2 } },
    };
    const { tree } = it.state;
    hget(it, 'https://dr.example.com/x');
    it.answer('[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0//","MOData":{"usb":{"a":1,"b":2,"c":3}}}]', DMMO);
    expect(text(it.request())).toBe('{"Status":[{"sc":506}]}');
    expect(it.state.tree).toBe(tree);
  });

  test('506 for a response larger than the limit', () => {
    const it = inSession();
    it.env = { ...it.env, limits: { ...it.env.limits, bodyOctets: 64 } };
    hget(it, 'https://dr.example.com/x');
    it.answer(new Uint8Array(65), DMMO);
    expect(text(it.request())).toBe('{"Status":[{"sc":506}]}');
  });

  test.each([204, 301, 304, 401, 404, 500])('419 after status %i', (status) => {
    const it = inSession();
    hget(it, 'https://dr.example.com/x');
    it.answer('', { status, ...DMMO });
    expect(text(it.request())).toBe('{"Status":[{"sc":419}]}');
  });

  test.each([
    [400, ['https://dr.example.com/x', `${DCMO}/*/`]],
    [400, ['https://dr.example.com/x', 'nothing']],
    [404, ['https://dr.example.com/x', `${DCMO}/gone/Property`]],
    [400, ['relative']],
    [419, ['file:///etc/passwd']],
    [400, []],
    [400, ['https://a.example/', `${DCMO}//`, 'more']],
  ])('%i without any request for %p', (sc, parameters) => {
    const it = inSession({ change: camera });
    hget(it, ...parameters);
    expect(it.request().purpose).toBe('session');
    expect(text(it.request())).toBe(`{"Status":[{"sc":${sc}}]}`);
  });

  test('403 without the right to write, and nothing is stored of several objects', () => {
    const it = inSession({ change: (tree) => withMo(tree, DCMO, 'usb', { Property: 'USB' }, 'DMS_OTHER') });
    const { tree } = it.state;
    hget(it, 'https://dr.example.com/x');
    it.answer(
      '[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0//","MOData":{"new":{"Property":"New"}}},' +
        '{"ClientURI":"urn:oma:mo:oma-dcmo:1.0/usb/Property","MOData":{"Property":"Mine"}}]',
      DMMO,
    );
    expect(text(it.request())).toBe('{"Status":[{"sc":403}]}');
    expect(it.state.tree).toBe(tree);
  });

  test.each([
    ['a MOID that the bootstrap did not give', 'urn:example:mo//', true],
    ['SrvURI without access control: the AccessType has no Replace', `${DMACC}/dms1/SrvURI`, false],
    ['Perm without access control: it is never exposed', `${DMACC}/dms1/Perm/1/MOID`, false],
  ])('403 for %s', (_, clientUri, accessControl) => {
    const it = inSession({ account: accountJson({ Perm: { '1': { MOID: DMACC } } }) });
    it.env = { ...it.env, policy: { ...it.env.policy, accessControl } };
    const { tree } = it.state;
    hget(it, 'https://dr.example.com/x');
    const label = clientUri.split('/').filter(Boolean).at(-1)!;
    const data = clientUri.endsWith('//') ? {} : 'https://evil.example/';
    it.answer(json([{ ClientURI: clientUri, MOData: { [label]: data } }]), DMMO);
    expect(text(it.request())).toBe('{"Status":[{"sc":403}]}');
    expect(it.state.tree).toBe(tree);
  });

  test('no account by HGET without access control either: Perm and keys come with a bootstrap', () => {
    const it = inSession();
    it.env = { ...it.env, policy: { ...it.env.policy, accessControl: false } };
    const { tree } = it.state;
    hget(it, 'https://dr.example.com/x');
    it.answer(json([accountJson({ SrvID: 'NEW' })]), DMMO);
    expect(text(it.request())).toBe('{"Status":[{"sc":403}]}');
    expect(it.state.tree).toBe(tree);
  });

  test('the creator has the new instance for itself (§10)', () => {
    const it = inSession();
    it.feed({
      type: 'bootstrap',
      origin: { kind: 'factory' },
      bytes: json([accountJson({ SrvID: 'TWO', SrvURI: 'https://two.example/' })]),
    });
    const two = it.of('http').find(({ request }) => request.url.startsWith('https://two.example'))!;
    const mine = [...it.state.requests].find(
      ([, each]) => each.for === 'package' && each.serverId === 'DMS_ID1',
    )![0];
    it.answer(
      '{"CMD":[["HGET","https://dr.example.com/x"]]}',
      { contentType: 'application/vnd.oma.dm.request+json' },
      mine,
    );
    it.answer('[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0//","MOData":{"usb":{"Property":"USB"}}}]', DMMO);
    it.answer(
      `{"CMD":[["GET","${DCMO}/usb/"]]}`,
      { contentType: 'application/vnd.oma.dm.request+json' },
      two.id,
    );
    expect(text(it.request())).toBe('{"Status":[{"sc":403}]}');
  });

  test.each([
    ['an account', `[${JSON.stringify(accountJson({ SrvID: 'NEW' }))}]`, undefined],
    [
      'Perm',
      `[{"ClientURI":"${DMACC}/dms1/Perm","MOData":{"Perm":{"1":{"MOID":"*"},"2":{"MOID":"x"}}}}]`,
      undefined,
    ],
    ['SrvID', `[{"ClientURI":"${DMACC}/dms1/SrvID","MOData":{"SrvID":"OTHER"}}]`, undefined],
    [
      'DevInfo',
      '[{"ClientURI":"urn:oma:mo:oma-dm-devinfo:1.2//DevID","MOData":{"DevID":"IMEI:1"}}]',
      undefined,
    ],
    ['SessionInfo', '[{"ClientURI":"urn:oma:mo:oma-sessioninfomo:1.0//CBT","MOData":{"CBT":3}}]', undefined],
    ['rights of another', '[{"ClientURI":"urn:oma:mo:oma-dm-dacmo:1.0//","MOData":{"DacMO":{}}}]', undefined],
  ])('403 for %s: what servers may not write', (_, body) => {
    const it = inSession();
    const { tree } = it.state;
    hget(it, 'https://dr.example.com/x');
    it.answer(body, DMMO);
    expect(text(it.request())).toBe('{"Status":[{"sc":403}]}');
    expect(it.state.tree).toBe(tree);
  });

  row(
    'B.1.7 DM-STDOBJ-002-C-M',
    'sent',
    'a new notification secret is written into its account (I.2)',
    () => {
      const it = inSession();
      hget(it, 'https://www.dms.com/new_secret', `${DMACC}/(x)/Auth/Noti/Secret?nv=(x)/SrvID:DMS_ID1`);
      expect(it.request().credentials).toEqual({ srvId: 'DMS_ID1', which: 'trsp' });
      it.answer('bmV3', { contentType: 'text/plain' });
      expect(text(it.request())).toBe('{"Status":[{"sc":200}]}');
      expect(value(it, DMACC, 'dms1', 'Auth', 'Noti', 'Secret')).toBe('bmV3');
    },
  );

  row(
    'B.1.7 DM-STDOBJ-003-C-O',
    'received',
    'a server shares an instance of its own, and only such a one',
    () => {
      const it = inSession({ change: camera });
      it.feed({
        type: 'bootstrap',
        origin: { kind: 'factory' },
        bytes: json([accountJson({ SrvID: 'TWO', SrvURI: 'https://two.example/' })]),
      });
      const mine = [...it.state.requests].find(
        ([, each]) => each.for === 'package' && each.serverId === 'DMS_ID1',
      )![0];
      const moid = 'urn%3Aoma%3Amo%3Aoma-dcmo%3A1.0';
      it.answer(
        JSON.stringify({
          CMD: [
            [
              'HGET',
              'https://dr.example.com/x',
              `urn:oma:mo:oma-dm-dacmo:1.0//${moid}/camera/1/Permissions/2`,
            ],
          ],
        }),
        { contentType: 'application/vnd.oma.dm.request+json' },
        mine,
      );
      it.answer(
        '[{"ClientURI":"urn:oma:mo:oma-dm-dacmo:1.0//","MOData":{"2":{"MAID":"serverid:TWO","AR":1}}}]',
        DMMO,
      );
      expect(text(it.request())).toBe('{"Status":[{"sc":200}]}');
      const two = [...it.state.requests].find(
        ([, each]) => each.for === 'package' && each.serverId === 'TWO',
      )![0];
      it.answer(
        `{"CMD":[["GET","${DCMO}/camera/Property"],["DELETE","${DCMO}/camera/"]]}`,
        { contentType: 'application/vnd.oma.dm.request+json' },
        two,
      );
      expect(text(it.request())).toContain('{"Status":[{"sc":200},{"sc":403}]}');
    },
  );
});

describe('DELETE (§5.3.4)', () => {
  const remove = (it: Device, ...uris: string[]) => {
    it.package2(JSON.stringify({ CMD: uris.map((uri) => ['DELETE', uri]) }));
    return text(it.request());
  };

  row(
    'B.1.1 DM-PACK-017-C-M',
    'received',
    'a node with all below it, an instance, several by wildcard',
    () => {
      const it = inSession({
        change: (tree) =>
          withMo(camera(tree), DCMO, 'usb', { Property: 'USB', Ext: { a: { b: 1 }, c: { b: 2 } } }),
      });
      expect(remove(it, `${DCMO}/usb/Ext/*/b`, `${DCMO}/usb/Ext`, `${DCMO}/camera/`)).toBe(
        '{"Status":[{"sc":200},{"sc":200},{"sc":200}]}',
      );
      expect(value(it, DCMO, 'usb', 'Ext')).toBeUndefined();
      expect(it.state.tree.instance(DCMO, 'camera')).toBeUndefined();
      expect(it.state.tree.instance(DCMO, 'usb')).toBeDefined();
      expect(it.actions[0]).toEqual({ type: 'save' });
    },
  );

  test('400, 403, 404, 405', () => {
    const it = inSession();
    expect(
      remove(it, 'nothing', 'urn:oma:mo:oma-dm-devinfo:1.2//DevID', `${DMACC}/gone/`, `${DMACC}/dms1/SrvID`),
    ).toBe('{"Status":[{"sc":400},{"sc":403},{"sc":404},{"sc":405}]}');
  });

  test('a deleted instance leaves no permissions behind', () => {
    const it = inSession({ change: camera });
    remove(it, `${DCMO}/camera/`);
    const dacmo = JSON.stringify(
      [...it.state.tree.instancesOf('urn:oma:mo:oma-dm-dacmo:1.0').values()].map(({ root }) => [
        ...root.children.keys(),
      ]),
    );
    expect(dacmo).not.toContain('oma-dcmo');
  });
});

test('an HGET whose place has gone while it was fetched stores nothing', () => {
  const it = inSession({ change: camera });
  const { id } = hget(it, 'https://dr.example.com/x', `${DCMO}/camera/Enabled`);
  it.feed({ type: 'device-changed', tree: it.state.tree.withoutInstance(DCMO, 'camera') });
  it.answer('[{"ClientURI":"urn:oma:mo:oma-dcmo:1.0//","MOData":{"Enabled":false}}]', DMMO, id);
  expect(text(it.request())).toBe('{"Status":[{"sc":404}]}');
  expect(device().state.tree.instance(DCMO, 'camera')).toBeUndefined();
});
