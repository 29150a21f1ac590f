/** How rows become the text of a file: CSV (RFC 4180), JSON lines, or a header with `Var_Out` and records. */
import type { OutputFile, VarDialect } from '../job/types.js';

/** What stands above the rows. */
export interface FileHead {
  readonly batchId: string;
  readonly jobName: string;
  readonly jobVersion: string;
  readonly jobHash: string;
  readonly rows: number;
  readonly transportKey?: string;
}

const DEFAULT_DIALECT = { outputColumns: 'Var_Out:', separator: ': ', delimiter: ' ' } as const;

/** Lines before the rows, each with its line end. */
export function headOf(output: OutputFile, head: FileHead, dialect: VarDialect | undefined): string {
  const headers = output.columns.map(({ header }) => header);
  if (output.format === 'csv') return csvLine(headers, output.delimiter);
  if (output.format === 'jsonl') return '';
  const { outputColumns, separator, delimiter } = dialect ?? DEFAULT_DIALECT;
  const lines: readonly (readonly [string, string])[] = [
    ['Batch', head.batchId],
    ['Job', `${head.jobName} ${head.jobVersion}`.trim()],
    ['Job_Hash', head.jobHash],
    [dialect?.quantity ?? 'Quantity', String(head.rows)],
    [dialect?.transportKey ?? 'Transport_Key', head.transportKey ?? '0'],
  ];
  const named = lines.map(([name, value]) => `${name}${separator}${value}\n`).join('');
  return `${named}${outputColumns}${headers.join(delimiter)}\n`;
}

/** One row with its line end. */
export function lineOf(
  output: OutputFile,
  cells: readonly string[],
  dialect: VarDialect | undefined,
): string {
  if (output.format === 'csv') return csvLine(cells, output.delimiter);
  if (output.format === 'jsonl') {
    const members = output.columns.map(({ header }, index) => [header, cells[index]!]);
    return `${JSON.stringify(Object.fromEntries(members))}\n`;
  }
  return `${cells.join((dialect ?? DEFAULT_DIALECT).delimiter)}\n`;
}

/** The first cell that this format has no way to write, with why. */
export function unwritable(
  output: OutputFile,
  cells: readonly string[],
  dialect: VarDialect | undefined,
): { readonly column: number; readonly why: string } | undefined {
  if (output.format !== 'var') return undefined;
  const { delimiter } = dialect ?? DEFAULT_DIALECT;
  const column = cells.findIndex((cell) => cell === '' || cell.includes(delimiter) || /[\r\n]/.test(cell));
  return column < 0 ? undefined : { column, why: 'is empty, or has a delimiter or a line end in it' };
}

function csvLine(cells: readonly string[], delimiter: string): string {
  const quoted = cells.map((cell) =>
    /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${quoted.join(delimiter)}\n`;
}
