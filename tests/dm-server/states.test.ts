/** States of commands and jobs when sessions break (DM 2.0 §5.6): nothing sent twice, nothing lost. */
import fc from 'fast-check';
import { decodeUtf8 } from '../../src/bytes/index.js';
import { DEV_ID, END, p1, p2, p3, type TestServer, testServer, tokenOf } from './device.js';

const MO = 'urn:example:mo:thing:1.0';

async function stateOf(server: TestServer, job: string) {
  return (await server.store.commands(job)).map(({ state, open }) => (open ? `${state}, open` : state));
}

test('a new Package#1 leaves the commands of the last session in doubt', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ id: d, delete: "${MO}/1/a" }]`);
  await server.post(p1());
  expect(await stateOf(server, job)).toEqual(['sent, open']);
  expect(p2(await server.post(p1()))).toBe(END);
  expect(server.actions).toContainEqual(
    expect.objectContaining({ type: 'session-ended', outcome: 'new-session' }),
  );
  expect(await stateOf(server, job)).toEqual(['in-doubt']);
  expect(await server.job(job)).toMatchObject({
    state: 'in-doubt',
    reason: 'nobody knows whether step d ran',
  });
  expect((await server.store.sessions(DEV_ID)).map(({ outcome }) => outcome)).toEqual([
    'new-session',
    'finished',
  ]);
});

test('what is idempotent is sent again, three times at most', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ get: "${MO}//", idempotent: true }]`);
  const get = `{"CMD":[["GET","${MO}//"]]}`;
  for (let attempt = 1; attempt <= 3; attempt++) {
    expect(p2(await server.post(p1()))).toBe(get);
    expect((await server.store.commands(job))[0]?.attempts).toBe(attempt);
  }
  expect(p2(await server.post(p1()))).toBe(END);
  expect((await server.job(job)).state).toBe('in-doubt');
});

test('the one-time address of an idempotent HGET works again when it is sent again', async () => {
  const server = await testServer();
  await server.submit(`steps: [{ hget: { to: "${MO}/1/a", text: b }, idempotent: true }]`);
  const [[, address]] = JSON.parse(p2(await server.post(p1()))).CMD;
  const get = 'GET /repository/x HTTP/1.1\n\n';
  expect((await server.repository(address, get)).status).toBe(200);
  expect((await server.repository(address, get)).status).toBe(410);
  expect(JSON.parse(p2(await server.post(p1()))).CMD[0][1]).toBe(address);
  expect((await server.repository(address, get)).status).toBe(200);
});

test('an upload that arrived shows that its command ran', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ hput: "${MO}//" }]`);
  const [[, address]] = JSON.parse(p2(await server.post(p1()))).CMD;
  await server.repository(address, 'PUT /r HTTP/1.1\nContent-Type: text/plain\n\nx');
  expect(p2(await server.post(p1()))).toBe(END);
  expect(await stateOf(server, job)).toEqual(['answered']);
  expect((await server.job(job)).state).toBe('done');
});

test('a Package#3 after the deadline still tells what became of its commands, then END', async () => {
  const server = await testServer({ sessionMs: 1000 });
  const job = await server.submit(`steps: [{ delete: "${MO}/1/a" }, { delete: "${MO}/1/b" }]`);
  await server.post(p1());
  server.now += 1001;
  expect(await server.store.overdue(server.now, 10)).toEqual([DEV_ID]);
  await server.step({ type: 'tick' });
  expect(await stateOf(server, job)).toEqual(['in-doubt, open']);
  expect((await server.job(job)).state).toBe('waiting');
  expect(p2(await server.post(p3('{"Status":[{"sc":200}]}')))).toBe(END);
  expect(await stateOf(server, job)).toEqual(['answered', 'queued, open']);
  expect((await server.post(p3('{"Status":[{"sc":200}]}'))).status).toBe(409);
  expect(p2(await server.post(p1()))).toBe(`{"CMD":[["DELETE","${MO}/1/b"]]}`);
});

test('a reply that was lost: the session is over, a late Package#3 counts', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ delete: "${MO}/1/a" }]`);
  await server.post(p1());
  await server.step({ type: 'aborted' });
  expect((await server.state()).session).toMatchObject({ state: 'ended', outcome: 'aborted' });
  expect(p2(await server.post(p3('{"Status":[{"sc":200}]}')))).toBe(END);
  await server.post(p1());
  expect((await server.job(job)).state).toBe('done');
});

test('rounds are bounded; the rest comes in the next session', async () => {
  const server = await testServer({ maxRounds: 2 });
  const job = await server.submit(`steps: [${[1, 2, 3].map((n) => `{ delete: "${MO}/${n}/" }`).join(', ')}]`);
  await server.post(p1());
  await server.post(p3('{"Status":[200]}'));
  expect(p2(await server.post(p3('{"Status":[200]}')))).toBe(END);
  expect((await server.state()).session?.outcome).toBe('too-many-rounds');
  expect(server.actions).toContainEqual({ type: 'wanted', reason: 'job' });
  expect(p2(await server.post(p1()))).toBe(`{"CMD":[["DELETE","${MO}/3/"]]}`);
  await server.post(p3('{"Status":[200]}'));
  expect((await server.job(job)).state).toBe('done');
});

