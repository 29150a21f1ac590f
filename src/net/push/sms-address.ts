/** Addresses and time in SMS TPDUs (TS 23.040 §9.1.2.5, §9.2.3.11). */
import { concat, decodeSwappedBcd, encodeSwappedBcd } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

const INTERNATIONAL = 0x91;
const NATIONAL = 0x81;
/** Type of number 5: letters in the 7-bit alphabet. */
const ALPHANUMERIC = 0x50;
const MAX_DIGITS = 20;

/** @param address digits, `+` before them where the number is international */
export function encodeAddress(address: string): Uint8Array {
  const digits = address.replace(/^\+/, '');
  if (!/^\d+$/.test(digits) || digits.length > MAX_DIGITS) {
    throw new DataError('DATA_SMS', `a number has 1 to ${MAX_DIGITS} digits, with or without + before them`);
  }
  const type = address.startsWith('+') ? INTERNATIONAL : NATIONAL;
  return concat([digits.length, type], encodeSwappedBcd(digits));
}

/** Octets of an address with so many semi-octets: its length, type and digits. */
export function addressOctets(semiOctets: number): number {
  return 2 + Math.ceil(semiOctets / 2);
}

/** @param octets length, type and digits */
export function decodeAddress(octets: Uint8Array): string {
  const type = octets[1]!;
  const value = octets.subarray(2);
  if ((type & 0x70) === ALPHANUMERIC) return lettersOf(value, Math.floor((octets[0]! * 4) / 7));
  const digits = decodeSwappedBcd(value).slice(0, octets[0]!);
  return (type & 0x70) === 0x10 ? `+${digits}` : digits;
}

/** 7-bit characters (TS 23.038 §6.1.2.1); those that ASCII has elsewhere come as `?`. */
function lettersOf(octets: Uint8Array, count: number): string {
  let bits = 0n;
  octets.forEach((octet, index) => {
    bits |= BigInt(octet) << BigInt(8 * index);
  });
  const codes = Array.from({ length: count }, (_, index) => Number((bits >> BigInt(7 * index)) & 0x7fn));
  return codes
    .map((code) => (/[ A-Za-z0-9]/.test(String.fromCharCode(code)) ? String.fromCharCode(code) : '?'))
    .join('');
}

/** Seven octets: year to second in swapped BCD, then the zone, which is always UTC. */
export function encodeTimestamp(time: Date): Uint8Array {
  const digits = time.toISOString().replace(/\D/g, '').slice(2, 14);
  return encodeSwappedBcd(`${digits}00`);
}

/** The time of seven octets; undefined where they are none. */
export function decodeTimestamp(octets: Uint8Array): Date | undefined {
  const digits = decodeSwappedBcd(octets.subarray(0, 6));
  const zone = octets[6]!;
  // Quarters of an hour from UTC; the sign is the highest bit of the first digit.
  const quarters = (zone & 0x07) * 10 + (zone >> 4);
  const parts = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits)?.slice(1);
  if (parts === undefined) return undefined;
  const [year, month, day, hour, minute, second] = parts.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const local = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
  return new Date(local - ((zone & 0x08) === 0 ? 1 : -1) * quarters * 15 * 60_000);
}
