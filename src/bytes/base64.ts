/** Base64 (RFC 4648 §4) with padding, as it stands in JSON and in sealed cells (docs/decisions/binary-as-base64.md). */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/**
 * Base64 (RFC 4648 §4) with padding.
 *
 * @example encodeBase64(fromHex('00')) // → 'AA=='
 */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/**
 * The octets of a base64 text; undefined where it is not exactly what an encoder writes.
 *
 * @example decodeBase64('AA') // → undefined
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  return BASE64.test(text) ? Uint8Array.from(Buffer.from(text, 'base64')) : undefined;
}
