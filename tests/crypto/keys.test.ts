/** Derivation, diversification, check values and handles against public vectors. */
import { inspect } from 'node:util';
import { fromHex, toHex } from '../../src/bytes/index.js';
import {
  AesKey,
  deriveOctets,
  deriveOctetsFrom,
  diversification,
  diversify,
  type KeyPurpose,
  keyCheckValue,
  MemoryKey,
  recognizeTestKey,
  scp03Derivation,
  WELL_KNOWN_KEYS,
} from '../../src/crypto/index.js';
import { casesOf } from './vectors.js';

const named = (...kinds: string[]) => casesOf(...kinds).map((c) => [c.id, c] as const);
const lower = (hex: string): string => hex.toLowerCase();

test.each(named('kdf'))('%s: SP 800-108 in the form of SCP03', async (_id, { inputs, expected }) => {
  const derivation = scp03Derivation(
    Number.parseInt(inputs.constant, 16),
    fromHex(inputs.context),
    inputs.length_bits / 8,
  );
  const key = fromHex(inputs.key);
  expect(toHex(deriveOctets(new AesKey(key), derivation))).toBe(lower(expected.output));
  expect(toHex(await deriveOctetsFrom(new MemoryKey(key), derivation))).toBe(lower(expected.output));
});

test.each(named('kdf_raw_kcv'))('%s: counter between free octets', async (_id, { inputs, expected }) => {
  const derivation = {
    kind: 'counter' as const,
    before: fromHex(inputs.before),
    after: fromHex(inputs.after),
    octets: inputs.length_bytes,
  };
  expect((await new MemoryKey(fromHex(inputs.key)).derive(derivation)).kcv).toBe(lower(expected.kcv));
});

test.each(named('kdf3_kcv'))(
  '%s: diversified keys by check value',
  async (_id, { inputs, expected, computed }) => {
    const master = new MemoryKey(fromHex(inputs.master));
    const keys = await diversify('kdf3', { enc: master, mac: master, dek: master }, fromHex(inputs.kdd));
    for (const purpose of ['enc', 'mac', 'dek'] as const) {
      expect(keys[purpose].kcv).toBe(lower(expected[`kcv_${purpose}`]));
      expect(keys[purpose].kcv).toBe(keyCheckValue(new AesKey(fromHex(computed[`key_${purpose}`]))));
    }
  },
);

test.each(named('kdf3'))('%s: diversified key itself', (_id, { inputs, expected }) => {
  const master = new AesKey(fromHex(inputs.master));
  const purpose = ({ '01': 'enc', '02': 'mac', '03': 'dek' } as Record<string, KeyPurpose>)[inputs.purpose]!;
  const derivation = diversification('kdf3', purpose, fromHex(inputs.kdd), master.length);
  if (derivation.kind !== 'counter') throw new Error('KDF3 is a counter derivation');
  expect(toHex(deriveOctets(master, derivation))).toBe(lower(expected.output));
});

test.each(named('session_kcv'))('%s: session keys by check value', async (_id, { inputs, expected }) => {
  const key = new MemoryKey(fromHex(inputs.key));
  const session = async (constant: number) =>
    (await key.derive({ kind: 'counter', ...scp03Derivation(constant, fromHex(inputs.context), 16) })).kcv;
  expect(await session(0x04)).toBe(lower(expected.kcv_s_enc));
  expect(await session(0x06)).toBe(lower(expected.kcv_s_mac));
  expect(await session(0x07)).toBe(lower(expected.kcv_s_rmac));
  expect(key.kcv).toBe(lower(expected.kcv_dek));
});

