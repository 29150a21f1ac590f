/** Generic Bootstrapping Architecture: key derivation, keys of a NAF, DMBIK and DMBEK, push information, a small BSF. */
export {
  autnStar,
  type BsfEnvironment,
  type BsfRefusal,
  type BsfResult,
  type BsfSubscriber,
  retrievePushInfo,
} from './bsf.js';
export {
  attemptFailed,
  bootstrapped,
  type CampaignPolicy,
  claimed,
  DEFAULT_CAMPAIGN_POLICY,
  delivered,
  exhausted,
  isOver,
  PUSH_STATES,
  type PushRecord,
  type PushState,
  type PushStore,
  queuedPush,
  type Resynchronisation,
  resynchronised,
  sent,
  waitAfter,
} from './campaign.js';
export { openPushInfo, type PushAuthenticator, type PushDevice, type PushOpened } from './device.js';
export { DM_KEY_LABELS, type DmKeyLabel, type DmKeys, dmKeys } from './dm-keys.js';
export { impiFromImsi, tmpi, transactionId } from './identities.js';
export { gbaKdf, kdfInput, kdfText } from './kdf.js';
export { memoryPushes } from './memory-pushes.js';
export { memorySubscribers, refuseTwice, withHigherSqn } from './memory-subscribers.js';
export { FC_GBA, ks, ksExtNaf, ksIntNaf, type NafKeyInput, nafId, UA_SIMULATOR } from './naf.js';
export { type GpiCodec, type PushInfo, SIM_GPI } from './push-info.js';
export {
  type SubscriberRecord,
  type SubscriberStore,
  type SubscriptionKeys,
  subscriptionFunctions,
} from './subscribers.js';
export {
  type PushInfoAnswer,
  type PushInfoRequest,
  pushInfoAnswerFromJson,
  pushInfoAnswerToJson,
  pushInfoRequestFromJson,
  pushInfoRequestToJson,
  ZPN_PATH,
} from './zpn.js';
