/** Where the DM server keeps devices, scripts, results and accounts: SQLite, PostgreSQL, memory. One schema. */
export { type OpenStoreOptions, openPushStore, openServerStore, type PushStores } from './open.js';
