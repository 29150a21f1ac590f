/** Generic Bootstrapping Architecture: key derivation, the keys of a NAF, DMBIK and DMBEK. */
export { DM_KEY_LABELS, type DmKeyLabel, type DmKeys, dmKeys } from './dm-keys.js';
export { impiFromImsi, tmpi, transactionId } from './identities.js';
export { gbaKdf, kdfInput, kdfText } from './kdf.js';
export { FC_GBA, ks, ksExtNaf, ksIntNaf, type NafKeyInput, nafId, UA_SIMULATOR } from './naf.js';
