/** The rows of Appendix B.2 for the server's behaviour, by raw messages written by hand from the clauses. */
import { createHash } from 'node:crypto';
import { decodeUtf8 } from '../../src/bytes/index.js';
import { decodeNotification, verifyDigest } from '../../src/dm/index.js';
import { row } from '../support/conformance.js';
import { ACCOUNT, END, p1, p2, p3, p3Multipart, type TestServer, testServer, tokenOf } from './device.js';

const MO = 'urn:example:mo:thing:1.0';

/** The commands of the Package#2 that answers Package#1. */
async function commandsFor(server: TestServer, script: string): Promise<string[][]> {
  await server.submit(script);
  const text = p2(await server.post(p1()));
  return JSON.parse(text).CMD;
}

async function firstCommand(script: string): Promise<{ server: TestServer; command: string[] }> {
  const server = await testServer();
  const [command] = await commandsFor(server, script);
  return { server, command: command! };
}

async function resultOf(server: TestServer) {
  const [job] = await server.store.jobs('IMEI:493005100592800');
  const [command] = await server.store.commands(job!.jobId);
  return { job: job!, command: command!, results: await server.store.results(job!.jobId) };
}

row('B.2.1 DM-PACK-001-S-M', 'received', 'P1, P2, P3, P2 … END: the flow', async () => {
  const server = await testServer();
  await server.submit(`steps: [{ get: "${MO}//a" }, { delete: "${MO}/1/b" }]`);
  expect(p2(await server.post(p1()))).toBe(`{"CMD":[["GET","${MO}//a"]]}`);
  expect(p2(await server.post(p3('{"Status":[{"sc":204}]}')))).toBe(`{"CMD":[["DELETE","${MO}/1/b"]]}`);
  expect(p2(await server.post(p3('{"Status":[{"sc":200}]}')))).toBe(END);
  expect((await server.post(p3('{"Status":[]}'))).status).toBe(409);
});

row('B.2.1 DM-PACK-002-S-M', 'sent', 'a notification, and the session that answers it', async () => {
  const server = await testServer();
  await server.post(p1('{"MOS":[]}'));
  await server.step({ type: 'notify' });
  const [action] = server.actions.filter(({ type }) => type === 'notification');
  if (action?.type !== 'notification') throw new Error('no notification');
  // VER 2, OC 4: SERVER-ID dms1, NOTIFICATION-ID 0, SHA256-DIGEST, TIMESTAMP of 2026-01-01.
  const message = (digest: string) => `22001004646d7331200200001020${digest}10046955b900`;
  const digest = createHash('sha256')
    .update('noti secret')
    .update(Buffer.from(message('00'.repeat(32)), 'hex'))
    .update('nonce')
    .digest('hex');
  expect(Buffer.from(action.bytes).toString('hex')).toBe(message(digest));
});

row('B.2.1 DM-PACK-007-S-M', 'sent', 'NOTIFICATION-ID grows and survives; the alert finds it', async () => {
  const server = await testServer();
  for (const id of [0, 1, 2]) {
    await server.step({ type: 'notify' });
    expect(server.actions.find(({ type }) => type === 'notification')).toMatchObject({ notificationId: id });
  }
  const alert =
    '{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"application/json","Data":{"NOTIFICATION-ID":1}}';
  await server.post(p1(`{"Alert":[${alert}]}`));
  const { session, notifications } = await server.state();
  expect(session).toMatchObject({ origin: 'server', notificationId: 1 });
  expect(notifications.map(({ notificationId }) => notificationId)).toEqual([0, 2]);
});

row('B.2.1 DM-PACK-008-S-M', 'sent', "the digest is made with the account's Noti credentials", async () => {
  const server = await testServer();
  await server.post(p1());
  await server.step({ type: 'notify' });
  const action = server.actions.find(({ type }) => type === 'notification');
  const { bytes } = action as { bytes: Uint8Array };
  const { secret, data } = ACCOUNT.noti!;
  expect(verifyDigest(bytes, { secret, authData: data })).toBe('valid');
  expect(verifyDigest(bytes, { secret: data, authData: data })).toBe('invalid');
});

