/** Addresses that the server makes, bootstrap, access, cache, standard objects (Appendix B.2.2, B.2.4, B.2.6, B.2.7). */
import { decodeUtf8 } from '../../src/bytes/index.js';
import { DACMO, DEVINFO, DMACC, decodeDmmo, SESSIONINFO, validateMo } from '../../src/mo/index.js';
import { row } from '../support/conformance.js';
import { ACCOUNT, DEV_ID, END, p1, p2, p3, p3Multipart, START, testServer } from './device.js';

const MO = 'urn:oma:mo:moid:1.0';

/** The first command of Package#2 for a script of one step. */
async function sent(step: string): Promise<string[]> {
  const server = await testServer();
  await server.submit(`steps: [{ ${step} }]`);
  return JSON.parse(p2(await server.post(p1()))).CMD[0];
}

row('B.2.2 DM-OBJ-001-S-M', 'sent', 'addresses by MIID, of the only instance, and of its nodes', async () => {
  for (const uri of [`${MO}/left/`, `${MO}//`, `${MO}//Data/1/Value`, `${MO}/left/Data/1`]) {
    expect(await sent(`get: "${uri}"`)).toEqual(['GET', uri]);
  }
  expect(await sent(`get: "${MO}/left"`)).toEqual(['GET', `${MO}/left/`]);
});

row('B.2.2 DM-OBJ-001-S-M', 'received', 'addresses of a device: where HGET stored its data', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ hget: { objects: [{ uri: "${MO}//", data: { a: {} } }] } }]`);
  await server.post(p1());
  await server.post(p3(`{"Status":[{"sc":200,"URI":["${MO}/a/","${MO}/b/"]}]}`));
  expect((await server.store.commands(job))[0]?.uris).toEqual([`${MO}/a/`, `${MO}/b/`]);
});

row('B.2.2 DM-OBJ-002-S-M', 'sent', 'x-names with nv, wildcards, lv, cv, fields of vendors', async () => {
  for (const uri of [
    `${MO}/(x)/?nv=(x)/ID:Temperature`,
    `${MO}/(x)/Data/(y)/Value?nv=(x)/ID:GPS&nv=(y)/Date:12.2`,
    `${MO}/*/Setting`,
    `${MO}/(x)/Data/*/Value?nv=(x)/ID:GPS`,
    `${MO}/left/?lv=2`,
    `${MO}/left/?cv=686897696a7c876b7e`,
    `${MO}/left/?vendor=1`,
  ]) {
    expect(await sent(`get: "${uri}"`)).toEqual(['GET', uri]);
  }
});

row('B.2.2 DM-OBJ-002-S-M', 'received', 'the list that a wildcard gives', async () => {
  const server = await testServer();
  const job = await server.submit(`steps:
  - { id: all, get: "${MO}/*/Setting" }
  - { for-each: all, where: { equals: "0xB2" }, delete: "{uri}" }`);
  await server.post(p1());
  const data = `[{"ClientURI":"${MO}/left/Setting","MOData":{"Setting":"0xA1"}},{"ClientURI":"${MO}/right/Setting","MOData":{"Setting":"0xB2"}}]`;
  const next = await server.post(p3Multipart('{"Status":[200]}', [['0', 'application/dmmo+json', data]]));
  expect(p2(next)).toBe(`{"CMD":[["DELETE","${MO}/right/Setting"]]}`);
  expect((await server.store.commands(job)).length).toBe(2);
});

for (const [id, name] of [
  ['B.2.2 DM-OBJ-004-S-M', 'DevID'],
  ['B.2.2 DM-OBJ-005-S-M', 'MNC'],
  ['B.2.2 DM-OBJ-006-S-M', 'MCC'],
  ['B.2.2 DM-OBJ-007-S-M', 'CMNC'],
  ['B.2.2 DM-OBJ-008-S-M', 'CMCC'],
  ['B.2.2 DM-OBJ-009-S-M', 'SPName'],
] as const) {
  row(id, 'sent', `[${name}] in each command that takes a ServerURI`, async () => {
    const uri = `https://a.example/x?v=[${name}]`;
    expect(await sent(`hget: { from: "${uri}" }`)).toEqual(['HGET', uri]);
    expect(await sent(`hput: { uris: "${MO}//", to: "${uri}" }`)).toEqual(['HPUT', uri, `${MO}//`]);
    expect(await sent(`hpost: { uris: "${MO}//", to: "${uri}" }`)).toEqual(['HPOST', uri, `${MO}//`]);
    expect(await sent(`exec: { uri: "${MO}//a", report-to: "${uri}" }`)).toEqual(['EXEC', `${MO}//a`, uri]);
    expect(await sent(`show: { url: "${uri}" }`)).toEqual(['SHOW', uri]);
    expect(await sent(`cont: "${uri}"`)).toEqual(['CONT', uri]);
    expect(await sent(`default: { moid: "${MO}", from: "${uri}" }`)).toEqual(['DEFAULT', uri, MO]);
    expect(await sent(`sub: { uri: "${MO}//", report-to: "${uri}" }`)).toEqual(['SUB', uri, `${MO}//`]);
  });
}

