import { DataError } from '../errors/index.js';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * UTF-8 octets of a text.
 *
 * @example toHex(encodeUtf8('é')) // → 'c3a9'
 */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * The text of UTF-8 octets without a byte order mark.
 *
 * @throws DataError `DATA_UTF8` with the offset of the byte order mark or of the first wrong octet
 * @example
 * decodeUtf8(fromHex('C3A9')) // → 'é'
 * decodeUtf8(fromHex('EFBBBF5B5D')) // throws DATA_UTF8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new DataError('DATA_UTF8', 'the text starts with a UTF-8 byte order mark', {
      details: { offset: 0 },
    });
  }
  try {
    return strict.decode(bytes);
  } catch (cause) {
    const offset = firstInvalidUtf8(bytes);
    throw new DataError('DATA_UTF8', `not UTF-8 at octet ${offset}`, { cause, details: { offset } });
  }
}

function firstInvalidUtf8(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
