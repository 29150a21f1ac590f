/** Bootstrap documents, and their way onto a card and back (DM 2.0 §8). */
export * from './document/index.js';
