/** The factory line: job, records, binding, slots, journal, outputs, statistics. */
export * from './job/index.js';
export type * from './line/events.js';
export type * from './line/handler.js';
export * from './store/port.js';
export type * from './work/port.js';
