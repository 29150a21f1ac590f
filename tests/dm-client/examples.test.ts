/**
 * The examples of Appendices F and I and of §7.2.1.2, client side. Where they err, what is sent is what the decision
 * pages say: one session alert (session-alerts), objects as statuses (status-of-commands), MIIDs in ClientURIs.
 */
import type { MoTree } from '../../src/mo/index.js';
import { DEV_ID, type Device, inSession, text, withMo } from './device.js';

const SCOMO = 'urn:oma:mo:oma-scomo:1.0';
const DCMO = 'urn:oma:mo:oma-dcmo:1.0';
const DMMO = { contentType: 'application/dmmo+json' };

const change = (tree: MoTree) =>
  withMo(
    withMo(
      tree,
      SCOMO,
      'SCOMO1',
      { Inventory: { Deployed: { pkg1: { ID: 'pkg1_id' }, pkg2: { ID: 'pkg2_id' } } } },
      'DMS_ID1',
      'http://www.vendor.com/DDF/oma-scomo1.0.ddf',
    ),
    DCMO,
    'camera',
    { Property: 'Camera', Enabled: true },
  );

/** Content type and text of every part, in their order. */
function parts(it: Device): { name: string | undefined; type: string; body: string }[] {
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(
    it.request().request.headers['content-type']!,
  )![1]!;
  const pieces = text(it.request()).split(`--${boundary}`).slice(1, -1);
  return pieces.map((piece) => ({
    name: /name="(\d+)"/.exec(piece)?.[1],
    type: /Content-Type: (\S+)\r/.exec(piece)![1]!,
    body: piece.slice(piece.indexOf('\r\n\r\n') + 4, -2),
  }));
}

test('I.1: GET of DevInfo and of all component identifiers, then HPOST with END', () => {
  const it = inSession({ change });
  expect(it.request().request.headers).toEqual({
    'content-type': 'application/vnd.oma.dm.initiation+json',
    accept: 'application/vnd.oma.dm.request+json',
    'omadm-devid': DEV_ID,
  });
  it.package2(`{
 "CMD": [
  ["GET", "oma:mo:oma-dm-devinfo:1.0//"],
  ["GET", "urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/*/ID"]
 ]
}`);
  const [package3, devInfo, identifiers] = parts(it);
  expect(package3).toEqual({
    name: undefined,
    type: 'application/vnd.oma.dm.response+json',
    body: '{"Status":[{"sc":200},{"sc":200}]}',
  });
  expect(devInfo).toMatchObject({ name: '0', type: 'application/dmmo+json' });
  expect(JSON.parse(devInfo!.body)).toMatchObject([
    { MOData: { DevInfo: { DevID: DEV_ID, Man: 'Vendor', Mod: 'DM_Client', FwV: 'android4.0.4', HwV: '' } } },
  ]);
  expect(identifiers).toMatchObject({ name: '1', type: 'application/dmmo+json' });
  expect(JSON.parse(identifiers!.body)).toEqual([
    {
      DDF: 'http://www.vendor.com/DDF/oma-scomo1.0.ddf',
      ClientURI: 'urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/pkg1/ID',
      MOData: { ID: 'pkg1_id' },
    },
    {
      DDF: 'http://www.vendor.com/DDF/oma-scomo1.0.ddf',
      ClientURI: 'urn:oma:mo:oma-scomo:1.0/SCOMO1/Inventory/Deployed/pkg2/ID',
      MOData: { ID: 'pkg2_id' },
    },
  ]);
  it.package2(`{
 "CMD": [
  ["HPOST", "http://www.dr.com/camera_state?DevID=IMEI:493005100592800",
   "urn:oma:mo:oma-dcmo:1.0/(x)/Enabled?nv=(x)/Property:Camera"],
  ["END"]
 ]
}`);
  expect(it.request()).toMatchObject({
    purpose: 'repository',
    request: {
      method: 'POST',
      url: 'http://www.dr.com/camera_state?DevID=IMEI:493005100592800',
      headers: { 'content-type': 'text/plain' },
    },
  });
  expect(text(it.request())).toBe('true');
  it.answer('');
  expect(it.actions).toEqual([{ type: 'session-ended', serverId: 'DMS_ID1', outcome: { kind: 'ended' } }]);
});

test('I.2: a new notification secret, a new DCMO instance, END', () => {
  const it = inSession();
  it.package2(`{
 "CMD": [
  ["HGET", "http://www.dms.com/new_secret?DevID=IMEI:493005100592800",
"urn:oma:mo:oma-dm-dmacc:2.0/(x)/AuthNoti/AuthSecret?nv=(x)/ServerID:DMS_ID1"]
 ]
}`);
  expect(it.request()).toMatchObject({
    request: { method: 'GET', url: 'http://www.dms.com/new_secret?DevID=IMEI:493005100592800' },
  });
  expect(it.request().credentials).toBeUndefined();
  // The node has format bin: its text is base64, which that of the example happens to be.
  it.answer('AB123CES121XX90TPOWQESEFSE33', { contentType: 'text/plain' });
  expect(text(it.request())).toBe('{"Status":[{"sc":200}]}');
  const secret = { moid: 'urn:oma:mo:oma-dm-dmacc:1.2', miid: 'dms1', path: ['Auth', 'Noti', 'Secret'] };
  expect(it.state.tree.node(secret)).toEqual({ kind: 'leaf', value: 'AB123CES121XX90TPOWQESEFSE33' });
  it.package2('{"CMD": [["HGET", "http://www.dms.com/dcmo_usb"]]}');
  expect(it.request().request.url).toBe('http://www.dms.com/dcmo_usb');
  it.answer(
    `[
 {
  "DDF": "http://www.vendor.com/DDF/dcmo1.0.ddf",
  "ClientURI": "urn:oma:mo:oma-dcmo:1.0//",
  "MOData": {
   "usb": {
    "Property": "USB",
    "Group": "I/O",
    "Description": "USB Control",
    "Enabled": "true"
   }
   }
 }
]`,
    DMMO,
  );
  expect(text(it.request())).toBe('{"Status":[{"sc":200,"URI":["urn:oma:mo:oma-dcmo:1.0/usb/"]}]}');
  it.package2('{"CMD": [["END"]]}');
  expect(it.of('session-ended')[0]!.outcome).toEqual({ kind: 'ended' });
});

