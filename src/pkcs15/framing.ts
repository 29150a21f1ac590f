/** Entries one after another in a transparent file, then FF or 00 (PKCS#15 v1.1 §6.2): where each stands, where they end. */
import { concat, decodeTlvAt, type Tlv } from '../bytes/index.js';
import { DataError } from '../errors/index.js';
import { lengthOctets } from './asn1.js';
import type { ReadContext } from './context.js';

export interface Frame extends Tlv {
  readonly der: Uint8Array;
}

export function isPadding(octet: number | undefined): boolean {
  return octet === 0x00 || octet === 0xff;
}

/**
 * The entries of a file. Framing that breaks ends the list, with an error finding at the entry that breaks.
 *
 * @returns `end`: octets before the padding, or before the entry that breaks
 */
export function frameEntries(
  bytes: Uint8Array,
  context: ReadContext,
): { readonly frames: readonly Frame[]; readonly end: number } {
  const frames: Frame[] = [];
  let at = 0;
  while (at < bytes.length && !isPadding(bytes[at])) {
    const tlv = frameAt(bytes, at, context);
    if (tlv === undefined) return { frames, end: at };
    frames.push(tlv);
    at = tlv.end;
  }
  notePadding(bytes, at, context);
  return { frames, end: at };
}

function notePadding(bytes: Uint8Array, from: number, context: ReadContext): void {
  const stray = bytes.findIndex((octet, index) => index >= from && !isPadding(octet));
  const zero = bytes.indexOf(0x00, from);
  if (stray >= 0) {
    context.note('warning', 'octets-after-padding', stray, 'octets after the padding are not read');
  } else if (zero >= 0) {
    context.note('info', 'padding-zero', zero, 'padding with 00, where FF is usual');
  }
}

function frameAt(bytes: Uint8Array, at: number, context: ReadContext): Frame | undefined {
  try {
    const tlv = decodeTlvAt(bytes, at);
    const header = tlv.end - tlv.offset - tlv.value.length;
    if (header !== tagOctets(tlv.tag) + lengthOctets(tlv.value.length)) {
      context.note('info', 'length-not-minimal', at, 'length in more octets than needed');
    }
    return { ...tlv, der: bytes.subarray(tlv.offset, tlv.end) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    context.note('error', 'framing', at, error.message.replace(/,? at octet \d+$/, ''));
    return undefined;
  }
}

function tagOctets(tag: number): number {
  return tag > 0xffff ? 3 : tag > 0xff ? 2 : 1;
}

/**
 * The data objects inside an entry, one level deep.
 *
 * @throws DataError `DATA_PKCS15` with the offset in the file
 */
export function frameContent(frame: Tlv, context: ReadContext): readonly Frame[] {
  const frames: Frame[] = [];
  const base = frame.end - frame.value.length;
  let at = 0;
  while (at < frame.value.length) {
    try {
      const tlv = decodeTlvAt(frame.value, at, base);
      frames.push({ ...tlv, der: frame.value.subarray(at, tlv.end - base) });
      at = tlv.end - base;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw context.broken(base + at, error.message.replace(/,? at octet \d+$/, ''));
    }
  }
  return frames;
}

/** The octets of all frames, in order. */
export function joinFrames(frames: readonly { readonly der: Uint8Array }[]): Uint8Array {
  return concat(...frames.map(({ der }) => der));
}
