/** Bootstrap of all four origins (DM 2.0 §8), by documents written by hand from §7.2.1.4 and §12.2. */

import { type BootstrapOrigin, newClientState } from '../../src/dm/index.js';
import type { JsonValue } from '../../src/mo/index.js';
import { row } from '../support/conformance.js';
import { accountJson, DEV_ID, Device, device, environment, json, text } from './device.js';

const DMACC = 'urn:oma:mo:oma-dm-dmacc:1.2';
const CARD = { kind: 'smartcard', iccid: '8949' } as const;
const other = (changes: Record<string, JsonValue> = {}) =>
  accountJson({ SrvID: 'TWO', SrvURI: 'https://two.example/dm', ...changes });
const readCard = (it: Device, ...documents: JsonValue[]) =>
  it.feed({ type: 'card-read', result: { ok: true, iccid: '8949', documents: documents.map(json) } });
const bootstrap = (it: Device, origin: BootstrapOrigin, ...objects: JsonValue[]) =>
  it.feed({ type: 'bootstrap', origin, bytes: json(objects) });
const end = (it: Device) => it.package2('{"CMD":[["END"]]}');
const servers = (it: Device) => [...it.state.accounts.values()].map(({ srvId }) => srvId);
const COMPLETE = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}';

describe('then a session with BootstrapComplete (§8)', () => {
  row('B.1.4 DM-BOOT-003-C-O', 'received', 'factory', () => {
    const it = device();
    bootstrap(it, { kind: 'factory' }, other());
    expect(it.of('bootstrapped')).toEqual([
      { type: 'bootstrapped', origin: { kind: 'factory' }, added: ['TWO'], replaced: [], removed: [] },
    ]);
    expect(it.request()).toMatchObject({
      request: { url: 'https://two.example/dm', headers: { 'omadm-devid': DEV_ID } },
      credentials: { srvId: 'TWO', which: 'trsp' },
    });
    expect(text(it.request())).toBe(COMPLETE);
    expect(it.actions[0]).toEqual({ type: 'save' });
  });

  row('B.1.4 DM-BOOT-002-C-O', 'received', 'smartcard', () => {
    const it = device();
    readCard(it, [other()]);
    expect(text(it.request())).toBe(COMPLETE);
    expect([...it.state.accounts.values()].at(-1)).toMatchObject({ srvId: 'TWO', origin: CARD });
  });

  row('B.1.4 DM-BOOT-004-C-O', 'sent', 'client initiated: GET of a known URL, and what it answers', () => {
    const it = device();
    it.feed({ type: 'client-bootstrap', url: 'https://bs.example.com/boot?d=[DevID]' });
    const { request, purpose } = it.request();
    expect(purpose).toBe('bootstrap');
    expect(request).toEqual({
      method: 'GET',
      url: `https://bs.example.com/boot?d=${DEV_ID}`,
      headers: { accept: 'application/dmmo+json' },
    });
    it.answer(json([other()]), { contentType: 'application/dmmo+json' });
    expect(text(it.request())).toBe(COMPLETE);
  });

  row('B.1.4 DM-BOOT-005-C-O', 'received', 'server initiated', () => {
    const it = device();
    bootstrap(it, { kind: 'server', channel: 'wap' }, other());
    expect(text(it.request())).toBe(COMPLETE);
  });

  row(
    'B.1.4 DM-BOOT-001-C-M',
    'received',
    'at least one mechanism: an empty device gets its first server',
    () => {
      const it = new Device(newClientState());
      it.feed({ type: 'device-changed', tree: device().state.tree.withoutInstance(DMACC, 'dms1') });
      bootstrap(it, { kind: 'factory' }, accountJson());
      expect(it.of('http')).toEqual([]);
      it.feed({ type: 'power-on' });
      expect(text(it.request())).toBe(COMPLETE);
    },
  );

  test('BootstrapComplete comes again at the next start if it found no answer, not before', () => {
    const it = device();
    bootstrap(it, { kind: 'factory' }, other());
    it.answer('', { status: 503 });
    expect(it.of('http')).toEqual([]);
    it.feed({ type: 'power-on' });
    expect(text(it.request())).toBe(COMPLETE);
    end(it);
    it.feed({ type: 'power-on' });
    expect(it.of('http')).toEqual([]);
  });

  test('or when the same bootstrap comes again; never while it is on its way, never after its answer', () => {
    const pushed = { kind: 'server', channel: 'push' } as const;
    const it = device();
    bootstrap(it, pushed, other());
    const { id } = it.request();
    expect(bootstrap(it, pushed, other())).toEqual([]);
    it.feed({ type: 'http-response', id, status: 503, headers: {}, body: new Uint8Array() });
    expect(it.of('http')).toEqual([]);
    bootstrap(it, pushed, other());
    expect(it.of('bootstrapped')).toEqual([]);
    expect(text(it.request())).toBe(COMPLETE);
    end(it);
    expect(bootstrap(it, pushed, other())).toEqual([]);
  });
});

