/** BER-TLV (ISO/IEC 8825-1 §8.1), tags of up to three octets, definite lengths of up to four. */
import { DataError } from '../errors/index.js';
import { concat } from './bytes.js';

/** One data object; `offset` and `end` are octet positions in the array it was read from. */
export interface Tlv {
  readonly tag: number;
  readonly value: Uint8Array;
  readonly offset: number;
  readonly end: number;
}

export interface DecodeTlvOptions {
  /** Stop at a tag octet of 00 or FF (padding in card files) instead of refusing it. */
  readonly padding?: boolean;
  /** Added to every offset, for a structure inside another. */
  readonly base?: number;
}

/**
 * The data objects in `bytes`, in order, one level deep.
 *
 * @throws DataError `DATA_TLV` with the offset of the object that breaks
 * @example decodeTlvs(fromHex('8002020082027921')).map(({ tag }) => tag) // → [0x80, 0x82]
 */
export function decodeTlvs(bytes: Uint8Array, options: DecodeTlvOptions = {}): Tlv[] {
  const base = options.base ?? 0;
  const out: Tlv[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (options.padding && (bytes[at] === 0x00 || bytes[at] === 0xff)) break;
    const tlv = decodeTlvAt(bytes, at, base);
    out.push(tlv);
    at = tlv.end - base;
  }
  return out;
}

/**
 * The one data object that starts at `at`.
 *
 * @throws DataError `DATA_TLV`
 * @example decodeTlvAt(fromHex('FF8002 0200'), 1).end // → 5
 */
export function decodeTlvAt(bytes: Uint8Array, at = 0, base = 0): Tlv {
  const fail = (why: string): never => {
    throw new DataError('DATA_TLV', `${why} at octet ${base + at}`, { details: { offset: base + at } });
  };
  let cursor = at;
  const next = (what: string): number => bytes[cursor++] ?? fail(`${what} cut off`);

  let tag = next('tag');
  if ((tag & 0x1f) === 0x1f) {
    let more = true;
    for (let octets = 1; more; octets++) {
      if (octets === 3) fail('tag longer than three octets');
      const octet = next('tag');
      tag = (tag << 8) | octet;
      more = (octet & 0x80) !== 0;
    }
  }
  let length = next('length');
  if (length === 0x80) fail('indefinite length');
  if (length > 0x80) {
    const octets = length & 0x7f;
    if (octets > 4) fail('length longer than four octets');
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + next('length');
  }
  if (cursor + length > bytes.length) {
    fail(
      `tag ${tag.toString(16).toUpperCase()} announces ${length} octets where ${bytes.length - cursor} are left,`,
    );
  }
  const end = cursor + length;
  return { tag, value: bytes.subarray(cursor, end), offset: base + at, end: base + end };
}

/**
 * One data object with the shortest length form.
 *
 * @example toHex(encodeTlv(0x84, fromHex('A000000063'))) // → '8405a000000063'
 */
export function encodeTlv(tag: number, ...values: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const value = concat(...values);
  const tagOctets =
    tag > 0xffff ? [tag >> 16, (tag >> 8) & 0xff, tag & 0xff] : tag > 0xff ? [tag >> 8, tag & 0xff] : [tag];
  return concat(tagOctets, encodeLength(value.length), value);
}

function encodeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  if (length < 0x10000) return [0x82, length >> 8, length & 0xff];
  return [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
}

/**
 * The first object with `tag`.
 *
 * @example findTlv(decodeTlvs(fromHex('80020200')), 0x82) // → undefined
 */
export function findTlv(tlvs: readonly Tlv[], tag: number): Tlv | undefined {
  return tlvs.find((tlv) => tlv.tag === tag);
}

/**
 * The value of the first object with `tag`.
 *
 * @throws DataError `DATA_TLV` if it is missing
 * @example
 * toHex(requireTlv(decodeTlvs(fromHex('830264318A0105')), 0x8a, 'FCP').value) // → '05'
 * requireTlv([], 0x8a, 'FCP') // throws DATA_TLV
 */
export function requireTlv(tlvs: readonly Tlv[], tag: number, where: string): Tlv {
  const found = findTlv(tlvs, tag);
  if (found) return found;
  const present = tlvs.map((tlv) => tlv.tag.toString(16).toUpperCase()).join(' ') || 'none';
  throw new DataError(
    'DATA_TLV',
    `${where}: tag ${tag.toString(16).toUpperCase()} is missing (present: ${present})`,
  );
}
