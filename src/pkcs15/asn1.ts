/**
 * ASN.1 values of PKCS#15 entries (X.690), parsed by asn1js. asn1js accepts more than DER and names no place when it
 * refuses, so offsets, lengths and contents are taken from the octets and judged here.
 */
import { type BaseBlock, Constructed, fromBER } from 'asn1js';
import { decodeTlvs } from '../bytes/index.js';
import { DataError } from '../errors/index.js';
import type { ReadContext } from './context.js';
import { oidText } from './oid.js';

/** One value: `tag` is its identifier octet, `offset` its place in the file. */
export interface Node {
  readonly tag: number;
  readonly offset: number;
  /** Tag, length and content. */
  readonly der: Uint8Array;
  readonly content: Uint8Array;
  readonly children: readonly Node[];
}

const MAX_DEPTH = 24;

/**
 * The one value that fills `der`.
 *
 * @param offset place of `der` in its file
 * @throws DataError `DATA_PKCS15` with the offset where it breaks
 */
export function parseNode(der: Uint8Array, offset: number, context: ReadContext): Node {
  const view = new Uint8Array(der.buffer, der.byteOffset, der.length);
  const options = { copyInput: false, parseEmbedded: false, maxDepth: MAX_DEPTH };
  let parsed: ReturnType<typeof fromBER>;
  try {
    parsed = fromBER(view, options);
  } catch (cause) {
    throw context.broken(breakOffset(view, offset, 0) ?? offset, 'not a readable ASN.1 value', cause);
  }
  if (parsed.offset === -1) {
    const reason = parsed.result.error || 'not an ASN.1 value';
    throw context.broken(breakOffset(view, offset, 0) ?? offset, lowerFirst(reason));
  }
  if (parsed.offset !== view.length) {
    throw context.broken(offset + parsed.offset, 'octets follow the ASN.1 value');
  }
  return toNode(parsed.result, view, offset, context);
}

function toNode(block: BaseBlock, file: Uint8Array, base: number, context: ReadContext): Node {
  const start = block.valueBeforeDecodeView.byteOffset - file.byteOffset;
  const offset = base + start;
  const { lenBlock, idBlock } = block;
  if (lenBlock.isIndefiniteForm) throw context.broken(offset, 'indefinite length, where DER is required');
  const contentStart = start + idBlock.blockLength + lenBlock.blockLength;
  if (lenBlock.blockLength !== lengthOctets(lenBlock.length)) {
    context.note('info', 'length-not-minimal', offset, 'length in more octets than needed');
  }
  const children = block instanceof Constructed ? block.valueBlock.value : [];
  return {
    tag: idBlock.tagNumber < 31 && !idBlock.isHexOnly ? file[start]! : -1,
    offset,
    der: file.subarray(start, contentStart + lenBlock.length),
    content: file.subarray(contentStart, contentStart + lenBlock.length),
    children: children.map((child) => toNode(child, file, base, context)),
  };
}

/** Octets of the shortest length field. */
export function lengthOctets(length: number): number {
  if (length < 0x80) return 1;
  return length < 0x100 ? 2 : length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 5;
}

