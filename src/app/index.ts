/** Puts the rooms together: what the command line and programs start. */

export * from '../readers/index.js';
export * from './bsf/index.js';
export { runDemo } from './demo/run.js';
export type { DemoOptions, DemoStep, ShownExchange } from './demo/step.js';
export * from './device/index.js';
export * from './journal/index.js';
export * from './line/index.js';
export * from './push/index.js';
export * from './server/index.js';
