/** The rows of Appendix B.2.1 in the other direction: every status of Appendix C for every command, by hand. */
import { decodeUtf8 } from '../../src/bytes/index.js';
import { row } from '../support/conformance.js';
import { DEV_ID, END, p1, p2, p3, p3Multipart, testServer } from './device.js';

const MO = 'urn:example:mo:thing:1.0';

/** Appendix C, the column of commands. */
const EVERY = [200, 400, 500, 501, 503, 507];
const ON_NODES = [...EVERY, 403, 404];
const CASES: readonly (readonly [row: string, command: string, script: string, codes: readonly number[]])[] =
  [
    ['B.2.1 DM-PACK-014-S-M', 'HGET', `hget: { to: "${MO}/1/a", text: b }`, [...ON_NODES, 415, 419, 506]],
    ['B.2.1 DM-PACK-015-S-M', 'HPUT', `hput: "${MO}//"`, [...ON_NODES, 304, 406, 419]],
    ['B.2.1 DM-PACK-016-S-M', 'HPOST', `hpost: "${MO}//"`, [...ON_NODES, 304, 406, 419]],
    ['B.2.1 DM-PACK-017-S-M', 'DELETE', `delete: "${MO}/1/a"`, [...ON_NODES, 405]],
    ['B.2.1 DM-PACK-018-S-M', 'EXEC', `exec: "${MO}/1/Run"`, [...ON_NODES, 405]],
    ['B.2.1 DM-PACK-019-S-M', 'GET', `get: "${MO}//"`, [...ON_NODES, 204, 304]],
    ['B.2.1 DM-PACK-020-S-M', 'SHOW', 'show: { title: T, text: Q, wait: false }', EVERY],
    ['B.2.1 DM-PACK-021-S-M', 'CONT', 'cont: "https://other.example/dm"', EVERY],
    ['B.2.1 DM-PACK-023-S-M', 'DEFAULT', `default: { moid: "${MO}", from: "https://a.example/b" }`, ON_NODES],
    ['B.2.1 DM-PACK-024-S-O', 'SUB', `sub: "${MO}//"`, ON_NODES],
    ['B.2.1 DM-PACK-025-S-O', 'UNSUB', `unsub: "${MO}//"`, ON_NODES],
  ];

for (const [id, name, script, codes] of CASES) {
  row(id, 'received', `${name} answered with ${codes.join(', ')}, and with 1000 to 1999`, async () => {
    for (const code of [...codes, 1000, 1204, 1999]) {
      const server = await testServer();
      const job = await server.submit(`steps: [{ ${script} }]`);
      await server.post(p1());
      expect(p2(await server.post(p3(`{"Status":[{"sc":${code}}]}`)))).toBe(END);
      const [command] = await server.store.commands(job);
      expect(command).toMatchObject({ name, state: 'answered', status: code, open: false });
      const good = code < 300 || code === 304 || code === 1204;
      expect((await server.job(job)).state).toBe(good ? 'done' : 'failed');
      expect(
        server.actions.some((action) => action.type === 'note' && action.code === 'STATUS_UNUSUAL'),
      ).toBe(false);
    }
  });
}

row('B.2.1 DM-PACK-022-S-M', 'received', 'after END nothing is awaited: a Package#3 is refused', async () => {
  const server = await testServer();
  expect(p2(await server.post(p1()))).toBe(END);
  expect((await server.post(p3('{"Status":[{"sc":200}]}'))).status).toBe(409);
});

row(
  'B.2.1 DM-PACK-001-S-M',
  'sent',
  'each package is answered by one Package#2, the last one is END',
  async () => {
    const server = await testServer();
    await server.submit(`steps: [{ get: "${MO}//" }]`);
    const sent = [p2(await server.post(p1())), p2(await server.post(p3('{"Status":[204]}')))];
    expect(sent).toEqual([`{"CMD":[["GET","${MO}//"]]}`, '{"CMD":[["END"]]}']);
  },
);

row('B.2.1 DM-PACK-002-S-M', 'received', 'a session as the answer to a notification', async () => {
  const server = await testServer();
  await server.step({ type: 'notify' });
  const forms = ['{"NOTIFICATION-ID":0}', '0', '{"NotificationID":"0"}'];
  const alert = (data: string) =>
    `{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"application/json","Data":${data}}`;
  for (const data of forms) {
    await server.post(p1(`{"Alert":[${alert(data)}]}`));
    expect((await server.state()).session).toMatchObject({ origin: 'server', notificationId: 0 });
  }
  expect((await server.state()).notifications).toEqual([]);
});

row('B.2.1 DM-PACK-011-S-M', 'sent', 'the answer to a Package#1 without content', async () => {
  const server = await testServer();
  const response = await server.post(p1('{\n}'));
  expect(response.headers).toMatchObject({ 'content-type': 'application/vnd.oma.dm.request+json' });
  expect(decodeUtf8(response.body!)).toBe('{"CMD":[["END"]]}');
});

row('B.2.1 DM-PACK-012-S-M', 'received', 'Package#2 is only given to who accepts it', async () => {
  const server = await testServer();
  const asking = (accept: string) =>
    p1().replace('Accept: application/vnd.oma.dm.request+json', `Accept: ${accept}`);
  expect((await server.post(asking('text/html'))).status).toBe(406);
  expect((await server.post(asking('application/*;q=0.1, text/html'))).status).toBe(200);
});

