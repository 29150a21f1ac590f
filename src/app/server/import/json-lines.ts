/** Accounts as JSON: an object a line, or one array of objects. Members are the columns; values are texts. */
import { encodeUtf8 } from '../../../bytes/index.js';
import { DataError } from '../../../errors/index.js';
import { isJsonObject, type JsonValue, parseJson } from '../../../mo/index.js';
import { CELL_LIMIT, FILE_LIMIT, type ImportFinding, type ImportRow, type ReadRows } from './csv.js';

/** Reads lines of JSON. An array counts its elements as rows, from 1. */
export function readJsonRows(text: string): ReadRows {
  const rows: ImportRow[] = [];
  const findings: ImportFinding[] = [];
  const take = (row: number, read: () => JsonValue): void => {
    try {
      rows.push({ row, cells: cellsOf(row, read(), findings) });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      findings.push({ row, message: error.message });
    }
  };
  if (text.trimStart().startsWith('[')) {
    const [first] = attempt(
      () => parseJson(encodeUtf8(text), { maxOctets: FILE_LIMIT }) as readonly JsonValue[],
      findings,
    );
    for (const [index, value] of (first ?? []).entries()) take(index + 1, () => value);
  } else {
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      if (line.trim() !== '') take(index + 1, () => parseJson(encodeUtf8(line)));
    }
  }
  return { rows, findings };
}

function attempt<T>(read: () => T, findings: ImportFinding[]): [T] | [] {
  try {
    return [read()];
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    findings.push({ row: 1, message: error.message });
    return [];
  }
}

function cellsOf(row: number, value: JsonValue, findings: ImportFinding[]): Map<string, string> {
  const cells = new Map<string, string>();
  if (!isJsonObject(value)) {
    findings.push({ row, message: 'this is no JSON object' });
    return cells;
  }
  for (const [name, cell] of Object.entries(value)) {
    const column = name.toLowerCase();
    if (typeof cell !== 'string') findings.push({ row, column, message: 'the value is no text' });
    else if (cells.has(column)) findings.push({ row, column, message: 'this column is there twice' });
    else if (cell.length > CELL_LIMIT)
      findings.push({ row, column, message: `more than ${CELL_LIMIT} characters` });
    else if (cell !== '') cells.set(column, cell);
  }
  return cells;
}