row('B.2.1 DM-PACK-010-S-M', 'sent', 'REQ-MOS until a MOS list is known', async () => {
  const server = await testServer();
  const asks = async () => {
    await server.step({ type: 'notify' });
    const action = server.actions.find(({ type }) => type === 'notification');
    return decodeNotification((action as { bytes: Uint8Array }).bytes).reqMos ?? false;
  };
  expect(await asks()).toBe(true);
  await server.post(p1('{"MOS":[{"MOID":"urn:example:mo","MIID":["a"]}]}'));
  expect(await asks()).toBe(false);
});

row('B.2.1 DM-PACK-011-S-M', 'received', 'Package#1 with MOS and alerts (§7.2.1.1)', async () => {
  const server = await testServer();
  const body = `{"MOS":[{"DDF":"http://www.vendor.com/DDF/devinfo1.0.ddf","MOID":"urn:oma:mo:oma-dm-devinfo:1.0","MIID":["miid1"]}],
 "Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"},{"AlertType":"urn:oma:at:scomo:1.0:OperationComplete",
 "SourceURI":"urn:oma:mo:oma-scomo:1.0/SCOMO1/Download/Package1/Operations/DownloadInstall","Mark":"warning","DataType":"text/xml","Data":{"DM1x":"<ResultCode>1200</ResultCode>"}}]}`;
  expect(p2(await server.post(p1(body)))).toBe(END);
  const { device, session } = await server.state();
  expect(session?.origin).toBe('bootstrap');
  expect(device).toMatchObject({ accountId: 'card-1', bootstrappedAt: server.now });
  expect(device?.mos?.entries).toEqual([
    {
      ddf: 'http://www.vendor.com/DDF/devinfo1.0.ddf',
      moid: 'urn:oma:mo:oma-dm-devinfo:1.0',
      miids: ['miid1'],
    },
  ]);
});

row('B.2.1 DM-PACK-012-S-M', 'sent', 'Package#2 keeps the order of commands and its media type', async () => {
  const server = await testServer();
  const commands = await commandsFor(
    server,
    `steps: [{ get: "${MO}//a" }, { get: "${MO}//b" }, { get: "${MO}//a" }]`,
  );
  expect(commands).toEqual([
    ['GET', `${MO}//a`],
    ['GET', `${MO}//b`],
    ['GET', `${MO}//a`],
  ]);
});

row('B.2.1 DM-PACK-013-S-M', 'received', 'Package#3: statuses by place, data by name, alerts', async () => {
  const server = await testServer();
  const job = await server.submit(
    `steps: [{ get: "${MO}//a", on-failure: continue }, { get: "${MO}//b", on-failure: continue }, { get: "${MO}//c" }]`,
  );
  await server.post(p1());
  const response = p3Multipart(
    '{"Status":[{"sc":200},{"sc":404},{"sc":200}],"Alert":[{"AlertType":"urn:example:x"}]}',
    [
      ['2', 'text/plain', 'third'],
      ['0', 'text/plain', 'first'],
    ],
  );
  expect(p2(await server.post(response))).toBe(END);
  const commands = await server.store.commands(job);
  expect(commands.map(({ status }) => status)).toEqual([200, 404, 200]);
  const results = await server.store.results(job);
  expect(results.map(({ commandId, body }) => [commandId.at(-1), decodeUtf8(body)])).toEqual([
    ['0', 'first'],
    ['2', 'third'],
  ]);
  const alerts = await server.store.alerts('IMEI:493005100592800');
  expect(alerts.at(-1)).toMatchObject({ package: 3, alert: { alertType: 'urn:example:x' } });
});

