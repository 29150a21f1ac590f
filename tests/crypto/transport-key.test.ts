/** Handles that decrypt (SP 800-38A F.2, NIST GCM test case 4 of AES-256), in memory and in a token. */
import { encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import { type KeyHandle, MemoryKey, SealingKey, TokenKeyStore } from '../../src/crypto/index.js';
import { requireSoftHsm } from '../support/softhsm.js';

/** SP 800-38A F.2.1, first two blocks. */
const CBC = {
  key: '2b7e151628aed2a6abf7158809cf4f3c',
  iv: '000102030405060708090a0b0c0d0e0f',
  clear: '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51',
  cipher: '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2',
};
/** The Galois/Counter Mode of Operation (McGrew, Viega), Appendix B, test case 16. */
const GCM = {
  key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
  nonce: 'cafebabefacedbaddecaf888',
  place: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
  clear:
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  sealed:
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
    '76fc6ece0f4e1768cddf8853bb2d551b',
};

async function decrypts(cbc: KeyHandle, gcm: KeyHandle): Promise<void> {
  expect(toHex(await cbc.decrypt(fromHex(CBC.iv), fromHex(CBC.cipher)))).toBe(CBC.clear);
  const sealed = fromHex(GCM.nonce + GCM.sealed);
  expect(toHex(await gcm.open(sealed, fromHex(GCM.place)))).toBe(GCM.clear);
  expect(toHex(await gcm.seal(fromHex(GCM.clear), fromHex(GCM.place), fromHex(GCM.nonce)))).toBe(
    toHex(sealed),
  );
  const refused = (octets: Uint8Array, place = fromHex(GCM.place)) =>
    expect(gcm.open(octets, place)).rejects.toMatchObject({ code: 'SECURITY_SEALED' });
  await refused(sealed, encodeUtf8('elsewhere'));
  await refused(sealed.with(20, sealed[20]! ^ 1));
  await refused(sealed.with(-1, sealed.at(-1)! ^ 1));
  await refused(sealed.subarray(0, 27));
  // and it goes on after a refusal
  expect(toHex(await gcm.open(sealed, fromHex(GCM.place)))).toBe(GCM.clear);
  cbc.wipe();
  gcm.wipe();
  await expect(cbc.decrypt(new Uint8Array(16), new Uint8Array(16))).rejects.toMatchObject({
    code: 'SECURITY_KEY_WIPED',
  });
  await expect(gcm.open(sealed, fromHex(GCM.place))).rejects.toMatchObject({ code: 'SECURITY_KEY_WIPED' });
}

test('keys in memory open cells, and what a sealing key sealed', async () => {
  const key = new MemoryKey(fromHex(GCM.key));
  const sealed = new SealingKey(fromHex(GCM.key)).seal(Uint8Array.of(1), Uint8Array.of(2), () =>
    fromHex(GCM.nonce),
  );
  expect(await key.open(sealed, Uint8Array.of(2))).toEqual(Uint8Array.of(1));
  await expect(key.seal(Uint8Array.of(1), Uint8Array.of(2), new Uint8Array(16))).rejects.toMatchObject({
    code: 'USAGE_ARGUMENT',
  });
  await decrypts(new MemoryKey(fromHex(CBC.key)), key);
});

requireSoftHsm('SoftHSM', (token) => {
  test('keys in a token open cells without leaving it', async () => {
    const store = await TokenKeyStore.open(token);
    const cbc = await store.importSingleKey('transport-1', fromHex(CBC.key));
    await store.importSingleKey('transport-2', fromHex(GCM.key));
    await expect(store.importSingleKey('transport-2', fromHex(GCM.key))).rejects.toMatchObject({
      code: 'USAGE_KEY_SET',
    });
    await expect(store.importSingleKey('odd', new Uint8Array(20))).rejects.toMatchObject({
      code: 'USAGE_ARGUMENT',
    });
    await expect(store.singleKey('none')).rejects.toMatchObject({ code: 'SECURITY_PKCS11' });
    expect([cbc.custody, cbc.kcv]).toEqual(['pkcs11', new MemoryKey(fromHex(CBC.key)).kcv]);
    await decrypts(cbc, await store.singleKey('transport-2'));
    await store.close();
  });
});