test('commands of one package are bounded', async () => {
  const server = await testServer({ maxCommands: 2 });
  await server.submit(`steps: [${[1, 2, 3].map((n) => `{ get: "${MO}/${n}/" }`).join(', ')}]`);
  expect(p2(await server.post(p1()))).toBe(`{"CMD":[["GET","${MO}/1/"],["GET","${MO}/2/"]]}`);
  expect(p2(await server.post(p3('{"Status":[204,204]}')))).toBe(`{"CMD":[["GET","${MO}/3/"]]}`);
});

test('jobs run one after another; one that waits lets the next one go', async () => {
  const server = await testServer();
  const first = await server.submit('steps: [{ show: { title: T, text: Q } }]');
  const second = await server.submit(`steps: [{ delete: "${MO}/1/a" }]`);
  const [[, page]] = JSON.parse(p2(await server.post(p1()))).CMD;
  expect(p2(await server.post(p3('{"Status":[200]}')))).toBe(`{"CMD":[["DELETE","${MO}/1/a"]]}`);
  await server.answer(tokenOf(page), false);
  expect(p2(await server.post(p3('{"Status":[200]}')))).toBe(END);
  expect((await server.job(first)).state).toBe('done');
  expect((await server.job(second)).state).toBe('done');
});

test('a question without answer expires, and the job goes on without one', async () => {
  const server = await testServer({ questionMs: 1000 });
  const job = await server.submit(`steps:
  - { id: ask, show: { title: T, text: Q } }
  - { when: { not: { step: ask, answer: { one-of: [true, false] } } }, delete: "${MO}/1/a" }`);
  const [[, page]] = JSON.parse(p2(await server.post(p1()))).CMD;
  await server.post(p3('{"Status":[200]}'));
  server.now += 1001;
  await server.step({ type: 'tick' });
  expect((await server.store.ui(tokenOf(page)))?.state).toBe('expired');
  await server.answer(tokenOf(page), true);
  expect((await server.store.ui(tokenOf(page)))?.answer).toBeUndefined();
  expect(p2(await server.post(p1()))).toBe(`{"CMD":[["DELETE","${MO}/1/a"]]}`);
  expect((await server.job(job)).state).toBe('running');
});

test('an asynchronous EXEC without end is in doubt at last', async () => {
  const server = await testServer({ execMs: 1000 });
  const job = await server.submit(`steps: [{ id: run, exec: "${MO}/1/Run" }]`);
  await server.post(p1());
  await server.post(p3('{"Status":[202]}'));
  server.now += 1001;
  await server.post(p1());
  expect(await server.job(job)).toMatchObject({ state: 'in-doubt' });
});

