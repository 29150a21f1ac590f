/** Scripts: the examples of docs/scripts.md, decisions, mistakes (docs/scripts.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { compileScript, defineScript, type StepResult } from '../../src/dm/index.js';
import { END, example, p1, p2, p3, p3Multipart, testServer, tokenOf } from './device.js';

const DCMO = 'urn:oma:mo:oma-dcmo:1.0/(x)/Enabled?nv=(x)/Property:Camera';
const result = (id: string, changes: Partial<StepResult> = {}): StepResult => ({
  id,
  item: 0,
  outcome: 'answered',
  status: 200,
  uris: [],
  data: [],
  ...changes,
});

/** What the script wants next, in short. */
function decide(text: string, results: readonly StepResult[] = []): string {
  const decision = compileScript(text).next({ results, alerts: [] });
  if (decision.type === 'steps') return decision.steps.map(({ id }) => id).join(' ');
  return decision.type === 'done' ? 'done' : `failed: ${decision.reason}`;
}

test('every example compiles and is described', () => {
  const page = readFileSync('docs/scripts.md', 'utf8');
  const names = readdirSync('docs/examples/scripts');
  expect(names.length).toBeGreaterThanOrEqual(7);
  for (const name of names) {
    expect(compileScript(example(name)).next({ results: [], alerts: [] }).type).toBe('steps');
  }
  expect(page).toContain(example('camera-off.yaml').split('\n').slice(1, -1).join('\n'));
});

test('identify: two reads in one package', async () => {
  const server = await testServer();
  await server.submit(example('identify.yaml'));
  expect(p2(await server.post(p1()))).toBe(
    '{"CMD":[["GET","urn:oma:mo:oma-dm-devinfo:1.2//"],["GET","urn:oma:mo:oma-sessioninfomo:1.0//CBT"]]}',
  );
});

test('camera-off: read, ask, write', async () => {
  const server = await testServer();
  const job = await server.submit(example('camera-off.yaml'));
  expect(p2(await server.post(p1()))).toBe(`{"CMD":[["GET","${DCMO}"]]}`);
  const data = p3Multipart('{"Status":[{"sc":200}]}', [['0', 'text/plain', 'true']]);
  const [[show, page]] = JSON.parse(p2(await server.post(data))).CMD;
  expect(show).toBe('SHOW');
  expect(p2(await server.post(p3('{"Status":[{"sc":200}]}')))).toBe(END);
  await server.answer(tokenOf(page), true);
  const [[hget, address, to]] = JSON.parse(p2(await server.post(p1()))).CMD;
  expect([hget, to]).toEqual(['HGET', DCMO]);
  const got = await server.repository(address, 'GET /r HTTP/1.1\nAccept: text/plain\n\n');
  expect(Buffer.from(got.body!).toString()).toBe('false');
  await server.post(p3('{"Status":[{"sc":200}]}'));
  expect((await server.job(job)).state).toBe('done');
});

test('camera-off: nothing to ask where it is off already, nothing to do after no', async () => {
  const off = [result('state', { data: [{ text: 'false' }] })];
  expect(decide(example('camera-off.yaml'), off)).toBe('done');
  const on = result('state', { data: [{ text: 'true' }] });
  expect(decide(example('camera-off.yaml'), [on, result('ask', { answer: false })])).toBe('done');
  expect(decide(example('camera-off.yaml'), [on, result('ask', { answer: true })])).toBe('off');
  expect(decide(example('camera-off.yaml'), [on, result('ask')])).toBe('done');
});

test('install: the status of the alert decides', () => {
  const install = example('install.yaml');
  expect(decide(install)).toBe('run');
  expect(decide(install, [result('run', { status: 1400 })])).toBe('log');
  expect(decide(install, [result('run', { status: 1200 })])).toBe('report');
  const alerts = [
    { alertType: 'urn:oma:at:scomo:1.0:OperationComplete', mark: 'harmless' as const },
    { alertType: 'urn:oma:at:scomo:1.0:OperationComplete', mark: 'fatal' as const },
  ];
  const { next } = compileScript(install);
  expect(next({ results: [result('run', { status: 1600 })], alerts: alerts.slice(0, 1) }).type).toBe('steps');
  expect(next({ results: [result('run', { status: 1600 })], alerts: alerts.slice(1) }).type).toBe('done');
});

