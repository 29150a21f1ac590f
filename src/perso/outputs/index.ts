/** The files that leave a line: server, laser, box; and whether the numbers add up. */

export { type Reconciliation, reconcile } from './reconcile.js';
export { type CellSealer, cellSealer } from './seal.js';
export type { OpenValues } from './values.js';
export { type ExportOptions, exportOutputs, type OutputWriter, type WrittenFile } from './write.js';
