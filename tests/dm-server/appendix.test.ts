/** The examples of §7.2.1, Appendix F and Appendix I at the server, as they stand in the text. */
import { decodeUtf8 } from '../../src/bytes/index.js';
import { DEV_ID, END, p2, type TestServer, testServer } from './device.js';

const HEAD = `Accept: application/vnd.oma.dm.request+json
OMADM-DevID: IMEI:493005100592800
Host: www.dms.com`;
const initiation = (body: string) =>
  `POST /dmserver/dm20 HTTP/1.1\nContent-Type: application/vnd.oma.dm.initiation+json\n${HEAD}\n\n${body}`;
const response = (body: string) =>
  `POST /dmserver/dm20 HTTP/1.1\nContent-Type: application/vnd.oma.dm.response+json\n${HEAD}\n\n${body}`;

async function dataOf(server: TestServer, job: string): Promise<string[]> {
  return (await server.store.results(job)).map(({ body }) => decodeUtf8(body));
}

test('§7.2.1.2 and §7.2.1.3: HPOST, HGET, GET and their statuses', async () => {
  const server = await testServer();
  const job = await server.submit(`steps:
  - command: [HPOST, "https://DMcontent.DMserver.operator.com/[DevID]", "urn:oma:mo:oma-dm-devinfo:1.0//", "urn:oma:mo:oma-sessioninfomo:1.0//"]
    on-failure: continue
  - { command: [HGET, "https://DMcontent.DMserver.operator.com/new_mo"], on-failure: continue }
  - { command: [GET, "urn:oma:mo:oma-sessioninfomo:1.0//CBT"], on-failure: continue }`);
  const body = p2(await server.post(initiation('{}')));
  expect(JSON.parse(body)).toEqual({
    CMD: [
      [
        'HPOST',
        'https://DMcontent.DMserver.operator.com/[DevID]',
        'urn:oma:mo:oma-dm-devinfo:1.0//',
        'urn:oma:mo:oma-sessioninfomo:1.0//',
      ],
      ['HGET', 'https://DMcontent.DMserver.operator.com/new_mo'],
      ['GET', 'urn:oma:mo:oma-sessioninfomo:1.0//CBT'],
    ],
  });
  const answer = `{
 "Status": [
  {"sc": 200},
  {"sc": 200, "URI": ["urn:oma:mo:oma-mo:1.0/miid1/", "urn:oma:mo:oma-mo:1.0/miid2/"]},
  {"sc": 200}
 ],
 "Alert": [
  {
   "AlertType": "urn:oma:at:dcmo:1.0:OperationComplete",
   "SourceURI": "urn:oma:mo:oma-dcmo:1.0/Capability123/Operations/Enable",
   "Mark": "warning",
   "DataType": "int",
   "Data": {
    "DM1x": 1404
   }
  }
 ]
}`;
  expect(p2(await server.post(response(answer)))).toBe(END);
  const commands = await server.store.commands(job);
  expect(commands.map(({ status, uris }) => [status, uris])).toEqual([
    [200, undefined],
    [200, ['urn:oma:mo:oma-mo:1.0/miid1/', 'urn:oma:mo:oma-mo:1.0/miid2/']],
    [200, undefined],
  ]);
  expect((await server.store.alerts(DEV_ID)).at(-1)?.alert).toMatchObject({
    mark: 'warning',
    data: { DM1x: 1404 },
  });
});

