/** SIM (2G) and UICC (3G) file systems, access rules, PINs, logical channels. */

export { describeCondition } from './access.js';
export { ACCESS_RULES, type AccessRule } from './access-rules.js';
export { historicalBytes, supportsExtendedLength } from './atr.js';
export {
  type AkaAccepted,
  authenticate,
  decodeGbaBootstrapParameters,
  type GbaAccepted,
  type GbaBootstrapParameters,
  gbaBootstrap,
  gbaNafKey,
  type Resynchronise,
} from './authenticate.js';
export type * from './card.js';
export { CREATE_FCP } from './create.js';
export { decodeFcp } from './fcp.js';
export { describeKeysNeeded, keysNeeded } from './keys-needed.js';
export { fileName, keyName } from './names.js';
export { type OpenOptions, openCard } from './open.js';
export { describeLocation, formatPath, locate } from './path.js';
export { encodePin, parseKeyValue } from './pins.js';
export { decodeSelect2g } from './response-2g.js';
export { type FileNode, listFiles } from './tree.js';
