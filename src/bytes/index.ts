/** Hex, base64, text, swapped BCD, Luhn, BER-TLV. Knows nothing of cards. */
export { decodeBase64, encodeBase64 } from './base64.js';
export { concat, equal, padEnd, stripEnd, uint16 } from './bytes.js';
export type { Codec, CodecExample } from './codec.js';
export {
  decodeIccid,
  decodeImsi,
  decodeSwappedBcd,
  encodeIccid,
  encodeImsi,
  encodeSwappedBcd,
  luhnCheckDigit,
  luhnValid,
} from './digits.js';
export { fromHex, hex8, hex16, toHex } from './hex.js';
export { remembered } from './remembered.js';
export { decodeUtf8, encodeUtf8 } from './text.js';
export {
  type DecodeTlvOptions,
  decodeTlvAt,
  decodeTlvs,
  encodeTlv,
  findTlv,
  requireTlv,
  type Tlv,
} from './tlv.js';
