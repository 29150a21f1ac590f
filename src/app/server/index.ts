/** The DM server put together: store, cores, network. */
export { type DmServer, type DmServerUrls, startDmServer } from './dm-server.js';
export type { DmServerEvent } from './events.js';
export type { DmServerOptions, DmServerTls, NotificationSender } from './options.js';
export { type MadeCertificate, makeCertificate } from './self-signed.js';
