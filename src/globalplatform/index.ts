/** GlobalPlatform: the secure channel SCP03. */

export {
  CARD_RECOGNITION_DATA,
  type CardRecognitionData,
  type ScpOption,
  scp03ModeOf,
} from './domain/card-recognition.js';
export { CPLC, type Cplc } from './domain/cplc.js';
export {
  type DomainAccess,
  getData,
  readCardRecognition,
  readCplc,
  readKeyInformation,
  readSequenceCounter,
} from './domain/get-data.js';
export { getStatus, REGISTRY_SCOPES, type RegistryEntry, type RegistryScope } from './domain/get-status.js';
export {
  type DomainInfoOptions,
  type DomainRegistry,
  readDomainInfo,
  readDomainRegistry,
} from './domain/info.js';
export type { DomainFinding, DomainInfo, HandshakeAnswer } from './domain/info-types.js';
export {
  KEY_INFORMATION_TEMPLATE,
  KEY_TYPE_AES,
  type KeyComponent,
  type KeyInformation,
} from './domain/key-information.js';
export { type KeyFieldForm, type PutKeysOptions, putKeyCommand, putKeys } from './domain/put-key.js';
export {
  AID_ISSUER_SECURITY_DOMAIN,
  type SelectDomainOptions,
  type SelectedDomain,
  selectSecurityDomain,
} from './domain/select-domain.js';
export { type StoreDataOptions, storeData } from './domain/store-data.js';
export { type KeySetState, type ProbeOptions, probeKeySet } from './probe.js';
export {
  type ReplayDifference,
  type ReplayedCase,
  type ReplayedCommand,
  type ReplayReport,
  replayScp03,
  type SkippedCase,
} from './replay.js';
export {
  type LiveSet,
  planRotation,
  type RotationOptions,
  type RotationPlan,
  type RotationResult,
  requireRotatable,
  rotateKeySet,
} from './rotate.js';
export {
  type CardRotationOptions,
  type CardRotationResult,
  rotateCardKeys,
} from './rotate-card.js';
export { type CryptogramDiagnosis, diagnoseCryptogram, testKeysBehind } from './scp03/diagnose.js';
export { externalAuthenticate, type HandshakeOptions, Scp03Handshake } from './scp03/handshake.js';
export {
  decodeInitializeUpdate,
  type InitializeUpdateResponse,
  initializeUpdate,
} from './scp03/initialize-update.js';
export { cardKeys, type KeySet, testKeysIn } from './scp03/key-set.js';
export {
  DEVIATIONS,
  type Deviation,
  decodeI,
  type ImplementationOptions,
  macLength,
  type Protection,
  protectionOf,
  type Scp03Mode,
  SECURITY_LEVELS,
  type SecurityLevel,
  securityLevel,
} from './scp03/parameters.js';
export { type MessagingOptions, SecureMessaging } from './scp03/secure-messaging.js';
export {
  type ExchangeListener,
  Scp03Session,
  type SecureExchange,
  type SessionFacts,
} from './scp03/session.js';
export {
  cardCryptogram,
  deriveSessionKeys,
  hostCryptogram,
  pseudoRandomChallenge,
  type SessionKeys,
  sessionContext,
  sessionKeyDerivation,
  wipeSessionKeys,
} from './scp03/session-keys.js';
export {
  openSecureApplication,
  type SecureApplication,
  type SecureApplicationOptions,
} from './secure-application.js';
