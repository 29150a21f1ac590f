/** How much of an input is held at once. */

/** Characters of one cell: a sealed bootstrap document fits. */
export const CELL_LIMIT = 131_072;
/** Octets of one row. */
export const ROW_LIMIT = 1_048_576;
/** Rows that are handed on together. */
export const PAGE_ROWS = 1_000;
/** Lines of headers before the records. */
export const HEADER_LIMIT = 1_000;

/** A text of the input in a message: short, and without control characters. */
export function shown(text: string): string {
  const plain = text.replace(/[\p{C}\p{Z}]/gu, (character) => (character === ' ' ? ' ' : '?'));
  return `"${plain.length > 40 ? `${plain.slice(0, 40)}…` : plain}"`;
}
