/** Device descriptions (DDF) of DM 1.2 and 1.3: XML to and from definitions (DM 2.0 §6.4). */
export type { DdfLimits } from './limits.js';
export { type DdfDocument, type ReadDdfOptions, readDdf, readDdfStream } from './read.js';
export { type WriteDdfOptions, writeDdf } from './write.js';
