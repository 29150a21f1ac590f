/**
 * JSON (RFC 8259) read strictly: every error has its line, column and octet, a name given twice is an error
 * (JSON.parse would keep the last one silently), and depth and size are limited.
 */
import { decodeUtf8, encodeUtf8 } from '../bytes/index.js';
import { DataError, type DataErrorCode } from '../errors/index.js';
import { memberPath } from './finding.js';

export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export interface JsonLimits {
  /** Octets of the whole text; 1 MiB unless told. */
  readonly maxOctets?: number;
  /** Objects and arrays inside each other; 64 unless told. */
  readonly maxDepth?: number;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON type of a value, for messages. */
export function jsonType(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/**
 * The value of a JSON text in UTF-8 without byte order mark.
 *
 * @throws DataError `DATA_UTF8`; `DATA_JSON` and `DATA_JSON_DUPLICATE` with line, column, octet offset and
 * JSON path in `details`; `DATA_LIMIT`
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): JsonValue {
  const maxOctets = limits.maxOctets ?? 1024 * 1024;
  if (bytes.length > maxOctets) {
    throw new DataError('DATA_LIMIT', `the document has ${bytes.length} octets, more than ${maxOctets}`, {
      details: { octets: bytes.length, limit: maxOctets },
    });
  }
  return new JsonReader(decodeUtf8(bytes), limits.maxDepth ?? 64).document();
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LONE_SURROGATE = /\p{Surrogate}/u;
const WORDS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class JsonReader {
  private at = 0;
  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): JsonValue {
    const value = this.value('$', 0);
    this.space();
    if (this.at < this.text.length) this.fail('something follows the end of the document', '$');
    return value;
  }

  private value(path: string, depth: number): JsonValue {
    this.space();
    const first = this.text[this.at];
    if (first === '{' || first === '[') {
      if (depth >= this.maxDepth) {
        this.fail(`objects and arrays nest deeper than ${this.maxDepth} levels`, path, 'DATA_LIMIT');
      }
      return first === '{' ? this.object(path, depth) : this.array(path, depth);
    }
    if (first === '"') return this.string(path);
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number(path);
  }

  private object(path: string, depth: number): JsonObject {
    const out: Record<string, JsonValue> = {};
    this.at++;
    if (this.take('}')) return out;
    do {
      this.space();
      if (this.text[this.at] !== '"') this.fail(`expected a name in quotes, found ${this.found()}`, path);
      const start = this.at;
      const name = this.string(path);
      const inner = memberPath(path, name);
      if (Object.hasOwn(out, name)) {
        this.at = start;
        this.fail(`the name ${JSON.stringify(name)} is given twice`, inner, 'DATA_JSON_DUPLICATE');
      }
      if (!this.take(':')) this.fail(`expected ":", found ${this.found()}`, inner);
      const value = this.value(inner, depth + 1);
      // An assignment to "__proto__" would set the prototype instead of a member.
      Object.defineProperty(out, name, { value, enumerable: true, writable: true, configurable: true });
    } while (this.take(','));
    if (!this.take('}')) this.fail(`expected "," or "}", found ${this.found()}`, path);
    return out;
  }

  private array(path: string, depth: number): JsonValue[] {
    const out: JsonValue[] = [];
    this.at++;
    if (this.take(']')) return out;
    do out.push(this.value(`${path}[${out.length}]`, depth + 1));
    while (this.take(','));
    if (!this.take(']')) this.fail(`expected "," or "]", found ${this.found()}`, path);
    return out;
  }

  private string(path: string): string {
    const start = this.at++;
    let out = '';
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined) {
        this.at = start;
        this.fail('the string does not end', path);
      }
      if (char < ' ') this.fail(`a control character stands in a string (${codePoint(char)})`, path);
      this.at++;
      if (char === '"') break;
      out += char === '\\' ? this.escape(path) : char;
    }
    if (LONE_SURROGATE.test(out)) {
      this.at = start;
      this.fail('the string has half a surrogate pair, which UTF-8 cannot carry', path);
    }
    return out;
  }

  private escape(path: string): string {
    const char = this.text[this.at] ?? '';
    const simple = Object.hasOwn(ESCAPES, char) ? ESCAPES[char] : undefined;
    if (simple !== undefined) {
      this.at++;
      return simple;
    }
    const digits = this.text.slice(this.at + 1, this.at + 5);
    if (char !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits))
      this.fail('an escape that JSON does not know', path);
    this.at += 5;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private number(path: string): number {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) this.fail(`expected a value, found ${this.found()}`, path);
    const value = Number(match[0]);
    if (!Number.isFinite(value)) this.fail('the number is too large', path);
    this.at += match[0].length;
    return value;
  }

  private take(char: string): boolean {
    this.space();
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  // Only punctuation is quoted: anything else may be part of a secret.
  private found(): string {
    const char = this.text[this.at];
    if (char === undefined) return 'the end of the document';
    return /[{}[\],:"]/.test(char) ? `"${char}"` : 'something else';
  }

  private fail(message: string, path: string, code: DataErrorCode = 'DATA_JSON'): never {
    const before = this.text.slice(0, this.at);
    const line = before.split('\n').length;
    const column = this.at - before.lastIndexOf('\n');
    const offset = encodeUtf8(before).length;
    throw new DataError(code, `${message} (line ${line}, column ${column}, octet ${offset}, ${path})`, {
      details: { line, column, offset, path },
    });
  }
}

function codePoint(char: string): string {
  return `U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