/** Finds the innermost object whose framing breaks, because asn1js does not tell. */
function breakOffset(bytes: Uint8Array, base: number, depth: number): number | undefined {
  try {
    for (const tlv of decodeTlvs(bytes, { base })) {
      const constructed = (bytes[tlv.offset - base]! & 0x20) !== 0;
      const inner =
        constructed && depth < MAX_DEPTH
          ? breakOffset(tlv.value, tlv.end - tlv.value.length, depth + 1)
          : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  } catch (error) {
    if (error instanceof DataError && typeof error.details.offset === 'number') return error.details.offset;
    throw error;
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The elements of a SEQUENCE, taken in the order of its definition; one out of order is accepted and noted. */
export class Fields {
  readonly #left: Node[];

  constructor(
    nodes: readonly Node[],
    readonly context: ReadContext,
  ) {
    this.#left = [...nodes];
  }

  take(...tags: readonly number[]): Node | undefined {
    const index = this.#left.findIndex((node) => tags.includes(node.tag));
    if (index < 0) return undefined;
    const [node] = this.#left.splice(index, 1);
    if (index > 0) {
      this.context.note('warning', 'element-order', node!.offset, 'element out of its order in the sequence');
    }
    return node;
  }

  /** @throws DataError `DATA_PKCS15` if no element has the tag */
  require(tag: number, what: string, parent: Node): Node {
    const node = this.take(tag);
    if (node === undefined) throw this.context.broken(parent.offset, `${what} is missing`);
    return node;
  }

  /** What was not taken. */
  rest(): readonly Node[] {
    return this.#left.splice(0);
  }

  /** Notes every element that was not taken. */
  ignoreRest(): void {
    for (const node of this.rest()) {
      this.context.note(
        'info',
        'unknown-element',
        node.offset,
        `element ${tagText(node)} is not interpreted`,
      );
    }
  }
}

function tagText(node: Node): string {
  return node.tag < 0 ? 'with a long tag' : node.tag.toString(16).toUpperCase().padStart(2, '0');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const anyUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** A text; octets that are not UTF-8 come back as U+FFFD, with a finding. */
export function readText(node: Node, context: ReadContext): string {
  try {
    return utf8.decode(node.content);
  } catch {
    context.note('warning', 'text-not-utf8', node.offset, 'text is not UTF-8');
    return anyUtf8.decode(node.content);
  }
}

/**
 * An integer of at most four octets that cannot be negative. Cards write 81 as one octet where DER needs 00 81: that
 * is read as 129, with a finding.
 *
 * @throws DataError `DATA_PKCS15` for none or more than four octets
 */
export function readUnsigned(node: Node, context: ReadContext): number {
  const { content } = node;
  if (content.length === 0 || content.length > 5 || (content.length === 5 && content[0] !== 0)) {
    throw context.broken(node.offset, `integer of ${content.length} octets`);
  }
  if (content[0]! & 0x80) {
    context.note('warning', 'integer-negative', node.offset, 'negative integer, read as a positive one');
  } else if (content.length > 1 && content[0] === 0 && !(content[1]! & 0x80)) {
    context.note('info', 'integer-not-minimal', node.offset, 'integer in more octets than needed');
  }
  return content.reduce((value, octet) => value * 256 + octet, 0);
}

/**
 * The bits that are set in a named bit list, as positions; bit 0 is the first.
 *
 * @throws DataError `DATA_PKCS15` if it is not a BIT STRING
 */
export function readBits(node: Node, context: ReadContext): readonly number[] {
  const [unused, ...octets] = node.content;
  if (unused === undefined || unused > 7 || (octets.length === 0 && unused > 0)) {
    throw context.broken(node.offset, 'not a bit string');
  }
  const count = octets.length * 8 - unused;
  const bits: number[] = [];
  for (let bit = 0; bit < count; bit++) {
    if (octets[bit >> 3]! & (0x80 >> (bit & 7))) bits.push(bit);
  }
  if (count !== (bits.at(-1) ?? -1) + 1) {
    context.note('info', 'bits-not-der', node.offset, 'bit list with zero bits at its end');
  }
  return bits;
}

/**
 * A dotted OID. Some cards put a whole OID with tag and length inside another: the inner one counts.
 *
 * @throws DataError `DATA_PKCS15` if it is not an OBJECT IDENTIFIER
 */
export function readOid(node: Node, context: ReadContext): string {
  const { content } = node;
  const doubly = content[0] === 0x06 && content.length > 2 && content[1] === content.length - 2;
  if (doubly) {
    context.note('warning', 'oid-doubly-tagged', node.offset, 'OID inside an OID: the inner one is taken');
  }
  const text = oidText(doubly ? content.subarray(2) : content);
  if (text === undefined) throw context.broken(node.offset, 'not an object identifier');
  return text;
}