row(
  'B.2.1 DM-PACK-014-S-M',
  'sent',
  'HGET with content of the repository; the place comes back',
  async () => {
    const { server, command } = await firstCommand(
      `steps: [{ hget: { objects: [{ uri: "${MO}//", data: { usb: { Enabled: true } } }] } }]`,
    );
    expect(command).toEqual([
      'HGET',
      expect.stringMatching(/^https:\/\/dms\.example\/repository\/[\w-]{32}$/),
    ]);
    const get = `GET /repository/x HTTP/1.1\nAccept: application/dmmo+json\nHost: dms.example\n\n`;
    const served = await server.repository(command[1]!, get);
    expect(decodeUtf8(served.body!)).toBe(`[{"ClientURI":"${MO}//","MOData":{"usb":{"Enabled":true}}}]`);
    await server.post(p3(`{"Status":[{"sc":200,"URI":["${MO}/usb/"]}]}`));
    expect((await resultOf(server)).command).toMatchObject({ status: 200, uris: [`${MO}/usb/`] });
  },
);

for (const [id, name, method] of [
  ['B.2.1 DM-PACK-015-S-M', 'HPUT', 'PUT'],
  ['B.2.1 DM-PACK-016-S-M', 'HPOST', 'POST'],
] as const) {
  row(id, 'sent', `${name}: the data arrives with HTTP ${method}`, async () => {
    const { server, command } = await firstCommand(
      `steps: [{ ${name.toLowerCase()}: ["${MO}//", "${MO}/2/a"] }]`,
    );
    expect(command).toEqual([name, expect.stringContaining('/repository/'), `${MO}//`, `${MO}/2/a`]);
    const data = `[{"ClientURI":"${MO}/1/","MOData":{"1":{"a":"b"}}}]`;
    const upload = `${method} /r HTTP/1.1\nContent-Type: application/dmmo+json\n\n${data}`;
    expect((await server.repository(command[1]!, upload)).status).toBe(200);
    await server.post(p3('{"Status":[{"sc":200}]}'));
    const { job, results } = await resultOf(server);
    expect(job.state).toBe('done');
    expect(decodeUtf8(results[0]!.body)).toBe(data);
  });
}

row('B.2.1 DM-PACK-017-S-M', 'sent', 'DELETE; 405 for what must stay', async () => {
  const { server, command } = await firstCommand(`steps: [{ delete: "${MO}/1/a" }]`);
  expect(command).toEqual(['DELETE', `${MO}/1/a`]);
  await server.post(p3('{"Status":[{"sc":405}]}'));
  expect((await resultOf(server)).job).toMatchObject({ state: 'failed' });
});

row('B.2.1 DM-PACK-018-S-M', 'sent', 'EXEC, with and without ServerURI', async () => {
  const { command } = await firstCommand(`steps: [{ exec: "${MO}/1/Ops/Run" }]`);
  expect(command).toEqual(['EXEC', `${MO}/1/Ops/Run`]);
  const other = await firstCommand(`steps: [{ exec: { uri: "${MO}/1/Ops/Run", async: true } }]`);
  expect(other.command).toEqual(['EXEC', `${MO}/1/Ops/Run`, 'https://dms.example/dm']);
});

row('B.2.1 DM-PACK-019-S-M', 'sent', 'GET; the data comes as a part of Package#3', async () => {
  const { server, command } = await firstCommand(`steps: [{ get: "${MO}/1/?lv=2" }]`);
  expect(command).toEqual(['GET', `${MO}/1/?lv=2`]);
  const data = `[{"ClientURI":"${MO}/1/","MOData":{"1":{"a":{}}}}]`;
  await server.post(p3Multipart('{"Status":[{"sc":200}]}', [['0', 'application/dmmo+json', data]]));
  expect(decodeUtf8((await resultOf(server)).results[0]!.body)).toBe(data);
});

