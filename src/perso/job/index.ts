/** The job file: what is written onto which card, from which records, and what comes out. */
export { compileTemplate, type Template } from './template.js';
export type * from './types.js';
