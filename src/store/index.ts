/** Where servers, campaigns of pushes and factory lines keep what they know: SQLite, PostgreSQL, memory. One schema. */
export {
  type OpenLineStoreOptions,
  type OpenStoreOptions,
  openLineStore,
  openPushStore,
  openServerStore,
  type PushStores,
} from './open.js';
