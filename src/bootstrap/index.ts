/** Bootstrap documents, and their way onto a card and back (DM 2.0 §8). */
export * from './card/index.js';
export * from './document/index.js';
export * from './protection/index.js';
export * from './push/index.js';
