/** DER values (X.690 clause 10), built with asn1js. Refuses what a card could not hold instead of bending it. */
import {
  BaseBlock,
  BitString,
  Constructed,
  Enumerated,
  Integer,
  ObjectIdentifier,
  OctetString,
  Primitive,
  Sequence,
  type ValueBlock,
  type ViewWriter,
} from 'asn1js';
import { decodeTlvs, encodeUtf8, toHex } from '../bytes/index.js';
import { DataError, SimbootError } from '../errors/index.js';
import { oidText } from './oid.js';

export type Block = BaseBlock<ValueBlock>;

const UNIVERSAL = 1;
const APPLICATION = 2;
const CONTEXT = 3;
const MAX_LABEL = 255;

/** The error for a value that cannot be written; the caller throws it. */
export function unwritable(what: string, why: string): DataError {
  return new DataError('DATA_PKCS15', `${what}: ${why}`, { details: { field: what } });
}

export function der(block: Block): Uint8Array {
  return new Uint8Array(block.toBER());
}

/** SEQUENCE of the parts that are there. */
export function sequence(...parts: readonly (Block | undefined)[]): Block {
  return new Sequence({ value: present(parts) });
}

/** [n], constructed. */
export function context(tagNumber: number, ...parts: readonly (Block | undefined)[]): Block {
  return new Constructed({ idBlock: { tagClass: CONTEXT, tagNumber }, value: present(parts) });
}

/** [APPLICATION n], constructed. */
export function application(tagNumber: number, ...parts: readonly (Block | undefined)[]): Block {
  return new Constructed({ idBlock: { tagClass: APPLICATION, tagNumber }, value: present(parts) });
}

/** [APPLICATION n], primitive. */
export function applicationOctets(tagNumber: number, bytes: Uint8Array): Block {
  return primitive(APPLICATION, tagNumber, bytes);
}

/** [n] IMPLICIT over a primitive type: its content under another tag. */
export function implicit(tagNumber: number, block: Block): Block {
  return primitive(CONTEXT, tagNumber, new Uint8Array(block.valueBlock.toBER(false)));
}

export function octets(bytes: Uint8Array): Block {
  return new OctetString({ valueHex: bytes });
}

/** A non-negative integer of at most 32 bits. */
export function integer(value: number, what: string, min = 0, max = 0xffffffff): Block {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw unwritable(what, `${value} is not an integer from ${min} to ${max}`);
  }
  return new Integer({ value });
}

export function enumerated(value: number): Block {
  return new Enumerated({ value });
}

/** A named bit list: the set bits by position, zero bits at the end left out (X.690 §11.2.2). */
export function bits(positions: readonly number[]): Block {
  if (positions.length === 0) return new BitString({ valueHex: new Uint8Array(0), unusedBits: 0 });
  const count = Math.max(...positions) + 1;
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (const bit of positions) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  return new BitString({ valueHex: bytes, unusedBits: bytes.length * 8 - count });
}

/** UTF8String. */
export function utf8(text: string, what: string): Block {
  return primitive(UNIVERSAL, 12, labelOctets(text, what));
}

/** Text of one of the types that hold ASCII only: 19 PrintableString, 22 IA5String, 24 GeneralizedTime. */
export function ascii(tagNumber: 19 | 22 | 24, text: string, allowed: RegExp, what: string): Block {
  if (!allowed.test(text)) throw unwritable(what, 'has a character that its type does not allow');
  return primitive(UNIVERSAL, tagNumber, encodeUtf8(text));
}

/** UTF-8 octets of a label, at most 255 (PKCS#15 v1.1 §6.1.8, ub-label). */
export function labelOctets(text: string, what: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) throw unwritable(what, 'half of a surrogate pair cannot be UTF-8');
  const bytes = encodeUtf8(text);
  if (bytes.length > MAX_LABEL) throw unwritable(what, `${bytes.length} octets, at most ${MAX_LABEL} fit`);
  return bytes;
}

/** OBJECT IDENTIFIER of a dotted text. Read back, because asn1js writes something for any text. */
export function oid(text: string, what: string): Block {
  const block = new ObjectIdentifier({ value: text });
  if (!/^\d+(\.\d+)+$/.test(text) || oidText(new Uint8Array(block.valueBlock.toBER())) !== text) {
    throw unwritable(what, `"${text}" is not an object identifier`);
  }
  return block;
}

/**
 * Octets taken over as they are.
 *
 * @throws DataError `DATA_PKCS15` unless they are exactly one BER-TLV object with one of the tags
 */
export function oneValue(bytes: Uint8Array, what: string, tags?: readonly number[]): Block {
  const [tlv, ...more] = framed(bytes, what);
  if (tlv === undefined || more.length > 0) throw unwritable(what, 'is not exactly one BER-TLV object');
  if (tags !== undefined && !tags.includes(tlv.tag)) {
    throw unwritable(what, `tag ${toHex(bytes.subarray(0, 1)).toUpperCase()} does not belong here`);
  }
  return new Verbatim(bytes);
}

/** Any number of values taken over as they are. */
export function anyValues(bytes: Uint8Array, what: string): Block {
  framed(bytes, what);
  return new Verbatim(bytes);
}

function framed(bytes: Uint8Array, what: string): ReturnType<typeof decodeTlvs> {
  try {
    return decodeTlvs(bytes);
  } catch (cause) {
    if (!(cause instanceof SimbootError)) throw cause;
    throw unwritable(what, cause.message);
  }
}

function present(parts: readonly (Block | undefined)[]): Block[] {
  return parts.filter((part) => part !== undefined);
}

function primitive(tagClass: number, tagNumber: number, bytes: Uint8Array): Block {
  return new Primitive({ idBlock: { tagClass, tagNumber }, valueHex: bytes });
}

/** Octets that asn1js must not interpret: it would write others' values back in its own form. */
class Verbatim extends BaseBlock<ValueBlock> {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super({});
    this.#bytes = bytes;
  }

  override toBER(_sizeOnly?: boolean, writer?: ViewWriter): ArrayBuffer {
    const copy = this.#bytes.slice().buffer as ArrayBuffer;
    writer?.write(copy);
    return copy;
  }
}
