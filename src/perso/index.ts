/** The factory line: job, records, binding, slots, journal, outputs, statistics. */

export * from './audit/index.js';
export * from './job/index.js';
export * from './journal/index.js';
export type * from './line/events.js';
export type * from './line/handler.js';
export * from './outputs/index.js';
export * from './remake/index.js';
export * from './report/index.js';
export * from './store/index.js';
export * from './work/index.js';
