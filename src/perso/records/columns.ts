/** The columns of a file, found by the headers that the job says. */
import type { Column } from '../job/types.js';
import { finding, type RecordFinding } from './findings.js';
import { CELL_LIMIT, shown } from './limits.js';

/** Where the cells of a row go. */
export interface ColumnMap {
  /** Cells that every row has. */
  readonly width: number;
  /** For each column of the job: where it is in a row of the file, or -1. */
  readonly from: readonly number[];
}

/**
 * Finds the columns of the job in a line of headers.
 *
 * @param elsewhere headers that stand outside the rows: columns that need not be in this line
 */
export function mapColumns(
  columns: readonly Column[],
  headers: readonly string[],
  row: number,
  elsewhere: ReadonlySet<string> = new Set(),
): { readonly map: ColumnMap; readonly findings: readonly RecordFinding[] } {
  const findings: RecordFinding[] = [];
  const names = headers.map((header) => header.trim());
  const seen = new Set<string>();
  for (const name of names) {
    const known = columns.find(({ header }) => header === name);
    if (seen.has(name)) {
      findings.push(
        finding(row, known?.name ?? name, 'COLUMN_TWICE', `the column ${shown(name)} is there twice`),
      );
    } else if (known === undefined) {
      findings.push(finding(row, name, 'COLUMN_UNKNOWN', unknown(columns, name)));
    }
    seen.add(name);
  }
  const from = columns.map(({ header }) => names.indexOf(header));
  for (const [index, { name, header, optional }] of columns.entries()) {
    if (from[index] === -1 && !optional && !elsewhere.has(header)) {
      findings.push(finding(row, name, 'COLUMN_MISSING', `no column has the header ${shown(header)}`));
    }
  }
  return { map: { width: headers.length, from }, findings };
}

function unknown(columns: readonly Column[], name: string): string {
  const near = columns.find(({ header }) => header.toLowerCase() === name.toLowerCase());
  const rather = near === undefined ? '' : `; the job has ${shown(near.header)}`;
  return `the job has no column with the header ${shown(name)}${rather}`;
}

/** The cells in the order of the job's columns; nothing, with a finding, where the row cannot be read. */
export function arrange(
  { width, from }: ColumnMap,
  columns: readonly Column[],
  cells: readonly string[],
  row: number,
  report: (finding: RecordFinding) => void,
): string[] | undefined {
  if (cells.length !== width) {
    report(finding(row, undefined, 'ROW_CELLS', `${cells.length} cells, but there are ${width} columns`));
    return undefined;
  }
  const arranged = new Array<string>(from.length);
  for (let index = 0; index < from.length; index++) {
    const cell = cells[from[index]!] ?? '';
    if (cell.length > CELL_LIMIT) {
      const message = `${cell.length} characters, more than ${CELL_LIMIT}`;
      report(finding(row, columns[index]!.name, 'ROW_TOO_LONG', message));
      return undefined;
    }
    arranged[index] = cell;
  }
  return arranged;
}
