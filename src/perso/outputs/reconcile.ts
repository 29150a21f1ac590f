/**
 * Whether everything is accounted for: input = good + scrapped + remaining, and blanks in = good + scrapped + returned.
 * The store's numbers are compared with those that the stations' journals give.
 */

import { entriesOf } from '../report/entries.js';
import type { CardCounts, LineStore, RecordCounts } from '../store/port.js';

export interface Reconciliation {
  readonly records: {
    readonly input: number;
    readonly good: number;
    /** Their card was destroyed, or they were taken out. */
    readonly scrapped: number;
    /** Not begun, in work, or quarantined. */
    readonly remaining: number;
    readonly quarantined: number;
  };
  readonly cards: {
    /** Put into a slot at least once. */
    readonly seen: number;
    readonly good: number;
    readonly scrapped: number;
    readonly returned: number;
    /** Named for a record that is not finished. */
    readonly inWork: number;
    /** As told; absent where nobody told. */
    readonly blanksIn?: number;
    /** Blanks that were never in a slot. */
    readonly unused?: number;
  };
  readonly byState: RecordCounts;
  /** What does not add up, in words; none: reconciled. */
  readonly problems: readonly string[];
}

/** @param blanksIn blank cards that were given out to the line */
export async function reconcile(
  store: LineStore,
  batchId: string,
  input: number,
  blanksIn?: number,
): Promise<Reconciliation> {
  const { records: byState, cards: counted } = await store.counts(batchId);
  const records = recordNumbers(byState, input);
  const cards = cardNumbers(counted, blanksIn);
  const problems: string[] = [];
  const same = (what: string, left: number, right: number): void => {
    if (left !== right) problems.push(`${what}: ${left} against ${right}`);
  };
  same(
    'input against good + scrapped + remaining',
    input,
    records.good + records.scrapped + records.remaining,
  );
  same(
    'good records of the store against the journals',
    records.good,
    await goodByJournals(store, batchId, input),
  );
  if (cards.seen > 0) same('released records against good cards', byState.released, cards.good);
  if (cards.unused !== undefined && cards.unused < 0)
    problems.push(`${blanksIn} blanks were told, but ${cards.seen} cards were in a slot`);
  return { records, cards, byState, problems };
}

function recordNumbers(counts: RecordCounts, input: number): Reconciliation['records'] {
  return {
    input,
    good: counts.verified + counts.released,
    scrapped: counts.failed + counts.void,
    remaining: counts.free + counts.reserved + counts.writing + counts.quarantined,
    quarantined: counts.quarantined,
  };
}

function cardNumbers(counts: CardCounts, blanksIn: number | undefined): Reconciliation['cards'] {
  const { good, scrapped, returned, bound } = counts;
  const seen = good + scrapped + returned + bound;
  const told = blanksIn === undefined ? {} : { blanksIn, unused: blanksIn - seen };
  return { seen, good, scrapped, returned, inWork: bound, ...told };
}

/** What an entry says of its record: good from then on, or not any more. */
const MEANS_GOOD: Readonly<Record<string, boolean>> = {
  'record.verified': true,
  'record.released': true,
  'record.failed': false,
  'record.quarantined': false,
  'remake.approved': false,
};

async function goodByJournals(store: LineStore, batchId: string, input: number): Promise<number> {
  const good = new Uint8Array(input + 1);
  for await (const { event } of entriesOf(store)) {
    const means = MEANS_GOOD[event.type];
    if (means === undefined || event.batchId !== batchId || event.record === undefined) continue;
    if (event.record <= input) good[event.record] = means ? 1 : 0;
  }
  return good.reduce((sum, each) => sum + each, 0);
}
