/** A bootstrap description in YAML or JSON: every mistake with its line and column. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { decodeUtf8 } from '../../bytes/index.js';
import { DataError, type DataErrorCode, SimbootError } from '../../errors/index.js';
import { DESCRIPTION_SCHEMA, type DescriptionText } from './description-schema.js';

const MAX_OCTETS = 256 * 1024;
/** The YAML parser builds patterns as long as the indentation; the process dies on absurd ones. */
const ABSURD_INDENTATION = /^[ \t\-?:]{201}/m;

/** A checked description whose secrets and files are still references, and where each entry stands. */
export interface LocatedDescription {
  readonly text: DescriptionText;
  /** `line 3, column 5` of an entry. */
  place(path: readonly PropertyKey[]): string;
}

/**
 * @throws DataError `DATA_UTF8`, `DATA_LIMIT`, `DATA_DESCRIPTION`, `DATA_DESCRIPTION_CONTRADICTION`
 */
export function parseDescription(bytes: Uint8Array): LocatedDescription {
  if (bytes.length > MAX_OCTETS) limit(`the description has ${bytes.length} octets, more than ${MAX_OCTETS}`);
  const source = decodeUtf8(bytes);
  if (ABSURD_INDENTATION.test(source))
    limit('a line of the description is indented by more than 200 columns');
  try {
    return located(source);
  } catch (error) {
    if (error instanceof SimbootError) throw error;
    if (/^Unresolved alias/.test((error as Error).message)) {
      throw new DataError('DATA_DESCRIPTION', 'an alias (*name) has no anchor (&name) before it');
    }
    // The parsers recurse: what is nested beyond their stack, or multiplied by aliases, ends here.
    limit('the description nests too deeply, or its aliases multiply without end');
  }
}

function limit(message: string): never {
  throw new DataError('DATA_LIMIT', message);
}

function located(source: string): LocatedDescription {
  const lines = new LineCounter();
  const yaml = parseDocument(source, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const [broken] = yaml.errors;
  if (broken !== undefined) {
    // By its code: the parser's own message quotes the file, which may hold secrets.
    fail('DATA_DESCRIPTION', yamlMessage(broken.code), lineAndColumn(lines, broken.pos[0]));
  }
  const place = (path: readonly PropertyKey[]) => lineAndColumn(lines, offsetOf(yaml, path));
  const result = DESCRIPTION_SCHEMA.safeParse(yaml.toJS());
  if (!result.success) report(result.error.issues[0]!, yaml, lines);
  const text = result.data;
  refuseContradictions(text, place);
  return { text, place };
}

function fail(code: DataErrorCode, message: string, where: string, path = ''): never {
  throw new DataError(code, `${path === '' ? '' : `${path}: `}${message} (${where})`, {
    details: { where, ...(path === '' ? {} : { path }) },
  });
}

function yamlMessage(code: string): string {
  if (code === 'DUPLICATE_KEY') return 'the same entry is given twice';
  if (code === 'TAB_AS_INDENT') return 'a tab indents the line; YAML takes spaces only';
  if (code === 'RESOURCE_EXHAUSTION') return 'the description nests too deeply';
  return `this is neither YAML nor JSON (${code.toLowerCase().replaceAll('_', ' ')})`;
}

function report(issue: z.core.$ZodIssue, yaml: Document, lines: LineCounter): never {
  const extra = issue.code === 'unrecognized_keys' ? issue.keys[0]! : undefined;
  const path = extra === undefined ? issue.path : [...issue.path, extra];
  const at = lineAndColumn(lines, offsetOf(yaml, path));
  fail('DATA_DESCRIPTION', messageOf(issue), at, pathText(path));
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'there is no such entry here';
  if (issue.code !== 'invalid_type') return issue.message;
  if (/received undefined$/.test(issue.message)) return 'this entry is missing';
  const expected = { object: 'entries with names', array: 'a list', record: 'entries with names' } as Record<
    string,
    string
  >;
  return issue.message.startsWith('Invalid input')
    ? `${expected[issue.expected] ?? issue.expected} required here`
    : issue.message;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

function refuseContradictions({ accounts = [] }: DescriptionText, place: LocatedDescription['place']): void {
  accounts.forEach((account, index) => {
    for (const name of ['bootstrap', 'trsp'] as const) {
      const security = account[name];
      if (security === undefined) continue;
      const path = ['accounts', index, name];
      if (security.psk !== undefined && security.x509 !== undefined) {
        const message = 'psk and x509 exclude each other';
        const at = place([...path, 'x509']);
        fail('DATA_DESCRIPTION_CONTRADICTION', message, at, pathText(path));
      }
      if (security.psk === undefined && security.x509 === undefined) {
        fail('DATA_DESCRIPTION', 'psk or x509 is missing', place(path), pathText(path));
      }
    }
  });
}

/** Offset of the key of the entry at `path`, or of the nearest entry around it. */
function offsetOf(yaml: Document, path: readonly PropertyKey[]): number {
  let node: unknown = yaml.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(yaml);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined | null)?.range?.[0];
}

function lineAndColumn(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}
