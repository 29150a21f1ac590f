/** Lines of a text, one at a time. */
import { ROW_LIMIT } from './limits.js';
import { ReadingEnds, utf8Octets } from './utf8.js';

/** A line without its end. */
export interface Line {
  /** From 1. */
  readonly row: number;
  readonly text: string;
}

const LF = 0x0a;

/**
 * Lines that end with LF or CR LF, those of one chunk together.
 *
 * @throws ReadingEnds where a line is too long or the octets are not UTF-8
 */
export async function* linesOf(octets: AsyncIterable<Uint8Array>): AsyncIterable<readonly Line[]> {
  let row = 1;
  let parts: Buffer[] = [];
  let held = 0;
  const line = (octets: Uint8Array): Line => {
    const text = Buffer.concat([...parts, octets]).toString('utf8');
    if (held + octets.length > ROW_LIMIT) throw tooLong(row);
    parts = [];
    held = 0;
    return { row: row++, text: text.endsWith('\r') ? text.slice(0, -1) : text };
  };
  for await (const chunk of utf8Octets(octets)) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      lines.push(line(chunk.subarray(from, at)));
      from = at + 1;
    }
    if (from < chunk.length) parts.push(Buffer.from(chunk.subarray(from)));
    held += chunk.length - from;
    if (held > ROW_LIMIT) throw tooLong(row);
    if (lines.length > 0) yield lines;
  }
  if (held > 0) yield [line(new Uint8Array())];
}

function tooLong(row: number): ReadingEnds {
  return new ReadingEnds(
    row,
    'ROW_TOO_LONG',
    `a line of more than ${ROW_LIMIT} octets; nothing after it was read`,
  );
}
