/** Whether the store knows the card in a slot, and what follows from it. */
import type { LineStore, RecordState } from '../store/port.js';
import type { CardRun } from './card-run.js';
import type { Slot } from './context.js';
import { failureOf } from './failures.js';
import { judgeCard } from './known.js';
import type { Found } from './slot/state.js';

export interface LookUp {
  /** Asks the store; a failure of the store is the line's, one of the card is the slot's. */
  readonly read: <T>(action: (store: LineStore) => Promise<T>) => Promise<T>;
  readonly batchId: string;
  readonly station: string;
  /** Slot of this station that holds a card with the same identity. */
  readonly elsewhere: string | undefined;
}

export async function lookUp(runner: Slot, where: LookUp, signal: AbortSignal): Promise<Found> {
  const { read, batchId, station, elsewhere } = where;
  const { run } = runner;
  const id = run.identity?.id;
  if (id === undefined) return byContent(runner, where, signal);
  if (elsewhere !== undefined) return judgeCard({ batchId, station, elsewhere });
  const card = await read((store) => store.card(id));
  const number = card?.record;
  const record =
    card === undefined || number === undefined
      ? undefined
      : await read((store) => store.record(card.batchId, number));
  const found = judgeCard({
    batchId,
    station,
    ...(card === undefined ? {} : { card }),
    ...(record === undefined ? {} : { record }),
  });
  if (found.kind === 'take-over' && record !== undefined) run.record = record;
  return found;
}

const PAGE = 100;
const CANDIDATES: readonly RecordState[] = ['quarantined', 'verified'];

/**
 * A card that has nothing to tell it from others: only a record of this slot whose every octet is on it is taken over.
 * A part of one proves nothing, since cards of a batch have parts in common.
 */
async function byContent(runner: Slot, where: LookUp, signal: AbortSignal): Promise<Found> {
  const { read, batchId, station } = where;
  for (let after = 0; ; ) {
    const from = after;
    const page = await read((store) =>
      store.records(batchId, { states: CANDIDATES, station }, { after: from, limit: PAGE }),
    );
    for (const record of page.filter(({ slot }) => slot === runner.name)) {
      signal.throwIfAborted();
      runner.run.record = record;
      if (await isComplete(runner, runner.run, signal))
        return { kind: 'take-over', record: { number: record.number, begun: true, resumed: true } };
      delete runner.run.record;
    }
    const last = page.at(-1);
    if (last === undefined) return { kind: 'unknown' };
    after = last.number;
  }
}

async function isComplete(runner: Slot, run: CardRun, signal: AbortSignal): Promise<boolean> {
  const { record } = run;
  if (record?.drawn === undefined) return false;
  const { openRecord, worker } = runner.context;
  const fields = await openRecord(record);
  const work = worker.prepare({ number: record.number, values: { ...fields, ...record.drawn } });
  try {
    const hooks = {
      signal,
      onStep: () => runner.extend(),
      onStepDone: () => undefined,
      beforeCritical: async () => undefined,
    };
    runner.extend();
    return (await work.survey(runner.channel, hooks, record.progress)) === 'complete';
  } catch (error) {
    if (failureOf(error).kind === 'card') return false;
    throw error;
  } finally {
    work.wipe();
  }
}
