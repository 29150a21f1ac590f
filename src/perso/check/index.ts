/** Everything that can be known of an input before the first card. */
export { type CheckOptions, type CheckReport, checkRecords } from './check-records.js';
export type { FindingCount } from './finding-log.js';
export type { TransportKeyUse } from './open-cells.js';
export { findingText, recordsRefused } from './refused.js';
