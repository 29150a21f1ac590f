/** Scripts in YAML or JSON, read entry by entry: every mistake with its line and column. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { SimbootError, UsageError } from '../../../errors/index.js';
import type { JsonValue } from '../../../mo/index.js';

const MAX_CHARACTERS = 256 * 1024;
const MAX_DEPTH = 64;
/** The YAML parser builds patterns as long as the indentation; the process dies on absurd ones. */
const ABSURD_INDENTATION = /^[ \t\-?:]{201}/m;

/** One entry of the text: its value, and where it stands. */
export class Entry {
  constructor(
    private readonly node: unknown,
    private readonly lines: LineCounter,
    private readonly offset: number,
    readonly path: string,
  ) {}

  /** @throws UsageError `USAGE_SCRIPT` always, with path, line and column */
  fail(message: string): never {
    const { line, col } = this.lines.linePos(this.offset);
    const where = `line ${line}, column ${col}`;
    throw new UsageError('USAGE_SCRIPT', `${this.path === '' ? '' : `${this.path}: `}${message} (${where})`, {
      details: { line, column: col, path: this.path },
    });
  }

  get isMap(): boolean {
    return isMap(this.node);
  }

  get isList(): boolean {
    return isSeq(this.node);
  }

  /** The members; only those named may be there. */
  map(...known: readonly string[]): ReadonlyMap<string, Entry> {
    const members = this.members();
    for (const [name, entry] of members) {
      if (!known.includes(name)) entry.fail('there is no such entry here');
    }
    return members;
  }

  /** The members, whatever their names are. */
  members(): ReadonlyMap<string, Entry> {
    if (!isMap(this.node)) this.fail('entries with names are required here');
    return new Map((this.node as YAMLMap).items.map(({ key, value }) => this.member(key, value)));
  }

  private member(key: unknown, value: unknown): [string, Entry] {
    if (!isScalar(key)) this.fail('a name is a plain text');
    const name = String(key.value);
    const offset = startOf(key) ?? this.offset;
    return [name, new Entry(value, this.lines, offset, this.path === '' ? name : `${this.path}.${name}`)];
  }

  list(): readonly Entry[] {
    if (!isSeq(this.node)) this.fail('a list is required here');
    return this.node.items.map(
      (item, index) => new Entry(item, this.lines, startOf(item) ?? this.offset, `${this.path}[${index}]`),
    );
  }

  text(): string {
    const value = this.scalar();
    if (typeof value !== 'string' || value === '') this.fail('a text is required here');
    return value;
  }

  flag(): boolean {
    const value = this.scalar();
    if (typeof value !== 'boolean') this.fail('true or false is required here');
    return value;
  }

  number(): number {
    const value = this.scalar();
    if (typeof value !== 'number' || !Number.isFinite(value)) this.fail('a number is required here');
    return value;
  }

  /** One of the words. */
  word<T extends string>(words: readonly T[]): T {
    const value = this.scalar();
    const word = words.find((each) => each === value);
    return word ?? this.fail(`one of ${words.join(', ')} is required here`);
  }

  scalar(): string | number | boolean | null {
    if (this.node === null || this.node === undefined) return null;
    if (!isScalar(this.node)) this.fail('a single value is required here');
    const { value } = this.node;
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
      return value as string | number | boolean | null;
    }
    return this.fail('a text, number, true, false or null is required here');
  }

  /** As JSON: maps, lists and single values. */
  json(): JsonValue {
    if (this.isMap) {
      const out: Record<string, JsonValue> = {};
      for (const [name, entry] of this.members()) {
        Object.defineProperty(out, name, {
          value: entry.json(),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
      return out;
    }
    return this.isList ? this.list().map((entry) => entry.json()) : this.scalar();
  }
}

/**
 * The outermost entry of a script.
 *
 * @throws UsageError `USAGE_SCRIPT` for what is neither YAML nor JSON, too long, too deep, or uses aliases
 */
export function readScript(text: string): Entry {
  if (text.length > MAX_CHARACTERS) refuse(`it has more than ${MAX_CHARACTERS} characters`);
  if (ABSURD_INDENTATION.test(text)) refuse('a line is indented by more than 200 columns');
  try {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const top = new Entry(document.contents, lines, startOf(document.contents) ?? 0, '');
    const [broken] = document.errors;
    if (broken !== undefined) new Entry(null, lines, broken.pos[0], '').fail(yamlMessage(broken.code));
    checkNodes(document.contents, lines, 0);
    return top;
  } catch (error) {
    if (error instanceof SimbootError) throw error;
    // The parser recurses: what is nested beyond its stack ends here.
    return refuse('it nests too deeply');
  }
}

function checkNodes(node: unknown, lines: LineCounter, depth: number): void {
  const here = () => new Entry(node, lines, startOf(node) ?? 0, '');
  if (depth > MAX_DEPTH) here().fail(`entries nest deeper than ${MAX_DEPTH} levels`);
  if (isAlias(node)) here().fail('an alias (*name) cannot be used in a script');
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      checkNodes(key, lines, depth + 1);
      checkNodes(value, lines, depth + 1);
    }
  } else if (isSeq(node)) {
    for (const item of node.items) checkNodes(item, lines, depth + 1);
  }
}

function yamlMessage(code: string): string {
  if (code === 'DUPLICATE_KEY') return 'the same entry is given twice';
  if (code === 'TAB_AS_INDENT') return 'a tab indents the line; YAML takes spaces only';
  return `this is neither YAML nor JSON (${code.toLowerCase().replaceAll('_', ' ')})`;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined | null)?.range?.[0];
}

function refuse(problem: string): never {
  throw new UsageError('USAGE_SCRIPT', `the script cannot be read: ${problem}`);
}
