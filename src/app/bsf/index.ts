export { type BsfClientOptions, bsfClient, type PushInfoSource } from './client.js';
export { type BsfEvent, type BsfServiceOptions, bsfService } from './service.js';
