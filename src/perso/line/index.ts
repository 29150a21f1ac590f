/** The line: slots, readers, cards and records; recovery after a stop. */
export { steadyClock } from './clock.js';
export type * from './events.js';
export type * from './handler.js';
export type { Every, LineOptions, LineResult, RunningLine } from './options.js';
export { recoverStation } from './recover.js';
export { nextSlot } from './slot/next.js';
export * from './slot/state.js';
export { startLine } from './start.js';
export type { LineStatistics, StepStatistics } from './statistics.js';