test('Appendix F: six commands, three parts', async () => {
  const server = await testServer();
  const job = await server.submit(`steps:
  - { command: [GET, "urn:oma:mo:oma-dm-devinfo:1.2//DevID"], on-failure: continue }
  - { command: [GET, "urn:oma:mo:oma-dm-devinfo:1.2//DevID"], on-failure: continue }
  - { command: [GET, "urn:oma:mo:oma-sessioninfomo:1.0//"], on-failure: continue }
  - { command: [HPUT, "http://www.data.com/MOData", "urn:oma:mo:oma-moid:1.0//"], on-failure: continue }
  - { command: [GET, "urn:oma:mo:invalid-moid:1.0//"], on-failure: continue }
  - { command: [HGET, "http://www.dms1.com/", "urn:oma:mo:oma-dm-dmacc:2.0/dms1/AuthNoti/AuthSecret"], on-failure: continue }`);
  await server.post(initiation('{\n}'));
  const body = `--simple_boundary
Content-Disposition: form-data
Content-Type: application/vnd.oma.dm.response+json

{
 "Status": [
  200,
  200,
  200,
  200,
  404,
  200
 ]
}
--simple_boundary
Content-Disposition: form-data; name="0"
Content-Type: text/plain

IMEI:493005100592800
--simple_boundary
Content-Disposition: form-data; name="1"
Content-Type: application/dmmo+json

{
 "DDF": "http://www.vendor.com/DDF/oma-dm-devinfo1.2.ddf",
 "ClientURI": "urn:oma:mo:oma-dm-devinfo:1.2//DevID",
 "MOData": {
  "DevID": "IMEI:493005100592800"
 }
}
--simple_boundary
Content-Disposition: form-data; name="2"
Content-Type: application/dmmo+json

{
 "DDF": "http://www.vendor.com/DDF/oma-sessioninfomo1.0.ddf",
 "ClientURI": "urn:oma:mo:oma-sessioninfomo:1.0//",
 "MOData": {
  "SessionInfoMO": {
   "CBT": 1,
   "ROAMING": 0
  }
 }
}
--simple_boundary--
`;
  const message = `POST /dmclient/dm20 HTTP/1.1\nContent-Type: multipart/form-data; boundary=simple_boundary\n${HEAD}\n\n${body}`;
  expect(p2(await server.post(message))).toBe(END);
  expect((await server.store.commands(job)).map(({ status }) => status)).toEqual([
    200, 200, 200, 200, 404, 200,
  ]);
  const [first, second, third] = await dataOf(server, job);
  expect(first).toBe('IMEI:493005100592800');
  expect(JSON.parse(second!).MOData).toEqual({ DevID: 'IMEI:493005100592800' });
  expect(JSON.parse(third!).MOData.SessionInfoMO).toEqual({ CBT: 1, ROAMING: 0 });
});

test('Appendix I.1: read, then HPOST together with END', async () => {
  const server = await testServer();
  const job = await server.submit(`steps:
  - { get: "urn:oma:mo:oma-dm-devinfo:1.0//" }
  - { get: "urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/*/ID" }
  - { command: [HPOST, "http://www.dr.com/camera_state?DevID=IMEI:493005100592800", "urn:oma:mo:oma-dcmo:1.0/(x)/Enabled?nv=(x)/Property:Camera"], final: true }`);
  expect(JSON.parse(p2(await server.post(initiation('{\n}')))).CMD).toEqual([
    ['GET', 'urn:oma:mo:oma-dm-devinfo:1.0//'],
    ['GET', 'urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/*/ID'],
  ]);
  // The text's boundary differs from its header, and its second part is no JSON; both corrected here.
  const body = `--boundary
Content-Disposition: form-data
Content-Type: application/vnd.oma.dm.response+json

{
 "Status": [
  200,
  200
 ]
}
--boundary
Content-Disposition: form-data; name="0"
Content-Type: application/dmmo+json

[
 {
  "DDF": "http://www.vendor.com/DDF/devinfo1.0.ddf",
  "ClientURI": "oma:mo:oma-dm-devinfo:1.0//",
  "MOData": { "DevInfo": { "DevID": "IMEI:493005100592800", "Man": "Vendor", "OEM": "" } }
 }
]
--boundary
Content-Disposition: form-data; name="1"
Content-Type: application/dmmo+json

[
 {
  "DDF": "http://www.vendor.com/DDF/oma-scomo1.0.ddf",
  "ClientURI": "urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/pkg1/ID",
  "MOData": { "ID": "pkg1_id" }
 },
 {
  "DDF": "http://www.vendor.com/DDF/oma-scomo1.0.ddf",
  "ClientURI": "urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/pkg2/ID",
  "MOData": { "ID": "pkg2_id" }
 }
]
--boundary--
`;
  const message = `POST /dmserver/dm20 HTTP/1.1\nContent-Type: multipart/form-data; boundary=boundary\n${HEAD}\n\n${body}`;
  expect(p2(await server.post(message))).toBe(
    '{"CMD":[["HPOST","http://www.dr.com/camera_state?DevID=IMEI:493005100592800","urn:oma:mo:oma-dcmo:1.0/(x)/Enabled?nv=(x)/Property:Camera"],["END"]]}',
  );
  expect(await dataOf(server, job)).toHaveLength(2);
  // Another repository's traffic is not seen here: nobody knows whether the HPOST ran, and the job is over.
  expect((await server.store.commands(job)).at(-1)).toMatchObject({ state: 'in-doubt', open: false });
  expect((await server.job(job)).state).toBe('done');
});

test('Appendix I.1: the upload of a single leaf', async () => {
  const server = await testServer();
  await server.submit(
    'steps: [{ hpost: "urn:oma:mo:oma-dcmo:1.0/(x)/Enabled?nv=(x)/Property:Camera", final: true }]',
  );
  const [[, address]] = JSON.parse(p2(await server.post(initiation('{}')))).CMD;
  const upload = `POST /camera_state?DevID=IMEI:493005100592800 HTTP/1.1
Content-Type: text/plain
Host: www.dr.com

true`;
  expect((await server.repository(address, upload)).status).toBe(200);
});

