/** From the entries `records`, `bind` and `draw` of a job file to their meaning. */
import type { JobContext } from './context.js';
import { unknownField } from './context.js';
import type { ColumnText, JobText } from './schema.js';
import type { Binding, Column, Drawn, RecordSource, VarDialect } from './types.js';

/** What no two cards share, so that no job has to say it. */
const ALWAYS_UNIQUE: readonly Column['type'][] = ['iccid', 'imsi', 'eid'];
/** By the ending of the file's name. */
const FORMATS = new Map<string | undefined, RecordSource['format']>([
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['inp', 'var'],
  ['out', 'var'],
]);

/** Columns and drawn values, so that templates can be judged. */
export function declareFields(job: JobText, context: JobContext): void {
  for (const [name, column] of Object.entries(job.records.columns)) {
    context.fields.set(name, typeof column === 'string' ? column : column.type);
  }
  for (const [name, drawn] of Object.entries(readDraw(job))) {
    if (context.fields.has(name)) context.add(['draw', name], 'a column has that name already');
    context.fields.set(name, drawn.kind === 'octets' ? 'hex' : 'digits');
  }
  for (const [name, secret] of Object.entries(readForms(job.secrets))) {
    if (context.fields.has(name))
      context.add(['secrets', name], 'a column or drawn value has that name already');
    context.fields.set(name, secret.kind === 'octets' ? 'hex' : 'digits');
  }
}

/** After everything that tells which fields are keys. */
export function readRecords({ records }: JobText, context: JobContext): RecordSource {
  const { file, delimiter, dialect, transportKeyChecks } = records;
  const format = records.format ?? FORMATS.get(file?.toLowerCase().split('.').at(-1)) ?? 'csv';
  const transportKeys = listOf(records.transportKeys);
  refuseTwins(transportKeys, ['records', 'transportKeys'], context);
  for (const name of Object.keys(transportKeyChecks ?? {})) {
    if (transportKeys.includes(name)) continue;
    context.add(
      ['records', 'transportKeyChecks', name],
      `transport key ${name} is not in records.transportKeys`,
    );
  }
  if (dialect !== undefined && format !== 'var') {
    context.add(['records', 'dialect'], `a dialect is of format var, and this is ${format}`);
  }
  const names = Object.keys(records.columns);
  if (names.length === 0) context.add(['records', 'columns'], 'at least one column');
  const columns = names.map((name) => readColumn(name, records.columns[name]!, transportKeys, context));
  refuseHeaders(columns, context);
  return {
    format,
    ...(file === undefined ? {} : { file }),
    delimiter: delimiter ?? ',',
    ...(format === 'var' ? { dialect: readDialect(dialect) } : {}),
    columns,
    transportKeys,
    ...(transportKeyChecks === undefined ? {} : { transportKeyChecks }),
  };
}

function readDialect(dialect: JobText['records']['dialect'] = {}): VarDialect {
  const { inputColumns, outputColumns, separator, delimiter, quantity, transportKey } = dialect;
  return {
    inputColumns: inputColumns ?? 'Var_In:',
    outputColumns: outputColumns ?? 'Var_Out:',
    separator: separator ?? ':',
    delimiter: delimiter ?? ' ',
    ...(quantity === undefined ? {} : { quantity }),
    ...(transportKey === undefined ? {} : { transportKey }),
  };
}

function readColumn(
  name: string,
  given: string | ColumnText,
  transportKeys: readonly string[],
  context: JobContext,
): Column {
  const text = typeof given === 'string' ? { type: given as Column['type'] } : given;
  const { type, header, length, range, prefixes, pattern, unique, optional, secret, transport } =
    text as ColumnText;
  const path = ['records', 'columns', name];
  const sealed = transport === undefined ? undefined : readTransport(transport);
  if (sealed !== undefined) checkTransport(sealed, transportKeys, [...path, 'transport'], context);
  if (sealed !== undefined && secret === false) {
    context.add([...path, 'secret'], 'a column under a transport key is secret');
  }
  const bounds = typeof length === 'number' ? { min: length, max: length } : length;
  if (bounds !== undefined && bounds.min > bounds.max) context.add([...path, 'length'], 'min is above max');
  checkRange(text as ColumnText, path, context);
  if (pattern !== undefined) checkPattern(pattern, [...path, 'pattern'], context);
  if (unique === false && ALWAYS_UNIQUE.includes(type)) {
    context.add([...path, 'unique'], `a column of type ${type} is always unique`);
  }
  return {
    name,
    header: header ?? name,
    type,
    ...(bounds === undefined ? {} : { length: bounds }),
    ...(range === undefined ? {} : { range }),
    ...(prefixes === undefined ? {} : { prefixes: listOf(prefixes) }),
    ...(pattern === undefined ? {} : { pattern }),
    unique: unique ?? ALWAYS_UNIQUE.includes(type),
    optional: optional ?? false,
    secret: secret ?? (sealed !== undefined || context.keys.has(name)),
    ...(sealed === undefined ? {} : { transport: sealed }),
  };
}

