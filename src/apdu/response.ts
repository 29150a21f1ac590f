/** Response APDUs (ISO/IEC 7816-4 §5.1). */
import { concat, uint16 } from '../bytes/index.js';
import { CardError } from '../errors/index.js';

/** An answer: data and the two status octets as one 16-bit number. */
export interface ResponseApdu {
  readonly data: Uint8Array;
  readonly sw: number;
}

/**
 * An answer from its octets.
 *
 * @throws CardError `CARD_RESPONSE` for fewer than two octets
 * @example decodeResponse(fromHex('5B5D9000')) // → { data: fromHex('5B5D'), sw: SW.OK }
 */
export function decodeResponse(bytes: Uint8Array): ResponseApdu {
  if (bytes.length < 2) {
    throw new CardError(
      'CARD_RESPONSE',
      `the card answered with ${bytes.length} octets, not even a status word`,
    );
  }
  const sw = (bytes[bytes.length - 2]! << 8) | bytes[bytes.length - 1]!;
  return { data: bytes.slice(0, -2), sw };
}

/**
 * The octets of an answer: data, then SW1 and SW2.
 *
 * @example toHex(encodeResponse({ data: new Uint8Array(0), sw: 0x6982 })) // → '6982'
 */
export function encodeResponse(response: ResponseApdu): Uint8Array {
  return concat(response.data, uint16(response.sw));
}
