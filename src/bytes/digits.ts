/** Numbers printed on cards and in networks: Luhn (ISO/IEC 7812-1 annex B), ICCID (ITU-T E.118, TS 102 221 §13.2), IMSI (TS 31.102 §4.2.2). */
import { DataError } from '../errors/index.js';

/**
 * The Luhn check digit for a row of decimal digits.
 *
 * @example luhnCheckDigit('7992739871') // → '3'
 */
export function luhnCheckDigit(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const weighted = i % 2 === 0 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return String((10 - (sum % 10)) % 10);
}

/**
 * Whether the last digit is the Luhn check digit of the ones before it.
 *
 * @example luhnValid('79927398713') // → true
 */
export function luhnValid(digits: string): boolean {
  return digits.length > 1 && luhnCheckDigit(digits.slice(0, -1)) === digits.at(-1);
}

/**
 * Swapped BCD: each octet holds two digits, the first one in the low nibble, F as filler.
 *
 * @throws DataError `DATA_DIGITS` for a character that is no decimal digit (nor A-F, which some ICCIDs carry)
 * @example
 * toHex(encodeSwappedBcd('12345')) // → '2143f5'
 * encodeSwappedBcd('12 45') // throws DATA_DIGITS
 */
export function encodeSwappedBcd(digits: string, length = Math.ceil(digits.length / 2)): Uint8Array {
  const wrong = digits.search(/[^0-9a-fA-F]/);
  if (wrong >= 0) {
    throw new DataError('DATA_DIGITS', `not a digit at position ${wrong + 1} of ${digits.length}`, {
      details: { position: wrong + 1 },
    });
  }
  if (digits.length > length * 2) {
    throw new DataError('DATA_DIGITS', `${digits.length} digits do not fit in ${length} octets`, {
      details: { digits: digits.length, octets: length },
    });
  }
  const padded = digits.padEnd(length * 2, 'F');
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(`${padded[2 * i + 1]}${padded[2 * i]}`, 16));
}

/**
 * Digits of swapped BCD without the F filler at the end; other nibbles above 9 come back as A-F.
 *
 * @example decodeSwappedBcd(fromHex('2143F5')) // → '12345'
 */
export function decodeSwappedBcd(bytes: Uint8Array): string {
  let digits = '';
  for (const octet of bytes) digits += (octet & 0x0f).toString(16) + (octet >> 4).toString(16);
  return digits.toUpperCase().replace(/F+$/, '');
}

/**
 * EF_ICCID content, 10 octets, of 18 to 20 digits.
 *
 * @throws DataError `DATA_DIGITS` for a wrong length, character or (19 digits, 20 without filler) check digit
 * @example toHex(encodeIccid('8988211000000000011')) // → '988812010000000010f1'
 */
export function encodeIccid(iccid: string): Uint8Array {
  if (!/^\d{18,20}$/.test(iccid)) {
    throw new DataError('DATA_DIGITS', `an ICCID has 18 to 20 decimal digits, not "${iccid}"`);
  }
  if (iccid.length >= 19 && !luhnValid(iccid)) {
    throw new DataError(
      'DATA_DIGITS',
      `the check digit of ICCID ${iccid} should be ${luhnCheckDigit(iccid.slice(0, -1))}`,
    );
  }
  return encodeSwappedBcd(iccid, 10);
}

/**
 * Digits of EF_ICCID. Lenient: what a card holds is shown, even where the check digit is wrong.
 *
 * @example decodeIccid(fromHex('988812010000000010F1')) // → '8988211000000000011'
 */
export function decodeIccid(bytes: Uint8Array): string {
  return decodeSwappedBcd(bytes);
}

/**
 * EF_IMSI content, 9 octets: length, parity nibble, digits.
 *
 * @throws DataError `DATA_DIGITS` for other than 6 to 15 decimal digits
 * @example toHex(encodeImsi('001010123456789')) // → '080910101032547698'
 */
export function encodeImsi(imsi: string): Uint8Array {
  if (!/^\d{6,15}$/.test(imsi)) {
    throw new DataError('DATA_DIGITS', `an IMSI has 6 to 15 decimal digits, not "${imsi}"`);
  }
  const nibbles = (imsi.length % 2 === 1 ? '9' : '1') + imsi;
  const length = Math.ceil(nibbles.length / 2);
  const content = new Uint8Array(9).fill(0xff);
  content[0] = length;
  content.set(encodeSwappedBcd(nibbles), 1);
  return content;
}

/**
 * Digits of EF_IMSI.
 *
 * @throws DataError `DATA_DIGITS` if the length octet does not fit
 * @example decodeImsi(fromHex('080910101032547698')) // → '001010123456789'
 */
export function decodeImsi(bytes: Uint8Array): string {
  const length = bytes[0];
  if (length === undefined || length < 1 || length > 8 || bytes.length < 1 + length) {
    throw new DataError(
      'DATA_DIGITS',
      `EF_IMSI has length octet ${length ?? 'none'} in ${bytes.length} octets`,
    );
  }
  return decodeSwappedBcd(bytes.subarray(1, 1 + length)).slice(1);
}
