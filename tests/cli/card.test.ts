/** The card commands on simulated cards: JSON shapes, exit codes, secrets. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliResult, simboot } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-card-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { ADM: '12345678', ADM_HEX: '3132333435363738', WRONG: '0000000000000000', PIN: '1234' };
const DOCUMENT = join(folder, 'bootstrap.json');
const OTHER = join(folder, 'other.json');
let next = 0;
/** A card of its own that remembers. */
const newCard = (profile = 'uicc') => `sim:${profile}?state=${join(folder, `card${next++}.json`)}`;
const run = (reader: string, ...words: string[]): Promise<CliResult> =>
  simboot(['card', ...words, '--reader', reader], { env });

beforeAll(async () => {
  const create = (out: string, name: string) =>
    simboot(
      [
        'bootstrap',
        'create',
        '--srv-id',
        'dm1',
        '--srv-uri',
        'https://dm.example.com',
        '--name',
        name,
        '--out',
        out,
      ].concat(['--psk-identity', 'device', '--psk-key', 'env:KEY']),
      { env: { KEY: '000102030405060708090a0b0c0d0e0f' } },
    );
  expect((await create(DOCUMENT, 'Example')).code).toBe(0);
  expect((await create(OTHER, 'Elsewhere')).code).toBe(0);
});

const SECRET_BASE64 = 'AAECAwQFBgcICQoLDA0ODw==';

test('write, verify, inspect, erase in 3G; the 2G device reads the same', async () => {
  const reader = newCard();
  const plan = await run(reader, 'write', DOCUMENT, '--adm-ascii', 'env:ADM', '--dry-run', '--json');
  expect(plan.json()).toMatchObject({ dryRun: true, file: '3f007f506431', before: 'blank', keys: ['0a'] });
  expect(plan.stdout).not.toContain('5b7b');
  expect((await run(reader, 'verify', DOCUMENT)).code).toBe(6);

  const written = await run(reader, 'write', DOCUMENT, '--adm-hex', 'env:ADM_HEX', '--json');
  expect(written.code).toBe(0);
  expect(written.json()).toMatchObject({ file: '3f007f506431', verified: true, differences: [] });
  for (const mode of ['2g', '3g']) {
    expect((await run(reader, 'verify', DOCUMENT, '--mode', mode, '--label', 'DM Bootstrap')).code).toBe(0);
  }
  const differs = await run(reader, 'verify', OTHER, '--json');
  expect(differs.code).toBe(6);
  const { differences } = differs.json<{ differences: { what: string }[] }>();
  expect(differences.map(({ what }) => what)).toEqual(['document']);

  const erased = await run(reader, 'erase', '--adm-ascii', 'env:ADM', '--json');
  expect(erased.json()).toMatchObject({ verified: true });
  const after = await run(reader, 'inspect', '--json');
  expect(after.json()).toMatchObject({ bootstrap: { state: 'blank', used: 0 } });
});

test('inspect: the shape that scripts read; secrets only if revealed', async () => {
  const reader = newCard('uicc-t0');
  await run(reader, 'write', DOCUMENT, '--adm-ascii', 'env:ADM');
  const shown = await run(reader, 'inspect', '--json');
  const bytes = readFileSync(DOCUMENT);
  expect(shown.json()).toMatchObject({
    reader,
    atr: '3b9f96801fc78031a073be21136753494d424f4f5499',
    mode: '3g',
    iccid: '8988211000000001001',
    pkcs15: {
      aid: 'a000000063504b43532d3135',
      path: '3f007f50',
      label: 'PKCS#15',
      odf: [{ kind: 'dataObjects', path: '3f007f506420' }],
      dodf: [{ form: 'opaqueDO', label: 'DM Bootstrap', applicationOid: '2.23.43.7.1', path: '6431' }],
    },
    bootstrap: { file: '3f007f506431', size: 2048, used: bytes.length, state: 'document' },
    findings: [],
  });
  expect(shown.stdout).not.toContain(SECRET_BASE64);
  expect(shown.stdout).not.toContain('000102030405060708090a0b0c0d0e0f');
  const revealed = await run(reader, 'inspect', '--json', '--reveal');
  expect(revealed.json<{ bootstrap: { hex: string } }>().bootstrap.hex).toBe(bytes.toString('hex'));
  const text = await run(reader, 'inspect');
  expect(text.stdout).toContain('EF(DM_Bootstrap)');
  expect(text.stdout).not.toContain(SECRET_BASE64);
});

test('refusals: their exit codes, and what to do', async () => {
  const reader = newCard();
  const noKey = await run(reader, 'write', DOCUMENT);
  expect(noKey.code).toBe(4);
  expect(noKey.stderr).toContain('ADM1 (key 0A) was not given');
  const wrong = await run(reader, 'write', DOCUMENT, '--adm-hex', 'env:WRONG', '--json');
  expect(wrong.code).toBe(4);
  expect(wrong.stdout).toContain('SECURITY_PIN_WRONG');
  expect((await run(reader, 'write', DOCUMENT, '--adm-hex', '3132333435363738')).code).toBe(2);
  expect(
    (await run(reader, 'write', DOCUMENT, '--adm-hex', 'env:ADM_HEX', '--adm-ascii', 'env:ADM')).code,
  ).toBe(2);
  expect((await run(newCard('sim'), 'write', DOCUMENT, '--adm-hex', 'env:ADM_HEX')).stderr).toContain(
    '--consent-unknown-tries',
  );
  expect((await run(reader, 'erase', '--adm-hex', 'env:ADM_HEX')).code).toBe(3);
  const broken = join(folder, 'broken.json');
  writeFileSync(broken, '[{"ClientURI":');
  expect((await run(reader, 'write', broken, '--adm-hex', 'env:ADM_HEX')).code).toBe(2);
  writeFileSync(broken, Buffer.from('efbbbf5b5d', 'hex'));
  const marked = await run(reader, 'write', broken, '--adm-hex', 'env:ADM_HEX', '--json');
  expect(marked.code).toBe(2);
  expect(marked.json()).toMatchObject({
    error: { code: 'DATA_UTF8', message: `${broken}: the text starts with a UTF-8 byte order mark` },
  });
});

