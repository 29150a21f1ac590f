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

/** Whether a JSON value is an object: not an array, not null. */
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
 * @example
 * parseJson(encodeUtf8('{"a":1}')) // → { a: 1 }
 * parseJson(encodeUtf8('{"a":1,"a":2}')) // throws DATA_JSON_DUPLICATE
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): JsonValue {
  const maxOctets = limits.maxOctets ?? 1024 * 1024;
  if (bytes.length > maxOctets) {
    throw new DataError('DATA_LIMIT', `the document has ${bytes.length} octets, more than ${maxOctets}`, {
      details: { octets: bytes.length, limit: maxOctets },
    });
  }
  const text = decodeUtf8(bytes);
  const maxDepth = limits.maxDepth ?? 64;
  const plain = parsePlain(text, maxDepth);
  return plain === undefined ? new JsonReader(text, maxDepth).document() : plain;
}

/**
 * The value by JSON.parse, where that is sure to be what the strict reader gives: a text without backslash, thus without
 * half surrogate pairs, in which as many names stand as the value has members, thus none twice.
 *
 * @returns undefined where it is not sure: the strict reader decides, and finds the place of an error
 */
function parsePlain(text: string, maxDepth: number): JsonValue | undefined {
  const names = countNames(text);
  if (names < 0) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return countMembers(value, maxDepth) === names ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Colons outside of strings; -1 where there is a backslash. */
function countNames(text: string): number {
  let names = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) inString = !inString;
    else if (code === 0x5c) return -1;
    else if (code === 0x3a && !inString) names++;
  }
  return names;
}

/** Members of all objects of a value; NaN where it nests too deep or a number is too large. */
function countMembers(value: JsonValue, depth: number): number {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'number' && !Number.isFinite(value) ? Number.NaN : 0;
  }
  if (depth <= 0) return Number.NaN;
  const children = Array.isArray(value) ? value : Object.values(value);
  let members = Array.isArray(value) ? 0 : children.length;
  for (const child of children) members += countMembers(child, depth - 1);
  return members;
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
/** What stands for itself in a string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters end the run
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const LONE_SURROGATE = /\p{Surrogate}/u;
const WORDS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** Sets a member of any name; an assignment to `__proto__` would set the prototype instead. */
export function setMember(object: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

class JsonReader {
  private at = 0;
  /** Where in the document the reader is; made into text only for an error. */
  private readonly path: (string | number)[] = [];
  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): JsonValue {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) this.fail('something follows the end of the document');
    return value;
  }

  private value(): JsonValue {
    this.space();
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === '{' || first === '[') {
      if (this.path.length >= this.maxDepth) {
        this.fail(`objects and arrays nest deeper than ${this.maxDepth} levels`, 'DATA_LIMIT');
      }
      return first === '{' ? this.object() : this.array();
    }
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(): JsonObject {
    const out: Record<string, JsonValue> = {};
    this.at++;
    if (this.take('}')) return out;
    do {
      this.space();
      if (this.text[this.at] !== '"') this.fail(`expected a name in quotes, found ${this.found()}`);
      const start = this.at;
      const name = this.string();
      this.path.push(name);
      if (Object.hasOwn(out, name)) {
        this.at = start;
        this.fail(`the name ${JSON.stringify(name)} is given twice`, 'DATA_JSON_DUPLICATE');
      }
      if (!this.take(':')) this.fail(`expected ":", found ${this.found()}`);
      setMember(out, name, this.value());
      this.path.pop();
    } while (this.take(','));
    if (!this.take('}')) this.fail(`expected "," or "}", found ${this.found()}`);
    return out;
  }

  private array(): JsonValue[] {
    const out: JsonValue[] = [];
    this.at++;
    if (this.take(']')) return out;
    do {
      this.path.push(out.length);
      out.push(this.value());
      this.path.pop();
    } while (this.take(','));
    if (!this.take(']')) this.fail(`expected "," or "]", found ${this.found()}`);
    return out;
  }

  private string(): string {
    const start = this.at++;
    let out = '';
    for (;;) {
      PLAIN.lastIndex = this.at;
      PLAIN.test(this.text); // always: it may be empty
      out += this.text.slice(this.at, PLAIN.lastIndex);
      this.at = PLAIN.lastIndex;
      const char = this.text[this.at];
      if (char === '"') break;
      if (char === undefined) {
        this.at = start;
        this.fail('the string does not end');
      }
      if (char !== '\\') this.fail(`a control character stands in a string (${codePoint(char)})`);
      this.at++;
      out += this.escape();
    }
    this.at++;
    if (LONE_SURROGATE.test(out)) {
      this.at = start;
      this.fail('the string has half a surrogate pair, which UTF-8 cannot carry');
    }
    return out;
  }

  private escape(): string {
    const char = this.text[this.at] ?? '';
    const simple = Object.hasOwn(ESCAPES, char) ? ESCAPES[char] : undefined;
    if (simple !== undefined) {
      this.at++;
      return simple;
    }
    const digits = this.text.slice(this.at + 1, this.at + 5);
    if (char !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('an escape that JSON does not know');
    this.at += 5;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private number(): number {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) this.fail(`expected a value, found ${this.found()}`);
    const value = Number(match[0]);
    if (!Number.isFinite(value)) this.fail('the number is too large');
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

  private fail(message: string, code: DataErrorCode = 'DATA_JSON'): never {
    const path = this.path.reduce<string>(
      (text, step) => (typeof step === 'number' ? `${text}[${step}]` : memberPath(text, step)),
      '$',
    );
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
