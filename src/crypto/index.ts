/** AES, CMAC, key derivation and diversification, and keys in custody: memory, encrypted file, PKCS#11. */
export { SealingKey } from './aead.js';
export { AesKey, aesKeyLength } from './aes-key.js';
export type { AkaFunctions, AkaResponse } from './aka/functions.js';
export { Milenage, type MilenageKeys, milenageOpc } from './aka/milenage.js';
export {
  DEFAULT_SQN_PROFILE,
  nextSqn,
  SqnArray,
  type SqnProfile,
  sqnFromNumber,
  sqnToNumber,
} from './aka/sqn.js';
export { Tuak, type TuakKeys, type TuakSizes, tuakTopc } from './aka/tuak.js';
export {
  type AuthenticationVector,
  createAuts,
  createVector,
  type OpenedAutn,
  openAutn,
  openAuts,
} from './aka/vector.js';
export { sameSecret } from './compare.js';
export {
  DIVERSIFICATION_CONSTRUCTIONS,
  DIVERSIFICATION_METHODS,
  type DiversificationMethod,
  type DiversifiedHex,
  diversification,
  diversifiedOctets,
  diversify,
  KEY_PURPOSES,
  type KeyPurpose,
  type StaticKeys,
  wipeStaticKeys,
} from './diversify.js';
export type { AesCipher, AesEngine, AesKeyLength } from './engine.js';
export { type CounterDerivation, counterMessages, deriveOctets, scp03Derivation } from './kdf.js';
export {
  deriveOctetsFrom,
  type KeyDerivation,
  type KeyHandle,
  keyCheckValue,
  MemoryKey,
  OpaqueKey,
} from './key-handle.js';
export { nobleEngine } from './noble-engine.js';
export { nodeEngine } from './node-engine.js';
export { pad80, unpad80 } from './padding.js';
export type { TokenOptions } from './pkcs11/token.js';
export { TokenKeyStore } from './pkcs11/token-key-store.js';
export { openCell, sealCell } from './sealed-cell.js';
export {
  importKeySet,
  type KeyStoreOptions,
  openFileKeyStore,
} from './store/file-key-store.js';
export type { KeySetFacts, KeySetSummary, KeyStore, RawKeys, StoredKeySet } from './store/key-store.js';
export { DEFAULT_COST, type ScryptCost, seal, unseal } from './store/sealed.js';
export { recognizeTestKey, WELL_KNOWN_KEYS, type WellKnownKey } from './test-keys.js';
