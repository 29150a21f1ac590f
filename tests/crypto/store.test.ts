/** The encrypted key store file: what it keeps, what it shows, and what damage does. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { encodeUtf8, toHex } from '../../src/bytes/index.js';
import { importKeySet, openFileKeyStore, seal, unseal } from '../../src/crypto/index.js';

const CHEAP = { cost: { n: 2, r: 1, p: 1 } };
const FACTS = { name: 'issuer-2026', version: 0x30, mode: 'S16', diversification: 'kdf3' } as const;
const keys = (length: number, seed = 1) => ({
  enc: new Uint8Array(length).fill(seed),
  mac: new Uint8Array(length).fill(seed + 1),
  dek: new Uint8Array(length).fill(seed + 2),
});
const directory = mkdtempSync(join(tmpdir(), 'simboot-keys-'));
let count = 0;
const newPath = (): string => join(directory, `store-${count++}.json`);

test('key sets come back with their facts and check values', async () => {
  const path = newPath();
  for (const [index, length] of [16, 24, 32].entries()) {
    const stored = await importKeySet(
      path,
      'correct horse',
      { ...FACTS, name: `set-${index}` },
      keys(length),
      CHEAP,
    );
    expect(stored).toMatchObject({ name: `set-${index}`, algorithm: `AES-${length * 8}`, version: 0x30 });
  }
  const store = await openFileKeyStore(path, 'correct horse');
  expect((await store.list()).map(({ name }) => name)).toEqual(['set-0', 'set-1', 'set-2']);
  const set = await store.keySet('set-2');
  expect(set).toMatchObject({ mode: 'S16', diversification: 'kdf3' });
  expect(set.keys.dek.length).toBe(32);
  expect((await store.list())[2]!.kcv.dek).toBe(set.keys.dek.kcv);
  await store.close();
  await expect(set.keys.enc.cmac(new Uint8Array(1))).rejects.toMatchObject({ code: 'SECURITY_KEY_WIPED' });
});

test('the default cost works, and the octets are scrypt and AES-256-GCM', async () => {
  const content = encodeUtf8('content');
  const file = await seal(content, 'p', (n) => new Uint8Array(n).fill(n));
  expect(JSON.parse(Buffer.from(file).toString())).toMatchObject({
    format: 'simboot-keystore',
    version: 1,
    kdf: { name: 'scrypt', n: 131072, r: 8, p: 1, salt: '20'.repeat(32) },
    cipher: { name: 'aes-256-gcm', nonce: '0c'.repeat(12) },
  });
  expect(await unseal(file, 'p')).toEqual(content);
});

test('neither the file nor a store shows a key', async () => {
  const path = newPath();
  await importKeySet(path, 'p', FACTS, keys(16, 0xa5), CHEAP);
  const store = await openFileKeyStore(path, 'p');
  const shown =
    readFileSync(path, 'utf8') +
    inspect(store, { depth: 9, showHidden: true }) +
    inspect(await store.keySet(FACTS.name), { depth: 9, showHidden: true }) +
    JSON.stringify(await store.keySet(FACTS.name));
  for (const key of Object.values(keys(16, 0xa5))) expect(shown).not.toContain(toHex(key).slice(0, 12));
  expect(statSync(path).mode & 0o077).toBe(0);
});

test('a wrong passphrase is told from damage', async () => {
  const path = newPath();
  await importKeySet(path, 'right', FACTS, keys(16), CHEAP);
  await expect(openFileKeyStore(path, 'wrong')).rejects.toMatchObject({
    code: 'SECURITY_KEYSTORE_PASSPHRASE',
  });
  await expect(importKeySet(path, 'wrong', { ...FACTS, name: 'b' }, keys(16), CHEAP)).rejects.toMatchObject({
    code: 'SECURITY_KEYSTORE_PASSPHRASE',
  });
});

test('any flipped bit is damage, or leaves the content as it was', async () => {
  const content = encodeUtf8('{"keySets":[]}');
  const file = await seal(content, 'p', (n) => new Uint8Array(n).fill(7), CHEAP.cost);
  for (let bit = 0; bit < file.length * 8; bit++) {
    const changed = file.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const outcome = await unseal(changed, 'p').catch((error: unknown) => error);
    if (outcome instanceof Uint8Array)
      expect(outcome).toEqual(content); // white space of the JSON
    else expect(outcome).toMatchObject({ code: 'SECURITY_KEYSTORE_DAMAGED' });
  }
});

test('an alteration with a new checksum does not pass for the right file', async () => {
  const file = await seal(encodeUtf8('{}'), 'p', (n) => new Uint8Array(n).fill(7), CHEAP.cost);
  const { sha256: _old, ...body } = JSON.parse(Buffer.from(file).toString());
  for (const change of [{ ciphertext: 'ffff' }, { kdf: { ...body.kdf, n: 4 } }, { tag: '00'.repeat(16) }]) {
    const forged = { ...body, ...change };
    const sha256 = createHash('sha256').update(JSON.stringify(forged)).digest('hex');
    await expect(unseal(encodeUtf8(JSON.stringify({ ...forged, sha256 })), 'p')).rejects.toMatchObject({
      code: 'SECURITY_KEYSTORE_PASSPHRASE',
    });
  }
});

test.each([
  ['not JSON', '{'],
  ['another format', '{"format":"x"}'],
])('%s is damage', async (_what, text) => {
  const path = newPath();
  writeFileSync(path, text);
  await expect(openFileKeyStore(path, 'p')).rejects.toMatchObject({ code: 'SECURITY_KEYSTORE_DAMAGED' });
});

test('parameters that would take all memory are refused before anything is computed', async () => {
  const file = await seal(encodeUtf8('{}'), 'p', (n) => new Uint8Array(n), CHEAP.cost);
  const greedy = Buffer.from(file).toString().replace('"n": 2', '"n": 1073741824');
  await expect(unseal(encodeUtf8(greedy), 'p')).rejects.toMatchObject({ code: 'SECURITY_KEYSTORE_DAMAGED' });
});

test('names, versions and lengths are checked, and a taken name is refused', async () => {
  const path = newPath();
  const add = (facts: object, raw = keys(16)) => importKeySet(path, 'p', { ...FACTS, ...facts }, raw, CHEAP);
  await expect(add({ name: 'a b' })).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  await expect(add({ version: 256 })).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  await expect(add({}, keys(15))).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  await expect(add({}, { ...keys(16), dek: new Uint8Array(32) })).rejects.toMatchObject({
    code: 'USAGE_ARGUMENT',
  });
  expect(existsSync(path)).toBe(false);
  await add({});
  await expect(add({})).rejects.toMatchObject({ code: 'USAGE_KEY_SET' });
  const store = await openFileKeyStore(path, 'p');
  await expect(store.keySet('other')).rejects.toMatchObject({ code: 'USAGE_KEY_SET' });
  await expect(openFileKeyStore(newPath(), 'p')).rejects.toMatchObject({ code: 'USAGE_FILE_UNREADABLE' });
});

test('a file that cannot be written leaves nothing behind', async () => {
  const path = join(directory, 'missing', 'store.json');
  await expect(importKeySet(path, 'p', FACTS, keys(16), CHEAP)).rejects.toMatchObject({
    code: 'USAGE_FILE_UNWRITABLE',
  });
  expect(readdirSync(directory).filter((name) => name.endsWith('.new'))).toEqual([]);
});

test('content that is no JSON under a right passphrase: told without quoting it', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'simboot-')), 'keys.json');
  const secret = '{"keySets":[{"enc":"deadbeefdeadbeef';
  writeFileSync(path, await seal(encodeUtf8(secret), 'p', (n) => new Uint8Array(n).fill(5), CHEAP.cost));
  const error: unknown = await openFileKeyStore(path, 'p').catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'SECURITY_KEYSTORE_DAMAGED' });
  expect(inspect(error, { depth: null })).not.toContain('deadbeef');
});
