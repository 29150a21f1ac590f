/** CSV (RFC 4180) with a line of headers; LF or CR LF, any delimiter. */
import { type CsvError, Parser } from 'csv-parse';
import type { RecordSource } from '../job/types.js';
import { arrange, type ColumnMap, mapColumns } from './columns.js';
import { finding } from './findings.js';
import { HEADER_LIMIT, ROW_LIMIT } from './limits.js';
import { PageBuilder, type RecordPage } from './page.js';
import { ReadingEnds, utf8Octets } from './utf8.js';

/** Reads rows; one page in memory at a time. */
export async function* readCsv(
  source: Pick<RecordSource, 'columns' | 'delimiter'>,
  octets: AsyncIterable<Uint8Array>,
): AsyncIterable<RecordPage> {
  const reader = new CsvReader(source);
  try {
    for await (const chunk of utf8Octets(octets)) {
      for (let at = 0; at < chunk.length; at += STEP) {
        await reader.write(chunk.subarray(at, at + STEP));
        if (reader.page.isFull) yield reader.page.take();
      }
    }
    await reader.end();
  } catch (error) {
    if (!(error instanceof ReadingEnds)) throw error;
    reader.page.report(error.finding);
  }
  if (!reader.page.isEmpty) yield reader.page.take();
}

/** Octets between two looks at the page. */
const STEP = 65_536;

/** What the parser says of a row, in our words. */
const QUOTES: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'a quote in the middle of a cell',
  CSV_INVALID_CLOSING_QUOTE: 'characters after the closing quote',
  CSV_QUOTE_NOT_CLOSED: 'a quoted cell does not end',
};

class CsvReader {
  readonly page = new PageBuilder();
  readonly #source: Pick<RecordSource, 'columns' | 'delimiter'>;
  readonly #parser: Parser;
  #map: ColumnMap | undefined;
  #refusedRow = 0;
  #failure: unknown;

  constructor(source: Pick<RecordSource, 'columns' | 'delimiter'>) {
    this.#source = source;
    this.#parser = new Parser({
      delimiter: source.delimiter,
      record_delimiter: ['\n', '\r\n'],
      relax_column_count: true,
      max_record_size: ROW_LIMIT,
      skip_records_with_error: true,
      on_skip: (error) => this.#skipped(error),
      // rows are taken here, so that they do not pass through a stream one by one
      on_record: (cells: string[]) => this.#record(cells),
    });
    this.#parser.on('error', (error) => {
      this.#failure ??= error;
    });
    this.#parser.resume();
  }

  async write(chunk: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#parser.write(chunk, () => resolve()));
    if (this.#failure !== undefined) throw this.#failure;
  }

  async end(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#parser.once('close', resolve);
      this.#parser.end();
    });
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#map === undefined) this.page.report(finding(0, undefined, 'FILE_EMPTY', 'the file is empty'));
  }

  #record(cells: readonly string[]): null {
    const row = this.#rowOf(cells);
    if (cells.length === 1 && cells[0] === '') return null;
    const report = this.page.report.bind(this.page);
    if (this.#map === undefined) {
      if (cells.length > HEADER_LIMIT) throw new ReadingEnds(row, 'ROW_TOO_LONG', `${cells.length} columns`);
      const { map, findings } = mapColumns(this.#source.columns, cells, row);
      this.#map = map;
      for (const one of findings) report(one);
    } else {
      const arranged = arrange(this.#map, this.#source.columns, cells, row, report);
      if (arranged !== undefined) this.page.add(row, arranged);
    }
    return null;
  }

  /** The line in which this record begins: the parser counts line ends inside of quotes too. */
  #rowOf(cells: readonly string[]): number {
    let row = this.#parser.info.lines;
    for (const cell of cells) {
      for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) row--;
    }
    return row;
  }

  #skipped(error: CsvError | undefined): undefined {
    const row = this.#parser.info.lines;
    const code = error?.code ?? '';
    if (code === 'CSV_MAX_RECORD_SIZE') {
      const message = `a row of more than ${ROW_LIMIT} octets; nothing after it was read`;
      throw new ReadingEnds(row, 'ROW_TOO_LONG', message);
    }
    if (row !== this.#refusedRow) {
      const message = QUOTES[code] ?? 'quotes that do not fit';
      this.page.report(finding(row, undefined, 'ROW_QUOTES', message));
    }
    this.#refusedRow = row;
    return undefined;
  }
}
