/** A line over HTTP: REST and server-sent events. */
export { type LineServer, type LineServerOptions, serveLine } from './serve.js';
