/** Values drawn once per record. */
export { drawValues, type Random } from './draw.js';
