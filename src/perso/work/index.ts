/** One record on one card: identify, survey, write, verify. */
export { compileDocument, type DocumentTemplate } from './document.js';
export { drawnBySteps, drawnKeysName } from './drawn.js';
export { KEY_MISMATCH_CODES } from './mismatch.js';
export type * from './port.js';
export { cardWorker, executionOrder, type WorkerOptions } from './worker.js';
