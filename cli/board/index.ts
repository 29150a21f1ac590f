/** The operator's view of a line: a board on a terminal, plain lines elsewhere. */
export { openBoard } from './board.js';
export { endText, eventLine } from './plain.js';
export { symbolsFor } from './symbols.js';