test('remove-old: one command for each old component', async () => {
  const server = await testServer();
  await server.submit(example('remove-old.yaml'));
  await server.post(p1());
  const place = (name: string) => `urn:oma:mo:oma-scomo:1.0//Inventory/Deployed/${name}`;
  const objects = [
    ['a', '1.5'],
    ['b', '2.0'],
    ['c', '0'],
  ].map(([name, version]) => `{"ClientURI":"${place(name!)}/Version","MOData":{"Version":"${version}"}}`);
  const data = p3Multipart('{"Status":[200]}', [['0', 'application/dmmo+json', `[${objects.join(',')}]`]]);
  expect(p2(await server.post(data))).toBe(`{"CMD":[["DELETE","${place('a')}"],["DELETE","${place('c')}"]]}`);
  expect(p2(await server.post(p3('{"Status":[404,200]}')))).toBe(END);
});

test('defaults: the last step goes with END', async () => {
  const server = await testServer();
  await server.submit(example('defaults.yaml'));
  const first = JSON.parse(p2(await server.post(p1()))).CMD;
  expect(first.map(([name]: string[]) => name)).toEqual(['DEFAULT', 'SUB']);
  const last = JSON.parse(p2(await server.post(p3('{"Status":[200,501]}')))).CMD;
  expect(last.map(([name]: string[]) => name)).toEqual(['HPUT', 'END']);
});

test('new-secret and elsewhere: addresses as they are', async () => {
  const server = await testServer();
  await server.submit(example('elsewhere.yaml'));
  expect(p2(await server.post(p1()))).toBe(
    '{"CMD":[["HPOST","https://content.example/[DevID]","urn:oma:mo:oma-dm-devinfo:1.2//"]]}',
  );
  expect(p2(await server.post(p3('{"Status":[200]}')))).toBe(
    '{"CMD":[["UNSUB","urn:oma:mo:oma-mms:1.3/*/"],["CONT","https://other.example/dm?from=[MCC]-[MNC]"]]}',
  );
  expect(decide(example('new-secret.yaml'))).toBe('1');
});

test('what is skipped stays skipped, whatever comes later', () => {
  const script = `steps:
  - { id: a, get: "urn:e//a", on-failure: continue }
  - { id: b, when: { alert: "urn:x" }, get: "urn:e//b" }
  - { id: c, get: "urn:e//c" }
  - { id: d, when: { step: b, skipped: true }, get: "urn:e//d" }`;
  const { next } = compileScript(script);
  const late = { alertType: 'urn:x', mark: 'informational' as const };
  expect(next({ results: [result('a'), result('c')], alerts: [late] })).toMatchObject({
    type: 'steps',
    steps: [{ id: 'd' }],
  });
});

test('which steps share a package', () => {
  const steps = (text: string) => decide(`steps: [${text}]`);
  const get = (id: string, more = '') => `{ id: ${id}, get: "urn:e//${id}"${more} }`;
  const del = (id: string, more = '') => `{ id: ${id}, delete: "urn:e//${id}"${more} }`;
  expect(steps(`${get('a')}, ${get('b')}, ${del('c')}`)).toBe('a b');
  expect(steps(`${del('a')}, ${get('b')}`)).toBe('a');
  expect(steps(`${del('a', ', on-failure: continue')}, ${del('b')}, ${get('c')}`)).toBe('a b');
  expect(steps(`${get('a')}, ${get('b', ', when: { step: a, status: 200 }')}`)).toBe('a');
  expect(steps(`${get('a')}, ${get('b', ', for-each: a')}`)).toBe('a');
  expect(steps(`${get('a')}, ${get('b', ', final: true')}`)).toBe('a');
  expect(steps('{ id: a, exec: "urn:e//x", on-failure: continue }, { id: b, get: "urn:e//b" }')).toBe('a');
  expect(
    steps(
      '{ id: a, exec: { uri: "urn:e//x", wait: false }, on-failure: continue }, { id: b, get: "urn:e//b" }',
    ),
  ).toBe('a b');
});

