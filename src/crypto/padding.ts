/** Padding method 2 of ISO/IEC 9797-1, to whole AES blocks (GPC 2.3.1 §B.2.3). */

/**
 * `data`, one octet 80, then 00 up to a whole block; always at least one octet longer.
 *
 * @example toHex(pad80(fromHex('3F00'))) // → '3f008000000000000000000000000000'
 */
export function pad80(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 16 - (data.length % 16));
  out.set(data);
  out[data.length] = 0x80;
  return out;
}

/**
 * `data` without its padding, or nothing where the padding is not of this method. A padding longer than needed is
 * accepted: there are cards that answer so, and the MAC has vouched for it.
 *
 * @example unpad80(fromHex('3F008000000000000000000000000000')) // → fromHex('3F00')
 */
export function unpad80(data: Uint8Array): Uint8Array | undefined {
  let end = data.length - 1;
  while (end >= 0 && data[end] === 0x00) end--;
  return data.length % 16 === 0 && data[end] === 0x80 ? data.slice(0, end) : undefined;
}
