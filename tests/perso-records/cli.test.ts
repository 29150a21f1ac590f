/** `simboot batch check`, as a bureau runs it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex } from '../../src/bytes/index.js';
import { MemoryKey, SealingKey, sealCell, TokenKeyStore } from '../../src/crypto/index.js';
import { simboot } from '../cli/harness.js';
import { requireSoftHsm } from '../support/softhsm.js';

const ICCIDS = ['8988211000000000011', '8988211000000000029', '8988211000000000037'];
const KEY = 'aa'.repeat(32);
const folder = mkdtempSync(join(tmpdir(), 'simboot-check-'));
const path = (name: string): string => join(folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};

const JOB = {
  simboot: 'job/1',
  name: 'spring',
  records: {
    file: 'cards.csv',
    columns: { iccid: 'iccid', ki: { type: 'hex', length: 16, transport: 'tk' } },
    transportKeys: ['tk'],
  },
  steps: [{ name: 'ki', file: 'ADF_USIM/A001', value: '${ki}', writeOnly: true }],
};
const cell = (iccid: string): string =>
  sealCell(new SealingKey(fromHex(KEY)), iccid, 'ki', fromHex('00112233445566778899aabbccddeeff'), (octets) =>
    new Uint8Array(octets).fill(1),
  );
const GOOD = `iccid,ki\n${ICCIDS.map((iccid) => `${iccid},${cell(iccid)}\n`).join('')}`;

beforeAll(() => {
  write('job.yaml', JSON.stringify(JOB));
  write('cards.csv', GOOD);
  write('tk.hex', KEY);
});

const check = (...more: string[]) =>
  simboot([
    'batch',
    'check',
    path('job.yaml'),
    '--state',
    path('none'),
    ...more,
    '--transport-key',
    `tk=@${path('tk.hex')}`,
  ]);

test('an input without mistakes: 0, with the check value of the key', async () => {
  const { code, stdout } = await check();
  expect([code, stdout]).toEqual([0, expect.stringContaining('3 records')]);
  expect(stdout).toContain(
    `transport key tk: check value ${new MemoryKey(fromHex(KEY)).kcv}; 3 cells opened`,
  );
  expect(stdout).toContain('no store: compared with no other batch');
  expect(stdout).toContain('nothing is wrong');
  expect(stdout).not.toContain('00112233');
});

test('findings: exit code 2, each with row and column; --json has all that scripts need', async () => {
  const bad = write('bad.csv', `${GOOD.replace(ICCIDS[1]!, '8988211000000000028')}${ICCIDS[0]},\n`);
  const { code, json } = await check('--json', '--records', bad);
  expect(code).toBe(2);
  expect(json()).toEqual({
    job: { name: 'spring', version: '1', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    file: bad,
    ok: false,
    records: 4,
    inputHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    findings: [
      { row: 3, column: 'ki', code: 'TRANSPORT_CELL', message: expect.stringContaining('does not open') },
      { row: 3, column: 'iccid', code: 'CHECK_DIGIT', message: expect.stringContaining('should be 9') },
      { row: 5, column: 'ki', code: 'VALUE_MISSING', message: 'the value is missing' },
      { row: 5, column: 'iccid', code: 'DUPLICATE_ROW', message: 'row 2 has the same value' },
    ],
    total: 4,
    counts: expect.arrayContaining([
      { code: 'VALUE_MISSING', column: 'ki', count: 1, next: expect.any(String) },
    ]),
    transportKeys: [{ name: 'tk', kcv: expect.any(String), custody: 'memory', opened: 2, refused: 1 }],
    storeChecked: false,
    rowsPerSecond: 0,
  });
  const { stdout } = await check('--records', bad, '--limit', '1');
  expect(stdout).toContain('4 findings');
  expect(stdout).toContain('… and 3 more');
  expect(stdout).toContain('1 × DUPLICATE_ROW in iccid: Take one of the rows out');
});

test('keys: missing, with another check value, under a name that the job does not have', async () => {
  const run = (...words: string[]) =>
    simboot(['batch', 'check', path('job.yaml'), '--state', path('none'), ...words]);
  const missing = await run();
  expect([missing.code, missing.stdout]).toEqual([2, expect.stringContaining('transport key tk: missing')]);
  const declared = { ...JOB, records: { ...JOB.records, transportKeyChecks: { tk: '123456' } } };
  const other = await simboot([
    ...['batch', 'check', write('declared.yaml', JSON.stringify(declared)), '--state', path('none')],
    ...['--transport-key', `tk=@${path('tk.hex')}`],
  ]);
  expect([other.code, other.stderr]).toEqual([4, expect.stringContaining('not 123456')]);
  expect((await run('--transport-key', 'x=@y')).stderr).toContain(
    'the job has no transport key "x" (it has: tk)',
  );
  expect((await run('--transport-key', 'tk')).code).toBe(2);
  expect((await run('--transport-key', 'tk=key:a')).stderr).toContain('--keys is missing');
  expect((await run('--transport-key', `tk=${KEY}`)).stderr).not.toContain(KEY);
  expect((await run('--records', path('nothing.csv'))).code).toBe(2);
});

test('batches of the store are looked at', async () => {
  const { code, stdout } = await check('--store', `sqlite:${path('line.db')}`);
  expect([code, stdout]).toEqual([0, expect.stringContaining('compared with every batch of the store')]);
});

requireSoftHsm('SoftHSM', (token) => {
  test('a transport key that stays in its token', async () => {
    const store = await TokenKeyStore.open(token);
    await store.importSingleKey('operator', fromHex(KEY));
    await store.close();
    const { code, json } = await simboot(
      [
        ...['batch', 'check', path('job.yaml'), '--json', '--state', path('none')],
        ...['--keys', `pkcs11:${token.module}?token=${token.token}`, '--keys-passphrase', 'env:PIN'],
        ...['--transport-key', 'tk=key:operator'],
      ],
      { env: { PIN: token.pin } },
    );
    expect([code, json()]).toEqual([0, expect.objectContaining({ ok: true })]);
    expect(json<{ transportKeys: unknown[] }>().transportKeys).toMatchObject([
      { custody: 'pkcs11', opened: 3 },
    ]);
  });
});

test.each([
  ['uicc.yaml', []],
  ['order.yaml', []],
  ['scp03.yaml', ['--transport-key', 'customer=@docs/examples/line/customer.key']],
])('the example %s and its records are right', async (name, keys) => {
  const { code, stdout } = await simboot([
    ...['batch', 'check', `docs/examples/line/${name}`, '--state', path('none')],
    ...keys,
  ]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('nothing is wrong')]);
});