function readTransport(transport: NonNullable<ColumnText['transport']>): NonNullable<Column['transport']> {
  if (typeof transport === 'string') return { key: transport, cipher: 'aes-gcm' };
  const { key, cipher = 'aes-gcm', iv, padding } = transport;
  return {
    key,
    cipher,
    ...(iv === undefined ? {} : { iv }),
    ...(padding === undefined ? {} : { padding }),
  };
}

function checkTransport(
  { key, cipher, iv, padding }: NonNullable<Column['transport']>,
  transportKeys: readonly string[],
  path: readonly string[],
  context: JobContext,
): void {
  if (!transportKeys.includes(key)) {
    context.add(path, `transport key ${key} is not in records.transportKeys`);
  }
  if (iv !== undefined && cipher !== 'aes-cbc') context.add([...path, 'iv'], `${cipher} has no such vector`);
  if (padding !== undefined && cipher === 'aes-gcm')
    context.add([...path, 'padding'], 'aes-gcm has no padding');
}

function checkRange({ type, range, prefixes }: ColumnText, path: string[], context: JobContext): void {
  const hasDigits = type !== 'text' && type !== 'hex';
  if (prefixes !== undefined && !hasDigits) {
    context.add([...path, 'prefixes'], `a column of type ${type} has no digits to begin with`);
  }
  if (range === undefined) return;
  const { from, to } = range;
  if (!hasDigits || !/^\d+$/.test(from) || !/^\d+$/.test(to) || from.length !== to.length) {
    context.add([...path, 'range'], 'a range is of digits, and its ends have the same number of them');
  } else if (from > to) context.add([...path, 'range'], 'from is above to');
}

/** Patterns that a regular expression of this language takes for ever on are those with repetitions in repetitions. */
const NESTED_REPETITION = /\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)[+*{]/;

function checkPattern(pattern: string, path: string[], context: JobContext): void {
  if (pattern.length > 200) context.add(path, 'a pattern has at most 200 characters');
  else if (NESTED_REPETITION.test(pattern)) context.add(path, 'a repetition stands within a repetition');
  else if (!isPattern(pattern)) context.add(path, 'this is no regular expression');
}

function isPattern(text: string): boolean {
  try {
    new RegExp(`^(?:${text})$`, 'u');
    return true;
  } catch {
    return false;
  }
}

function refuseHeaders(columns: readonly Column[], context: JobContext): void {
  const seen = new Set<string>();
  for (const { name, header } of columns) {
    if (seen.has(header)) context.add(['records', 'columns', name], `two columns have the header ${header}`);
    seen.add(header);
  }
}

function refuseTwins(names: readonly string[], path: readonly string[], context: JobContext): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) context.add([...path, index], `${name} is given twice`);
  });
}

/** How records find their cards. */
export function readBind({ bind }: JobText, columns: readonly Column[], context: JobContext): Binding {
  if (bind === undefined || bind === 'next') return { by: 'next' };
  const { by, column: given } = typeof bind === 'string' ? { by: bind, column: undefined } : bind;
  if (by === 'next') {
    if (given !== undefined) context.add(['bind', 'column'], 'the next free record needs no column');
    return { by };
  }
  const column = given ?? onlyIccid(columns);
  if (by === 'code' && given === undefined)
    context.add(['bind'], 'column is missing: which one has the scanned code?');
  else if (column === undefined) {
    context.add(['bind'], 'column is missing: the records have no column of type iccid, or more than one');
  }
  const path = given === undefined ? ['bind'] : ['bind', 'column'];
  const found = columns.find(({ name }) => name === column);
  if (found === undefined) {
    const names = columns.map(({ name }) => name);
    if (column !== undefined) context.add(path, unknownField(column, names));
  } else {
    if (!found.unique) context.add(path, `column ${found.name} has to be unique`);
    if (found.optional)
      context.add(path, `column ${found.name} is optional, so some records would find no card`);
    if (found.secret) context.add(path, `column ${found.name} is secret, and what binds a card is shown`);
    if (by === 'iccid' && found.type !== 'iccid')
      context.add(path, `column ${found.name} is not of type iccid`);
  }
  return { by, column: column ?? '' };
}

function onlyIccid(columns: readonly Column[]): string | undefined {
  const found = columns.filter(({ type }) => type === 'iccid');
  return found.length === 1 ? found[0]!.name : undefined;
}

export function readDraw({ draw }: JobText): Record<string, Drawn> {
  return readForms(draw);
}

/** Values that are told by their forms: `4 digits`, `16 octets`. */
export function readForms(forms: JobText['draw'] = {}): Record<string, Drawn> {
  return Object.fromEntries(
    Object.entries(forms).map(([name, drawn]): [string, Drawn] => {
      if (typeof drawn !== 'string') {
        return [
          name,
          'digits' in drawn
            ? { kind: 'digits', length: drawn.digits }
            : { kind: 'octets', length: drawn.octets },
        ];
      }
      const [length, kind] = drawn.split(' ') as [string, Drawn['kind']];
      return [name, { kind, length: Number(length) }];
    }),
  );
}

export function listOf<T>(given: T | readonly T[] | undefined): readonly T[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? given : [given as T];
}