for (const [id, name, value] of [
  ['B.2.2 DM-OBJ-004-S-M', 'DevID', DEV_ID],
  ['B.2.2 DM-OBJ-007-S-M', 'CMNC', '-1'],
  ['B.2.2 DM-OBJ-008-S-M', 'CMCC', '262'],
  ['B.2.2 DM-OBJ-009-S-M', 'SPName', 'A%20%26%20B'],
] as const) {
  row(id, 'received', `the session goes on at the address that ${value} made of [${name}]`, async () => {
    const server = await testServer();
    await server.submit(
      `steps: [{ cont: "https://dms.example/dm/[${name}]?v=[${name}]" }, { get: "${MO}//" }]`,
    );
    await server.post(p1());
    const there = p3('{"Status":[{"sc":200}]}').replace('/dm HTTP', `/dm/${value}?v=${value} HTTP`);
    expect(p2(await server.post(there))).toBe(`{"CMD":[["GET","${MO}//"]]}`);
  });
}

for (const [id, name, query] of [
  ['B.2.2 DM-OBJ-005-S-M', 'MNC', 'mcc=262&mnc=01'],
  ['B.2.2 DM-OBJ-006-S-M', 'MCC', 'mcc=262&mnc=-1'],
] as const) {
  row(id, 'received', `the value that the device put for [${name}] chooses the document`, async () => {
    const server = await testServer();
    await server.submit(`steps:
  - default:
      moid: ${MO}
      documents:
        - { mcc: "262", objects: [{ uri: "${MO}//", data: { a: { v: MCC } } }] }
        - { mcc: "262", mnc: "01", objects: [{ uri: "${MO}//", data: { a: { v: MNC } } }] }`);
    const [[, address]] = JSON.parse(p2(await server.post(p1()))).CMD;
    const got = await server.repository(address, `GET /repository/x?${query} HTTP/1.1\n\n`);
    expect(decodeUtf8(got.body!)).toContain(`"v":"${name}"`);
    const abroad = await server.repository(address, 'GET /repository/x?mcc=001&mnc=01 HTTP/1.1\n\n');
    expect(abroad.status).toBe(404);
  });
}

row('B.2.2 DM-OBJ-003-S-M', 'sent', 'a ServerURI is absolute and has parameters of §6.2 only', async () => {
  const server = await testServer();
  for (const wrong of ['/relative', 'ftp://a.example/', 'https://a.example/[IMSI]', 'https://']) {
    const job = await server.submit(`steps: [{ cont: "${wrong}" }]`);
    expect(p2(await server.post(p1()))).toBe(END);
    expect(await server.job(job)).toMatchObject({ state: 'failed', reason: expect.stringContaining('CONT') });
  }
});

row('B.2.2 DM-OBJ-003-S-M', 'received', 'addresses of ours work as they were sent', async () => {
  const server = await testServer();
  await server.submit(`steps: [{ hget: { to: "${MO}/1/a", text: value } }]`);
  const [[, address]] = JSON.parse(p2(await server.post(p1()))).CMD;
  const got = await server.repository(address, 'GET /repository/x HTTP/1.1\nAccept: text/plain\n\n');
  expect(decodeUtf8(got.body!)).toBe('value');
});

