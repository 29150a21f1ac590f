/** Package#1, Package#2, Package#3, END, as raw messages (DM 2.0 §5.2, Appendix F, Appendix I). */
import { ACCOUNT, DEV_ID, END, p1, p2, p3, p3Multipart, testServer } from './device.js';

const DEVINFO = 'urn:oma:mo:oma-dm-devinfo:1.2';

test('P1, P2 with a GET, P3 in multipart, END', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ id: info, get: "${DEVINFO}//DevID" }]`);
  expect(p2(await server.post(p1()))).toBe(`{"CMD":[["GET","${DEVINFO}//DevID"]]}`);
  expect((await server.state()).session).toMatchObject({ state: 'open', origin: 'client', rounds: 1 });
  const answer = p3Multipart('{"Status":[{"sc":200}]}', [['0', 'text/plain', 'IMEI:493005100592800']]);
  expect(p2(await server.post(answer))).toBe(END);
  expect(await server.job(job)).toMatchObject({ state: 'done' });
  expect(await server.store.commands(job)).toMatchObject([{ state: 'answered', status: 200, attempts: 1 }]);
  const [result] = await server.store.results(job);
  expect(Buffer.from(result!.body).toString()).toBe('IMEI:493005100592800');
  expect((await server.state()).session).toMatchObject({ state: 'ended', outcome: 'finished', rounds: 2 });
});

test('nothing to do: END at once; {} is a Package#1 of unknown origin', async () => {
  const server = await testServer();
  expect(p2(await server.post(p1('{}')))).toBe(END);
  expect((await server.state()).session).toMatchObject({ origin: 'unknown', outcome: 'finished' });
});

test('a bare Package#3', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ get: "${DEVINFO}//DevID" }]`);
  await server.post(p1());
  expect(p2(await server.post(p3('{"Status":[404]}')))).toBe(END);
  expect(await server.job(job)).toMatchObject({ state: 'failed', reason: 'step 1 was answered with 404' });
});

describe('a script for the session that tells of the bootstrap', () => {
  const COMPLETE = p1('{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}');
  const GET = `{"CMD":[["GET","${DEVINFO}//DevID"]]}`;
  const script = { kind: 'data', name: 'first', text: `steps: [{ get: "${DEVINFO}//DevID" }]` } as const;

  test('is carried out in that very session, and not again when the device tells again', async () => {
    const server = await testServer();
    await server.store.putAccount({ ...ACCOUNT, afterBootstrap: { as: 'card-1', script } });
    expect(p2(await server.post(p1()))).toBe(END);
    expect(p2(await server.post(COMPLETE))).toBe(GET);
    // The device did not get that answer, and opens its session anew: the GET may have run.
    expect(p2(await server.post(COMPLETE))).toBe(END);
    expect(await server.store.jobs(DEV_ID)).toMatchObject([{ script, state: 'in-doubt' }]);
  });

  test('is for its own credentials: those of an earlier bootstrap bring none', async () => {
    const server = await testServer();
    const [old] = ACCOUNT.credentials;
    const fresh = { ...old!, identity: 'card-2' } as typeof old & object;
    const rotated = { ...ACCOUNT, credentials: [fresh, old!], afterBootstrap: { as: 'card-2', script } };
    await server.store.putAccount(rotated);
    expect(p2(await server.post(COMPLETE))).toBe(END);
    expect(p2(await server.post(COMPLETE.replace('\n\n', '\nX-Identity: card-2\n\n')))).toBe(GET);
    expect(await server.store.jobs(DEV_ID)).toHaveLength(1);
  });

  test('that the server cannot run leaves the session as it is, with a note', async () => {
    const server = await testServer();
    const missing = { kind: 'program', name: 'gone' } as const;
    await server.store.putAccount({ ...ACCOUNT, afterBootstrap: { as: 'card-1', script: missing } });
    expect(p2(await server.post(COMPLETE))).toBe(END);
    expect(server.actions).toContainEqual(expect.objectContaining({ type: 'note', code: 'SCRIPT_MISSING' }));
    expect(await server.store.jobs(DEV_ID)).toEqual([]);
  });
});
