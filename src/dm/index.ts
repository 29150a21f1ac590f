/** OMA DM 2.0: addresses, packages, notifications, access control, and the session cores of client and server. No I/O. */
export * from './access/index.js';
export * from './client/index.js';
export * from './interworking/index.js';
export * from './messages.js';
export * from './notification/index.js';
export * from './packages/index.js';
export * from './schemas/index.js';
export * from './server/index.js';
export * from './uri/index.js';
