/** Adapters of the network: HTTP, TLS, authentication. */
export * from './auth/index.js';
export * from './http/index.js';
export * from './push/index.js';
export * from './smsc/index.js';
export * from './tls/index.js';
