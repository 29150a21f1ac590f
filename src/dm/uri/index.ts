/** Addresses: ClientURI (DM 2.0 §6.1) and ServerURI (§6.2). */
export {
  type ClientUri,
  type ClientUriParts,
  formatClientUri,
  type InstanceStep,
  isWildcard,
  type NodeValue,
  type PathStep,
  parseClientUri,
} from './client-uri.js';
export {
  type Resolution,
  type ResolveOptions,
  resolveClientUri,
  resolveStorePlace,
  type StorePlace,
} from './resolve.js';
export { expandServerUri, type ServerUriValues } from './server-uri.js';
