/**
 * EF DM_Bootstrap (DM 2.0 G.4.3): the updates that bring the file to its new content so that a card torn out at any
 * moment holds the old document, no document (octet 0 is FF), or the new one.
 */
import { stripEnd } from '../../bytes/index.js';
import { CardError } from '../../errors/index.js';

/** One UPDATE of a transparent file: at most as many octets as one exchange carries. */
export interface FileUpdate {
  readonly offset: number;
  readonly data: Uint8Array;
  readonly purpose: string;
}

/** What is known of a file before it is written: one number an octet, `UNKNOWN` where it was not read. */
export type KnownContent = Int16Array;
export const UNKNOWN = -1;

export function unknownContent(size: number): KnownContent {
  return new Int16Array(size).fill(UNKNOWN);
}

/** The part of a file that belongs to the document: all of it, unless the path in the DODF says otherwise. */
export interface Region {
  readonly offset: number;
  readonly length: number;
}

/**
 * The document and FF up to the end of the region.
 *
 * @throws CardError `CARD_FILE_TOO_SMALL` with the number of octets that are missing
 */
export function fillRegion(document: Uint8Array, region: Region, file: string): Uint8Array {
  const missing = document.length - region.length;
  if (missing > 0) {
    throw new CardError(
      'CARD_FILE_TOO_SMALL',
      `${file} has room for ${region.length} octets, the document has ${document.length}: ${missing} too many`,
      { details: { file, size: region.length, needed: document.length, missing } },
    );
  }
  const content = new Uint8Array(region.length).fill(0xff);
  content.set(document);
  return content;
}

/**
 * The updates from `known` to `target`, both of the region; offsets are of the file.
 *
 * The order makes it safe: octet 0 becomes FF unless it is known to be FF, then the rest is written, octet 0 comes
 * last and alone. Octets that are known to be right are written again only where that saves an exchange.
 *
 * @param maxUpdate octets that one exchange carries
 */
export function planContent(
  known: KnownContent,
  target: Uint8Array,
  maxUpdate: number,
  base = 0,
): FileUpdate[] {
  const dirty = (index: number): boolean => known[index] !== target[index];
  if (!target.some((_, index) => dirty(index))) return [];

  const updates: FileUpdate[] = [];
  if (known[0] !== 0xff) {
    updates.push(hideDocument(base));
  }
  const used = stripEnd(target).length;
  for (const [from, to] of windows(1, target.length, dirty, maxUpdate)) {
    const purpose = from < used ? 'document from its second octet' : 'FF behind the document';
    updates.push({ offset: base + from, data: target.slice(from, to), purpose });
  }
  if (target[0] !== 0xff) {
    updates.push({ offset: base, data: target.slice(0, 1), purpose: 'octet 0 last: document in use' });
  }
  return updates;
}

/** The one-octet update after which no device takes the content for a document. */
export function hideDocument(base: number): FileUpdate {
  return { offset: base, data: Uint8Array.of(0xff), purpose: 'octet 0 to FF: no document in use' };
}

/** The fewest windows of at most `width` octets that cover every dirty octet, each trimmed to its last dirty one. */
export function windows(
  start: number,
  end: number,
  dirty: (index: number) => boolean,
  width: number,
): [from: number, to: number][] {
  const out: [number, number][] = [];
  let at = start;
  while (at < end) {
    if (!dirty(at)) {
      at++;
      continue;
    }
    let to = Math.min(at + width, end);
    while (!dirty(to - 1)) to--;
    out.push([at, to]);
    at = to;
  }
  return out;
}

/** What the octets of a region say. `interrupted`: octet 0 is FF, but others are not. */
export type ContentState = 'document' | 'blank' | 'interrupted';

export interface DocumentContent {
  readonly state: ContentState;
  /** Octets before the padding: FF, which no UTF-8 text holds, or 00 on some cards. Empty unless `state` is `document`. */
  readonly document: Uint8Array;
  /** Whether everything behind the document is FF. */
  readonly tailIsFF: boolean;
}

/** Takes the region of EF DM_Bootstrap apart. */
export function readRegion(region: Uint8Array): DocumentContent {
  const end = region.indexOf(0xff);
  const document = stripEnd(end < 0 ? region : region.subarray(0, end), 0x00).slice();
  const tail = region.subarray(document.length);
  const tailIsFF = tail.every((octet) => octet === 0xff);
  if (document.length > 0) return { state: 'document', document, tailIsFF };
  const isPadding = tail.every((octet) => octet === 0xff || octet === 0x00);
  return { state: isPadding ? 'blank' : 'interrupted', document, tailIsFF };
}
