/** A batch on a line, put together. */
export { type LineServer, type LineServerOptions, serveLine } from './api/index.js';
export {
  type BatchStatus,
  type LineStatus,
  lineStatus,
  type RecordInNeed,
  type StationStatus,
} from './status.js';
