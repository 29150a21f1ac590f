/** JSON with one spelling for each value (RFC 8785): what a digest is taken over. */
import { DataError } from '../../errors/index.js';
import type { JsonValue } from '../../mo/index.js';

/** Deepest nesting of an entry; what a line writes has three levels. */
const DEPTH = 32;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Members in the order of their UTF-16 code units, no blanks, numbers and texts as ECMAScript writes them (RFC 8785 §3.2).
 *
 * @throws DataError `DATA_JOURNAL` for a number that is not finite, half a surrogate pair, or more than 32 levels
 * @example canonicalJson({ b: [1, 'ä'], a: null }) // → '{"a":null,"b":[1,"ä"]}'
 */
export function canonicalJson(value: JsonValue): string {
  return spell(value, 0);
}

function spell(value: JsonValue, depth: number): string {
  if (depth > DEPTH) throw refused(`is nested deeper than ${DEPTH} levels`);
  if (typeof value === 'number' && !Number.isFinite(value)) throw refused('has a number that is not finite');
  if (typeof value === 'string') return text(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => spell(item, depth + 1)).join(',')}]`;
  const object = value as Readonly<Record<string, JsonValue | undefined>>;
  const members: string[] = [];
  for (const name of Object.keys(object).sort()) {
    const member = object[name];
    if (member !== undefined) members.push(`${text(name)}:${spell(member, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}

function text(value: string): string {
  if (LONE_SURROGATE.test(value)) throw refused('has half a surrogate pair in a text');
  return JSON.stringify(value);
}

function refused(why: string): DataError {
  return new DataError('DATA_JOURNAL', `the content of a journal entry ${why}`);
}
