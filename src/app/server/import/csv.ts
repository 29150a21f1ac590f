/** CSV (RFC 4180) with a header line: comma, quotes, CR LF or LF. Every mistake is kept with its row. */

/** A mistake in a file of accounts. Rows count from 1, the header line included. */
export interface ImportFinding {
  readonly row: number;
  /** Absent where it is about the whole row. */
  readonly column?: string;
  readonly message: string;
}

/** A row: its number, and the cells that are not empty, by column. */
export interface ImportRow {
  readonly row: number;
  readonly cells: ReadonlyMap<string, string>;
}

/** Rows and mistakes of a file. */
export interface ReadRows {
  readonly rows: readonly ImportRow[];
  readonly findings: readonly ImportFinding[];
}

/** Octets of a whole file: a million accounts. */
export const FILE_LIMIT = 1 << 29;
/** Characters of one cell: a sealed bootstrap document fits. */
export const CELL_LIMIT = 131_072;

/** Reads a file with a header line. */
export function readCsv(text: string): ReadRows {
  const { lines, findings } = splitCsv(text);
  const [header = [], ...body] = lines;
  const columns = header.map((name) => name.trim().toLowerCase());
  const rows: ImportRow[] = [];
  for (const [index, line] of body.entries()) {
    const row = index + 2;
    if (line.length === 1 && line[0] === '') continue;
    if (line.length !== columns.length) {
      findings.push({ row, message: `${line.length} cells, but the header has ${columns.length}` });
      continue;
    }
    rows.push({
      row,
      cells: new Map(columns.flatMap((name, at) => (line[at] === '' ? [] : [[name, line[at]!] as const]))),
    });
  }
  const twice = columns.filter((name, at) => name !== '' && columns.indexOf(name) !== at);
  for (const column of new Set(twice))
    findings.push({ row: 1, column, message: 'this column is there twice' });
  return { rows, findings };
}

/** Cells of all lines. Numbers of rows are those of records: a quoted line end does not count. */
function splitCsv(text: string): { lines: string[][]; findings: ImportFinding[] } {
  const lines: string[][] = [];
  const findings: ImportFinding[] = [];
  let line: string[] = [];
  let at = 0;
  const endLine = (): void => {
    lines.push(line);
    line = [];
  };
  while (at < text.length) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
    if (cell.problem !== undefined) findings.push({ row: lines.length + 1, message: cell.problem });
    line.push(cell.value);
    at = cell.end;
    if (text[at] === ',') {
      at++;
      if (at === text.length) line.push('');
    } else if (at < text.length) {
      at += text.startsWith('\r\n', at) ? 2 : 1;
      endLine();
    }
  }
  if (line.length > 0) endLine();
  return { lines, findings };
}

interface Cell {
  readonly value: string;
  /** Where the comma, the line end or the end of the text is. */
  readonly end: number;
  readonly problem?: string;
}

const END = /[,\r\n]/g;

function plainCell(text: string, from: number): Cell {
  END.lastIndex = from;
  const end = END.exec(text)?.index ?? text.length;
  const value = text.slice(from, end);
  if (value.includes('"')) return { value, end, problem: 'a quote in the middle of a cell' };
  return tooLong(value, end) ?? { value, end };
}

function quotedCell(text: string, from: number): Cell {
  let end = from + 1;
  for (;;) {
    const quote = text.indexOf('"', end);
    if (quote < 0) return { value: '', end: text.length, problem: 'a quoted cell does not end' };
    if (text[quote + 1] !== '"') {
      end = quote;
      break;
    }
    end = quote + 2;
  }
  const value = text.slice(from + 1, end).replaceAll('""', '"');
  const rest = plainCell(text, end + 1);
  if (rest.value !== '') return { value, end: rest.end, problem: 'characters after the closing quote' };
  return tooLong(value, rest.end) ?? { value, end: rest.end };
}

function tooLong(value: string, end: number): Cell | undefined {
  if (value.length <= CELL_LIMIT) return undefined;
  return { value: '', end, problem: `a cell with more than ${CELL_LIMIT} characters` };
}
