/** What is wrong with an input: where it is, what it is, what to do. */

/** What to do about each kind of finding; the message of a finding says what is wrong in that place. */
export const FINDINGS = {
  FILE_ENCODING: 'Save the file as UTF-8.',
  FILE_EMPTY: 'Give a file with records.',
  ROW_TOO_LONG: 'Look for a quote that does not end, or for another delimiter than the job has.',
  ROW_QUOTES: 'Put the whole cell between quotes, and write a quote in it twice.',
  ROW_CELLS:
    'Give every row as many cells as there are columns; put a cell with a delimiter in it between quotes.',
  ROW_JSON: 'Write one JSON object in each line, with texts as values.',
  COLUMN_MISSING: 'Add the column, or correct its header in the job file.',
  COLUMN_UNKNOWN: 'Declare the column in the job file, or take it out of the file.',
  COLUMN_TWICE: 'Keep one of the two columns.',
  HEADER: 'Correct the header; docs/job.md tells the form of header-plus-records files.',
  QUANTITY: 'Ask whoever made the file whether it is whole; correct the quantity only if it is.',
  VALUE_MISSING: 'Give the value, or declare the column optional in the job file.',
  VALUE_FORM: 'Correct the value; the column has the type that the job file says.',
  VALUE_LENGTH: 'Compare the length with the one in the job file.',
  VALUE_RANGE: 'Compare the value with the range that the job file allows.',
  VALUE_PREFIX:
    'Compare the first digits with those that the job file allows: is it the file of this customer?',
  VALUE_PATTERN: 'Compare the value with the pattern in the job file.',
  PATTERN_SLOW:
    'Write the pattern so that it cannot try one text in many ways: no repetition inside a repetition.',
  CHECK_DIGIT: 'Correct the number at its source; a wrong check digit means a wrong digit somewhere.',
  DUPLICATE_ROW: 'Take one of the rows out; two cards with the same identity must not exist.',
  DUPLICATE_BATCH: 'This identity is on a card of another batch already, or will be: ask for new numbers.',
  TRANSPORT_KEY: 'Give the transport key with --transport-key, and declare its name in the job file.',
  TRANSPORT_CELL:
    'Check that it is the transport key of this file, and that rows and columns were not moved.',
  DOCUMENT: 'Correct the value that the step needs, or the step in the job file.',
} as const;

/** Kinds of findings; stable for scripts. */
export type FindingCode = keyof typeof FINDINGS;

/** One mistake in an input. Never quotes what is secret. */
export interface RecordFinding {
  /** Line of the file, from 1; 0 where it is about the file as a whole. */
  readonly row: number;
  /** Column, as the job calls it (as the file does, where the job does not know it). */
  readonly column?: string;
  readonly code: FindingCode;
  readonly message: string;
}

/** @param column left out where it is about the whole row */
export function finding(
  row: number,
  column: string | undefined,
  code: FindingCode,
  message: string,
): RecordFinding {
  return column === undefined ? { row, code, message } : { row, column, code, message };
}
