/** Node formats in JSON (DM 2.0 §6.3.1, §7.2.1.4): which JSON value carries which format. */
import { decodeBase64 } from '../bytes/index.js';
import type { NodeFormat } from './definition.js';
import { type JsonValue, jsonType } from './json.js';

/** `text`: a number or boolean written as a string, which older examples do and a reader accepts. */
export type FormatCheck =
  | { readonly result: 'right' }
  | { readonly result: 'text'; readonly value: JsonValue; readonly message: string }
  | { readonly result: 'wrong'; readonly message: string };

const RIGHT: FormatCheck = { result: 'right' };
const DATE = /^(\d{4})(-?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])$/;
const TIME =
  /^(?:(?:[01]\d|2[0-3])(:?)[0-5]\d(?:\1(?:[0-5]\d|60)(?:[.,]\d{1,9})?)?|24(:?)00(?:\2(?:00)(?:[.,]0{1,9})?)?)(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?$/;

/**
 * Whether a JSON value fits the format of a leaf node. Messages never repeat the value.
 *
 * @example checkFormat('int', '7').result // → 'text'
 */
export function checkFormat(format: Exclude<NodeFormat, 'node'>, value: JsonValue): FormatCheck {
  switch (format) {
    case 'null':
      return value === null ? RIGHT : wrong(format, 'null', value);
    case 'bool':
      if (typeof value === 'boolean') return RIGHT;
      return value === 'true' || value === 'false'
        ? asText(format, value === 'true')
        : wrong(format, 'true or false', value);
    case 'int':
      if (Number.isSafeInteger(value)) return RIGHT;
      return isTextOf(/^-?\d{1,15}$/, value)
        ? asText(format, Number(value))
        : wrong(format, 'a whole number', value);
    case 'float':
      if (typeof value === 'number') return RIGHT;
      return isTextOf(/^-?\d{1,17}(?:\.\d{1,17})?(?:[eE][+-]?\d{1,2})?$/, value)
        ? asText(format, Number(value))
        : wrong(format, 'a number', value);
    case 'bin':
    case 'b64':
      if (typeof value !== 'string') return wrong(format, 'a base64 string', value);
      return decodeBase64(value) === undefined
        ? { result: 'wrong', message: `format ${format}: the string is not base64 with padding` }
        : RIGHT;
    case 'date':
      return isDate(value) ? RIGHT : wrong(format, 'an ISO 8601 date such as 2026-01-31', value);
    case 'time':
      return isTextOf(TIME, value) ? RIGHT : wrong(format, 'an ISO 8601 time such as 13:45:00', value);
    case 'chr':
    case 'xml':
      return typeof value === 'string' ? RIGHT : wrong(format, 'a string', value);
  }
}

function isTextOf(pattern: RegExp, value: JsonValue): value is string {
  return typeof value === 'string' && pattern.test(value);
}

// ISO 8601 calendar dates, basic or extended, of a day that exists.
function isDate(value: JsonValue): boolean {
  const match = typeof value === 'string' ? DATE.exec(value) : null;
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[3]), Number(match[4])];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
  return day <= days;
}

function asText(format: NodeFormat, value: JsonValue): FormatCheck {
  return { result: 'text', value, message: `format ${format}: the value is written as a string` };
}

function wrong(format: NodeFormat, expected: string, value: JsonValue): FormatCheck {
  return { result: 'wrong', message: `format ${format} needs ${expected}, found ${jsonType(value)}` };
}