row('B.2.4 DM-BOOT-001-S-M', 'received', 'the device that was bootstrapped opens its session', async () => {
  const server = await testServer();
  const trsp = {
    purpose: 'trsp',
    kind: 'identity-secret',
    identity: 'card-2',
    secret: new Uint8Array(16),
  } as const;
  await server.store.putAccount({ ...ACCOUNT, accountId: 'card-2', credentials: [trsp] });
  const first = p1('{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}').replace(
    'Host:',
    'X-Identity: card-2\nHost:',
  );
  expect(p2(await server.post(first))).toBe(END);
  const { account, session, device } = await server.state();
  expect(session?.origin).toBe('bootstrap');
  expect(account).toMatchObject({ accountId: 'card-2', devId: DEV_ID });
  expect(device?.bootstrappedAt).toBe(START);
});

row('B.2.6 DM-MEC-001-S-M', 'sent', 'access rights are changed with HGET on the DACMO', async () => {
  const place = 'urn:oma:mo:oma-dm-dacmo:1.0//urn%3Aexample%3Amo/miid1/1/Permissions/2';
  const server = await testServer();
  await server.submit(`steps:
  - hget:
      to: "${place}"
      objects: [{ uri: "${place}", data: { "2": { MAID: "serverid:dms2", AR: 3 } } }]`);
  const [[name, address, to]] = JSON.parse(p2(await server.post(p1()))).CMD;
  expect([name, to]).toEqual(['HGET', place]);
  const got = await server.repository(address, 'GET /repository/x HTTP/1.1\n\n');
  expect(decodeUtf8(got.body!)).toBe(
    `[{"ClientURI":"${place}","MOData":{"2":{"MAID":"serverid:dms2","AR":3}}}]`,
  );
});

row('B.2.6 DM-MEC-001-S-M', 'received', '403: the command failed, the script decides', async () => {
  const server = await testServer();
  const job = await server.submit(`steps:
  - { id: try, delete: "${MO}/1/a", on-failure: continue }
  - { when: { step: try, status: 403 }, get: "urn:oma:mo:oma-dm-dacmo:1.0//" }`);
  await server.post(p1());
  expect(p2(await server.post(p3('{"Status":[{"sc":403}]}')))).toBe(
    '{"CMD":[["GET","urn:oma:mo:oma-dm-dacmo:1.0//"]]}',
  );
  expect((await server.store.commands(job))[0]).toMatchObject({ status: 403 });
});

const DEVINFO_DATA = `[{"ClientURI":"urn:oma:mo:oma-dm-devinfo:1.2/m/","CV":"686897","MOData":{"m":{"DevID":"${DEV_ID}","Man":"Vendor"}}}]`;

row('B.2.6 DM-MEC-002-S-O', 'sent', 'the validator of a copy goes out as cv', async () => {
  const server = await testServer();
  const read = async (uri: string, answer: string) => {
    await server.submit(`steps: [{ get: "${uri}" }]`);
    const text = p2(await server.post(p1()));
    await server.post(answer);
    return text;
  };
  const whole = 'urn:oma:mo:oma-dm-devinfo:1.2//';
  const data = p3Multipart('{"Status":[{"sc":200}]}', [['0', 'application/dmmo+json', DEVINFO_DATA]]);
  expect(await read(whole, data)).toBe(`{"CMD":[["GET","${whole}"]]}`);
  expect(await read(whole, p3('{"Status":[{"sc":304}]}'))).toBe(`{"CMD":[["GET","${whole}?cv=686897"]]}`);
  expect(await read(`${whole}Man`, p3('{"Status":[{"sc":304}]}'))).toBe(
    `{"CMD":[["GET","${whole}Man?cv=686897"]]}`,
  );
  // What the copy does not have is asked for without it, and so is what is not one node.
  expect(await read(`${whole}Lang`, p3('{"Status":[{"sc":404}]}'))).toBe(`{"CMD":[["GET","${whole}Lang"]]}`);
  expect(await read('urn:oma:mo:oma-dm-devinfo:1.2/*/Man', p3('{"Status":[404]}'))).toBe(
    '{"CMD":[["GET","urn:oma:mo:oma-dm-devinfo:1.2/*/Man"]]}',
  );
});

