/** Values of rows against what the job says of their columns. */
import type { Column } from '../job/types.js';
import { finding, type RecordFinding } from './findings.js';
import { shown } from './limits.js';
import { type Complaint, eidComplaint, iccidComplaint, imsiComplaint } from './numbers.js';
import type { RecordRow } from './page.js';
import { patternCheck } from './patterns.js';

type Report = (finding: RecordFinding) => void;

/** Checks the values of rows. Cells have to be open; a cell that did not open is left out as `undefined`. */
export interface FieldChecker {
  /** Reports what is wrong with the values of a page of rows. */
  check(
    rows: readonly Pick<RecordRow, 'row'>[],
    cells: readonly (readonly (string | undefined)[])[],
    report: Report,
  ): void;
}

/**
 * Makes a checker: types, check digits, lengths, ranges, prefixes and patterns. A pattern that takes too long is a
 * finding, and is not tried again.
 *
 * @throws DataError `DATA_JOB` for a pattern that is none
 */
export function fieldChecker(columns: readonly Column[]): FieldChecker {
  const checks = columns.map(valueCheck);
  const patterns = columns.flatMap((column, index) =>
    column.pattern === undefined ? [] : [patternColumn(column, index, patternCheck(column.pattern))],
  );
  return {
    check(rows, cells, report) {
      for (let at = 0; at < rows.length; at++) {
        const row = cells[at]!;
        for (let index = 0; index < checks.length; index++) {
          const complaint = row[index] === undefined ? undefined : checks[index]!(row[index]!);
          if (complaint !== undefined) report(finding(rows[at]!.row, columns[index]!.name, ...complaint));
        }
      }
      for (const pattern of patterns) pattern(rows, cells, report);
    },
  };
}

function valueCheck(column: Column): (value: string) => Complaint {
  const form = formOf(column);
  const { optional, length, range, prefixes } = column;
  const octets = column.type === 'hex' ? 2 : 1;
  const value = (text: string): string => (column.secret ? 'the value' : shown(text));
  return (text) => {
    if (text === '') return optional ? undefined : ['VALUE_MISSING', 'the value is missing'];
    const complaint = form(text);
    if (complaint !== undefined) return complaint;
    const size = text.length / octets;
    if (length !== undefined && (size < length.min || size > length.max)) {
      const wanted = length.min === length.max ? `${length.min}` : `${length.min} to ${length.max}`;
      return ['VALUE_LENGTH', `${size} ${octets === 2 ? 'octets' : 'characters'}, not ${wanted}`];
    }
    if (range !== undefined && !isWithin(text, range)) {
      return ['VALUE_RANGE', `${value(text)} is not within ${range.from} to ${range.to}`];
    }
    if (prefixes !== undefined && !prefixes.some((prefix) => text.startsWith(prefix))) {
      return ['VALUE_PREFIX', `${value(text)} begins with none of ${prefixes.join(', ')}`];
    }
    return undefined;
  };
}

function isWithin(text: string, { from, to }: NonNullable<Column['range']>): boolean {
  return text.length === from.length && text >= from && text <= to;
}

/** A secret value is never in a message. */
function formOf({ type, secret }: Column): (value: string) => Complaint {
  const plain = (check: (value: string) => Complaint, name: string): ((value: string) => Complaint) =>
    !secret ? check : (value) => withoutValue(check(value), name);
  switch (type) {
    case 'iccid':
      return plain(iccidComplaint, 'ICCID');
    case 'imsi':
      return plain(imsiComplaint, 'IMSI');
    case 'eid':
      return plain(eidComplaint, 'EID');
    case 'digits':
      return (value) =>
        /^[0-9]+$/.test(value) ? undefined : ['VALUE_FORM', `${placeOf(value, /[^0-9]/)} is no digit`];
    case 'hex':
      return hexComplaint;
    case 'text':
      return (value) =>
        CONTROL.test(value) ? ['VALUE_FORM', `${placeOf(value, CONTROL)} is a control character`] : undefined;
  }
}

const CONTROL = /\p{Cc}/u;

function hexComplaint(value: string): Complaint {
  if (/^[0-9a-fA-F]+$/.test(value)) {
    return value.length % 2 === 0 ? undefined : ['VALUE_FORM', `${value.length} hex digits, an odd number`];
  }
  return ['VALUE_FORM', `${placeOf(value, /[^0-9a-fA-F]/)} is no hex digit`];
}

function placeOf(value: string, wrong: RegExp): string {
  return `character ${value.search(wrong) + 1}`;
}

function withoutValue(complaint: Complaint, name: string): Complaint {
  return complaint?.[0] === 'CHECK_DIGIT'
    ? ['CHECK_DIGIT', `the check digit of this ${name} is wrong`]
    : complaint;
}

function patternColumn(
  column: Column,
  index: number,
  check: ReturnType<typeof patternCheck>,
): FieldChecker['check'] {
  let isSlow = false;
  return (rows, cells, report) => {
    if (isSlow || rows.length === 0) return;
    const present = rows.flatMap(({ row }, at) =>
      cells[at]![index] ? [{ row, value: cells[at]![index]! }] : [],
    );
    const wrong = check(present.map(({ value }) => value));
    if (wrong === 'slow') {
      isSlow = true;
      const message = `the pattern of the job takes too long on the values from row ${rows[0]!.row} on`;
      report(finding(rows[0]!.row, column.name, 'PATTERN_SLOW', message));
      return;
    }
    for (const at of wrong) {
      const { row, value } = present[at]!;
      const what = column.secret ? 'the value' : shown(value);
      report(finding(row, column.name, 'VALUE_PATTERN', `${what} does not match the pattern of the job`));
    }
  };
}