row(
  'B.2.1 DM-PACK-020-S-M',
  'sent',
  "SHOW of a question; the job goes on with the user's answer",
  async () => {
    const { server, command } = await firstCommand(
      `steps:
  - { id: ask, show: { title: T, text: Off? } }
  - { when: { step: ask, answer: true }, delete: "${MO}/1/a" }`,
    );
    expect(command).toEqual(['SHOW', expect.stringMatching(/^https:\/\/dms\.example\/ui\/[\w-]{32}$/)]);
    expect(p2(await server.post(p3('{"Status":[{"sc":200}]}')))).toBe(END);
    expect((await resultOf(server)).job.state).toBe('waiting');
    await server.answer(tokenOf(command[1]!), true);
    expect(server.actions).toContainEqual({ type: 'wanted', reason: 'job' });
    expect(p2(await server.post(p1()))).toBe(`{"CMD":[["DELETE","${MO}/1/a"]]}`);
  },
);

row(
  'B.2.1 DM-PACK-021-S-M',
  'sent',
  'CONT; Package#3 at the other address continues the session',
  async () => {
    const { server, command } = await firstCommand(
      'steps: [{ cont: "https://other.example/dm?x=[DevID]" }, { delete: "urn:example:mo/1/a" }]',
    );
    expect(command).toEqual(['CONT', 'https://other.example/dm?x=[DevID]']);
    const moved = p3('{"Status":[{"sc":200}]}').replace('/dm HTTP', '/dm?x=IMEI:493005100592800 HTTP');
    expect(p2(await server.post(moved))).toBe('{"CMD":[["DELETE","urn:example:mo/1/a"]]}');
  },
);

row('B.2.1 DM-PACK-022-S-M', 'sent', 'END alone and last; commands next to it get no status', async () => {
  const server = await testServer();
  await server.submit(`steps: [{ hpost: "${MO}//", final: true }]`);
  const [command, end] = JSON.parse(p2(await server.post(p1()))).CMD;
  expect(end).toEqual(['END']);
  expect((await resultOf(server)).command).toMatchObject({ state: 'in-doubt', open: true });
  const upload = 'POST /r HTTP/1.1\nContent-Type: text/plain\n\ntrue';
  expect((await server.repository(command[1], upload)).status).toBe(200);
  expect(await resultOf(server)).toMatchObject({ job: { state: 'done' }, command: { state: 'answered' } });
});

row('B.2.1 DM-PACK-023-S-M', 'sent', 'DEFAULT with documents by home network', async () => {
  const { server, command } = await firstCommand(
    `steps:
  - default:
      moid: ${MO}
      documents:
        - { objects: [{ uri: "${MO}//", data: { a: { v: all } } }] }
        - { mcc: "262", mnc: "01", objects: [{ uri: "${MO}//", data: { a: { v: one } } }] }`,
  );
  expect(command).toEqual(['DEFAULT', expect.stringMatching(/\?mcc=\[MCC\]&mnc=\[MNC\]$/), MO]);
  await server.post(p3('{"Status":[{"sc":200}]}'));
  const get = async (query: string) => {
    const response = await server.repository(command[1]!, `GET /repository/x?${query} HTTP/1.1\n\n`);
    return decodeUtf8(response.body!);
  };
  expect(await get('mcc=262&mnc=01')).toContain('"one"');
  expect(await get('mcc=-1&mnc=-1')).toContain('"all"');
  expect(await get('mcc=262&mnc=02')).toContain('"all"');
});

row('B.2.1 DM-PACK-024-S-O', 'sent', 'SUB; every report is kept', async () => {
  const { server, command } = await firstCommand(`steps: [{ sub: "${MO}/1/" }]`);
  expect(command).toEqual(['SUB', expect.stringContaining('/repository/'), `${MO}/1/`]);
  await server.post(p3('{"Status":[{"sc":200}]}'));
  for (const value of ['1', '2']) {
    const put = `PUT /r HTTP/1.1\nContent-Type: application/dmmo+json\n\n[{"ClientURI":"${MO}/1/","MOData":{"1":{"a":${value}}}}]`;
    expect((await server.repository(command[1]!, put)).status).toBe(200);
  }
  const reports = await server.store.reports('IMEI:493005100592800');
  expect(reports).toMatchObject([{ clientUri: `${MO}/1/` }, { clientUri: `${MO}/1/` }]);
});

