/** A YAML 1.2 or JSON document as plain values, and where each entry stands in the text. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { decodeUtf8 } from '../bytes/index.js';
import { DataError, SimbootError } from '../errors/index.js';

/** The YAML parser builds patterns as long as the indentation; the process dies on absurd ones. */
const ABSURD_INDENTATION = /^[ \t\-?:]{201}/m;

/** Both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something that is no YAML. Never quotes the file, which may hold secrets. */
export interface YamlMistake extends Partial<Place> {
  readonly message: string;
}

export interface LocatedYaml {
  /** Maps, lists, text, numbers, true, false, null; nothing where there are mistakes. */
  readonly value: unknown;
  /** In the order of the text. */
  readonly mistakes: readonly YamlMistake[];
  /** Where the entry's name or the item of a list stands, or the nearest entry around it. */
  place(path: readonly PropertyKey[]): Place;
}

/**
 * Reads a document.
 *
 * @param options.what what messages call it, such as `the description`
 * @param options.maxOctets the longest file that is read
 * @throws DataError `DATA_UTF8`; `DATA_LIMIT` for what is too long, too deep, or multiplied by aliases
 * @example
 * const { value, place } = readYaml(encodeUtf8('a:\n  b: 1\n'), { what: 'the file', maxOctets: 100 });
 * value // → { a: { b: 1 } }
 * place(['a', 'b']) // → { line: 2, column: 3 }
 */
export function readYaml(
  bytes: Uint8Array,
  options: { readonly what: string; readonly maxOctets: number },
): LocatedYaml {
  const { what, maxOctets } = options;
  if (bytes.length > maxOctets) limit(`${what} has ${bytes.length} octets, more than ${maxOctets}`);
  const source = decodeUtf8(bytes);
  if (ABSURD_INDENTATION.test(source)) limit(`a line of ${what} is indented by more than 200 columns`);
  try {
    return located(source, what);
  } catch (error) {
    if (error instanceof SimbootError) throw error;
    // The parsers recurse: what is nested beyond their stack, or multiplied by aliases, ends here.
    return limit(`${what} nests too deeply, or its aliases multiply without end`);
  }
}

function limit(message: string): never {
  throw new DataError('DATA_LIMIT', message);
}

function located(source: string, what: string): LocatedYaml {
  const lines = new LineCounter();
  const yaml = parseDocument(source, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const place = (path: readonly PropertyKey[]) => at(offsetOf(yaml, path));
  if (yaml.errors.length > 0) {
    // By their codes: the parser's own messages quote the file.
    const mistakes = yaml.errors.map(({ code, pos }) => ({
      message: yamlMessage(code, what),
      ...at(pos[0]),
    }));
    return { value: undefined, mistakes, place };
  }
  try {
    return { value: yaml.toJS(), mistakes: [], place };
  } catch (error) {
    if (!/^Unresolved alias/.test((error as Error).message)) throw error;
    return {
      value: undefined,
      mistakes: [{ message: 'an alias (*name) has no anchor (&name) before it' }],
      place,
    };
  }
}

function yamlMessage(code: string, what: string): string {
  if (code === 'DUPLICATE_KEY') return 'the same entry is given twice';
  if (code === 'TAB_AS_INDENT') return 'a tab indents the line; YAML takes spaces only';
  if (code === 'RESOURCE_EXHAUSTION') return `${what} nests too deeply`;
  return `this is neither YAML nor JSON (${code.toLowerCase().replaceAll('_', ' ')})`;
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
