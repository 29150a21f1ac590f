/** The calculators of keys and secure channels, as scripts call them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { casesOf } from '../crypto/vectors.js';
import { simboot } from './harness.js';

const KEY = '404142434445464748494A4B4C4D4E4F';
const KDD = '00010203040506070809';

test('keys kcv', async () => {
  const result = await simboot(`keys kcv --key ${KEY} --json`);
  expect(result.json()).toEqual({ kcv: '504a77' });
  expect(result.stderr).toContain('well-known test key');
  expect(result.stderr).toContain('shows in the process list');
  expect((await simboot('keys kcv --key env:K', { env: { K: KEY } })).stdout).toBe('504a77\n');
  expect((await simboot('keys kcv --key 4041')).code).toBe(2);
});

test.each(casesOf('kdf3_kcv').map((one) => [one.id, one] as const))(
  'keys diversify: %s',
  async (_id, { inputs, expected, computed }) => {
    const line = `keys diversify --method kdf3 --master ${inputs.master} --kdd ${inputs.kdd} --json`;
    expect((await simboot(line)).json()).toEqual({
      enc: computed.key_enc.toLowerCase(),
      mac: computed.key_mac.toLowerCase(),
      dek: computed.key_dek.toLowerCase(),
      kcv: {
        enc: expected.kcv_enc.toLowerCase(),
        mac: expected.kcv_mac.toLowerCase(),
        dek: expected.kcv_dek.toLowerCase(),
      },
    });
  },
);

test('keys diversify refuses sizes that no tool defines, and unknown methods', async () => {
  for (const method of ['visa2', 'emv']) {
    for (const size of [24, 32]) {
      const line = `keys diversify --method ${method} --master ${'11'.repeat(size)} --kdd ${KDD} --json`;
      const result = await simboot(line);
      expect(result.code).toBe(2);
      expect(result.json()).toMatchObject({ error: { code: 'USAGE_ARGUMENT' } });
    }
    expect((await simboot(`keys diversify --method ${method} --master ${KEY} --kdd ${KDD}`)).code).toBe(0);
  }
  expect((await simboot(`keys diversify --method kdf9 --master ${KEY} --kdd ${KDD}`)).code).toBe(2);
  expect((await simboot(`keys diversify --method emv --master ${KEY} --kdd 0001`)).code).toBe(2);
});

describe('keys import and list', () => {
  const store = join(mkdtempSync(join(tmpdir(), 'simboot-store-')), 'keys.json');
  const env = { PASS: 'correct horse', K: KEY, OTHER: '11'.repeat(16) };
  const line = (rest: string) => simboot(`keys ${rest} --store ${store} --json`, { env });

  test('a master key, a set of three, and the list by check value', async () => {
    const master = await line(
      'import --passphrase env:PASS --name issuer --master env:K --diversification kdf3',
    );
    expect(master.code).toBe(0);
    expect(master.stderr).toContain('well-known test key');
    expect(master.json()).toMatchObject({ name: 'issuer', diversification: 'kdf3', kcv: { enc: '504a77' } });
    const three = await line(
      'import --passphrase env:PASS --name card --enc env:OTHER --mac env:OTHER --dek env:OTHER --kvn 30 --scp-mode S16',
    );
    expect([three.code, three.stderr]).toEqual([0, '']);
    const list = await line('list --passphrase env:PASS');
    expect(list.json()).toMatchObject({
      keySets: [
        { name: 'issuer', version: 0, mode: 'S8', algorithm: 'AES-128' },
        { name: 'card', version: 0x30, mode: 'S16' },
      ],
    });
    const text = await simboot(`keys list --passphrase env:PASS --store ${store}`, { env });
    expect(text.stdout).toMatch(/issuer +00 +S8 +AES-128 +kdf3 +504a77/);
    expect(text.stdout + list.stdout + master.stdout).not.toContain(KEY.toLowerCase());
  });

  test('refusals', async () => {
    expect((await line('list --passphrase env:K')).json()).toMatchObject({
      error: { code: 'SECURITY_KEYSTORE_PASSPHRASE' },
    });
    const refused = async (rest: string, code: number) =>
      expect([rest, (await line(rest)).code]).toEqual([rest, code]);
    await refused('list --passphrase env:K', 4);
    await refused('list', 2);
    await refused(`import --passphrase env:PASS --name x --master ${KEY}`, 2); // never literally
    await refused('import --passphrase env:PASS --name x --enc env:K', 2);
    await refused('import --passphrase env:PASS --name issuer --master env:K', 2);
    await refused('import --passphrase env:PASS --name x --master env:K --kvn 300', 2);
  });
});

test('a PKCS#11 token as key store: what cannot be opened is said', async () => {
  const env = { PIN: '1234' };
  const list = (store: string) => simboot(`keys list --store ${store} --passphrase env:PIN --json`, { env });
  const missing = await list('pkcs11:/nowhere/module.so?token=x');
  expect(missing.code).toBe(4);
  expect(missing.json()).toMatchObject({ error: { code: 'SECURITY_PKCS11' } });
  expect((await list('pkcs11:')).code).toBe(2);
  expect((await list('pkcs11:/m.so?slot=1')).code).toBe(2);
});

describe('scp03 replay', () => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-replay-'));
  const file = (name: string, value: unknown): string => {
    const path = join(directory, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  };

  test('the published cases', async () => {
    const result = await simboot('scp03 replay test-vectors/scp03.json --json');
    expect(result.code).toBe(0);
    const { cases } = result.json<{ cases: { ok: boolean | null; skipped?: boolean }[] }>();
    expect(cases.filter(({ ok }) => ok === true)).toHaveLength(9);
    expect(cases.filter(({ ok, skipped }) => ok === null && skipped)).toHaveLength(55);
    const text = await simboot('scp03 replay test-vectors/scp03.json');
    expect(text.stdout).toContain('9 of 9 replayed cases as expected, 55 of other kinds skipped');
    expect(text.stdout).toContain('✓ samsung-aes256-s16-33');
  });

  test('a difference ends with 6', async () => {
    const one = structuredClone(casesOf('session')[0]!);
    one.expected.host_cryptogram = '0000000000000000';
    const result = await simboot(['scp03', 'replay', file('wrong.json', one), '--json']);
    expect(result.code).toBe(6);
    expect(result.json()).toMatchObject({
      cases: [{ ok: false, differences: [{ field: 'host_cryptogram', expected: '0000000000000000' }] }],
    });
    const text = await simboot(['scp03', 'replay', file('wrong.json', one)]);
    expect(text.stdout).toContain('✗ host_cryptogram: expected 0000000000000000, computed b08d6ce26b6cb3cc');
  });

  test('a file that is missing or malformed ends with 2', async () => {
    expect((await simboot(['scp03', 'replay', join(directory, 'none.json')])).code).toBe(2);
    expect((await simboot(['scp03', 'replay', file('bad.json', { kind: 'session' })])).code).toBe(2);
  });
});