row('B.2.1 DM-PACK-013-S-M', 'sent', 'the next Package#2 answers Package#3', async () => {
  const server = await testServer();
  await server.submit(`steps: [{ delete: "${MO}/1/a" }, { delete: "${MO}/1/b" }]`);
  await server.post(p1());
  expect(p2(await server.post(p3('{"Status":[{"sc":200}]}')))).toBe(`{"CMD":[["DELETE","${MO}/1/b"]]}`);
});

row('B.2.1 DM-PACK-026-S-M', 'sent', 'no status for an alert goes back', async () => {
  const server = await testServer();
  const body = '{"Alert":[{"AlertType":"urn:a"},{"AlertType":"urn:b"}]}';
  expect(p2(await server.post(p1(body)))).toBe('{"CMD":[["END"]]}');
});

row('B.2.1 DM-PACK-027-S-M', 'sent', 'EXEC without ServerURI leaves the choice to the client', async () => {
  const server = await testServer();
  await server.submit(`steps: [{ exec: "${MO}/1/Run" }]`);
  expect(p2(await server.post(p1()))).toBe(`{"CMD":[["EXEC","${MO}/1/Run"]]}`);
});

row('B.2.1 DM-PACK-028-S-M', 'sent', 'EXEC with ServerURI asks for the asynchronous report', async () => {
  const server = await testServer();
  await server.submit(`steps: [{ exec: { uri: "${MO}/1/Run", report-to: "https://r.example/[DevID]" } }]`);
  expect(p2(await server.post(p1()))).toBe(`{"CMD":[["EXEC","${MO}/1/Run","https://r.example/[DevID]"]]}`);
});

row('B.2.1 DM-PACK-029-S-O', 'received', 'uploads in each form that OMADM-Accept names', async () => {
  const server = await testServer();
  await server.submit(`steps: [{ hput: "${MO}//" }, { hput: "${MO}//a" }]`);
  const commands: string[][] = [];
  for (const response of [await server.post(p1())]) commands.push(...JSON.parse(p2(response)).CMD);
  const mo = `PUT /r HTTP/1.1\nContent-Type: application/dmmo+json\n\n[{"ClientURI":"${MO}//","MOData":{"1":{}}}]`;
  expect((await server.repository(commands[0]![1]!, mo)).status).toBe(200);
  const text = 'PUT /r HTTP/1.1\nContent-Type: text/plain;charset=utf-8\n\nIMEI:1';
  expect((await server.repository(commands[1]![1]!, text)).status).toBe(200);
});

test('a status that Appendix C does not give to the command is kept, and noted', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ get: "${MO}//" }]`);
  await server.post(p1());
  await server.post(p3('{"Status":[{"sc":506}]}'));
  expect(server.actions).toContainEqual(expect.objectContaining({ code: 'STATUS_UNUSUAL' }));
  expect((await server.store.commands(job))[0]).toMatchObject({ status: 506 });
});

test('an alert between asynchronous EXECs ends the one of its node', async () => {
  const server = await testServer();
  const job = await server.submit(`steps:
  - { id: a, exec: { uri: "${MO}/1/Run", async: true }, on-failure: continue }
  - { id: b, exec: { uri: "${MO}/2/Run", async: true, wait: false }, on-failure: continue }
  - { when: { step: a, status: 1404 }, get: "${MO}/1/Why" }`);
  await server.post(p1());
  const other = `{"AlertType":"urn:x","SourceURI":"${MO}/2/Run"}`;
  const own = `{"AlertType":"urn:x","SourceURI":"${MO}/1/Run","DataType":"int","Data":{"DM1x":1404}}`;
  expect(p2(await server.post(p3(`{"Status":[{"sc":202}],"Alert":[${other}]}`)))).toBe(END);
  expect((await server.job(job)).state).toBe('waiting');
  expect(p2(await server.post(p1(`{"Alert":[${own}]}`)))).toBe(
    `{"CMD":[["EXEC","${MO}/2/Run","https://dms.example/dm"],["GET","${MO}/1/Why"]]}`,
  );
  const alerts = await server.store.alerts(DEV_ID);
  expect(alerts.map(({ commandId }) => commandId)).toEqual([undefined, undefined, `${job}/0`]);
});

test('statuses too few leave commands in doubt, statuses too many are dropped', async () => {
  const server = await testServer();
  const job = await server.submit(
    `steps: [{ get: "${MO}//a", on-failure: continue }, { get: "${MO}//b", on-failure: continue }]`,
  );
  await server.post(p1());
  expect(p2(await server.post(p3('{"Status":[200]}')))).toBe(END);
  expect(await server.store.commands(job)).toMatchObject([
    { state: 'answered' },
    { state: 'in-doubt', open: false },
  ]);
  const second = await server.submit(`steps: [{ get: "${MO}//a" }]`);
  await server.post(p1());
  await server.post(p3('{"Status":[204,500,500]}'));
  expect((await server.job(second)).state).toBe('done');
  expect(server.actions).toContainEqual(expect.objectContaining({ code: 'STATUS_COUNT' }));
});

test('data for a GET comes with 200 only, and each GET has its own', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ get: "${MO}//a", on-failure: continue }, { get: "${MO}//b" }]`);
  await server.post(p1());
  await server.post(p3Multipart('{"Status":[{"sc":404},{"sc":200}]}', [['0', 'text/plain', 'x']]));
  expect(await server.store.results(job)).toEqual([]);
});
