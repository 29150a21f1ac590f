/** From the entry `outputs` of a job file to its meaning: nothing secret leaves in clear unless it is told to. */
import type { JobContext, Path } from './context.js';
import { JOB_VALUES, OUTPUT_VALUES } from './output-values.js';
import type { JobText, OutputText } from './schema.js';
import { OUTPUT_KINDS } from './schema.js';
import type { Drawn, OutputColumn, OutputFile, RecordSource } from './types.js';

const EXTENSIONS: Readonly<Record<OutputFile['format'], string>> = { csv: 'csv', var: 'out', jsonl: 'jsonl' };
/** What a receiver knows a row by; sealed cells open in its row alone (docs/server.md). */
const ROW_KEYS = ['account', 'iccid', 'devid'];

interface Known {
  readonly records: RecordSource;
  readonly draw: Readonly<Record<string, Drawn>>;
  readonly secrets: Readonly<Record<string, Drawn>>;
}

export function readOutputs(
  { outputs = {} }: JobText,
  known: Known,
  context: JobContext,
): readonly OutputFile[] {
  const read = Object.entries(outputs).map(([name, text]) => readOutput(name, text, known, context));
  read.forEach((output, index) => {
    const twin = read.findIndex(({ file }) => file === output.file);
    if (twin < index) {
      context.add(['outputs', output.name, 'file'], `output ${read[twin]!.name} is written to the same file`);
    }
  });
  return read;
}

function readOutput(name: string, text: OutputText, known: Known, context: JobContext): OutputFile {
  const path = ['outputs', name];
  const kind = text.kind ?? OUTPUT_KINDS.find((each) => each === name);
  if (kind === undefined) {
    context.add([...path, 'kind'], `kind is missing: one of ${OUTPUT_KINDS.join(', ')}`);
  }
  const { transportKey, boxSize } = text;
  if (transportKey !== undefined && !known.records.transportKeys.includes(transportKey)) {
    context.add([...path, 'transportKey'], `transport key ${transportKey} is not in records.transportKeys`);
  }
  if (boxSize !== undefined && kind !== 'box') context.add([...path, 'boxSize'], 'only a box file has boxes');
  const format = text.format ?? 'csv';
  const file =
    text.file ?? `\${batch}-${name}${boxSize === undefined ? '' : '-${box}'}.${EXTENSIONS[format]}`;
  const more = JOB_VALUES.filter((name) => name !== 'box' || boxSize !== undefined);
  context.template(file, [...path, 'file'], { more, only: true });
  const columns = text.columns.map((column, index) =>
    readColumn(column, transportKey !== undefined, known, [...path, 'columns', index], context),
  );
  refuseTwinHeaders(columns, path, context);
  requireRowKey(columns, path, context);
  return {
    name,
    kind: kind ?? 'server',
    file,
    format,
    delimiter: text.delimiter ?? (format === 'var' ? ' ' : ','),
    columns,
    ...(transportKey === undefined ? {} : { transportKey }),
    ...(boxSize === undefined ? {} : { boxSize }),
  };
}

function readColumn(
  given: OutputText['columns'][number],
  hasKey: boolean,
  known: Known,
  path: Path,
  context: JobContext,
): OutputColumn {
  const text = typeof given === 'string' ? { field: given } : given;
  const { field, clear = false } = text;
  if ((field === undefined) === (text.value === undefined)) {
    context.add(path, 'a column has either a field or a value');
  }
  const value = text.value ?? (field === undefined ? '' : `\${${field}}`);
  const at = typeof given === 'string' ? path : [...path, text.value === undefined ? 'field' : 'value'];
  const fields = context.template(value, at, { more: OUTPUT_VALUES });
  const own = fields.filter((name) => Object.hasOwn(known.secrets, name));
  if (own.length > 0) context.add(at, `${own.join(' and ')} is a secret of the line, and does not leave it`);
  const header = text.header ?? field;
  if (header === undefined) context.add(path, 'header is missing');
  const secrets = fields.filter((name) => isSecret(name, known));
  const encrypted = text.encrypted ?? (hasKey && secrets.length > 0 && !clear);
  if (encrypted && !hasKey) context.add(path, 'an encrypted column needs the transportKey of its output');
  if (encrypted && clear) context.add([...path, 'clear'], 'encrypted and clear exclude each other');
  if (secrets.length > 0 && !encrypted && !clear) {
    context.add(
      path,
      `${secrets.join(' and ')} would be shown: give the output a transportKey, or say clear: true for this column`,
    );
  }
  return { header: header ?? '', value, encrypted };
}

function isSecret(name: string, { records, draw }: Known): boolean {
  if (Object.hasOwn(draw, name)) return true;
  return records.columns.find((column) => column.name === name)?.secret === true;
}

function refuseTwinHeaders(columns: readonly OutputColumn[], path: Path, context: JobContext): void {
  columns.forEach(({ header }, index) => {
    const twin = columns.findIndex((other) => other.header === header);
    if (twin < index) context.add([...path, 'columns', index], `two columns have the header ${header}`);
  });
}

function requireRowKey(columns: readonly OutputColumn[], path: Path, context: JobContext): void {
  if (!columns.some(({ encrypted }) => encrypted)) return;
  const isKey = ({ header, encrypted }: OutputColumn) =>
    !encrypted && ROW_KEYS.includes(header.toLowerCase());
  if (columns.some(isKey)) return;
  context.add(
    [...path, 'columns'],
    `encrypted columns belong to their row: a clear column ${ROW_KEYS.join(', ')} is missing`,
  );
}