describe('matching and removal (§8.1)', () => {
  row(
    'B.1.4 DM-BOOT-010-C-O',
    'received',
    'a card read again brings nothing new, and no second BootstrapComplete',
    () => {
      const it = device();
      readCard(it, [other()]);
      end(it);
      const { tree } = it.state;
      expect(readCard(it, [other()])).toEqual([]);
      expect(it.state.tree).toBe(tree);
    },
  );

  test('nor does it take back what the server has changed since', () => {
    const it = device();
    readCard(it, [other()]);
    end(it);
    const ref = { moid: DMACC, miid: 'dms1-2', path: ['Name'] };
    it.feed({
      type: 'device-changed',
      tree: it.state.tree.withNode(ref, { kind: 'leaf', value: 'Renamed' }),
    });
    expect(readCard(it, [other()])).toEqual([]);
    expect(it.state.tree.node(ref)).toEqual({ kind: 'leaf', value: 'Renamed' });
  });

  test('changed data replaces the account as a whole and announces it again', () => {
    const it = device();
    readCard(it, [other({ Auth: { Noti: { Type: 0, Data: '', Secret: 'AA==' } } })]);
    end(it);
    readCard(it, [other({ SrvURI: 'https://two.example/new' })]);
    expect(it.of('bootstrapped')[0]).toMatchObject({ added: [], replaced: ['TWO'], removed: [] });
    expect(it.request().request.url).toBe('https://two.example/new');
    const ref = { moid: DMACC, miid: 'dms1-2', path: ['Auth', 'Noti', 'Secret'] };
    expect(it.state.tree.node(ref)).toEqual({ kind: 'leaf', value: 'c2VjcmV0' });
    expect(servers(it)).toEqual(['DMS_ID1', 'TWO']);
  });

  row(
    'B.1.4 DM-BOOT-012-C-O',
    'received',
    'a server that the card no longer has is removed with all it had',
    () => {
      const it = device();
      readCard(it, [other()]);
      end(it);
      it.feed({ type: 'start-session', serverId: 'TWO' });
      it.package2(
        '{"CMD":[["DEFAULT","https://two.example/d","urn:example:mo"],["SUB","https://two.example/s","urn:oma:mo:oma-dm-devinfo:1.2//"],["END"]]}',
      );
      expect([it.state.defaults.size, it.state.subscriptions.length]).toEqual([1, 1]);
      readCard(it);
      expect(it.of('bootstrapped')[0]).toMatchObject({ removed: ['TWO'] });
      expect(servers(it)).toEqual(['DMS_ID1']);
      expect([it.state.defaults.size, it.state.subscriptions.length]).toEqual([0, 0]);
      const dacmo = [...it.state.tree.instancesOf('urn:oma:mo:oma-dm-dacmo:1.0').values()][0]!;
      expect(
        JSON.stringify([...dacmo.root.children], (_, value) => (value instanceof Map ? [...value] : value)),
      ).not.toContain('TWO');
    },
  );

  row('B.1.4 DM-BOOT-008-C-O', 'received', 'a reader, PIN or read error removes nothing', () => {
    const it = device();
    readCard(it, [other()]);
    end(it);
    it.feed({ type: 'card-read', result: { ok: false, reason: 'the PIN is blocked' } });
    expect(it.notes()).toEqual(['SMARTCARD_NOT_READ']);
    readCard(it, { not: 'a bootstrap' });
    expect(it.notes()).toEqual(['BOOTSTRAP_REFUSED']);
    expect(servers(it)).toEqual(['DMS_ID1', 'TWO']);
  });

  row('B.1.4 DM-BOOT-009-C-O', 'received', 'a policy switches it off', () => {
    const it = device({ env: { policy: { ...environment().policy, smartcardBootstrap: false } } });
    readCard(it, [other()]);
    expect([servers(it), it.notes()]).toEqual([['DMS_ID1'], ['SMARTCARD_DISABLED']]);
  });

  row(
    'B.1.4 DM-BOOT-007-C-M',
    'received',
    'a SrvID of another origin is refused, with all that comes with it',
    () => {
      const it = device();
      const { tree } = it.state;
      readCard(it, [other(), accountJson({ SrvURI: 'https://evil.example/' })]);
      expect(it.notes()).toEqual(['BOOTSTRAP_REFUSED']);
      expect(it.state.tree).toBe(tree);
      expect(servers(it)).toEqual(['DMS_ID1']);
    },
  );

  row(
    'B.1.4 DM-BOOT-011-C-O',
    'received',
    'what came through a secure channel is taken as what came without',
    () => {
      const it = device();
      readCard(it, [other()], [{ ClientURI: 'urn:example:mo//', MOData: { settings: { a: 1 } } }]);
      expect(text(it.request())).toBe(COMPLETE);
      expect(it.state.tree.instance('urn:example:mo', 'settings')).toBeDefined();
    },
  );

  test('two accounts of one server in one bootstrap are refused', () => {
    const it = device();
    bootstrap(it, { kind: 'factory' }, other(), other({ Name: 'Again' }));
    expect(it.notes()).toEqual(['BOOTSTRAP_REFUSED']);
  });

  test('a MIID that is taken by another server is not given twice', () => {
    const it = device();
    const { tree } = it.state;
    bootstrap(it, { kind: 'factory' }, accountJson({ SrvID: 'TWO', SrvURI: 'https://two.example/' }, 'dms1'));
    expect(it.state.tree.instance(DMACC, 'dms1')).toBe(tree.instance(DMACC, 'dms1'));
    expect([...it.state.accounts.keys()]).toEqual(['dms1', 'dms1-2']);
  });

  test('older names are read', () => {
    const it = device();
    bootstrap(
      it,
      { kind: 'factory' },
      {
        ClientURI: 'urn:oma:mo:oma-dm-dmacc:2.0//',
        MOData: {
          old: {
            ServerID: 'OLD',
            SrvURI: 'https://old.example/',
            Name: 'Old',
            Permissions: { '1': { MOID: '*' } },
          },
        },
      },
    );
    expect(it.request().request.url).toBe('https://old.example/');
  });
});

