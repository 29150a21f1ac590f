/** A file with mistakes as one error that names every row and column. */
import { DataError } from '../../../errors/index.js';
import type { ImportFinding } from './csv.js';

/** How many findings a message shows; the details have all. */
const SHOWN = 20;

/**
 * @param done what did not happen: `nothing was imported`
 * @param next what to do, where it is not the way of files of accounts
 */
export function importRefused(
  file: string,
  findings: readonly ImportFinding[],
  done = 'nothing was imported',
  next?: string,
): DataError {
  const lines = findings.map(({ row, column, message }) =>
    column === undefined ? `row ${row}: ${message}` : `row ${row}, ${column}: ${message}`,
  );
  const more = lines.length > SHOWN ? [`… and ${lines.length - SHOWN} more (--json shows all)`] : [];
  return new DataError(
    'DATA_IMPORT',
    `${file}: ${done}\n    ${[...lines.slice(0, SHOWN), ...more].join('\n    ')}`,
    {
      details: { file, findings: lines },
      ...(next === undefined ? {} : { next }),
    },
  );
}
