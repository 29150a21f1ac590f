/** JSON lines: one object in each line, its members the columns, values as texts. */
import { encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import { isJsonObject, type JsonObject, parseJson } from '../../mo/index.js';
import type { Column, RecordSource } from '../job/types.js';
import { finding } from './findings.js';
import { CELL_LIMIT, ROW_LIMIT, shown } from './limits.js';
import { type Line, linesOf } from './lines.js';
import { PageBuilder, type RecordPage } from './page.js';
import { ReadingEnds } from './utf8.js';

/** Reads objects; one page in memory at a time. */
export async function* readJsonLines(
  source: Pick<RecordSource, 'columns'>,
  octets: AsyncIterable<Uint8Array>,
): AsyncIterable<RecordPage> {
  const page = new PageBuilder();
  const headers = new Map(source.columns.map((column, index) => [column.header, index]));
  try {
    for await (const lines of linesOf(octets)) {
      for (const line of lines) {
        if (line.text.trim() !== '') readLine(source.columns, headers, line, page);
        if (page.isFull) yield page.take();
      }
    }
  } catch (error) {
    if (!(error instanceof ReadingEnds)) throw error;
    page.report(error.finding);
  }
  if (!page.isEmpty) yield page.take();
}

function readLine(
  columns: readonly Column[],
  headers: ReadonlyMap<string, number>,
  { row, text }: Line,
  page: PageBuilder,
): void {
  const object = parse(text, row, page);
  if (object === undefined) return;
  const cells = new Array<string>(columns.length).fill('');
  let isWhole = true;
  for (const [name, value] of Object.entries(object)) {
    const index = headers.get(name);
    const column = index === undefined ? name : columns[index]!.name;
    const refuse = (code: 'COLUMN_UNKNOWN' | 'ROW_JSON' | 'ROW_TOO_LONG', message: string): void => {
      isWhole = false;
      page.report(finding(row, column, code, message));
    };
    if (index === undefined) refuse('COLUMN_UNKNOWN', `the job has no column with the header ${shown(name)}`);
    else if (typeof value !== 'string') {
      refuse('ROW_JSON', `the value is no text${typeof value === 'number' ? '; a number loses digits' : ''}`);
    } else if (value.length > CELL_LIMIT) {
      refuse('ROW_TOO_LONG', `${value.length} characters, more than ${CELL_LIMIT}`);
    } else cells[index] = value;
  }
  if (isWhole) page.add(row, cells);
}

function parse(text: string, row: number, page: PageBuilder): JsonObject | undefined {
  try {
    const value = parseJson(encodeUtf8(text), { maxOctets: ROW_LIMIT });
    if (isJsonObject(value)) return value;
    page.report(finding(row, undefined, 'ROW_JSON', 'the line is no JSON object'));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    page.report(finding(row, undefined, 'ROW_JSON', inRow(error)));
  }
  return undefined;
}

/** The parser counts lines of its own text, and may quote what is in it. */
function inRow(error: DataError): string {
  const column = /column (\d+)/.exec(error.message)?.[1];
  const what = error.code === 'DATA_JSON_DUPLICATE' ? 'a member is there twice' : 'the line is not JSON';
  return column === undefined ? what : `${what} (character ${column})`;
}