test('Appendix I.2: MOS, a new secret, a new instance', async () => {
  const server = await testServer();
  const mos = `{
 "MOS": [
  { "DDF": "http://www.vendor.com/DDF/devinfo1.0.ddf", "MOID": "urn:oma:mo:oma-dm-devinfo:1.0", "MIID": ["miid1"] },
  { "DDF": "http://www.vendor.com/DDF/oma-sessioninfomo1.0.ddf", "MOID": "urn:oma:mo:oma-sessioninfomo:1.0", "MIID": ["miid1"] },
  { "DDF": "http://www.vendor.com/DDF/oma-dm-dmacc2.0.ddf", "MOID": "urn:oma:mo:oma-dm-dmacc:2.0", "MIID": ["miid_dms1"] },
  { "DDF": "http://www.vendor.com/DDF/oma-dcmo1.0.ddf", "MOID": "urn:oma:mo:oma-dcmo:1.0", "MIID": [] }
 ]
}`;
  const secret = 'urn:oma:mo:oma-dm-dmacc:2.0/(x)/AuthNoti/AuthSecret?nv=(x)/ServerID:DMS_ID1';
  const job = await server.submit(`steps:
  - hget: { to: "${secret}", text: AB123CES121XX90TPOWQESEFSE33 }
  - hget:
      objects:
        - uri: urn:oma:mo:oma-dcmo:1.0//
          ddf: http://www.vendor.com/DDF/dcmo1.0.ddf
          data: { usb: { Property: USB, Group: I/O, Description: USB Control, Enabled: true } }`);
  const [[hget, address, to]] = JSON.parse(p2(await server.post(initiation(mos)))).CMD;
  expect([hget, to]).toEqual(['HGET', secret]);
  expect((await server.state()).device?.mos?.entries.map(({ miids }) => miids.length)).toEqual([1, 1, 1, 0]);
  const served = await server.repository(address, 'GET /new_secret HTTP/1.1\nHost: www.dms.com\n\n');
  expect(served).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain' } });
  expect(decodeUtf8(served.body!)).toBe('AB123CES121XX90TPOWQESEFSE33');
  const [[, second]] = JSON.parse(p2(await server.post(response('{\n "Status": [\n  200\n ]\n}')))).CMD;
  const mo = await server.repository(second, 'GET /dcmo_camera HTTP/1.1\nHost: www.dms.com\n\n');
  expect(JSON.parse(decodeUtf8(mo.body!))).toEqual([
    {
      DDF: 'http://www.vendor.com/DDF/dcmo1.0.ddf',
      ClientURI: 'urn:oma:mo:oma-dcmo:1.0//',
      MOData: { usb: { Property: 'USB', Group: 'I/O', Description: 'USB Control', Enabled: true } },
    },
  ]);
  const stored = '{\n "Status": [\n  200, "urn:oma:mo:oma-dcmo:1.0/usb/"\n ]\n}';
  expect(p2(await server.post(response(stored)))).toBe(END);
  expect((await server.store.commands(job)).at(-1)?.uris).toEqual(['urn:oma:mo:oma-dcmo:1.0/usb/']);
});

test('Appendix I.3: DEFAULT for MMS and for RCS', async () => {
  const server = await testServer();
  await server.submit(`steps:
  - { default: { moid: "urn:oma:mo:oma-mms:1.3", from: "https://prov.dmserver.com/Settings/[MCC]/[MNC]/MMS" }, on-failure: continue }
  - { default: { moid: "urn:gsma:mo:rcs:rcse:1.0", from: "https://rcsprov.gsma.org/Settings/[MCC]/[MNC]/RCS" }, on-failure: continue }
  - { get: "urn:oma:mo:oma-mms:1.3/*/", on-failure: continue }
  - { get: "urn:gsma:mo:rcs:rcse:1.0/*/" }`);
  expect(p2(await server.post(initiation('{}')))).toBe(
    '{"CMD":[["DEFAULT","https://prov.dmserver.com/Settings/[MCC]/[MNC]/MMS","urn:oma:mo:oma-mms:1.3"],["DEFAULT","https://rcsprov.gsma.org/Settings/[MCC]/[MNC]/RCS","urn:gsma:mo:rcs:rcse:1.0"],["GET","urn:oma:mo:oma-mms:1.3/*/"],["GET","urn:gsma:mo:rcs:rcse:1.0/*/"]]}',
  );
});
