export { accountIdOf, type FreshAccount, freshAccount, type PushedServer } from './account.js';
export { type PushAnswer, readPushAnswers } from './answers-file.js';
export {
  type BearerOptions,
  PUSH_INFO_MEDIA_TYPE,
  type PushBearer,
  type PushParts,
  type PushTarget,
  parsePushTarget,
  pushBearer,
  type SmsSender,
} from './bearer.js';
export { DEVICE_COLUMNS, type PushedDevice, type ReadPushDevices, readPushDevices } from './devices-file.js';
export { Campaign, type CampaignOptions } from './engine.js';
export {
  allPushes,
  PushProgress,
  type PushReport,
  type RunPushEvent,
  type RunPushOptions,
  reportPush,
  runPush,
} from './run.js';
