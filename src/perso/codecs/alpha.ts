/** Names in EFs: the default alphabet of TS 23.038 §6.2.1, one octet each, or UCS2 as TS 102 221 annex A. */

/** ESC (1B) leads to a table that names in EFs do not use; no text contains the placeholder here. */
const ESCAPE = '\uFFFF';
const DEFAULT_ALPHABET = [
  '@£$¥èéùìòÇ\nØø\rÅå',
  `Δ_ΦΓΛΩΠΨΣΘΞ${ESCAPE}ÆæßÉ`,
  ' !"#¤%&\'()*+,-./',
  '0123456789:;<=>?',
  '¡ABCDEFGHIJKLMNO',
  'PQRSTUVWXYZÄÖÑÜ§',
  '¿abcdefghijklmno',
  'pqrstuvwxyzäöñüà',
].join('');

const UCS2 = 0x80;

/**
 * The shortest coding: the default alphabet where it has every character, else UCS2 (80).
 *
 * @returns undefined for text that UCS2 does not have
 */
export function encodeAlpha(text: string): Uint8Array | undefined {
  const octets = [...text].map((character) => DEFAULT_ALPHABET.indexOf(character));
  if (octets.every((octet) => octet >= 0) && !text.includes(ESCAPE)) return Uint8Array.from(octets);
  if (/[\uD800-\uDFFF\uFFFF]/.test(text)) return undefined;
  const units = Array.from(text, (character) => character.charCodeAt(0));
  return Uint8Array.from([UCS2, ...units.flatMap((unit) => [unit >> 8, unit & 0xff])]);
}

/**
 * Text of a name, without what fills it up.
 *
 * @returns undefined for what is none of the codings
 */
export function decodeAlpha(bytes: Uint8Array): string | undefined {
  switch (bytes[0]) {
    case UCS2:
      return decodeUcs2(bytes.subarray(1));
    case 0x81:
      return decodeHalf(bytes, 3, (bytes[2] ?? 0) << 7);
    case 0x82:
      return decodeHalf(bytes, 4, ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0));
    default:
      return decodeDefault(bytes);
  }
}

function decodeUcs2(bytes: Uint8Array): string | undefined {
  let text = '';
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const unit = (bytes[i]! << 8) | bytes[i + 1]!;
    if (unit === 0xffff) break;
    if (unit >= 0xd800 && unit <= 0xdfff) return undefined;
    text += String.fromCharCode(unit);
  }
  return text;
}

/** Octets below 80 are of the default alphabet, others count from a base. */
function decodeHalf(bytes: Uint8Array, from: number, base: number): string | undefined {
  const count = bytes[1];
  if (count === undefined || from + count > bytes.length) return undefined;
  let text = '';
  for (const octet of bytes.subarray(from, from + count)) {
    const unit = base + (octet & 0x7f);
    if (octet >= 0x80 && (unit > 0xfffe || (unit >= 0xd800 && unit <= 0xdfff))) return undefined;
    text += octet < 0x80 ? DEFAULT_ALPHABET[octet]! : String.fromCharCode(unit);
  }
  return text.includes(ESCAPE) ? undefined : text;
}

function decodeDefault(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0xff);
  const content = end < 0 ? bytes : bytes.subarray(0, end);
  let text = '';
  for (const octet of content) text += DEFAULT_ALPHABET[octet] ?? ESCAPE;
  return text.includes(ESCAPE) ? undefined : text;
}
