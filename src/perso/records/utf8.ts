/** Octets that are UTF-8, without a byte order mark; what is not UTF-8 ends the reading with its line. */
import { isUtf8 } from 'node:buffer';
import { concat } from '../../bytes/index.js';
import { type FindingCode, finding, type RecordFinding } from './findings.js';

/** Ends the reading of a file: what comes after cannot be read. */
export class ReadingEnds extends Error {
  readonly finding: RecordFinding;

  constructor(row: number, code: FindingCode, message: string) {
    super(message);
    this.finding = finding(row, undefined, code, message);
  }
}

const LF = 0x0a;

/**
 * Passes whole characters on.
 *
 * @throws ReadingEnds where the octets are not UTF-8
 */
export async function* utf8Octets(octets: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  let lines = 0;
  let isFirst = true;
  for await (const chunk of octets) {
    let whole = rest.length === 0 ? chunk : concat(rest, chunk);
    if (isFirst) {
      if (whole.length < 3) {
        rest = whole;
        continue;
      }
      isFirst = false;
      whole = withoutMark(whole);
    }
    const end = whole.length - unfinished(whole);
    rest = whole.slice(end);
    const ready = whole.subarray(0, end);
    if (!isUtf8(ready)) throw notUtf8(ready, lines);
    lines += count(ready);
    if (ready.length > 0) yield ready;
  }
  const last = isFirst ? withoutMark(rest) : rest;
  if (!isUtf8(last)) throw notUtf8(last, lines);
  if (last.length > 0) yield last;
}

function withoutMark(octets: Uint8Array): Uint8Array {
  if ((octets[0] === 0xff && octets[1] === 0xfe) || (octets[0] === 0xfe && octets[1] === 0xff)) {
    throw new ReadingEnds(1, 'FILE_ENCODING', 'the file is UTF-16');
  }
  return octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf ? octets.subarray(3) : octets;
}

/** Octets at the end of which the character is not whole. */
function unfinished(octets: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= octets.length; back++) {
    const octet = octets[octets.length - back]!;
    if (octet < 0x80) return 0;
    if (octet >= 0xc0) return back < (octet >= 0xf0 ? 4 : octet >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

function notUtf8(octets: Uint8Array, linesBefore: number): ReadingEnds {
  let good = 0;
  let bad = octets.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const end = middle - unfinished(octets.subarray(0, middle));
    if (isUtf8(octets.subarray(0, end))) good = middle;
    else bad = middle;
  }
  const row = linesBefore + count(octets.subarray(0, good)) + 1;
  return new ReadingEnds(row, 'FILE_ENCODING', 'octets that are not UTF-8; nothing after them was read');
}

function count(octets: Uint8Array): number {
  let lines = 0;
  for (let at = octets.indexOf(LF); at >= 0; at = octets.indexOf(LF, at + 1)) lines++;
  return lines;
}
