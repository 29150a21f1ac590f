/**
 * Entries of a station's journal and how they hang together (docs/journal.md): the hash of an entry is SHA-256 over its
 * canonical JSON without `hash`, and that holds the hash of the entry before it.
 */
import { createHash } from 'node:crypto';
import { decodeUtf8, encodeUtf8 } from '../../bytes/index.js';
import { DataError, SimbootError } from '../../errors/index.js';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../mo/index.js';
import type { JournalEntry, JournalEvent } from '../store/port.js';
import { canonicalJson } from './canonical.js';

/** What the first entry of a chain has before it. */
export const CHAIN_START = '0'.repeat(64);

/** Octets of the longest line that is read; what a line writes has a few hundred. */
export const LONGEST_LINE = 1_000_000;

/** Where a chain ends. */
export interface ChainHead {
  /** 0 where it has no entry. */
  readonly seq: number;
  /** 64 hex digits. */
  readonly hash: string;
  /** Milliseconds since 1970; 0 where it has no entry. */
  readonly at: number;
}

/** Head of a chain before its first entry. */
export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: CHAIN_START, at: 0 };

/**
 * The next entry of a chain.
 *
 * @param at milliseconds since 1970
 * @throws DataError `DATA_JOURNAL` for an event that has no canonical form
 */
function nextEntry(station: string, head: ChainHead, at: number, event: JournalEvent): JournalEntry {
  const rest = { station, seq: head.seq + 1, at, event, previous: head.hash };
  return { ...rest, hash: entryHash(rest) };
}

/** The entries of several events that belong together. @throws DataError as `nextEntry` */
export function nextEntries(
  station: string,
  head: ChainHead,
  at: number,
  events: readonly JournalEvent[],
): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const event of events) entries.push(nextEntry(station, entries.at(-1) ?? head, at, event));
  return entries;
}

/** SHA-256 over the canonical JSON of an entry without its hash, 64 hex digits. */
export function entryHash(entry: Omit<JournalEntry, 'hash'>): string {
  return createHash('sha256').update(hashedText(entry)).digest('hex');
}

/** The text that the hash is taken over. */
function hashedText({ station, seq, at, event, previous }: Omit<JournalEntry, 'hash'>): string {
  return canonicalJson({ station, seq, at, event: event as unknown as JsonObject, previous });
}

/** A line of an exported journal: `hash` first, then what it is taken over; ends in a line feed. */
export function entryLine(entry: JournalEntry): string {
  return `{"hash":"${entry.hash}",${hashedText(entry).slice(1)}\n`;
}

/**
 * Reads a line of an exported journal, without its line feed. Whether its hash is right is not looked at.
 *
 * @throws DataError `DATA_JOURNAL` where the octets are not exactly those that `entryLine` writes for what they say
 */
export function parseEntryLine(line: Uint8Array): JournalEntry {
  if (line.length > LONGEST_LINE) throw refused(`has ${line.length} octets, more than ${LONGEST_LINE}`);
  let value: JsonValue;
  let text: string;
  try {
    text = decodeUtf8(line);
    value = parseJson(line);
  } catch (cause) {
    if (!(cause instanceof SimbootError)) throw cause;
    throw refused(`is no JSON: ${cause.message}`, cause);
  }
  const entry = entryOf(value);
  if (entryLine(entry) !== `${text}\n`) throw refused('is not in the form that the journal writes');
  return entry;
}

function entryOf(value: JsonValue): JournalEntry {
  if (!isJsonObject(value)) throw refused('is no object');
  const { station, seq, at, event, previous, hash } = value;
  if (typeof station !== 'string' || station === '') throw refused('has no station');
  if (!isCount(seq) || seq === 0) throw refused('has no sequence number');
  if (!isCount(at)) throw refused('has no time');
  if (!isHash(previous) || !isHash(hash)) throw refused('has no hash');
  if (!isJsonObject(event) || typeof event.type !== 'string') throw refused('has no event');
  const { record, cardId, batchId, slot } = event;
  const texts = [cardId, batchId, slot].every((item) => item === undefined || typeof item === 'string');
  if (!texts || !(record === undefined || isCount(record))) throw refused('has an event of another form');
  return { station, seq, at, event: event as unknown as JournalEvent, previous, hash };
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function refused(why: string, cause?: unknown): DataError {
  return new DataError('DATA_JOURNAL', `a line of the journal ${why}`, { cause });
}

/** The canonical JSON of an event, as stores keep it. @throws DataError `DATA_JOURNAL` */
export function eventText(event: JournalEvent): string {
  return canonicalJson(event as unknown as JsonObject);
}

/** The event of what `eventText` made. @throws DataError */
export function eventOf(text: string): JournalEvent {
  return parseJson(encodeUtf8(text)) as unknown as JournalEvent;
}
