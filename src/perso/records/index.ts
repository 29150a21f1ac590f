/** Records of an input: reading, checking values, opening what is under transport keys. */
export { type FieldChecker, fieldChecker } from './fields.js';
export { FINDINGS, type FindingCode, finding, type RecordFinding } from './findings.js';
export {
  normalized,
  recordMaker,
  rowKeyColumn,
  type UniqueColumn,
  uniqueColumns,
} from './new-record.js';
export { openFields } from './open-fields.js';
export { openRecords } from './open-records.js';
export type { RecordPage, RecordRow } from './page.js';
export { checkTransportKeys, type TransportKeys, transportKeyOf, unwrapCell, wrapCell } from './transport.js';
