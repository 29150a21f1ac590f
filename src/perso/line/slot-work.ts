/** The activities of a slot that take time: card, store, handler. Each ends in the answer that its machine waits for. */
import { toHex } from '../../bytes/index.js';
import { SimbootError } from '../../errors/index.js';
import type { LineRecord, Wanted } from '../store/port.js';
import type { WorkDifference, WorkHooks } from '../work/port.js';
import { assertNever } from './assert-never.js';
import type { Slot } from './context.js';
import { failureOf } from './failures.js';
import type { HandlerCard } from './handler.js';
import { reasonOf } from './reasons.js';
import type { SlotAnswer, SlotWork } from './slot/state.js';

type Answer = Promise<SlotAnswer>;

export async function cardWork(runner: Slot, work: SlotWork, signal: AbortSignal): Answer {
  const { context, run } = runner;
  switch (work.type) {
    case 'get':
      return { type: 'got', more: await context.handler.get(runner.name) };
    case 'open':
      return open(runner, signal);
    case 'look-up':
      return { type: 'looked-up', found: await context.lookUp(runner, signal) };
    case 'claim':
      return claim(runner, work.code);
    case 'prepare':
      return prepare(runner);
    case 'survey':
      return timed(runner, 'survey', async () => {
        const { card, hooks, progress } = tools(runner, signal);
        const content = await card.survey(runner.channel, hooks, progress);
        return { type: 'surveyed', content, marked: progress !== undefined };
      });
    case 'store':
      await run.tell(() => context.store(runner, run, work.kind, work.reason));
      return { type: 'stored' };
    case 'write': {
      const { card, hooks, progress } = tools(runner, signal, true);
      await card.write(runner.channel, hooks, progress);
      return { type: 'written' };
    }
    case 'verify':
      return timed(runner, 'verify', () => verify(runner, signal));
    case 'move':
      return move(runner, work);
    case 'reseat':
      return { type: 'reseated', done: await context.handler.reseat(runner.name) };
    case 'await':
      return never();
    default:
      return assertNever(work);
  }
}

/** The readers tell that the card came, or the time is up. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function timed(runner: Slot, phase: string, work: () => Answer): Answer {
  const { run, context } = runner;
  const since = context.monotonic();
  const answer = await work();
  run.took(phase, since);
  return answer;
}

async function open(runner: Slot, signal: AbortSignal): Answer {
  const { context, run } = runner;
  const since = context.monotonic();
  const channel = await runner.connect(signal);
  const { atr } = channel;
  if (!context.worker.expects(atr)) return { type: 'wrong-atr', reason: reasonOf('WRONG_ATR', toHex(atr)) };
  const card = await context.worker.identify(channel);
  signal.throwIfAborted();
  if (run.identity === undefined) {
    run.identity = card;
    run.took('identify', since);
  }
  return { type: 'opened', card };
}

async function claim(runner: Slot, code: string | undefined): Answer {
  const { context, run } = runner;
  const { bind } = context.job;
  const iccid = run.identity?.iccid;
  if (bind.by === 'iccid' && iccid === undefined)
    return { type: 'not-claimed', reason: reasonOf('NO_RECORD', 'the card has no ICCID'), taken: false };
  const key = bind.by === 'iccid' ? iccid : code;
  const wanted: Wanted = key === undefined ? { kind: 'next' } : { kind: 'key', key };
  let record: LineRecord | undefined;
  try {
    record = await context.claim(runner, wanted);
  } catch (error) {
    if (!(error instanceof SimbootError) || !TAKEN.has(error.code)) throw error;
    return { type: 'not-claimed', reason: reasonOf('DUPLICATE_CARD', error.message), taken: true };
  }
  if (record === undefined) return notClaimed(runner, key);
  run.record = record;
  return { type: 'claimed', record: record.number };
}

/** The store: that card has a record. */
const TAKEN: ReadonlySet<string> = new Set(['CARD_TAKEN', 'USAGE_LINE_CONFLICT']);

