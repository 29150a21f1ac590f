export { accountIdOf, type FreshAccount, freshAccount, type PushedServer } from './account.js';
export {
  type BearerOptions,
  PUSH_INFO_MEDIA_TYPE,
  type PushAddress,
  type PushBearer,
  type PushParts,
  parsePushAddress,
  pushBearer,
  type SmsSender,
} from './bearer.js';
export { Campaign, type CampaignOptions } from './engine.js';
