/** One record on one card: identify, survey, write, verify. */
export { compileDocument, type DocumentTemplate } from './document.js';
export { drawnBySteps, drawnKeysName } from './drawn.js';
export type * from './port.js';