describe('other MOs of a bootstrap (§8.5)', () => {
  const mo = (value: JsonValue) => ({ ClientURI: 'urn:example:mo//', MOData: { settings: { a: value } } });

  test('they are created once, replaced when they change, and belong to its server', () => {
    const it = device();
    readCard(it, [other(), mo(1)]);
    end(it);
    readCard(it, [other(), mo(1)]);
    expect(it.actions).toEqual([]);
    readCard(it, [other(), mo(2)]);
    expect([...it.state.tree.instancesOf('urn:example:mo').keys()]).toEqual(['settings']);
    const ref = { moid: 'urn:example:mo', miid: 'settings', path: ['a'] };
    expect(it.state.tree.node(ref)).toEqual({ kind: 'leaf', value: 2 });
    expect(it.of('http')).toEqual([]);
    it.feed({ type: 'start-session', serverId: 'TWO' });
    it.package2('{"CMD":[["GET","urn:example:mo//a"]]}');
    expect(text(it.request())).toContain('{"sc":200}');
  });
});

describe('a Delegation Access Control MO in a bootstrap (§12.3)', () => {
  const mo = { ClientURI: 'urn:example:mo//', MOData: { settings: { a: 1 } } };
  const rights = (AR: number) => ({
    ClientURI: 'urn:oma:mo:oma-dm-dacmo:1.0//',
    MOData: {
      DacMO: {
        'urn:example:mo': { settings: { '1': { Permissions: { '1': { MAID: 'serverid:DMS_ID1', AR } } } } },
        'urn:oma:mo:oma-dm-dmacc:1.2': {
          dms1: { '1': { Permissions: { '1': { MAID: 'serverid:TWO', AR: 1 } } } },
        },
        'urn:oma:mo:oma-dm-devinfo:1.2': {
          DevInfo: { '1': { Permissions: { '1': { MAID: '*', AR: 15 } } } },
        },
      },
    },
  });
  const statuses = (it: Device, ...commands: string[][]) => {
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    it.package2(JSON.stringify({ CMD: commands }));
    const found = [.../"sc":(\d+)/g[Symbol.matchAll](text(it.request()))].map(([, sc]) => Number(sc));
    end(it);
    return found;
  };

  test('gives rights to what the bootstrap brings, and to nothing else of the device', () => {
    const it = device();
    readCard(it, [other(), mo, rights(1)]);
    end(it);
    expect([...it.state.tree.instancesOf('urn:oma:mo:oma-dm-dacmo:1.0').keys()]).toEqual(['DacMO']);
    expect(
      statuses(
        it,
        ['GET', 'urn:example:mo//a'],
        ['DELETE', 'urn:example:mo//'],
        ['GET', 'urn:oma:mo:oma-dm-dmacc:1.2/dms1/SrvID'],
        ['GET', 'urn:oma:mo:oma-dm-dmacc:1.2/dms1-2/SrvID'],
      ),
    ).toEqual([200, 403, 200, 403]);
    readCard(it, [other(), mo, rights(1)]);
    expect(it.actions).toEqual([]);
    readCard(it, [other(), mo, rights(3)]);
    expect(statuses(it, ['DELETE', 'urn:example:mo//'])).toEqual([200]);
  });
});

