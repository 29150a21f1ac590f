/** Rows of an output: the columns of a job over the good records of a batch, in the order of their numbers. */
import { encodeUtf8, fromHex } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import { compileTemplate } from '../job/template.js';
import type { Job, OutputColumn, OutputFile } from '../job/types.js';
import type { LineRecord, LineStore } from '../store/port.js';
import type { CellSealer } from './seal.js';
import { GOOD_STATES, type OpenValues } from './values.js';

const PAGE = 500;

/** One line of an output: cells in the order of the columns. */
export interface OutputRow {
  readonly record: LineRecord;
  readonly box: number;
  readonly cells: readonly string[];
}

/**
 * The rows of an output, one at a time.
 *
 * @param box only the records of this box; all unless told
 * @throws DataError `DATA_OUTPUT` where a column cannot be made for a record
 */
export async function* outputRows(
  store: LineStore,
  job: Job,
  batchId: string,
  output: OutputFile,
  open: OpenValues,
  seal: CellSealer | undefined,
  box?: number,
): AsyncGenerator<OutputRow> {
  const size = output.boxSize ?? Number.MAX_SAFE_INTEGER;
  const columns = output.columns.map((column) => compileColumn(column, job));
  const last = box === undefined ? Number.MAX_SAFE_INTEGER : box * size;
  let after = box === undefined ? 0 : (box - 1) * size;
  while (true) {
    const page = await store.records(batchId, { states: GOOD_STATES }, { after, limit: PAGE });
    for (const record of page) {
      if (record.number > last) return;
      const at = { box: boxOf(record.number, size), position: ((record.number - 1) % size) + 1 };
      const values = { ...builtIn(record, at), ...(await open(record)) };
      yield { record, box: at.box, cells: await cellsOf(columns, output, record, values, seal) };
    }
    const end = page.at(-1);
    if (end === undefined || page.length < PAGE) return;
    after = end.number;
  }
}

/** Box of a record: boxes follow the order of the input, so that a remade card finds its place again. */
export function boxOf(number: number, size: number): number {
  return Math.floor((number - 1) / size) + 1;
}

interface CompiledColumn {
  readonly column: OutputColumn;
  readonly render: (values: Readonly<Record<string, string>>) => string;
  readonly octets: boolean;
}

function compileColumn(column: OutputColumn, job: Job): CompiledColumn {
  const { fields, render } = compileTemplate(column.value);
  const [only] = fields;
  const whole = fields.length === 1 && column.value === `\${${only}}`;
  return { column, render, octets: whole && hasOctets(job, only!) };
}

function hasOctets(job: Job, name: string): boolean {
  if (job.draw[name] !== undefined) return job.draw[name].kind === 'octets';
  return job.records.columns.find((column) => column.name === name)?.type === 'hex';
}

function builtIn(
  record: LineRecord,
  at: { readonly box: number; readonly position: number },
): Record<string, string> {
  return {
    batch: record.batchId,
    number: String(record.number),
    row: String(record.row),
    card: record.cardId ?? '',
    generation: String(record.generation),
    box: String(at.box),
    position: String(at.position),
  };
}

async function cellsOf(
  columns: readonly CompiledColumn[],
  output: OutputFile,
  record: LineRecord,
  values: Readonly<Record<string, string>>,
  seal: CellSealer | undefined,
): Promise<string[]> {
  const plain = columns.map(({ render }) => render(values));
  const key = rowKey(columns, plain) ?? '';
  const cells: string[] = [];
  for (const [index, { column, octets }] of columns.entries()) {
    const text = plain[index]!;
    if (!column.encrypted) cells.push(text);
    else if (seal === undefined || key === '') throw unsealable(output, column, record, seal === undefined);
    else cells.push(await seal(key, column.header, octets ? fromHex(text) : encodeUtf8(text)));
  }
  return cells;
}

function unsealable(
  output: OutputFile,
  column: OutputColumn,
  { row }: LineRecord,
  keyless: boolean,
): DataError {
  const why = keyless ? 'its transport key was not given' : 'no column account, iccid or devid names the row';
  return new DataError(
    'DATA_OUTPUT',
    `output ${output.name}: column ${column.header} is encrypted, but ${why}`,
    {
      ...(keyless ? { next: `Give --transport-key ${output.transportKey ?? 'NAME'}=SOURCE.` } : {}),
      details: { output: output.name, column: column.header, row },
    },
  );
}

/** What the receiver of a file knows a row by (docs/server.md): sealed cells open in this row alone. */
function rowKey(columns: readonly CompiledColumn[], cells: readonly string[]): string | undefined {
  for (const name of ['account', 'iccid', 'devid']) {
    const at = columns.findIndex(({ column }) => column.header.toLowerCase() === name && !column.encrypted);
    if (at >= 0 && cells[at] !== '') return cells[at];
  }
  return undefined;
}
