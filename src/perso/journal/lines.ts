/** Lines of an exported file, as octets: what a hash is taken over is never decoded and encoded again. */
import { concat } from '../../bytes/index.js';
import { LONGEST_LINE } from './entry.js';

const LF = 0x0a;

export interface OctetLine {
  /** From 1. */
  readonly line: number;
  /** Without the line feed. */
  readonly octets: Uint8Array;
  /** Whether its line feed is there; only the last line can lack it. */
  readonly ended: boolean;
}

/** Lines of chunks; a line beyond the longest ends the reading, cut there. */
export async function* octetLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<OctetLine, undefined> {
  let line = 1;
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      yield { line: line++, octets: concat(...held, chunk.subarray(from, end)), ended: true };
      held = [];
      length = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    held.push(chunk.slice(from));
    length += chunk.length - from;
    if (length > LONGEST_LINE) break;
  }
  if (length > 0) yield { line, octets: concat(...held), ended: false };
  return undefined;
}
