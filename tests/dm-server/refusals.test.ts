/** What the server refuses: strangers, liars, malformed packages, wrong formats (DM 2.0 §5.2.2, §5.5, §9.2.1). */
import { encodeUtf8 } from '../../src/bytes/index.js';
import { DEFAULT_FORMATS, encodePackage2, JSON_FORMAT, type PackageFormat } from '../../src/dm/index.js';
import { readDdf } from '../../src/mo/index.js';
import {
  ACCOUNT,
  DEV_ID,
  END,
  p1,
  p2,
  p3,
  rawRequest,
  replyOf,
  type TestServer,
  testServer,
} from './device.js';

const MO = 'urn:example:mo:thing:1.0';

/** A request that must be refused and change nothing. */
async function refused(server: TestServer, message: string, devId = DEV_ID): Promise<number> {
  const before = await server.state(devId);
  const { status, body } = await server.post(message, devId);
  expect(await server.state(devId)).toEqual(before);
  expect(body).toBeUndefined();
  return status;
}

test('a client that lies about its DevID', async () => {
  const server = await testServer();
  await server.post(p1());
  await server.store.putAccount({
    ...ACCOUNT,
    accountId: 'card-2',
    credentials: [{ ...ACCOUNT.credentials[0]!, identity: 'card-2' } as never],
  });
  const liar = p1().replace('Host:', 'X-Identity: card-2\nHost:');
  expect(await refused(server, liar)).toBe(403);
  expect(await refused(server, p1().replace('Host:', 'X-Identity: stranger\nHost:'))).toBe(403);
  expect(await refused(server, p1().replace('Host:', 'X-Identity: \nHost:'))).toBe(403);
  // The first device of card-1 is its only one.
  const other = p1().replaceAll(DEV_ID, 'IMEI:2');
  expect(await refused(server, other, 'IMEI:2')).toBe(403);
  // A card that has no device yet takes the one that it comes with.
  expect((await server.post(liar.replaceAll(DEV_ID, 'IMEI:3'), 'IMEI:3')).status).toBe(200);
  expect((await server.store.account('card-2'))?.devId).toBe('IMEI:3');
});

test('without proved identities only where the policy lets them in, and never in place of an account', async () => {
  const server = await testServer({ anonymous: true });
  const nobody = p1().replace('Host:', 'X-Identity: \nHost:');
  expect((await server.post(nobody)).status).toBe(200);
  await server.post(p1());
  expect(await refused(server, nobody)).toBe(403);
});

test.each([
  ['no DevID', p1().replace(/OMADM-DevID.*\n/, ''), 400],
  ['another DevID than the step is for', p1().replace(DEV_ID, 'IMEI:9'), 400],
  ['a DevID with a space', p1().replace(DEV_ID, 'IMEI 9'), 400],
  ['GET', p1().replace('POST', 'GET'), 405],
  ['no content type', p1().replace(/Content-Type.*\n/, ''), 415],
  ['a content type of nobody', p1().replace('initiation+json', 'other+json'), 415],
  ['a content type that is none', p1().replace('application/vnd.oma.dm.initiation+json', ';;;'), 415],
  ['no JSON', p1('{'), 400],
  ['an array', p1('[]'), 400],
  ['a name twice', p1('{"Alert":[],"Alert":[]}'), 400],
  ['too deep', p1(`{"Alert":${'['.repeat(100)}${']'.repeat(100)}}`), 400],
  ['MOS that is no array', p1('{"MOS":{}}'), 400],
  [
    'an Accept that has no Package#2',
    p1().replace('Accept: application/vnd.oma.dm.request+json', 'Accept: text/html'),
    406,
  ],
  ['an Accept that is none', p1().replace('Accept: application/vnd.oma.dm.request+json', 'Accept: ;'), 406],
  ['a Package#3 without session', p3('{"Status":[]}'), 409],
] as const)('%s: nothing changes', async (_, message, status) => {
  const server = await testServer();
  expect(await refused(server, message)).toBe(status);
});

test('415 tells what is read', async () => {
  const server = await testServer();
  const { headers } = await server.post(p1().replace('initiation+json', 'other+json'));
  expect(headers).toEqual({ 'omadm-accept': 'application/dmmo+json, text/plain' });
});

test('too long', async () => {
  const server = await testServer({ maxPackageOctets: 100 });
  expect(await refused(server, p1(' '.repeat(200)))).toBe(413);
});

