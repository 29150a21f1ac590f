/** An input with mistakes as one error. */
import { DataError } from '../../errors/index.js';
import type { RecordFinding } from '../records/index.js';
import type { CheckReport } from './check-records.js';

/** How many findings a message shows. */
const SHOWN = 20;

/** @param file what the message calls the input */
export function recordsRefused(file: string, report: Pick<CheckReport, 'findings' | 'total'>): DataError {
  const lines = report.findings.slice(0, SHOWN).map(findingText);
  const more = report.total > lines.length ? [`… and ${report.total - lines.length} more`] : [];
  return new DataError(
    'DATA_RECORDS',
    `${file}: nothing was loaded\n    ${[...lines, ...more].join('\n    ')}`,
    {
      details: { file, findings: lines, total: report.total },
    },
  );
}

/**
 * One line for people.
 *
 * @example findingText({ row: 3, column: 'iccid', code: 'VALUE_MISSING', message: 'the value is missing' }) // → 'row 3, iccid: the value is missing'
 */
export function findingText({ row, column, message }: RecordFinding): string {
  const where = [...(row === 0 ? [] : [`row ${row}`]), ...(column === undefined ? [] : [column])];
  return where.length === 0 ? message : `${where.join(', ')}: ${message}`;
}
