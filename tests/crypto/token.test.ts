/** Keys in a PKCS#11 token (SoftHSM): they authenticate a card, and never come out. */
import { inspect } from 'node:util';
import { ApduProcessor } from '../../src/apdu/index.js';
import { toHex } from '../../src/bytes/index.js';
import { diversify, MemoryKey, TokenKeyStore } from '../../src/crypto/index.js';
import { putKeys, Scp03Handshake } from '../../src/globalplatform/index.js';
import { ReferenceCard } from '../globalplatform/reference-card.js';
import { rawKeys, SIZES } from '../globalplatform/support.js';
import { requireSoftHsm } from '../support/softhsm.js';

const FACTS = { version: 1, mode: 'S8' } as const;

test('without the module, the error says so', async () => {
  await expect(TokenKeyStore.open({ module: '/nowhere/module.so', pin: '2468' })).rejects.toMatchObject({
    code: 'SECURITY_PKCS11',
    details: { module: '/nowhere/module.so' },
  });
});

requireSoftHsm('SoftHSM', (token) => {
  const open = (more: object = {}) => TokenKeyStore.open({ ...token, ...more });

  beforeAll(async () => {
    const store = await open();
    for (const size of SIZES) await store.import({ ...FACTS, name: `set-${size}` }, rawKeys(size));
    await store.import({ ...FACTS, name: 'master', diversification: 'kdf3' }, rawKeys(16));
    await store.close();
  });

  test('key sets by name and check value', async () => {
    const store = await open();
    const list = await store.list();
    expect(list.map(({ name, algorithm }) => [name, algorithm])).toEqual([
      ['master', 'AES-128'],
      ['set-16', 'AES-128'],
      ['set-24', 'AES-192'],
      ['set-32', 'AES-256'],
    ]);
    for (const size of SIZES) {
      const { keys } = await store.keySet(`set-${size}`);
      for (const purpose of ['enc', 'mac', 'dek'] as const) {
        const inMemory = new MemoryKey(rawKeys(size)[purpose]);
        expect([keys[purpose].custody, keys[purpose].kcv]).toEqual(['pkcs11', inMemory.kcv]);
        const message = new Uint8Array(37).fill(9);
        expect(await keys[purpose].cmac(message)).toEqual(await inMemory.cmac(message));
        expect(await keys[purpose].encrypt(new Uint8Array(32))).toEqual(
          await inMemory.encrypt(new Uint8Array(32)),
        );
      }
    }
    await expect(store.keySet('none')).rejects.toMatchObject({ code: 'USAGE_KEY_SET' });
    await expect(store.import({ ...FACTS, name: 'set-16' }, rawKeys(16))).rejects.toMatchObject({
      code: 'USAGE_KEY_SET',
    });
    const wrong = (name: string, keys = rawKeys(16)) =>
      expect(store.import({ ...FACTS, name }, keys)).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
    await wrong('a b');
    await wrong('mixed', { ...rawKeys(16), dek: rawKeys(32).dek });
    await store.close();
  });

  test('a card is authenticated, used and given a new key set with keys of the token', async () => {
    const store = await open();
    for (const size of SIZES) {
      const set = await store.keySet(`set-${size}`);
      const fresh = { enc: rawKeys(size).dek, mac: rawKeys(size).enc, dek: rawKeys(size).mac };
      const newKeys = {
        enc: new MemoryKey(fresh.enc),
        mac: new MemoryKey(fresh.mac),
        dek: new MemoryKey(fresh.dek),
      };
      const answer = Buffer.from(`31${newKeys.enc.kcv}${newKeys.mac.kcv}${newKeys.dek.kcv}`, 'hex');
      const card = new ReferenceCard({
        ...rawKeys(size),
        application: ({ ins }) => (ins === 0xd8 ? { data: answer } : { data: Buffer.from('secret') }),
      });
      const session = await new Scp03Handshake(new ApduProcessor(card), { keySet: set }).complete();
      const { data } = await session.send({ cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 6 });
      expect(Buffer.from(data).toString()).toBe('secret');
      await putKeys(session, { keys: newKeys, version: 0x31, replaces: 0 });
      session.close();
    }
    await store.close();
  });

  test('a master key in the token diversifies', async () => {
    const store = await open();
    const kdd = new Uint8Array(10).fill(0x42);
    const set = await store.keySet('master');
    const inMemory = new MemoryKey(rawKeys(16).enc);
    for (const method of ['kdf3', 'visa2', 'emv'] as const) {
      const [fromToken, expected] = await Promise.all([
        diversify(method, set.keys, kdd),
        diversify(method, { enc: inMemory, mac: inMemory, dek: inMemory }, kdd),
      ]);
      expect(fromToken.enc.kcv).toBe(expected.enc.kcv);
    }
    await store.close();
  });

  test('a static key is not given away, not printed, and not readable in the token', async () => {
    const store = await open();
    const { keys } = await store.keySet('set-16');
    await expect(keys.enc.exportUnder(keys.dek, new Uint8Array(0))).rejects.toMatchObject({
      code: 'SECURITY_KEY_CUSTODY',
    });
    const shown = inspect(store, { depth: 9 }) + inspect(keys) + JSON.stringify(keys);
    expect(shown).not.toContain(toHex(rawKeys(16).enc).slice(0, 12));
    expect(shown).toContain(`KCV ${keys.enc.kcv}`);
    await store.close();
  });

  test('a wrong PIN, another token, a session that is gone', async () => {
    const failure = await open({ pin: '1111' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SECURITY_PKCS11_PIN' });
    expect((failure as Error).message).not.toContain('1111');
    await expect(open({ token: 'other' })).rejects.toMatchObject({
      code: 'SECURITY_PKCS11',
      message: expect.stringContaining('simboot test'),
    });
    const store = await open();
    const { keys } = await store.keySet('set-16');
    await store.close();
    await expect(keys.mac.cmac(new Uint8Array(1))).rejects.toMatchObject({ code: 'SECURITY_KEY_WIPED' });
    await expect(store.list()).rejects.toMatchObject({ code: 'SECURITY_PKCS11' });
  });

  test('a module that is finalized in the middle gives a typed error, and the card is not touched', async () => {
    const store = await open();
    const set = await store.keySet('set-16');
    const binding = jest.requireActual('pkcs11js') as typeof import('pkcs11js');
    const other = new binding.PKCS11();
    other.load(token.module);
    other.C_Finalize();
    const card = new ReferenceCard(rawKeys(16));
    await expect(
      new Scp03Handshake(new ApduProcessor(card), { keySet: set }).complete(),
    ).rejects.toMatchObject({ code: 'SECURITY_PKCS11', details: { returnCode: expect.any(Number) } });
    expect(card.received.map((hex) => hex.slice(2, 4))).toEqual(['50']);
    await store.close();
  });
});

describe('a token that says how its PIN stands', () => {
  const CKF = { locked: 0x00040000, lastTry: 0x00020000 };
  const calls: string[] = [];

  afterEach(() => jest.dontMock('pkcs11js'));

  async function opening(flags: number): Promise<unknown> {
    const actual = jest.requireActual<typeof import('pkcs11js')>('pkcs11js');
    class FakeModule {
      load() {}
      C_Initialize() {}
      C_Finalize() {}
      C_GetSlotList = () => [Buffer.of(1)];
      C_GetTokenInfo = () => ({ label: 'fake', flags });
      C_OpenSession = () => calls.push('open');
      C_Login = () => calls.push('login');
    }
    jest.resetModules();
    jest.doMock('pkcs11js', () => ({ ...actual, PKCS11: FakeModule }));
    const { TokenKeyStore: Fresh } = await import('../../src/crypto/index.js');
    return Fresh.open({ module: '/fake.so', pin: '2468' }).catch((error: unknown) => error);
  }

  test('locked, or one try left: the PIN is not presented', async () => {
    expect(await opening(CKF.locked)).toMatchObject({ code: 'SECURITY_BLOCKED' });
    expect(await opening(CKF.lastTry)).toMatchObject({ code: 'SECURITY_LAST_TRY' });
    expect(calls).toEqual([]);
    expect(await opening(0)).not.toHaveProperty('code');
    expect(calls).toEqual(['open', 'login']);
  });
});
