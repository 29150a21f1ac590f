/** The job file: what is written onto which card, from which records, and what comes out. */
export { fieldsOf, type JobFields } from './check.js';
export type { FileReader } from './description.js';
export { JOB_VALUES, OUTPUT_VALUES } from './output-values.js';
export { type ParseJobOptions, parseJob } from './parse.js';
export { jobJsonSchema } from './schema.js';
export { compileTemplate, type Template } from './template.js';
export type * from './types.js';
