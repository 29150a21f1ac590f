/** Answer to reset: historical bytes and what they say of the card (ISO/IEC 7816-3 §8.2, ISO/IEC 7816-4 §8.1.1). */

/**
 * The historical bytes; none where the ATR is cut off.
 *
 * @example toHex(historicalBytes(fromHex('3B02AABB'))) // → 'aabb'
 */
export function historicalBytes(atr: Uint8Array): Uint8Array {
  const format = atr[1] ?? 0;
  let at = 2;
  for (let next: number | undefined = format; next !== undefined; ) {
    const indicator: number = next >> 4;
    at += [1, 2, 4].filter((bit) => (indicator & bit) !== 0).length;
    next = (indicator & 8) !== 0 ? atr[at++] : undefined;
  }
  return atr.subarray(at, at + (format & 0x0f));
}

/**
 * Whether the card capabilities (compact TLV 7X, third octet, bit 7) say that extended lengths are known; `false`
 * where the historical bytes are of another category or do not say.
 *
 * @example supportsExtendedLength(fromHex('3B05800073000040')) // → false
 */
export function supportsExtendedLength(atr: Uint8Array): boolean {
  const bytes = historicalBytes(atr);
  const isCompactTlv = bytes[0] === 0x80 || bytes[0] === 0x00;
  for (let at = 1; isCompactTlv && at < bytes.length; ) {
    const [tag, length] = [bytes[at]! >> 4, bytes[at]! & 0x0f];
    if (tag === 0x7) return length >= 3 && ((bytes[at + 3] ?? 0) & 0x40) !== 0;
    at += 1 + length;
  }
  return false;
}