test('a job that is cancelled sends nothing more', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ delete: "${MO}/1/a" }, { delete: "${MO}/1/b" }]`);
  await server.post(p1());
  await server.step({ type: 'cancel', jobId: job });
  expect(p2(await server.post(p3('{"Status":[200]}')))).toBe(END);
  expect((await server.job(job)).state).toBe('cancelled');
  expect(await stateOf(server, job)).toEqual(['answered']);
});

test('a job that is cancelled while its command is in flight sends nothing again', async () => {
  const server = await testServer();
  const job = await server.submit(`steps: [{ delete: "${MO}/1/a", idempotent: true }]`);
  await server.post(p1());
  await server.step({ type: 'cancel', jobId: job });
  expect(p2(await server.post(p1()))).toBe(END);
  expect(await stateOf(server, job)).toEqual(['in-doubt']);
  expect((await server.state()).commands).toEqual([]);
});

test('a job that is cancelled while it waits closes its page', async () => {
  const server = await testServer();
  const job = await server.submit('steps: [{ show: { title: T, text: Q } }]');
  const [[, page]] = JSON.parse(p2(await server.post(p1()))).CMD;
  await server.post(p3('{"Status":[200]}'));
  await server.step({ type: 'cancel', jobId: job });
  expect((await server.store.ui(tokenOf(page)))?.state).toBe('expired');
  expect((await server.state()).commands).toEqual([]);
});

test('an answer shows that SHOW ran, though its status was lost', async () => {
  const server = await testServer();
  const job = await server.submit('steps: [{ show: { title: T, text: Q } }]');
  const [[, page]] = JSON.parse(p2(await server.post(p1()))).CMD;
  await server.answer(tokenOf(page), true);
  expect(p2(await server.post(p1()))).toBe(END);
  expect(await stateOf(server, job)).toEqual(['answered']);
  expect((await server.job(job)).state).toBe('done');
});

test('the time of an address starts when it is sent, however long the device stayed away', async () => {
  const server = await testServer({ questionMs: 1000, repositoryMs: 1000 });
  await server.submit(`steps:
  - { id: ask, show: { title: T, text: Q } }
  - { when: { step: ask, answer: true }, hget: { to: "${MO}/1/a", text: b }, idempotent: true }`);
  const [[, page]] = JSON.parse(p2(await server.post(p1()))).CMD;
  await server.post(p3('{"Status":[200]}'));
  await server.answer(tokenOf(page), true);
  const away = async () => {
    server.now += 3_600_000;
    await server.step({ type: 'tick' });
    expect(await server.store.overdue(server.now, 10)).toEqual([]);
  };
  const get = 'GET /repository/x HTTP/1.1\n\n';
  await away();
  const [[, address]] = JSON.parse(p2(await server.post(p1()))).CMD;
  await away();
  expect((await server.repository(address, get)).status).toBe(410);
  expect(JSON.parse(p2(await server.post(p1()))).CMD[0][1]).toBe(address);
  expect((await server.repository(address, get)).status).toBe(200);
});

/** One thing that may happen to a device, in any order. */
const EVENT = fc.constantFrom(
  'package1',
  'package3',
  'package3 with an error',
  'package3 too short',
  'upload',
  'time',
  'aborted',
  'submit',
  'submit idempotent',
);

/** Plays events at random; a restart of the server is every step, because each loads its state from the store. */
async function play(events: readonly string[]): Promise<void> {
  const server = await testServer({ sessionMs: 60_000, maxRounds: 5, maxCommands: 3 });
  const sent = new Map<string, number>();
  let inFlight: string[][] = [];
  let marks = 0;
  const jobs: string[] = [];
  const take = async (message: string) => {
    const response = await server.post(message);
    if (response.status !== 200) return;
    inFlight = JSON.parse(decodeUtf8(response.body!)).CMD;
    for (const [name, ...parameters] of inFlight) {
      if (name === 'END') continue;
      const key = `${name} ${parameters.at(-1)}`;
      sent.set(key, (sent.get(key) ?? 0) + 1);
    }
  };
  const statuses = (code: number, count = inFlight.length) =>
    p3(
      `{"Status":[${inFlight
        .slice(0, count)
        .map(() => code)
        .join(',')}]}`,
    );
  for (const event of events) {
    if (event === 'package1') await take(p1());
    else if (event === 'package3') await take(statuses(200));
    else if (event === 'package3 with an error') await take(statuses(500));
    else if (event === 'package3 too short') await take(statuses(200, inFlight.length - 1));
    else if (event === 'time') {
      server.now += 61_000;
      await server.step({ type: 'tick' });
    } else if (event === 'aborted') await server.step({ type: 'aborted' });
    else if (event === 'upload') {
      const put = inFlight.find(([name]) => name === 'HPUT');
      if (put !== undefined) {
        await server.repository(put[1]!, 'PUT /r HTTP/1.1\nContent-Type: text/plain\n\nx');
      }
    } else {
      const idempotent = event === 'submit idempotent';
      const options = `on-failure: continue, idempotent: ${idempotent}`;
      const uri = `${MO}/${idempotent ? 'again' : 'once'}-${marks++}`;
      jobs.push(
        await server.submit(`steps: [{ delete: "${uri}/a", ${options} }, { hput: "${uri}/b", ${options} }]`),
      );
    }
  }
  for (const [key, times] of sent)
    expect(`${key}: ${times <= (key.includes('again') ? 3 : 1)}`).toBe(`${key}: true`);
  await everythingEnds(server, jobs);
  for (let index = 0; index < marks; index++) {
    const seen = [...sent.keys()].filter((key) => key.includes(`-${index}/`)).length;
    const recorded = (await server.store.commands(jobs[index]!)).filter(
      ({ attempts }) => attempts > 0,
    ).length;
    expect(seen).toBeLessThanOrEqual(recorded);
  }
}

/** After an undisturbed session every job is over, and every command has an outcome. */
async function everythingEnds(server: TestServer, jobs: readonly string[]): Promise<void> {
  let reply = await server.post(p1());
  for (let session = 0; session < 40; session++) {
    const commands: string[][] = JSON.parse(p2(reply)).CMD;
    const { jobs: left } = await server.state();
    if (left.length === 0) break;
    const ended = commands.at(-1)?.[0] === 'END';
    reply = await server.post(ended ? p1() : p3(`{"Status":[${commands.map(() => 200).join(',')}]}`));
  }
  for (const job of jobs) {
    expect((await server.job(job)).state).toBe('done');
    const commands = await server.store.commands(job);
    expect(commands).toHaveLength(2);
    for (const { state, open } of commands) {
      expect(open).toBe(false);
      expect(['answered', 'in-doubt']).toContain(state);
    }
  }
}

test('whatever happens, no command is sent twice and none is lost', async () => {
  await fc.assert(fc.asyncProperty(fc.array(EVENT, { minLength: 1, maxLength: 40 }), play), {
    numRuns: 300,
    seed: 20260101,
  });
});