test('failures stop the job, or do not', () => {
  const stop = 'steps: [{ id: a, get: "urn:e//a" }, { id: b, get: "urn:e//b" }]';
  expect(decide(stop, [result('a', { status: 404 }), result('b')])).toBe(
    'failed: step a was answered with 404',
  );
  expect(decide(stop, [result('a', { status: 304 }), result('b', { status: 1299 })])).toBe('done');
  const go = 'steps: [{ id: a, get: "urn:e//a", on-failure: continue }]';
  expect(decide(go, [result('a', { status: 404 })])).toBe('done');
  const { status: _, ...unknown } = result('a', { outcome: 'in-doubt' });
  expect(decide(stop, [unknown])).toBe('failed: nobody knows whether step a ran');
  expect(decide(go, [unknown])).toBe('done');
  const after = `steps: [{ id: a, get: "urn:e//a", on-failure: continue }, { id: b, when: { step: a, in-doubt: true }, get: "urn:e//b" }]`;
  expect(decide(after, [unknown])).toBe('b');
  expect(decide(after, [result('a')])).toBe('done');
});

test('tests of values', () => {
  const holds = (test: string, value: string) =>
    decide(`steps: [{ id: a, get: "urn:e//a" }, { id: b, when: { step: a, ${test} }, get: "urn:e//b" }]`, [
      result('a', { data: [{ clientUri: 'urn:e//a', moData: { a: { x: { v: value }, n: 5 } } }] }),
    ]) === 'b';
  expect(holds('value: one', 'one')).toBe(true);
  expect(holds('value: 5', 'one')).toBe(true);
  expect(holds('value: 5, path: x/v', 'one')).toBe(false);
  expect(holds('value: one, path: "*/v"', 'one')).toBe(true);
  expect(holds('value: [two, one]', 'one')).toBe(true);
  expect(holds('value: { contains: ne, not: none }, path: x', 'one')).toBe(true);
  expect(holds('value: { greater: 4, less: 6 }', 'one')).toBe(true);
  expect(holds('value: { greater: 4, less: 5 }', 'one')).toBe(false);
  expect(holds('value: { one-of: [a, b] }', 'c')).toBe(false);
  expect(holds('value: constructor, path: __proto__', 'c')).toBe(false);
});

test('for-each fills addresses and texts', () => {
  const { next } = compileScript(`steps:
  - { id: a, get: "urn:e/*/n" }
  - { id: b, for-each: a, hget: { to: "urn:e/x/{value}", text: "{value} at {uri}" } }`);
  const data = [{ clientUri: 'urn:e/1/n?x=1', moData: { n: 'ä b' } }];
  expect(next({ results: [result('a', { data })], alerts: [] })).toMatchObject({
    steps: [
      {
        id: 'b',
        item: 0,
        command: { command: 'HGET', clientUri: 'urn:e/x/%C3%A4%20b', content: { text: 'ä b at urn:e/1/n' } },
      },
    ],
  });
});

test.each([
  ['steps: []', /at least one step \(line 1, column 1\)/],
  ['name: x', /the entry steps is missing/],
  [
    'steps:\n  - get: "urn:e//"\n    gett: 1',
    /steps\[0\]\.gett: there is no such entry here \(line 3, column 5\)/,
  ],
  ['steps:\n  - { id: a, delete: "u", get: "v" }', /one of get, hget/],
  ['steps:\n  - { id: "ä", get: "v" }', /an id has 1 to 64/],
  ['steps: [{ id: a, get: "v" }, { id: a, get: "v" }]', /another step has this id \(line 1, column \d+\)/],
  ['steps: [{ when: { step: b, status: 200 }, get: "v" }]', /no step before this one has that id/],
  [
    'steps: [{ id: a, get: v }, { when: { step: a }, get: v }]',
    /status, value, answer, in-doubt or skipped is missing/,
  ],
  ['steps: [{ id: a, get: v }, { when: { step: a, status: 2yy }, get: v }]', /a status such as 200/],
  ['steps: [{ id: a, get: v }, { when: { maybe: a }, get: v }]', /step, alert, all, any or not/],
  ['steps: [{ get: v, where: 1 }]', /where needs for-each/],
  ['steps: [{ get: v, on-failure: retry }]', /one of stop, continue is required/],
  ['steps: [{ get: 1 }]', /a text is required here/],
  ['steps: [{ hget: { to: v } }]', /either text or objects/],
  ['steps: [{ hget: { objects: [{ uri: v, data: { a: 1, b: 2 } }] } }]', /the node under its name/],
  ['steps: [{ hget: { from: v, text: x } }]', /from excludes/],
  ['steps: [{ command: [END] }]', /not a command of §5\.3/],
  ['steps: [{ command: [GET] }]', /not a command of §5\.3/],
  ['steps: [{ show: { text: a } }]', /the entry title is missing/],
  ['steps: [{ get: v, get: w }]', /the same entry is given twice/],
  ['steps:\n\t- get: v', /a tab indents/],
  ['steps: &a [{ get: *a }]', /an alias/],
  ['[', /neither YAML nor JSON/],
  [`steps: ${'['.repeat(500)}${']'.repeat(500)}`, /nest/],
  [`${'a'.repeat(300_000)}`, /characters/],
  [`a:\n${' '.repeat(300)}b: 1`, /indented/],
])('a mistake: %j', (text, message) => {
  let thrown: unknown;
  try {
    compileScript(text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'USAGE_SCRIPT', message: expect.stringMatching(message) });
});

