/** Batches into a store. */
export { type LoadOptions, loadBatch } from './load-batch.js';
