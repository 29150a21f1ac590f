/** `card write|verify|inspect|erase --scp03`: DM 2.0 Appendix H in one go, from a key store or from sources. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliResult, simboot } from './harness.js';

const KEY = '404142434445464748494A4B4C4D4E4F';
const PSK = '5ca1ab1e0ddba11c0ffee0decafbad01';
const directory = mkdtempSync(join(tmpdir(), 'simboot-scp03-'));
const at = (name: string): string => join(directory, name);
const env = { PASS: 'correct horse', K: KEY, WRONG: '13'.repeat(16), ADM: '3132333435363738', PSK };
const STORED = `--scp03 card1 --store ${at('keys.json')} --passphrase env:PASS`;
const DIRECT = '--scp03-enc env:K --scp03-mac env:K --scp03-dek env:K';
const WRONG = '--scp03-enc env:WRONG --scp03-mac env:WRONG --scp03-dek env:WRONG';

const run = (line: string): Promise<CliResult> => simboot(line, { env });
const onCard = (rest: string, profile = 'uicc-scp03-only'): Promise<CliResult> =>
  run(`--json --reader sim:${profile}?state=${at(`${profile}.json`)} card ${rest}`);

beforeAll(async () => {
  const made = await run(
    'bootstrap create --srv-id dm1 --srv-uri https://dm.example.com/dm --name Teststelle ' +
      `--psk-identity device-1 --psk-key env:PSK --out ${at('bootstrap.json')}`,
  );
  expect(made.code).toBe(0);
  const stored = await run(
    `keys import --store ${at('keys.json')} --passphrase env:PASS --name card1 --enc env:K --mac env:K --dek env:K --kvn 30`,
  );
  expect(stored.code).toBe(0);
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  ['a key set of a store', STORED],
  ['three keys from sources', DIRECT],
])('%s: written, verified, inspected, erased; the test keys are named', async (_name, keys) => {
  const written = await onCard(`write ${at('bootstrap.json')} --adm-hex env:ADM ${keys}`);
  expect(written.json()).toMatchObject({ verified: true, differences: [] });
  expect(written.code).toBe(0);
  expect(written.stderr).toContain('test key');
  expect((await onCard(`verify ${at('bootstrap.json')} ${keys}`)).code).toBe(0);
  const inspected = await onCard(`inspect ${keys} --reveal`);
  const document = readFileSync(at('bootstrap.json')).toString('hex');
  expect(inspected.json()).toMatchObject({
    secureChannel: { level: '33', mode: 'S8', keyVersion: '30' },
    bootstrap: { state: 'document', hex: document },
  });
  const outside = await onCard(`verify ${at('bootstrap.json')}`);
  expect([outside.code, outside.json()]).toMatchObject([
    4,
    { error: { code: 'SECURITY_ACCESS_DENIED', next: expect.stringContaining('--scp03') } },
  ]);
  expect((await onCard(`erase --adm-hex env:ADM ${keys}`)).json()).toMatchObject({ verified: true });
});

test('wrong keys: exit code 4, the card as before, nothing sent beyond INITIALIZE UPDATE', async () => {
  const trace = at('wrong.txt');
  const result = await onCard(`write ${at('bootstrap.json')} --adm-hex env:ADM ${WRONG} --trace ${trace}`);
  expect(result.code).toBe(4);
  expect(result.json()).toMatchObject({
    error: { code: 'SECURITY_CARD_CRYPTOGRAM', details: { trySpent: false } },
  });
  expect(result.stdout + result.stderr).not.toContain(env.WRONG);
  const titles = readFileSync(trace, 'utf8').match(/#\d+ .*/g)!;
  const at50 = titles.findIndex((title) => title.includes('INITIALIZE UPDATE'));
  expect(titles.slice(at50 + 1).map((title) => title.replace(/#\d+ /, ''))).toEqual(['MANAGE CHANNEL']);
  expect((await onCard(`inspect ${WRONG}`)).code).toBe(4);
});

test('wrong version, wrong mode and wrong diversification are told apart', async () => {
  const inspect = async (more: string) =>
    (await onCard(`inspect ${DIRECT} ${more}`)).json<{ error: { code: string } }>().error.code;
  expect(await inspect('--scp03-kvn 31')).toBe('SECURITY_KEY_VERSION');
  expect(await inspect('--scp03-mode S16')).toBe('SECURITY_SCP_PARAMETERS');
  expect(await inspect('--diversify kdf3')).toBe('SECURITY_CARD_CRYPTOGRAM');
  expect((await onCard(`inspect ${DIRECT} --scp03-kvn 30 --scp03-strict --diversify none`)).code).toBe(0);
});

test('--trace-plain shows each command in both forms; keys, ADM and document in neither', async () => {
  const trace = at('plain.txt');
  const line = `write ${at('bootstrap.json')} --adm-hex env:ADM ${STORED} --trace ${trace}`;
  expect((await onCard(`${line} --trace-plain`, 'uicc-scp03')).code).toBe(0);
  const text = readFileSync(trace, 'utf8');
  const wrapped = text.match(/#\d+ .*\(secure messaging\)/g)!;
  const inside = text.match(/inside the channel: .*/g)!;
  // EXTERNAL AUTHENTICATE belongs to the handshake
  expect(inside).toHaveLength(wrapped.length - 1);
  expect(text).toMatch(
    /#\d+ UPDATE BINARY.*\(secure messaging\)\n +> 05 d6 .*\n +< .*\n.*\n *\d* +inside the channel: UPDATE BINARY.*6431.*\n +\) 01 d6 /,
  );
  expect(text).toContain('5031 EF(ODF)');
  expect(text).toMatch(/\) 01 20 00 0a 08 \[8 octets hidden\]/);
  const octets = text.replace(/[^0-9a-f]/g, '');
  for (const secret of [KEY.toLowerCase(), env.ADM, Buffer.from(PSK).toString('hex')]) {
    expect(octets).not.toContain(secret);
  }
  expect((await onCard(line, 'uicc-scp03')).code).toBe(0);
  expect(readFileSync(trace, 'utf8')).not.toContain('inside the channel');
});

test.each(['wrong-mac', 'no-mac', 'replay', 'padding'])(
  "an answer that is not the card's (%s) ends the command with exit code 4",
  async (fault) => {
    for (const exchange of [12, 15]) {
      const result = await run(
        `--json --reader sim:uicc-scp03?fault=${fault}@${exchange} card inspect ${DIRECT}`,
      );
      expect([result.code, result.json()]).toMatchObject([4, { error: { code: 'SECURITY_RESPONSE' } }]);
    }
  },
);

test('the text of inspect names the channel', async () => {
  const { stdout } = await run(`--reader sim:uicc-scp03?fault=long-padding@12 card inspect ${DIRECT}`);
  expect(stdout).toMatch(/secure channel: +SCP03 S8, level 33, key version 30/);
});

test('the deviations of a card by name', async () => {
  writeFileSync(
    at('odd.yaml'),
    'description: counts otherwise\nextends: uicc-scp03\nsecurityDomain: { deviations: { noCounterOnEmpty: true } }\n',
  );
  const odd = (more: string) => run(`--json --reader sim:${at('odd.yaml')} card inspect ${DIRECT} ${more}`);
  expect((await odd('--scp03-deviation no-count-on-empty-data')).code).toBe(0);
  // The first block of each answer is decrypted wrongly then, which only its content can show.
  expect([3, 4]).toContain((await odd('')).code);
});

test.each([
  ['--scp03 card1', '--store'],
  [`--store ${at('keys.json')}`, '--scp03'],
  [`${STORED} --scp03-enc env:K`, 'not both'],
  ['--scp03-enc env:K', 'go together'],
  ['--scp03-kvn 30', '--scp03'],
  ['--trace-plain', '--scp03'],
  [`${DIRECT} --trace-plain`, '.txt'],
  [`${DIRECT} --scp03-kvn 3`, 'Two hex digits'],
])('inspect %s: refused before the card is touched', async (options, message) => {
  const result = await onCard(`inspect ${options}`, 'uicc-scp03');
  expect(result.code).toBe(2);
  expect(result.json<{ error: { message: string } }>().error.message).toContain(message);
});

test('a key set that the store has not', async () => {
  const result = await onCard(`inspect ${STORED.replace('card1', 'card2')}`);
  expect([result.code, result.json()]).toMatchObject([2, { error: { code: 'USAGE_KEY_SET' } }]);
});
