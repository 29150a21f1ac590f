/** The user data header of a short message (TS 23.040 §9.2.3.24): application ports and concatenation. */
import { concat, uint16 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

/** Connectionless WAP push (IANA; DM 2.0 E.1). */
export const PUSH_PORT = 2948;
const SOURCE_PORT = 9200;

const CONCATENATED_8 = 0x00;
const PORTS_8 = 0x04;
const PORTS_16 = 0x05;
const CONCATENATED_16 = 0x08;

/** Which of how many messages carries this part. */
export interface Concatenation {
  readonly reference: number;
  readonly total: number;
  /** From 1. */
  readonly sequence: number;
}

export interface UserDataHeader {
  readonly ports?: { readonly destination: number; readonly source: number };
  readonly concatenation?: Concatenation;
}

/** @param concatenation where the message has several parts; its reference is one octet */
export function encodeHeader(concatenation?: Concatenation): Uint8Array {
  const ports = concat([PORTS_16, 4], uint16(PUSH_PORT), uint16(SOURCE_PORT));
  const parts =
    concatenation === undefined
      ? []
      : [CONCATENATED_8, 3, concatenation.reference, concatenation.total, concatenation.sequence];
  return concat([parts.length + ports.length], parts, ports);
}

/** @param elements the header without its length octet; of an element given twice the last counts (§9.2.3.24) */
export function decodeHeader(elements: Uint8Array): UserDataHeader {
  let ports: UserDataHeader['ports'];
  let concatenation: Concatenation | undefined;
  for (let at = 0; at < elements.length; ) {
    const length = elements[at + 1];
    const value = elements.subarray(at + 2, at + 2 + (length ?? 0));
    if (length === undefined || value.length < length) {
      throw new DataError('DATA_SMS', `an element of the user data header is cut short (octet ${at} of it)`);
    }
    const id = elements[at]!;
    if (id === PORTS_16 && length === 4)
      ports = { destination: number(value, 0, 2), source: number(value, 2, 2) };
    if (id === PORTS_8 && length === 2) ports = { destination: value[0]!, source: value[1]! };
    if (id === CONCATENATED_8 && length === 3) concatenation = parts(value, 1) ?? concatenation;
    if (id === CONCATENATED_16 && length === 4) concatenation = parts(value, 2) ?? concatenation;
    at += 2 + length;
  }
  return {
    ...(ports === undefined ? {} : { ports }),
    ...(concatenation === undefined ? {} : { concatenation }),
  };
}

/** A count or sequence of zero, or a sequence beyond the count, is ignored (§9.2.3.24.1). */
function parts(value: Uint8Array, width: number): Concatenation | undefined {
  const [total, sequence] = [value[width]!, value[width + 1]!];
  if (total === 0 || sequence === 0 || sequence > total) return undefined;
  return { reference: number(value, 0, width), total, sequence };
}

function number(octets: Uint8Array, at: number, length: number): number {
  return octets.subarray(at, at + length).reduce((sum, octet) => sum * 256 + octet, 0);
}
