/**
 * Header-plus-records files: `Name: value` lines, a line that lists the input columns, then a record in each line. The
 * job's dialect says how they are spelled. Lines that begin with `*` or `#` are remarks.
 */
import type { RecordSource, VarDialect } from '../job/types.js';
import { arrange, type ColumnMap, mapColumns } from './columns.js';
import { finding } from './findings.js';
import { HEADER_LIMIT, shown } from './limits.js';
import { type Line, linesOf } from './lines.js';
import { PageBuilder, type RecordPage } from './page.js';
import { ReadingEnds } from './utf8.js';

type VarSource = Pick<RecordSource, 'columns' | 'transportKeys'> & { readonly dialect: VarDialect };

/** Reads a file; one page in memory at a time. Headers that a column of the job names go into every record. */
export async function* readVar(
  source: VarSource,
  octets: AsyncIterable<Uint8Array>,
): AsyncIterable<RecordPage> {
  const reader = new VarReader(source);
  try {
    for await (const lines of linesOf(octets)) {
      for (const line of lines) {
        reader.read(line);
        if (reader.page.isFull) yield reader.page.take();
      }
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof ReadingEnds)) throw error;
    reader.page.report(error.finding);
  }
  if (!reader.page.isEmpty) yield reader.page.take();
}

class VarReader {
  readonly page = new PageBuilder();
  readonly #source: VarSource;
  readonly #dialect: VarDialect;
  readonly #headers = new Map<string, { readonly value: string; readonly row: number }>();
  #map: ColumnMap | undefined;
  /** Cells that come from headers, by column. */
  #fixed: readonly (string | undefined)[] = [];
  #transportKey: string | undefined;
  #records = 0;
  #row = 0;

  constructor(source: VarSource) {
    this.#source = source;
    this.#dialect = source.dialect;
  }

  read({ row, text }: Line): void {
    this.#row = row;
    const line = text.trim();
    if (line === '' || line.startsWith('*') || line.startsWith('#')) return;
    if (line.startsWith(this.#dialect.inputColumns)) {
      this.#openRecords(row, line.slice(this.#dialect.inputColumns.length));
    } else if (!line.startsWith(this.#dialect.outputColumns)) {
      if (this.#map === undefined || this.#isQuantity(line)) this.#header(row, line);
      else this.#record(row, text, this.#map);
    }
  }

  end(): void {
    if (this.#map === undefined) {
      const message = `no line begins with ${shown(this.#dialect.inputColumns)}`;
      this.page.report(finding(0, undefined, this.#row === 0 ? 'FILE_EMPTY' : 'HEADER', message));
      return;
    }
    const { quantity } = this.#dialect;
    const told = quantity === undefined ? undefined : this.#headers.get(quantity);
    if (told === undefined) return;
    const number = /^\d{1,9}$/.test(told.value) ? Number(told.value) : undefined;
    if (number !== this.#records) {
      const message = `the file says ${shown(told.value)} records, but has ${this.#records}`;
      this.page.report(finding(told.row, quantity, 'QUANTITY', message));
    }
  }

  #header(row: number, line: string): void {
    const at = line.indexOf(this.#dialect.separator);
    const name = at < 0 ? line : line.slice(0, at).trim();
    if (at <= 0) {
      const message = `a line that is no header (name${this.#dialect.separator} value) before the records`;
      this.page.report(finding(row, undefined, 'HEADER', message));
      return;
    }
    const value = line.slice(at + this.#dialect.separator.length).trim();
    const known = this.#headers.get(name);
    if (known !== undefined && known.value !== value) {
      const message = `the header ${shown(name)} was ${shown(known.value)} in line ${known.row}`;
      this.page.report(finding(row, name, name === this.#dialect.quantity ? 'QUANTITY' : 'HEADER', message));
    }
    this.#headers.set(name, { value, row });
    if (this.#headers.size > HEADER_LIMIT) {
      throw new ReadingEnds(row, 'HEADER', `more than ${HEADER_LIMIT} headers; nothing after them was read`);
    }
  }

  /** A header that comes again after the records: the quantity, for a comparison. */
  #isQuantity(line: string): boolean {
    const { quantity, separator } = this.#dialect;
    if (quantity === undefined || !line.startsWith(quantity)) return false;
    return line.slice(quantity.length).trimStart().startsWith(separator.trim());
  }

  #openRecords(row: number, list: string): void {
    if (this.#map !== undefined) {
      const message = `a second line begins with ${shown(this.#dialect.inputColumns)}`;
      this.page.report(finding(row, undefined, 'HEADER', message));
      return;
    }
    const { columns } = this.#source;
    const names = list.split(this.#dialect.delimiter).flatMap((part) => part.split(/[\s/,;]+/));
    const { map, findings } = mapColumns(
      columns,
      names.filter((name) => name !== ''),
      row,
      new Set(this.#headers.keys()),
    );
    for (const one of findings) this.page.report(one);
    this.#map = map;
    this.#fixed = columns.map(({ header }, index) =>
      map.from[index] === -1 ? this.#headers.get(header)?.value : undefined,
    );
    this.#readTransportKey();
  }

  #readTransportKey(): void {
    const { transportKey } = this.#dialect;
    if (transportKey === undefined) return;
    const header = this.#headers.get(transportKey);
    this.#transportKey = header?.value;
    if (header !== undefined && (header.value === '0' || this.#source.transportKeys.includes(header.value)))
      return;
    const message =
      header === undefined
        ? `the header ${shown(transportKey)} is missing`
        : `the job has no transport key ${shown(header.value)}`;
    this.page.report(finding(header?.row ?? 0, transportKey, 'TRANSPORT_KEY', message));
  }

  #record(row: number, text: string, map: ColumnMap): void {
    this.#records++;
    const { delimiter } = this.#dialect;
    const cells =
      delimiter.trim() === '' && delimiter !== '\t' ? text.trim().split(/ +/) : text.split(delimiter);
    const report = this.page.report.bind(this.page);
    const arranged = arrange(map, this.#source.columns, cells, row, report);
    if (arranged === undefined) return;
    for (const [index, value] of this.#fixed.entries()) {
      if (value !== undefined) arranged[index] = value;
    }
    this.page.add(row, arranged, this.#transportKey);
  }
}