test('a malformed Package#3 leaves the session open and its commands in flight', async () => {
  const server = await testServer();
  await server.submit(`steps: [{ get: "${MO}//" }]`);
  await server.post(p1());
  for (const body of ['{}', '{"Status":{}}', '{"Status":["x"]}', '{"Status":[{"sc":"200"}]}', 'x']) {
    expect(await refused(server, p3(body))).toBe(400);
  }
  const multipart = p3('').replace('application/vnd.oma.dm.response+json', 'multipart/form-data');
  expect(await refused(server, multipart)).toBe(400);
  expect(p2(await server.post(p3('{"Status":[204]}')))).toBe(END);
});

test('Accept is optional', async () => {
  const server = await testServer();
  expect(p2(await server.post(p1().replace(/Accept.*\n/, '')))).toBe(END);
});

test('a format of a plug-in: read, written, preferred as Accept says', async () => {
  const type = (role: string) => `application/vnd.example.${role}`;
  const plugin: PackageFormat = {
    ...JSON_FORMAT,
    name: 'reversed',
    mediaTypes: { package1: type('p1'), package2: type('p2'), package3: type('p3'), mo: type('mo') },
    encodePackage2: (value) => encodePackage2(value).toReversed(),
  };
  const server = await testServer();
  Object.assign(server.env, { formats: [...DEFAULT_FORMATS, plugin] });
  const message = p1('{}')
    .replace('application/vnd.oma.dm.initiation+json', type('p1'))
    .replace(
      'Accept: application/vnd.oma.dm.request+json',
      `Accept: ${type('p2')}, application/vnd.oma.dm.request+json;q=0.5`,
    );
  const { headers, body } = await server.post(message);
  expect(headers).toEqual({
    'content-type': type('p2'),
    'omadm-accept': `application/dmmo+json, ${type('mo')}, text/plain`,
  });
  expect(Buffer.from(body!.toReversed()).toString()).toBe(END);
});

describe('objects that the device would have to refuse do not leave (§6.4)', () => {
  const CAMERA = `<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName/><DFProperties><AccessType><Get/></AccessType>
<DFFormat><node/></DFFormat><Occurrence><ZeroOrMore/></Occurrence><DFType><DDFName>urn:example:mo:camera:1.0</DDFName></DFType></DFProperties>
<Node><NodeName>Zoom</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><int/></DFFormat>
<Occurrence><One/></Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>
<Node><NodeName>Mode</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><chr/></DFFormat>
<Occurrence><One/></Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties></Node></Node></MgmtTree>`;
  const { definitions } = readDdf(encodeUtf8(CAMERA));
  async function jobOf(data: string) {
    const server = await testServer();
    Object.assign(server.env, { definitions });
    const object = `{ uri: "urn:example:mo:camera:1.0/1/", data: ${data} }`;
    const jobId = await server.submit(`steps: [{ hget: { objects: [${object}] } }]`);
    const commands = JSON.parse(p2(await server.post(p1()))).CMD as string[][];
    return { job: await server.store.job(jobId), names: commands.map(([name]) => name) };
  }

  test.each([
    ['a value of another type', '{ "1": { Zoom: far } }', '$[0].MOData["1"].Zoom'],
    ['a node that is not there', '{ "1": { Zoom: 2, Flash: true } }', '$[0].MOData["1"].Flash'],
  ])('%s', async (_, data, where) => {
    const { job, names } = await jobOf(data);
    expect(names).toEqual(['END']);
    expect(job).toMatchObject({ state: 'failed', reason: expect.stringContaining(where) });
  });

  test.each([
    ['part of an instance, whose rest may be there', '{ "1": { Zoom: 2 } }'],
    ['a number as text, which devices take', '{ "1": { Zoom: "2" } }'],
  ])('%s leaves', async (_, data) => {
    expect((await jobOf(data)).names).toEqual(['HGET']);
  });
});

