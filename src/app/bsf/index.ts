export { type BsfClientOptions, bsfClient, type PushInfoSource } from './client.js';
export { importSubscribers, openBsfStore, type RunBsfEvent, type RunBsfOptions, runBsf } from './run.js';
export { type BsfEvent, type BsfServiceOptions, bsfService } from './service.js';
export { type ReadSubscribers, readSubscribers, SUBSCRIBER_COLUMNS } from './subscribers-file.js';
