/** Management objects: definitions as data, their JSON serialization, validation. Knows nothing of cards. */

export { decodeBase64, encodeBase64 } from '../bytes/index.js';
export {
  accountFromMo,
  accountToMo,
  type BootstrapCredentials,
  type DmAccount,
  isAccount,
  SEC_MODES,
  type SecMode,
} from './account.js';
export { canonicalTree } from './canonical.js';
export * from './ddf/index.js';
export {
  type Access,
  type AccessType,
  type ChildMatch,
  extension,
  interior,
  isUnnamed,
  leaf,
  type MoDefinition,
  matchChild,
  type NodeDefinition,
  type NodeFormat,
  nodeAt,
  type Occurrence,
  occurrenceBounds,
  valueMistake,
} from './definition.js';
export { DACMO } from './definitions/dacmo.js';
export { DEVINFO } from './definitions/devinfo.js';
export { DMACC } from './definitions/dmacc.js';
export { SESSIONINFO } from './definitions/sessioninfo.js';
export { type Finding, memberPath } from './finding.js';
export { checkFormat, type FormatCheck } from './formats.js';
export { formatInstanceUri, type InstanceUri, isNodeName, parseInstanceUri } from './instance-uri.js';
export {
  isJsonObject,
  type JsonLimits,
  type JsonObject,
  type JsonValue,
  jsonType,
  parseJson,
} from './json.js';
export { canonicalMoid, type DefinitionMatch, findDefinition, MO_DEFINITIONS } from './registry.js';
export { DMMO_SCHEMA } from './schema.js';
export { type DecodedDmmo, decodeDmmo, encodeDmmo, type SerializedMo } from './serialization.js';
export * from './tree/index.js';
export { type ValidateOptions, validateMo, validateMos } from './validate.js';