row(
  'B.2.6 DM-MEC-002-S-O',
  'received',
  'after 304 the copy is the result; without CV it is dropped',
  async () => {
    const server = await testServer();
    const whole = 'urn:oma:mo:oma-dm-devinfo:1.2//';
    await server.submit(`steps: [{ get: "${whole}" }]`);
    await server.post(p1());
    await server.post(p3Multipart('{"Status":[200]}', [['0', 'application/dmmo+json', DEVINFO_DATA]]));
    const job = await server.submit(`steps:
  - { id: man, get: "${whole}Man" }
  - { when: { step: man, value: Vendor }, delete: "${MO}/1/a" }`);
    await server.post(p1());
    expect(p2(await server.post(p3('{"Status":[{"sc":304}]}')))).toBe(`{"CMD":[["DELETE","${MO}/1/a"]]}`);
    await server.post(p3('{"Status":[{"sc":200}]}'));
    const [result] = await server.store.results(job);
    expect(result).toMatchObject({ fromCache: true, contentType: 'application/dmmo+json' });
    expect(decodeUtf8(result!.body)).toBe(
      `[{"ClientURI":"${whole}Man","CV":"686897","MOData":{"Man":"Vendor"}}]`,
    );
    await server.submit(`steps: [{ get: "${whole}" }]`);
    await server.post(p1());
    const changed = DEVINFO_DATA.replace('"CV":"686897",', '');
    await server.post(p3Multipart('{"Status":[200]}', [['0', 'application/dmmo+json', changed]]));
    expect((await server.state()).cache).toEqual([]);
  },
);

for (const [id, definition, data] of [
  [
    'B.2.7 DM-STDOBJ-001-S-M',
    DEVINFO,
    '{"m":{"DevID":"IMEI:493005100592800","Man":"V","Mod":"M","DmV":"2.0","Lang":"en","DevType":"phone","OEM":"","FwV":"1","SwV":"1","HwV":"1"}}',
  ],
  [
    'B.2.7 DM-STDOBJ-002-S-M',
    DMACC,
    '{"m":{"SrvID":"dms1","SrvURI":"https://dms.example/dm","Name":"N","Perm":{"1":{"MOID":"*"}}}}',
  ],
  [
    'B.2.7 DM-STDOBJ-003-S-M',
    DACMO,
    '{"DacMO":{"urn:oma:mo:oma-dm-devinfo:1.2":{"miid1":{"1":{"Permissions":{"1":{"MAID":"*","AR":1}}}}}}}',
  ],
  ['B.2.7 DM-STDOBJ-004-S-M', SESSIONINFO, '{"m":{"CBT":1,"ROAMING":0}}'],
] as const) {
  row(id, 'sent', `a GET of ${definition.moid}`, async () => {
    expect(await sent(`get: "${definition.moid}//"`)).toEqual(['GET', `${definition.moid}//`]);
  });

  row(id, 'received', `its data is kept, read by scripts, and known to the definition`, async () => {
    const server = await testServer();
    const job = await server.submit(`steps:
  - { id: read, get: "${definition.moid}//" }
  - { when: { step: read, value: { not: nothing } }, cont: "https://dms.example/dm" }`);
    await server.post(p1());
    const body = `[{"ClientURI":"${definition.moid}//","MOData":${data}}]`;
    const next = await server.post(p3Multipart('{"Status":[200]}', [['0', 'application/dmmo+json', body]]));
    expect(p2(next)).toBe('{"CMD":[["CONT","https://dms.example/dm"]]}');
    const [result] = await server.store.results(job);
    const { objects } = decodeDmmo(result!.body);
    expect(validateMo(objects[0]!, '$[0]').filter(({ severity }) => severity === 'error')).toEqual([]);
  });
}
