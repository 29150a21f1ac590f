/** `simboot mo resolve`: the shape scripts read, the picture for people, exit codes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VECTORS } from '../dm-uri/vectors.js';
import { simboot } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-mo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'instances.json');
writeFileSync(file, JSON.stringify(VECTORS.instances));
const resolve = (uri: string, ...words: string[]) =>
  simboot(['mo', 'resolve', '--instances', file, uri, ...words]);
const MOID = 'urn:oma:mo:moid:1.0';

test('every vector, for scripts: 0 for an answer, 2 for a malformed ClientURI', async () => {
  for (const { uri, status, nodes } of VECTORS.cases) {
    const result = await resolve(uri, '--json');
    expect({ uri, code: result.code }).toEqual({ uri, code: status === 400 ? 2 : 0 });
    expect(result.json()).toEqual({
      status,
      nodes,
      ...(status === 200 ? {} : { reason: expect.any(String) }),
    });
  }
});

test('for people: a picture, and no values', async () => {
  const { code, stdout } = await resolve(`${MOID}/*/Data/*`);
  expect(code).toBe(0);
  expect(stdout).toBe(
    [
      '200: 4 nodes',
      `├─ ${MOID}/left`,
      '│  ├─ /Data/1  (2 children)',
      '│  └─ /Data/2  (2 children)',
      `└─ ${MOID}/right`,
      '   ├─ /Data/1  (2 children)',
      '   └─ /Data/2  (2 children)',
      '',
    ].join('\n'),
  );
  expect((await resolve(`${MOID}/left/ID`)).stdout).toBe(`200: 1 node\n└─ ${MOID}/left\n   └─ /ID\n`);
  expect((await resolve(`${MOID}//`)).stdout).toMatch(/^404: 2 instances fit/);
});

test('a malformed ClientURI says where', async () => {
  const { code, stdout, stderr } = await resolve(`${MOID}/left/?lv=0`);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('offset 29');
});

test('instances from standard input, also as a bare object with the MIID as label', async () => {
  const stdin = JSON.stringify({ ClientURI: `${MOID}//`, MOData: { only: { ID: 1 } } });
  const result = await simboot(['mo', 'resolve', '--instances', '-', `${MOID}//ID`, '--json'], { stdin });
  expect(result.json()).toEqual({ status: 200, nodes: [{ moid: MOID, miid: 'only', path: '/ID' }] });
});

test('a device description gives values their types', async () => {
  const ddf = join(folder, 'types.ddf');
  writeFileSync(
    ddf,
    `<?xml version="1.0"?><MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName></NodeName><DFProperties>
      <AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Occurrence><ZeroOrMore/></Occurrence>
      <DFType><DDFName>urn:example:typed:1.0</DDFName></DFType></DFProperties>
      <Node><NodeName>On</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><bool/></DFFormat>
      <DFType><MIME>text/plain</MIME></DFType></DFProperties></Node></Node></MgmtTree>`,
  );
  const instances = join(folder, 'typed.json');
  const write = (On: unknown) =>
    writeFileSync(
      instances,
      JSON.stringify([{ ClientURI: 'urn:example:typed:1.0/a/', MOData: { a: { On } } }]),
    );
  const run = () =>
    simboot(['mo', 'resolve', '--instances', instances, '--ddf', ddf, '--json', 'urn:example:typed:1.0//On']);
  write('true');
  expect((await run()).json()).toMatchObject({ status: 200 });
  write('perhaps');
  const wrong = await run();
  expect(wrong.code).toBe(2);
  expect(wrong.json()).toMatchObject({ error: { code: 'DATA_MO', details: { path: '$[0].MOData.a.On' } } });
});

test.each([
  ['not JSON', '{', 'DATA_JSON'],
  ['an array of numbers', '[1]', 'DATA_DMMO'],
  ['an address of a node', `[{"ClientURI":"${MOID}/a/b","MOData":{"b":{}}}]`, 'DATA_CLIENT_URI'],
])('a file with %s is refused by its name', async (_, content, code) => {
  const bad = join(folder, 'bad.json');
  writeFileSync(bad, content);
  const result = await simboot(['mo', 'resolve', '--instances', bad, `${MOID}//`]);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(bad);
  expect(result.stderr).toContain(code);
});