describe('the data repository', () => {
  const get = 'GET /repository/x HTTP/1.1\nHost: dms.example\n\n';
  async function offered(script: string): Promise<{ server: TestServer; address: string }> {
    const server = await testServer();
    await server.submit(`steps: [${script}]`);
    const [[, address]] = JSON.parse(p2(await server.post(p1()))).CMD;
    return { server, address };
  }
  const HGET = `{ hget: { to: "${MO}/1/a", text: secret } }`;

  test('its own device only: others see nothing there', async () => {
    const { server, address } = await offered(HGET);
    for (const identity of ['stranger', '']) {
      const message = get.replace('Host:', `X-Identity: ${identity}\nHost:`);
      expect((await server.repository(address, message)).status).toBe(404);
    }
    expect((await server.repository(`${address}x`, get)).status).toBe(404);
    expect((await server.repository(address, get)).status).toBe(200);
  });

  test('once; not after its time; not after its command', async () => {
    const { server, address } = await offered(HGET);
    expect((await server.repository(address, get)).status).toBe(200);
    expect((await server.repository(address, get)).status).toBe(410);
    const late = await offered(HGET);
    late.server.now += 61 * 60_000;
    expect((await late.server.repository(late.address, get)).status).toBe(410);
    const over = await offered(HGET);
    await over.server.post(p3('{"Status":[419]}'));
    expect((await over.server.repository(over.address, get)).status).toBe(410);
  });

  test('the method that fits', async () => {
    const { server, address } = await offered(HGET);
    const wrong = await server.repository(address, get.replace('GET', 'PUT'));
    expect(wrong).toEqual({ status: 405, headers: { allow: 'GET' } });
    const upload = await offered(`{ hput: "${MO}//" }`);
    const post = await upload.server.repository(
      upload.address,
      'POST /r HTTP/1.1\nContent-Type: text/plain\n\nx',
    );
    expect(post).toEqual({ status: 405, headers: { allow: 'PUT' } });
  });

  test('Accept: a text as text or as a management object; 406 uses nothing up', async () => {
    const accepting = (accept: string) => get.replace('Host:', `Accept: ${accept}\nHost:`);
    const { server, address } = await offered(HGET);
    expect((await server.repository(address, accepting('image/png'))).status).toBe(406);
    const object = await server.repository(address, accepting('application/dmmo+json'));
    expect(object.headers).toEqual({ 'content-type': 'application/dmmo+json', 'cache-control': 'no-store' });
    expect(Buffer.from(object.body!).toString()).toBe(`[{"ClientURI":"${MO}/1/a","MOData":{"a":"secret"}}]`);
    const both = await offered(HGET);
    const text = await both.server.repository(both.address, accepting('*/*;q=0.1, text/plain'));
    expect(text.headers['content-type']).toBe('text/plain');
  });

  test.each([
    ['no management object', 'application/dmmo+json', '{', 400],
    ['a control character', 'text/plain', '\u0000', 200],
    ['a type that is none', ';', 'x', 415],
    ['nothing', '', '', 415],
  ])('an upload that is %s', async (_, type, body, status) => {
    const { server, address } = await offered(`{ hput: "${MO}//" }`);
    const put = `PUT /r HTTP/1.1\nContent-Type: ${type}\n\n${body}`;
    expect((await server.repository(address, put)).status).toBe(status);
    const good = await server.repository(address, 'PUT /r HTTP/1.1\nContent-Type: text/plain\n\nx');
    expect(good.status).toBe(status === 200 ? 410 : 200);
  });

  test('an upload that is too long', async () => {
    const { server, address } = await offered(`{ hput: "${MO}//" }`);
    Object.assign(server.env, { policy: { ...server.env.policy, maxUploadOctets: 3 } });
    const put = (body: string) => `PUT /r HTTP/1.1\nContent-Type: text/plain\n\n${body}`;
    expect((await server.repository(address, put('four'))).status).toBe(413);
    expect((await server.repository(address, put('abc'))).status).toBe(200);
  });

  test('octets that are no UTF-8', async () => {
    const { server, address } = await offered(`{ hput: "${MO}//" }`);
    const item = (await server.store.repository(address.split('/').at(-1)!))!;
    const request = {
      ...rawRequest('PUT /r HTTP/1.1\nContent-Type: text/plain\n\n'),
      body: Uint8Array.of(0xff),
    };
    const account = (await server.store.account('card-1'))!;
    expect(replyOf(await server.step({ type: 'repository', request, item, account })).status).toBe(400);
  });
});

describe('push registration (E.2.3)', () => {
  test('one RegId a device; unregistering another one changes nothing', async () => {
    const server = await testServer();
    await server.step({ type: 'gcm-registered', regId: 'a' });
    await server.step({ type: 'gcm-registered', regId: 'b' });
    await server.step({ type: 'gcm-unregistered', regId: 'a' });
    expect((await server.state()).device?.addresses).toEqual([{ transport: 'gcm', regId: 'b' }]);
    await server.step({ type: 'notify', options: { connectionTypes: ['wlan', 'any'], reqMos: false } });
    expect(server.actions.at(-1)).toMatchObject({ addresses: [{ transport: 'gcm', regId: 'b' }] });
    await server.step({ type: 'gcm-unregistered', regId: 'b' });
    expect((await server.state()).device?.addresses).toEqual([]);
  });

  test('NOTIFICATION-ID starts again after 65535', async () => {
    const server = await testServer();
    await server.post(p1());
    const { device } = await server.state();
    await server.store.apply(DEV_ID, [
      { type: 'device', record: { ...device!, lastNotificationId: 65_535 } },
    ]);
    await server.step({ type: 'notify' });
    expect(server.actions.at(-1)).toMatchObject({ notificationId: 0 });
  });
});
