/** Where the DM server keeps devices, scripts, results and accounts: SQLite, PostgreSQL, memory. One schema. */
export { type OpenStoreOptions, openServerStore } from './open.js';
