/** Statistics of a batch, and pages of them to print. */
export { reportCsv } from './csv.js';
export { reportHtml } from './html.js';
export { type BatchReport, type Durations, reportBatch, type SlotStatistics } from './statistics.js';
