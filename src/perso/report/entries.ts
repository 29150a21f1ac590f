/** The journals of all stations as one sequence. */
import type { JournalEntry, LineStore } from '../store/port.js';

const PAGE = 1000;

/** Entries of every station in the order of their times; those of one station in the order of its chain. */
export async function* entriesOf(store: LineStore): AsyncGenerator<JournalEntry> {
  const sources = (await store.stations()).map(({ station }) => entriesOfStation(store, station));
  const heads = await Promise.all(sources.map((source) => source.next()));
  while (true) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done) continue;
      const best = heads[first];
      if (best === undefined || best.done || head.value.at < best.value.at) first = index;
    }
    const found = heads[first];
    if (found === undefined || found.done) return;
    yield found.value;
    heads[first] = await sources[first]!.next();
  }
}

async function* entriesOfStation(store: LineStore, station: string): AsyncGenerator<JournalEntry, undefined> {
  let after = 0;
  while (true) {
    const page = await store.journal(station, { after, limit: PAGE });
    yield* page;
    const end = page.at(-1);
    if (end === undefined) return undefined;
    after = end.seq;
  }
}