async function notClaimed({ context }: Slot, key: string | undefined): Answer {
  if (key === undefined) return { type: 'not-claimed', reason: reasonOf('NO_RECORD'), taken: false };
  const other = await context.recordByKey(key);
  const reason =
    other === undefined
      ? reasonOf('NO_RECORD', `the batch has no record ${key}`)
      : reasonOf('DUPLICATE_CARD', `record ${other.number} is ${other.state}`);
  return { type: 'not-claimed', reason, taken: false };
}

/** Fields are opened and values drawn only now; what was drawn for the record before is used as it is. */
async function prepare({ context, run }: Slot): Answer {
  const record = run.record as LineRecord;
  try {
    const fields = await context.openRecord(record);
    const drawn = record.drawn ?? context.draw(record);
    run.drawn = drawn;
    run.work = context.worker.prepare({ number: record.number, values: { ...fields, ...drawn } });
    return { type: 'prepared' };
  } catch (error) {
    const failure = failureOf(error);
    // Keys of the line that do not open a field are nobody's card.
    const kind = failure.kind === 'data' ? 'data' : 'line';
    return { type: 'failed', failure: { ...failure, kind } };
  }
}

function tools(runner: Slot, signal: AbortSignal, timings = false) {
  const { context, run } = runner;
  if (run.work === undefined) throw new TypeError(`no record is prepared in ${runner.name}`);
  let since = context.monotonic();
  const hooks: WorkHooks = {
    signal,
    onStep: (step) => {
      if (signal.aborted) return;
      since = context.monotonic();
      runner.extend(step);
    },
    onStepDone: ({ name }) => {
      if (timings) run.took(name, since);
    },
    beforeCritical: (index) => critical(runner, signal, index),
  };
  return { card: run.work, hooks, progress: run.record?.progress };
}

/** Durable before the card may see the step. */
async function critical(runner: Slot, signal: AbortSignal, index: number): Promise<void> {
  const { context, run, name } = runner;
  await run.tell(async () => {
    signal.throwIfAborted();
    const record = run.record as LineRecord;
    const { batchId, number, revision } = record;
    const after = await context.apply(
      {
        record: { batchId, number, revision, progress: index },
        events: [{ type: 'record.writing', batchId, record: number, slot: name, data: { critical: index } }],
      },
      record,
    );
    if (after !== undefined) run.record = after;
  });
  signal.throwIfAborted();
  runner.extend();
}

async function verify(runner: Slot, signal: AbortSignal): Answer {
  const { card, hooks } = tools(runner, signal);
  const { differences, evidence } = await card.verify(runner.channel, hooks);
  signal.throwIfAborted();
  const first = differences[0];
  if (first !== undefined) {
    const problem = reasonOf('DIFFERENT', told(first, differences.length));
    const code = differences.find((one) => one.code !== undefined)?.code;
    return { type: 'verified', problem: code === undefined ? problem : { ...problem, code } };
  }
  runner.run.evidence = evidence;
  return { type: 'verified' };
}

function told({ step, where, message }: WorkDifference, count: number): string {
  const more = count === 1 ? '' : ` (and ${count - 1} more)`;
  return `${step}, ${where}: ${message}${more}`;
}

/** A card is given to the handler without power; one that hangs is not waited for. */
async function move(runner: Slot, work: Extract<SlotWork, { type: 'move' }>): Answer {
  const { context, run } = runner;
  const card: HandlerCard = {
    slot: runner.name,
    ...(run.record === undefined ? {} : { record: run.record.number }),
    ...(run.identity?.iccid === undefined ? {} : { iccid: run.identity.iccid }),
  };
  if (work.to === 'good') {
    await runner.shut();
    await context.handler.good(card);
  } else {
    void runner.shut();
    await context.handler.bad({ ...card, reason: work.reason ?? reasonOf('OPERATOR') });
  }
  return { type: 'moved' };
}
