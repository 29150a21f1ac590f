/** A batch on a line, put together. */
export { type LineServer, type LineServerOptions, serveLine } from './api/index.js';