test('a card with one bad object removes nothing either', () => {
  const it = device();
  readCard(it, [other()]);
  end(it);
  const { tree, accounts } = it.state;
  readCard(it, [{ ClientURI: 'urn:example:mo//', MOData: { a: 1 } }]);
  expect(it.notes()).toEqual(['BOOTSTRAP_REFUSED']);
  expect([it.state.tree, it.state.accounts]).toEqual([tree, accounts]);
});

describe('a bad bootstrap changes nothing', () => {
  test.each<[string, JsonValue | Uint8Array]>([
    ['no JSON', new Uint8Array([0x7b])],
    [
      'no SrvURI',
      [{ ClientURI: `${DMACC}//`, MOData: { a: { SrvID: 'X', Name: 'X', Perm: { '1': { MOID: '*' } } } } }],
    ],
    ['a node only', [{ ClientURI: 'urn:example:mo/a/b', MOData: { b: 1 } }]],
    ['good, then bad', [other(), { ClientURI: 'urn:example mo', MOData: { a: {} } }]],
    ['good, then a leaf as root', [other(), { ClientURI: 'urn:example:mo//', MOData: { a: 1 } }]],
    ['braces twice', new Uint8Array([0x7b, 0x7b, 0x7d, 0x7d])],
  ])('%s', (_, document) => {
    const it = device();
    const { tree, accounts } = it.state;
    const bytes = document instanceof Uint8Array ? document : json(document);
    it.feed({ type: 'bootstrap', origin: { kind: 'server', channel: 'tls' }, bytes });
    expect(it.notes()).toEqual(['BOOTSTRAP_REFUSED']);
    expect(it.of('http')).toEqual([]);
    expect([it.state.tree, it.state.accounts]).toEqual([tree, accounts]);
  });

  test('a bootstrap server that fails is noted', () => {
    const it = device();
    it.feed({ type: 'client-bootstrap', url: 'https://bs.example.com/' });
    it.answer('', { status: 404 });
    expect([it.of('http'), it.notes()]).toEqual([[], ['BOOTSTRAP_FAILED']]);
    it.feed({ type: 'client-bootstrap', url: 'http://bs.example.com/' });
    expect([it.of('http'), it.notes()]).toEqual([[], ['BOOTSTRAP_ADDRESS']]);
  });

  test('bootstrap credentials go to the bootstrap server of an account only', () => {
    const Bootstrap = {
      ServerURI: 'https://bs.example.com/',
      SecMode: 'AA==',
      ClientPubKey: 'aWQ=',
      ServerPubKey: 'aWQ=',
      ClientSecretKey: 'cHNr',
    };
    const it = device({ account: accountJson({ Auth: { Bootstrap } }) });
    it.feed({ type: 'client-bootstrap', url: 'https://bs.example.com/x' });
    expect(it.request().credentials).toEqual({ srvId: 'DMS_ID1', which: 'bootstrap' });
    it.feed({ type: 'client-bootstrap', url: 'https://bs.example.com.evil.example/x' });
    expect(it.request().credentials).toBeUndefined();
  });
});

describe('the user may refuse (§12.2 Perm)', () => {
  const asking = () => {
    const it = device();
    it.env = environment({ policy: { ...it.env.policy, confirmBootstrap: true } });
    return it;
  };
  const start = () => {
    const it = asking();
    const [question] = it.of('ask-user');
    expect(question).toBeUndefined();
    readCard(it, [other()]);
    return it;
  };

  test('nothing is changed before the answer, which sees what the server wants', () => {
    const it = start();
    const [question] = it.of('ask-user');
    expect(question!.what).toEqual({
      kind: 'bootstrap',
      origin: CARD,
      servers: [{ srvId: 'TWO', name: 'Example', moids: ['*'] }],
    });
    expect(servers(it)).not.toContain('TWO');
    it.feed({ type: 'user-answer', id: question!.id, accepted: true });
    expect(servers(it)).toContain('TWO');
    expect(text(it.request())).toBe(COMPLETE);
  });

  test('a refusal leaves all as it is', () => {
    const it = start();
    const { tree } = it.state;
    const { id } = it.of('ask-user')[0]!;
    it.feed({ type: 'user-answer', id, accepted: false });
    expect([it.notes(), it.state.tree]).toEqual([['BOOTSTRAP_REJECTED'], tree]);
    it.feed({ type: 'user-answer', id, accepted: true });
    expect(it.state.tree).toBe(tree);
  });
});
