import { DataError } from '../errors/index.js';

/**
 * Lower-case hex without spaces.
 *
 * @example toHex(Uint8Array.of(0x3f, 0x00)) // → '3f00'
 */
export function toHex(bytes: Uint8Array): string {
  return Buffer.prototype.hexSlice.call(bytes, 0, bytes.length);
}

/**
 * Bytes of a hex text; spaces, colons and line breaks between octets are allowed.
 *
 * @throws DataError `DATA_HEX` with the position of the first wrong character
 * @example fromHex('3F00') // → Uint8Array.of(0x3f, 0x00)
 */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/[\s:]/g, '');
  const wrong = digits.search(/[^0-9a-fA-F]/);
  if (wrong >= 0) {
    throw new DataError('DATA_HEX', `not a hex digit at position ${wrong + 1}`, {
      details: { position: wrong + 1 },
    });
  }
  if (digits.length % 2 !== 0) {
    throw new DataError('DATA_HEX', `odd number of hex digits (${digits.length})`, {
      details: { digits: digits.length },
    });
  }
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/**
 * A 16-bit number, such as a file identifier or status word, as four upper-case hex digits.
 *
 * @example hex16(0x3f00) // → '3F00'
 */
export function hex16(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0');
}

/**
 * An octet as two upper-case hex digits.
 *
 * @example hex8(10) // → '0A'
 */
export function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}