test('a script that is wrong is refused when it is submitted', async () => {
  const server = await testServer();
  await expect(server.submit('steps: []')).rejects.toMatchObject({ code: 'USAGE_SCRIPT' });
  await expect(server.submitSource({ kind: 'program', name: 'none' })).rejects.toMatchObject({
    code: 'USAGE_SCRIPT',
  });
});

test('an address that cannot be sent fails the job when its turn comes, and says why', async () => {
  const server = await testServer();
  for (const [step, reason] of [
    ['get: "urn:e"', /GET: the ClientURI is malformed/],
    ['hget: { to: "urn:e/*/x", text: y }', /HGET: a wildcard/],
    ['exec: "urn:e/*/x"', /EXEC: a wildcard/],
    ['delete: "urn:e//a?lv=1"', /lv and cv are for GET/],
    ['hget: { text: x }', /a text needs the ClientURI/],
    ['show: { title: T, text: Q, kind: choice, choices: [a, a] }', /same value/],
    ['default: { moid: "a b", from: "https://a.example" }', /DEFAULT/],
  ] as const) {
    const job = await server.submit(`steps: [{ ${step} }]`);
    expect(p2(await server.post(p1()))).toBe(END);
    expect(await server.job(job)).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) });
    expect(await server.store.commands(job)).toEqual([]);
  }
});

const PROGRAM = defineScript({
  name: 'count',
  next(history) {
    const count = history.results.length;
    if (count === 3) return { failed: 'three is enough' };
    return [{ id: 'get', item: count, command: { command: 'GET', clientUri: `urn:e//${count}` } }];
  },
});

test('a program goes on where it was, in another server too', async () => {
  const server = await testServer({}, [PROGRAM]);
  const job = await server.submitSource({ kind: 'program', name: 'count' });
  expect(p2(await server.post(p1()))).toBe('{"CMD":[["GET","urn:e//0"]]}');
  expect(p2(await server.post(p3('{"Status":[404]}')))).toBe('{"CMD":[["GET","urn:e//1"]]}');
  expect(p2(await server.post(p3('{"Status":[204]}')))).toBe('{"CMD":[["GET","urn:e//2"]]}');
  expect(p2(await server.post(p3('{"Status":[204]}')))).toBe(END);
  expect(await server.job(job)).toMatchObject({ state: 'failed', reason: 'three is enough' });
});

test('a program that repeats itself, throws, or is missing', async () => {
  const again = defineScript({
    name: 'again',
    next: () => [{ id: 'a', command: { command: 'GET', clientUri: 'urn:e//' } }],
  });
  const broken = defineScript({
    name: 'broken',
    next: () => {
      throw new TypeError('oops');
    },
  });
  const server = await testServer({}, [again, broken]);
  const job = await server.submitSource({ kind: 'program', name: 'again' });
  await server.post(p1());
  expect(p2(await server.post(p3('{"Status":[204]}')))).toBe(END);
  expect(await server.job(job)).toMatchObject({ state: 'failed', reason: 'the script repeats itself' });
  const other = await server.submitSource({ kind: 'program', name: 'broken' });
  await server.post(p1());
  expect(await server.job(other)).toMatchObject({
    state: 'failed',
    reason: 'the script broke: TypeError: oops',
  });
  const third = await server.submitSource({ kind: 'program', name: 'again' });
  (server.env.programs as Map<string, unknown>).clear();
  expect(p2(await server.post(p1()))).toBe(END);
  expect(await server.job(third)).toMatchObject({ state: 'queued' });
  expect(server.actions).toContainEqual(expect.objectContaining({ code: 'SCRIPT_MISSING' }));
  expect(() => defineScript({ name: '', next: () => 'done' })).toThrow(/a program needs a name/);
});
