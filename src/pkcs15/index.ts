/** EF(DIR), EF(ODF), EF(DODF), EF(AODF), EF(TokenInfo): strict writer, lenient reader. */
export { decodeAodf, EF_AODF, encodeAuthObject } from './aodf.js';
export type { FileCodec } from './codec.js';
export {
  decodeDir,
  decodeDirRecord,
  EF_DIR_RECORD,
  encodeDirEntry,
  isFreeDirRecord,
  matchPkcs15Aid,
} from './dir.js';
export { decodeDodf, EF_DODF, encodeDataObject, findDmBootstrapObjects } from './dodf.js';
export {
  PKCS15_FILES,
  type Pkcs15Document,
  type Pkcs15File,
  pkcs15FromJson,
  pkcs15ToJson,
} from './json.js';
export {
  applicationTemplateJson,
  authObjectJson,
  dataObjectJson,
  filePathJson,
  type JsonObject,
  type JsonValue,
  odfEntryJson,
  tokenInfoJson,
} from './json-view.js';
export { decodeOdf, EF_ODF, encodeOdfEntry } from './odf.js';
export { isAbsolute } from './path.js';
export { decodeTokenInfo, EF_TOKENINFO, encodeTokenInfo } from './tokeninfo.js';
export * from './types.js';
