/** Rows of the serialization (B.1.3, B.2.3) and of alerts: messages by hand into both cores, and theirs compared. */
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.js';
import { alertsFromDm1 } from '../../src/dm/interworking/index.js';
import { DEFAULT_FORMATS, JSON_FORMAT, type PackageFormat } from '../../src/dm/packages/index.js';
import { DataError } from '../../src/errors/index.js';
import { DEV_ID, device, inSession, text } from '../dm-client/device.js';
import { END, HEADERS, p1, p2, p3Multipart, rawRequest, testServer } from '../dm-server/device.js';
import { row } from '../support/conformance.js';

const DEVINFO = 'urn:oma:mo:oma-dm-devinfo:1.2';
const CLIENT_INITIATED = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}';
/** What the test device's randomness makes of the boundary. */
const BOUNDARY = `dm-${'5a'.repeat(16)}-0`;

describe('JSON (§7.2.1)', () => {
  row(
    'B.1.3 DM-SER-003-C-M',
    'received',
    'Package#2 by hand: two GETs and an HGET are obeyed in their order',
    () => {
      const it = inSession();
      it.package2(
        `{ "CMD" : [\r\n ["GET", "${DEVINFO}//DevID"],\n\t["GET","urn:example:none//"], ["HGET","https://www.dms.com/new"]] }`,
      );
      expect(it.request().request).toMatchObject({ method: 'GET', url: 'https://www.dms.com/new' });
    },
  );

  row('B.1.3 DM-SER-003-C-M', 'sent', 'Package#1, and Package#3 with a leaf and an MO as multipart', () => {
    const it = inSession();
    expect(text(it.request())).toBe(CLIENT_INITIATED);
    it.package2(`{"CMD":[["GET","urn:example:none//"],["GET","${DEVINFO}//?lv=1"]]}`);
    const { request } = it.request();
    expect(request.headers['content-type']).toBe(`multipart/form-data; boundary=${BOUNDARY}`);
    const [head, first, second, end] = decodeUtf8(request.body!).split(`--${BOUNDARY}`);
    expect([head, end]).toEqual(['', '--\r\n']);
    expect(first).toBe(
      '\r\nContent-Disposition: form-data\r\nContent-Type: application/vnd.oma.dm.response+json\r\n\r\n' +
        '{"Status":[{"sc":404},{"sc":200}]}\r\n',
    );
    const [fields, mo] = second!.split('\r\n\r\n') as [string, string];
    expect(fields).toBe(
      '\r\nContent-Disposition: form-data; name="1"\r\nContent-Type: application/dmmo+json',
    );
    expect(JSON.parse(mo)).toEqual([
      {
        ClientURI: `${DEVINFO}/DevInfo/`,
        CV: expect.stringMatching(/^\S+$/),
        MOData: {
          DevInfo: {
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
        },
      },
    ]);
  });

  row(
    'B.2.3 DM-SER-003-S-M',
    'received',
    'Package#1, and Package#3 with a leaf and an MO as multipart',
    async () => {
      const server = await testServer();
      const job = await server.submit(`steps: [{ get: "${DEVINFO}//DevID" }, { get: "${DEVINFO}//" }]`);
      await server.post(p1());
      const mo = `[{"ClientURI":"${DEVINFO}/d/","MOData":{"d":{"Man":"Vendor"}}}]`;
      const answer = p3Multipart('{"Status":[{"sc":200},{"sc":200}]}', [
        ['0', 'text/plain', DEV_ID],
        ['1', 'application/dmmo+json', mo],
      ]);
      expect(p2(await server.post(answer))).toBe(END);
      expect((await server.job(job)).state).toBe('done');
    },
  );

  row('B.2.3 DM-SER-003-S-M', 'sent', 'Package#2, octet by octet', async () => {
    const server = await testServer();
    await server.submit(`steps: [{ get: "${DEVINFO}//DevID" }, { delete: "urn:example:mo/a/b" }]`);
    const answer = await server.post(p1());
    expect(answer.headers['content-type']).toBe('application/vnd.oma.dm.request+json');
    expect(decodeUtf8(answer.body!)).toBe(`{"CMD":[["GET","${DEVINFO}//DevID"]]}`);
    const next = await server.post(p3Multipart('{"Status":[{"sc":200}]}', [['0', 'text/plain', DEV_ID]]));
    expect(decodeUtf8(next.body!)).toBe('{"CMD":[["DELETE","urn:example:mo/a/b"]]}');
  });
});

/** Extension point: another serialization (§7.2.2). This plug-in exists in tests only: JSON backwards. */
const backwards = (bytes: Uint8Array): Uint8Array => {
  try {
    return encodeUtf8([...decodeUtf8(bytes)].reverse().join(''));
  } catch (cause) {
    throw new DataError('DATA_PACKAGE', 'not of the test plug-in', { cause });
  }
};
const TEST_FORMAT: PackageFormat = {
  name: 'test plug-in: JSON backwards',
  mediaTypes: {
    package1: 'application/x.one',
    package2: 'application/x.two',
    package3: 'application/x.three',
    mo: 'application/x.mo',
  },
  encodePackage1: (value) => backwards(JSON_FORMAT.encodePackage1(value)),
  decodePackage1: (bytes, limits) => JSON_FORMAT.decodePackage1(backwards(bytes), limits),
  encodePackage2: (value) => backwards(JSON_FORMAT.encodePackage2(value)),
  decodePackage2: (bytes, limits) => JSON_FORMAT.decodePackage2(backwards(bytes), limits),
  encodePackage3: (value) => backwards(JSON_FORMAT.encodePackage3(value)),
  decodePackage3: (bytes, limits) => JSON_FORMAT.decodePackage3(backwards(bytes), limits),
  encodeMos: (objects) => backwards(JSON_FORMAT.encodeMos(objects)),
  decodeMos: (bytes, limits) => JSON_FORMAT.decodeMos(backwards(bytes), limits),
};
const formats = [TEST_FORMAT, ...DEFAULT_FORMATS];
const reversed = (content: string) => decodeUtf8(backwards(encodeUtf8(content)));

describe('another serialization: extension point, test plug-in', () => {
  row(
    'B.1.3 DM-SER-004-C-O',
    'sent',
    'extension point, test plug-in: Package#1 and Accept, best first',
    () => {
      const { request } = inSession({ env: { formats } }).request();
      expect(request.headers).toMatchObject({
        'content-type': 'application/x.one',
        accept: 'application/x.two, application/vnd.oma.dm.request+json',
      });
      expect(decodeUtf8(request.body!)).toBe(reversed(CLIENT_INITIATED));
    },
  );

  row(
    'B.1.3 DM-SER-004-C-O',
    'received',
    'extension point, test plug-in: Package#2, answered in kind',
    () => {
      const it = inSession({ env: { formats } });
      it.answer(reversed('{"CMD":[["GET","urn:example:none//"]]}'), { contentType: 'application/x.two' });
      expect(it.request().request.headers['content-type']).toBe('application/x.three');
      expect(text(it.request())).toBe(reversed('{"Status":[{"sc":404}]}'));
    },
  );

  const plugged = async () => {
    const server = await testServer();
    (server.env as { formats: readonly PackageFormat[] }).formats = formats;
    return server;
  };
  const post = (contentType: string, body: string, accept = 'application/x.two') =>
    `POST /dm HTTP/1.1\nContent-Type: ${contentType}\n${HEADERS.replace(/Accept: .*/, `Accept: ${accept}`)}\n\n${reversed(body)}`;

  row(
    'B.2.3 DM-SER-004-S-O',
    'received',
    'extension point, test plug-in: Package#1; without it 415',
    async () => {
      const message = post('application/x.one', CLIENT_INITIATED);
      expect(rawRequest(message).headers.accept).toBe('application/x.two');
      expect((await (await plugged()).post(message)).status).toBe(200);
      expect((await (await testServer()).post(message)).status).toBe(415);
    },
  );

  row(
    'B.2.3 DM-SER-004-S-O',
    'sent',
    'extension point, test plug-in: Package#2 with OMADM-Accept; without it 406',
    async () => {
      const answer = await (await plugged()).post(post('application/x.one', CLIENT_INITIATED));
      expect(answer.headers).toMatchObject({
        'content-type': 'application/x.two',
        'omadm-accept': expect.stringContaining('application/x.mo'),
      });
      expect(decodeUtf8(answer.body!)).toBe(reversed(END));
      const asking = p1().replace('Accept: application/vnd.oma.dm.request+json', 'Accept: application/x.two');
      expect((await (await testServer()).post(asking)).status).toBe(406);
    },
  );
});

row(
  'B.1.1 DM-PACK-026-C-M',
  'received',
  'an alert of DM 1.x by hand goes to the server as one of DM 2.0',
  () => {
    const xml =
      '<Alert><CmdID>2</CmdID><Data>1226</Data><Correlator>c</Correlator><Item><Source><LocURI>./SCM/Op</LocURI></Source>' +
      '<Meta><Type xmlns="syncml:metinf">urn:oma:at:scomo:1.0:OperationComplete</Type><Mark>warning</Mark></Meta>' +
      '<Data><![CDATA[<ResultCode>1200</ResultCode>]]></Data></Item></Alert>';
    const { alerts } = alertsFromDm1(encodeUtf8(xml), {
      clientUri: () => `${DEVINFO}/DevInfo/DevID`,
      carry: 'json',
    });
    const it = device();
    it.feed({ type: 'alert', alert: alerts[0]!, now: true });
    expect(JSON.parse(text(it.request())).Alert).toContainEqual({
      AlertType: 'urn:oma:at:scomo:1.0:OperationComplete',
      SourceURI: `${DEVINFO}/DevInfo/DevID`,
      Mark: 'warning',
      DataType: 'application/json',
      Data: { ResultCode: 1200 },
    });
  },
);
