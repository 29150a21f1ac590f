/**
 * The parts in one new array.
 *
 * @example toHex(concat([0x3f, 0x00], uint16(0x7f50))) // → '3f007f50'
 */
export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/**
 * Whether two byte strings are the same. Not constant time: never for secrets.
 *
 * @example equal(fromHex('3F00'), Uint8Array.of(0x3f, 0x00)) // → true
 */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}

/**
 * `bytes` filled up with `filler` (FF unless told) to `length`; unchanged where it is as long already.
 *
 * @example toHex(padEnd(fromHex('31323334'), 8)) // → '31323334ffffffff'
 */
export function padEnd(bytes: Uint8Array, length: number, filler = 0xff): Uint8Array {
  if (bytes.length >= length) return bytes;
  const out = new Uint8Array(length).fill(filler);
  out.set(bytes);
  return out;
}

/**
 * `bytes` without the run of `filler` (FF unless told) at its end.
 *
 * @example toHex(stripEnd(fromHex('5B5DFFFF'))) // → '5b5d'
 */
export function stripEnd(bytes: Uint8Array, filler = 0xff): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === filler) end--;
  return bytes.subarray(0, end);
}

/**
 * Two octets, most significant first.
 *
 * @example toHex(uint16(0x7f50)) // → '7f50'
 */
export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
