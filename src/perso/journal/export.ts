/** Journals out of the store, as lines. */
import type { LineStore } from '../store/port.js';
import { entryLine } from './entry.js';

const PAGE = 1000;

/**
 * The journal of one station as lines of NDJSON, a page at a time.
 *
 * @param after entry after which the export starts
 */
export async function* exportJournal(
  store: LineStore,
  station: string,
  after = 0,
): AsyncGenerator<string, undefined> {
  for (let last = after; ; ) {
    const page = await store.journal(station, { after: last, limit: PAGE });
    const end = page.at(-1);
    if (end === undefined) return undefined;
    yield page.map(entryLine).join('');
    last = end.seq;
  }
}
