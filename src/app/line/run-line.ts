/** A batch of a store on the readers of a station, from its first card to its last. */
import {
  type CardHandler,
  type CardWorker,
  drawnBySteps,
  drawValues,
  type Every,
  type Job,
  KEY_MISMATCH_CODES,
  type LineResult,
  type LineStore,
  openFields,
  type RunningLine,
  type StationHandle,
  startLine,
  type TransportKeys,
} from '../../perso/index.js';
import { untilAborted } from '../server/index.js';
import type { LineReaders } from './readers.js';

export interface RunLineOptions {
  readonly job: Job;
  readonly store: LineStore;
  /** A batch that is open. */
  readonly batchId: string;
  /** Name of this station; an earlier process with that name is ended. */
  readonly station: string;
  readonly leaseMs: number;
  readonly worker: CardWorker;
  readonly transportKeys: TransportKeys;
  readonly readers: LineReaders;
  readonly handler: CardHandler;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Milliseconds that only go forward. */
  readonly monotonic: () => number;
  readonly random: (octets: number) => Uint8Array;
  readonly every?: Every;
  /** Stops the line: cards in work are finished. */
  readonly signal: AbortSignal;
  /** Somebody is there to go on after a stop by a rule. */
  readonly attended: boolean;
  /** Ask for cards as long as records are quarantined, too: somebody may have theirs. */
  readonly seekQuarantined?: boolean;
  /** Called once the line runs; what it gives is awaited when the line is over. */
  readonly onRunning?: (line: RunningLine, station: StationHandle) => Promise<() => Promise<void> | void>;
}

/**
 * Runs a batch until its records or the blanks are used up, or it is stopped.
 *
 * @throws UsageError `USAGE_LINE_CLOCK`, `USAGE_LINE_FENCED`, and what the store says
 */
export async function runLineBatch(options: RunLineOptions): Promise<LineResult> {
  const { job, store, station: name, leaseMs } = options;
  const station = await store.openStation(name, { leaseMs });
  const draw = { draw: { ...job.draw, ...drawnBySteps(job) } };
  let ended: (() => Promise<void> | void) | undefined;
  try {
    const line = startLine({
      ...{ job, store, station, leaseMs },
      batchId: options.batchId,
      worker: options.worker,
      readers: options.readers.readers,
      slots: options.readers.slots,
      handler: options.handler,
      openRecord: (record) => openFields(record, job, options.transportKeys),
      draw: () => drawValues(draw, options.random),
      clock: options.clock,
      monotonic: options.monotonic,
      ...(options.every === undefined ? {} : { every: options.every }),
      attended: options.attended,
      ...(options.seekQuarantined === undefined ? {} : { seekQuarantined: options.seekQuarantined }),
      keyMismatch: KEY_MISMATCH_CODES,
    });
    line.done.catch(() => undefined); // it is awaited below, after what shows the line is there
    const over = new AbortController();
    line.done.finally(() => over.abort()).catch(() => undefined);
    void untilAborted(AbortSignal.any([options.signal, over.signal])).then(() => line.stop());
    try {
      ended = await options.onRunning?.(line, station);
    } catch (error) {
      line.stop();
      await line.done.catch(() => undefined);
      throw error;
    }
    return await line.done;
  } finally {
    await ended?.();
    await station.close();
  }
}