describe('I.3: DEFAULT', () => {
  const serverUriValues = { MCC: '262', MNC: '01', CMCC: '208', CMNC: '10' };
  test.each([
    [
      'urn:oma:mo:oma-mms:1.3',
      'https://prov.dmserver.com/Settings/[MCC]/[MNC]/MMS',
      'https://prov.dmserver.com/Settings/262/01/MMS',
    ],
    [
      'urn:gsma:mo:rcs:rcse:1.0',
      'https://rcsprov.gsma.org/Settings/[CMCC]/[CMNC]/RCS',
      'https://rcsprov.gsma.org/Settings/208/10/RCS',
    ],
  ])('%s', (moid, serverUri, url) => {
    const it = inSession({ env: { serverUriValues } });
    it.package2(JSON.stringify({ CMD: [['DEFAULT', serverUri, moid], ['END']] }));
    it.feed({ type: 'local-request', id: 'a', appId: 'app', moid });
    expect(it.request().request).toMatchObject({ method: 'GET', url });
    it.answer(`[{"ClientURI":"${moid}//","MOData":{"settings":{"a":"b"}}}]`, DMMO);
    expect(it.of('local-answer')).toMatchObject([{ status: 200 }]);
    it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
    it.package2(`{"CMD":[["GET","${moid}/*/"]]}`);
    expect(parts(it)[1]!.body).toContain('"MOData":{"settings":{"a":"b"}}');
  });
});

test('Appendix F: one answer with text, MO data, and what has none', () => {
  const it = inSession({ change: (tree) => withMo(tree, 'urn:oma:mo:oma-moid:1.0', 'm', { a: 1 }) });
  it.package2(`{
 "CMD": [
  ["GET", "urn:oma:mo:oma-dm-devinfo:1.2//DevID"],
  ["GET", "urn:oma:mo:oma-dm-devinfo:1.2//DevID"],
  ["GET", "urn:oma:mo:oma-sessioninfomo:1.0//"],
  ["HPUT", "http://www.data.com/MOData", "urn:oma:mo:oma-moid:1.0//"],
  ["GET", "urn:oma:mo:invalid-moid:1.0//"],
  ["HGET", "http://www.dms1.com/","urn:oma:mo:oma-dm-dmacc:2.0/dms1/AuthNoti/AuthSecret"]
 ]
}`);
  expect(it.request().request).toMatchObject({ method: 'PUT', url: 'http://www.data.com/MOData' });
  it.answer('');
  expect(it.request().request).toMatchObject({ method: 'GET', url: 'http://www.dms1.com/' });
  it.answer('c2VjcmV0Mg==', { contentType: 'text/plain' });
  const [package3, ...data] = parts(it);
  expect(package3!.body).toBe(
    '{"Status":[{"sc":200},{"sc":200},{"sc":200},{"sc":200},{"sc":404},{"sc":200}]}',
  );
  expect(data.map(({ name, type }) => [name, type])).toEqual([
    ['0', 'text/plain'],
    ['1', 'text/plain'],
    ['2', 'application/dmmo+json'],
  ]);
  expect(data[0]!.body).toBe(DEV_ID);
  expect(JSON.parse(data[2]!.body)).toMatchObject([{ MOData: { SessionInfo: { CBT: 0, ROAMING: 2 } } }]);
});

test('§7.2.1.2: HPOST of two MOs, HGET of new ones, GET of a leaf', () => {
  const it = inSession();
  it.package2(`{
 "CMD": [
  ["HPOST",
   "https://DMcontent.DMserver.operator.com/[DevID]",
   "urn:oma:mo:oma-dm-devinfo:1.0//",
   "urn:oma:mo:oma-sessioninfomo:1.0//"],
  ["HGET", "https://DMcontent.DMserver.operator.com/new_mo"],
  ["GET", "urn:oma:mo:oma-sessioninfomo:1.0//CBT"]
 ]
}`);
  expect(it.request().request.url).toBe(`https://dmcontent.dmserver.operator.com/${DEV_ID}`);
  expect((JSON.parse(text(it.request())) as unknown[]).length).toBe(2);
  it.answer('');
  const mo = (label: string) => `{"ClientURI":"urn:oma:mo:oma-mo:1.0//","MOData":{"${label}":{"a":1}}}`;
  it.answer(`[${mo('miid1')},${mo('miid2')}]`, DMMO);
  expect(parts(it)[0]!.body).toBe(
    '{"Status":[{"sc":200},{"sc":200,"URI":["urn:oma:mo:oma-mo:1.0/miid1/","urn:oma:mo:oma-mo:1.0/miid2/"]},{"sc":200}]}',
  );
});