row('B.2.1 DM-PACK-025-S-O', 'sent', 'UNSUB ends the reports', async () => {
  const { server, command } = await firstCommand(`steps: [{ sub: "${MO}/1/" }, { unsub: "${MO}/1/" }]`);
  expect(p2(await server.post(p3('{"Status":[{"sc":200}]}')))).toBe(`{"CMD":[["UNSUB","${MO}/1/"]]}`);
  await server.post(p3('{"Status":[{"sc":200}]}'));
  const put = 'PUT /r HTTP/1.1\nContent-Type: text/plain\n\nx';
  expect((await server.repository(command[1]!, put)).status).toBe(410);
});

row('B.2.1 DM-PACK-026-S-M', 'received', 'alerts that nobody knows are kept and not answered', async () => {
  const server = await testServer();
  const body = `{"Alert":[{"AlertType":"urn:vendor:strange","Mark":"critical","DataType":"x/y","Data":{"a":[1]}},{"NoType":1},{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}`;
  expect(p2(await server.post(p1(body)))).toBe(END);
  const alerts = await server.store.alerts('IMEI:493005100592800');
  expect(alerts.map(({ alert }) => alert)).toEqual([
    { alertType: 'urn:vendor:strange', mark: 'critical', dataType: 'x/y', data: { a: [1] } },
    { alertType: 'urn:oma:at:dm:2.0:ClientInitiatedMgmt' },
  ]);
});

row('B.2.1 DM-PACK-027-S-M', 'received', 'the final status of an EXEC in Package#3', async () => {
  const { server } = await firstCommand(`steps: [{ exec: "${MO}/1/Ops/Run" }, { delete: "${MO}/1/a" }]`);
  expect(p2(await server.post(p3('{"Status":[{"sc":1200}]}')))).toBe(`{"CMD":[["DELETE","${MO}/1/a"]]}`);
});

row('B.2.1 DM-PACK-028-S-M', 'received', '202, and the alert of a later session', async () => {
  const { server } = await firstCommand(
    `steps: [{ exec: { uri: "${MO}//Ops/Run", async: true } }, { delete: "${MO}/1/a" }]`,
  );
  expect(p2(await server.post(p3('{"Status":[{"sc":202}]}')))).toBe(END);
  expect((await resultOf(server)).job.state).toBe('waiting');
  const alert = `{"AlertType":"urn:vendor:done","SourceURI":"${MO}/1/Ops/Run","DataType":"application/json","Data":{"sc":200}}`;
  expect(p2(await server.post(p1(`{"Alert":[${alert}]}`)))).toBe(`{"CMD":[["DELETE","${MO}/1/a"]]}`);
  expect((await resultOf(server)).command).toMatchObject({
    state: 'answered',
    status: 202,
    completion: { status: 200, data: { sc: 200 } },
  });
});

row('B.2.1 DM-PACK-029-S-O', 'sent', 'OMADM-Accept names what uploads may be', async () => {
  const { server, command } = await firstCommand(`steps: [{ hput: "${MO}//" }]`);
  const refused = await server.repository(command[1]!, 'PUT /r HTTP/1.1\nContent-Type: image/png\n\nx');
  expect(refused).toMatchObject({
    status: 415,
    headers: { 'omadm-accept': 'application/dmmo+json, text/plain' },
  });
  const again = await server.repository(command[1]!, 'PUT /r HTTP/1.1\nContent-Type: text/plain\n\nx');
  expect(again.status).toBe(200);
});