test('a SIM in 2G mode, with consent', async () => {
  const reader = newCard('sim');
  const words = ['write', DOCUMENT, '--adm-ascii', 'env:ADM', '--consent-unknown-tries'];
  expect((await run(reader, ...words)).code).toBe(0);
  expect((await run(reader, 'inspect', '--json')).json()).toMatchObject({
    mode: '2g',
    bootstrap: { state: 'document' },
  });
});

test('a write that is not read back says so', async () => {
  const reader = newCard();
  const written = await run(reader, 'write', DOCUMENT, '--adm-ascii', 'env:ADM', '--no-verify');
  expect(written.stdout).toContain('not verified (turned off)');
  expect((await run(reader, 'verify', DOCUMENT)).code).toBe(0);
});

test('info: who the card is', async () => {
  const { code, json } = await run(newCard(), 'info', '--json');
  expect(code).toBe(0);
  expect(json()).toMatchObject({ iccid: '8988211000000001001', mode: '3g', protocol: 'T=1' });
});

test.each([
  ['sim', '7F50', '5031'],
  ['uicc', '7F50', '5031'],
])('info: the files of %s', async (profile, directory, file) => {
  const text = await run(newCard(profile), 'info');
  expect(text.stdout).toMatch(
    new RegExp(`└─ DF\\(PKCS#15\\) ${directory}\n   ├─ EF\\(ODF\\) ${file}, 32 octets\n`),
  );
  const { files } = (await run(newCard(profile), 'info', '--json')).json<{ files: { path: string }[] }>();
  expect(files[0]).toMatchObject({
    name: 'MF (3F00)',
    path: '3f00',
    files: expect.arrayContaining([
      expect.objectContaining({
        path: '3f002f00',
        structure: 'linear-fixed',
        recordLength: 38,
        recordCount: 4,
      }),
    ]),
  });
});

test.each([
  ['uicc-no-pkcs15', 3, 'CARD_NO_PKCS15'],
  ['uicc-foreign-damaged', 3, 'CARD_DIRECTORY_MALFORMED'],
  ['uicc-foreign-loop', 3, 'CARD_PATH_LOOP'],
  ['uicc-locked', 4, 'SECURITY_ACCESS_DENIED'],
])('inspect of %s shows what it could read, and ends with %i', async (profile, code, error) => {
  const text = await run(newCard(profile), 'inspect');
  expect(text.code).toBe(code);
  expect(text.stdout).toContain('3F00 MF');
  expect(text.stderr).toContain(`code: ${error} (exit ${code})`);
  const scripts = await run(newCard(profile), 'inspect', '--json');
  expect(scripts.code).toBe(code);
  expect(scripts.json()).toMatchObject({ iccid: '8988211000000001001', error: { code: error } });
});

test('inspect: a blank card, and a foreign one that can be read, are no failures', async () => {
  for (const profile of ['uicc', 'sim', 'uicc-foreign-nopath', 'uicc-foreign-doubleoid']) {
    const { code, json } = await run(newCard(profile), 'inspect', '--json');
    expect(code).toBe(0);
    expect(json()).not.toHaveProperty('error');
  }
});

test('a trace shows the document only if told so', async () => {
  const reader = newCard();
  await run(reader, 'write', DOCUMENT, '--adm-ascii', 'env:ADM');
  const traceOf = async (...words: string[]): Promise<string> => {
    const file = join(folder, `trace${next++}.txt`);
    expect((await run(reader, 'inspect', '--trace', file, ...words)).code).toBe(0);
    return readFileSync(file, 'utf8').replaceAll(' ', '');
  };
  const start = readFileSync(DOCUMENT).subarray(0, 32).toString('hex');
  expect(await traceOf()).not.toContain(start);
  expect(await traceOf('--trace-reveal')).toContain(start);
  expect((await run(reader, 'inspect', '--trace-reveal')).code).toBe(2);
});

test('apdu: commands as they are; a PIN only with --force', async () => {
  const reader = newCard();
  const select = await run(reader, 'apdu', '00A40004023F0000', '--json');
  expect(select.json()).toMatchObject({ exchanges: [{ command: '00a40004023f0000', sw: '9000' }] });
  const refused = await run(reader, 'apdu', '002000010831323334FFFFFFFF');
  expect(refused.code).toBe(2);
  expect(refused.stdout + refused.stderr).not.toContain('31323334');
  expect((await run(reader, 'apdu', '0020000A083132333435363738', '--force')).stdout).toContain('9000');
  expect((await run(reader, 'apdu', '002000')).code).toBe(2);
});

test('create-files: says what it would create; the files that are there stay', async () => {
  const rules = ['--dir-rule', '8B:2F0602', '--public-rule', '8B:2F0601', '--bootstrap-rule', '8B:2F0601'];
  const { code, json } = await run(newCard(), 'create-files', ...rules, '--adm-ascii', 'env:ADM', '--json');
  expect(code).toBe(0);
  expect(json()).toMatchObject({ created: [], dirRecord: 'kept' });
  expect((await run(newCard(), 'create-files', ...rules.slice(2), '--dir-rule', '8D:00')).code).toBe(2);
});
