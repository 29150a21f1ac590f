/** The factory line: job, records, binding, slots, journal, outputs, statistics. */

export * from './audit/index.js';
export * from './check/index.js';
export * from './codecs/index.js';
export * from './draw/index.js';
export * from './job/index.js';
export * from './journal/index.js';
export * from './line/index.js';
export * from './load/index.js';
export * from './outputs/index.js';
export {
  checkTransportKeys,
  FINDINGS,
  type FieldChecker,
  type FindingCode,
  fieldChecker,
  openFields,
  openRecords,
  type RecordFinding,
  type RecordPage,
  type RecordRow,
  recordMaker,
  type TransportKeys,
  unwrapCell,
  wrapCell,
} from './records/index.js';
export * from './remake/index.js';
export * from './report/index.js';
export * from './store/index.js';
export * from './work/index.js';