describe('VISA2 and EMV', () => {
  const kdd = fromHex('00112233445566778899');

  test('the blocks that are encrypted, octet by octet', () => {
    const block = (method: 'visa2' | 'emv', purpose: KeyPurpose): string => {
      const derivation = diversification(method, purpose, kdd, 16);
      return derivation.kind === 'encrypt' ? toHex(derivation.data) : '';
    };
    expect(block('visa2', 'enc')).toBe('001144556677f001001144556677' + '0f01');
    expect(block('visa2', 'dek')).toBe('001144556677f003001144556677' + '0f03');
    expect(block('emv', 'enc')).toBe('445566778899f001445566778899' + '0f01');
    expect(block('emv', 'mac')).toBe('445566778899f002445566778899' + '0f02');
  });

  test('the derived key is AES-ECB of that block', async () => {
    const master = new MemoryKey(WELL_KNOWN_KEYS[0]!.octets);
    const keys = await diversify('emv', { enc: master, mac: master, dek: master }, kdd);
    const octets = new AesKey(WELL_KNOWN_KEYS[0]!.octets).encryptBlock(
      fromHex('445566778899f0024455667788990f02'),
    );
    expect(keys.mac.kcv).toBe(keyCheckValue(new AesKey(octets)));
  });

  test('sizes that nobody defines are refused', () => {
    for (const method of ['visa2', 'emv'] as const) {
      for (const length of [24, 32] as const) {
        expect(() => diversification(method, 'enc', kdd, length)).toThrow('AES-128 only');
      }
    }
    expect(() => diversification('kdf3', 'enc', kdd.subarray(1), 16)).toThrow('10 octets');
  });
});

describe('a key handle', () => {
  const octets = fromHex('404142434445464748494a4b4c4d4e4f');
  const hex = toHex(octets);

  test('shows its check value only', () => {
    const key = new MemoryKey(octets);
    const shown = [
      String(key),
      `${key}`,
      JSON.stringify({ key }),
      inspect(key),
      inspect({ key }, { depth: 9, showHidden: true }),
      Object.keys(key).join(),
      Object.getOwnPropertyNames(key).join(),
    ];
    for (const text of shown) {
      expect(text.toLowerCase().replace(/[^0-9a-z]/g, '')).not.toContain(hex.slice(0, 12));
      expect(text).not.toContain('64, 65, 66');
    }
    expect(String(key)).toBe('AES-128 key, KCV 504a77');
    expect(JSON.parse(JSON.stringify(key))).toEqual({ algorithm: 'AES-128', kcv: '504a77' });
  });

  test('keeps its own copy', async () => {
    const mine = Uint8Array.from(octets);
    const key = new MemoryKey(mine);
    mine.fill(0);
    expect((await key.encrypt(new Uint8Array(16).fill(1))).subarray(0, 3)).toEqual(fromHex('504a77'));
  });

  test('refuses everything once it is wiped', async () => {
    const key = new MemoryKey(octets);
    const other = new MemoryKey(octets);
    key.wipe();
    await expect(key.cmac(octets)).rejects.toMatchObject({ code: 'SECURITY_KEY_WIPED' });
    await expect(key.encrypt(octets)).rejects.toMatchObject({ code: 'SECURITY_KEY_WIPED' });
    await expect(key.derive({ kind: 'encrypt', data: octets })).rejects.toMatchObject({
      code: 'SECURITY_KEY_WIPED',
    });
    await expect(key.exportUnder(other, new Uint8Array(0))).rejects.toMatchObject({
      code: 'SECURITY_KEY_WIPED',
    });
  });

  test('leaves only encrypted under another key', async () => {
    const dek = new MemoryKey(new Uint8Array(32).fill(7));
    const wrapped = await new MemoryKey(octets).exportUnder(dek, new Uint8Array(0));
    expect(new AesKey(new Uint8Array(32).fill(7)).decryptCbc(new Uint8Array(16), wrapped)).toEqual(octets);
  });

  test('is recognised as a well-known test key, and only then', async () => {
    for (const known of WELL_KNOWN_KEYS) {
      expect(await recognizeTestKey(new MemoryKey(known.octets))).toBe(known.name);
    }
    expect(await recognizeTestKey(new MemoryKey(new Uint8Array(16).fill(0x77)))).toBeUndefined();
  });
});
