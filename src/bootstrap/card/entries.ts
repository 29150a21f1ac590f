/**
 * Entries in the directory files EF(ODF), EF(DODF), EF(AODF) (PKCS#15 v1.1 §6): one after the other, ended by an FF
 * or 00 octet. Other entries belong to others: their octets are never written, not even with the same value.
 */
import { equal, padEnd } from '../../bytes/index.js';
import { CardError } from '../../errors/index.js';
import { type FileUpdate, windows } from './content.js';

/** A directory file as it stands on the card. */
export interface DirectoryContent {
  /** For messages, such as `3F00/7F50/5031`. */
  readonly file: string;
  readonly content: Uint8Array;
  /** Octets that entries occupy. */
  readonly end: number;
}

export interface EntrySpan {
  readonly offset: number;
  readonly length: number;
}

const isEnd = (octet: number | undefined): boolean => octet === undefined || octet === 0xff || octet === 0x00;

/**
 * A new entry behind the last one. Its first octet comes last, so a reader sees all of it or nothing.
 *
 * @throws CardError `CARD_DIRECTORY_FULL` with the number of octets that are missing
 */
export function appendEntry(directory: DirectoryContent, der: Uint8Array, maxUpdate: number): FileUpdate[] {
  return writeEntry(directory, der, der, maxUpdate);
}

function writeEntry(
  directory: DirectoryContent,
  der: Uint8Array,
  padded: Uint8Array,
  maxUpdate: number,
): FileUpdate[] {
  const { file, content, end } = directory;
  const missing = end + der.length - content.length;
  if (missing > 0) {
    throw new CardError(
      'CARD_DIRECTORY_FULL',
      `${file} has no room for another entry: ${missing} octets short`,
      {
        details: { file, size: content.length, used: end, needed: der.length, missing },
      },
    );
  }
  return [
    ...behindFirst(directory, end, padded, maxUpdate),
    first(end, der, 'first octet last: entry complete'),
  ];
}

/**
 * Another entry in the place of one that is ours. Of the same length: only the octets that differ. Otherwise only
 * where no other entry follows: the first octet becomes FF, the rest is written, the first octet comes last.
 *
 * @throws CardError `CARD_DIRECTORY_ENTRY_FIXED` where other entries would have to move; `CARD_DIRECTORY_FULL`
 */
export function replaceEntry(
  directory: DirectoryContent,
  span: EntrySpan,
  der: Uint8Array,
  maxUpdate: number,
): FileUpdate[] {
  const { file, content, end } = directory;
  const old = content.subarray(span.offset, span.offset + span.length);
  if (equal(old, der)) return [];
  if (der.length === span.length) {
    const differs = (index: number): boolean => old[index] !== der[index];
    return windows(0, der.length, differs, maxUpdate).map(([from, to]) => ({
      offset: span.offset + from,
      data: der.slice(from, to),
      purpose: 'attributes of our entry',
    }));
  }
  if (span.offset + span.length < end) {
    throw new CardError(
      'CARD_DIRECTORY_ENTRY_FIXED',
      `${file} octet ${span.offset}: our entry would change from ${span.length} to ${der.length} octets, and entries of others follow it`,
      { details: { file, offset: span.offset, old: span.length, new: der.length } },
    );
  }
  const emptied = withoutEntry(directory, span);
  return [
    first(span.offset, Uint8Array.of(0xff), 'first octet to FF: old entry out of use'),
    ...writeEntry(emptied, der, padEnd(der, span.length), maxUpdate),
  ];
}

/**
 * Takes our entry away: its first octet becomes FF, then the rest. Nothing if other entries follow it, because a
 * reader would not see them any more.
 *
 * @returns undefined where the entry has to stay
 */
export function removeEntry(
  directory: DirectoryContent,
  span: EntrySpan,
  maxUpdate: number,
): FileUpdate[] | undefined {
  if (span.offset + span.length < directory.end) return undefined;
  const blank = new Uint8Array(span.length).fill(0xff);
  const emptied = withoutEntry(directory, span);
  return [
    first(span.offset, blank, 'first octet to FF: entry out of use'),
    ...behindFirst(emptied, span.offset, blank, maxUpdate),
  ];
}

/** The content after `updates`, as far as they are carried out. */
export function applyUpdates(content: Uint8Array, updates: readonly FileUpdate[]): Uint8Array {
  const out = content.slice();
  for (const { offset, data } of updates) out.set(data, offset);
  return out;
}

function withoutEntry(directory: DirectoryContent, span: EntrySpan): DirectoryContent {
  const content = directory.content.slice();
  content[span.offset] = 0xff;
  return { file: directory.file, content, end: span.offset };
}

/** Everything but the first octet, and an end octet where the free part of the file holds something else. */
function behindFirst(
  { content }: DirectoryContent,
  at: number,
  der: Uint8Array,
  maxUpdate: number,
): FileUpdate[] {
  const needsEnd = !isEnd(content[at + der.length]);
  const data = needsEnd ? Uint8Array.of(...der, 0xff) : der;
  const dirty = (index: number): boolean => content[at + index] !== data[index];
  return windows(1, data.length, dirty, maxUpdate).map(([from, to]) => ({
    offset: at + from,
    data: data.slice(from, to),
    purpose: 'our entry from its second octet',
  }));
}

function first(offset: number, der: Uint8Array, purpose: string): FileUpdate {
  return { offset, data: der.slice(0, 1), purpose };
}
