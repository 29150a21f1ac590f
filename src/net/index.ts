/** Adapters of the network: HTTP and TLS. */
export * from './http/index.js';
export * from './tls/index.js';
