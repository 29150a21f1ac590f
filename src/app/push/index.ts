export { accountIdOf, type FreshAccount, freshAccount, type PushedServer } from './account.js';
export type { PushBearer, PushParts } from './bearer.js';
export { Campaign, type CampaignOptions } from './engine.js';
