/** A line with everything that the command line puts around it. */
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import {
  farmHandler,
  hookHandler,
  keySetsOfJob,
  type LineReaders,
  manualHandler,
  openLineReaders,
  runLineBatch,
  serveLine,
} from '../../src/app/index.js';
import { toHex } from '../../src/bytes/index.js';
import { type CardHandler, cardWorker, type Job, type LineStore } from '../../src/perso/index.js';
import type { CliContext } from '../context.js';
import type { LineKeys } from './keys.js';
import { apiOf, type RunOptions } from './run-options.js';
import { showLine, shownAs, tellEnd } from './show.js';
import { LEASE_MS } from './store.js';

export interface LiveOptions {
  readonly job: Job;
  readonly jobPath: string;
  readonly store: LineStore;
  readonly batchId: string;
  readonly keys: LineKeys;
  readonly options: RunOptions;
  /** Added to the final document. */
  readonly more?: object;
}

/** Blanks of simulated readers in this process. */
const SIMULATED_BLANKS = 1_000_000;

/** The name of this station. */
export function stationOf({ station }: Pick<RunOptions, 'station'>): string {
  return station ?? hostname();
}

/** Runs a batch that is open, shows it, and tells how it ended. */
export async function runLive(cli: CliContext, live: LiveOptions): Promise<void> {
  const { job, store, batchId, keys, options } = live;
  const as = shownAs(cli, options);
  const api = await apiOf(cli, options);
  const keySets = await keySetsOfJob(job, keys.store);
  const worker = cardWorker(job, { keySets, random: cli.random, clock: cli.clock });
  const { records } = await store.counts(batchId);
  const blanks = Math.min(SIMULATED_BLANKS, 2 * records.free + 100);
  const readers = await openLineReaders(options.readers, { cards: blanks });
  try {
    const result = await runLineBatch({
      ...{ job, store, batchId, worker, readers },
      station: stationOf(options),
      leaseMs: LEASE_MS,
      transportKeys: keys.transportKeys,
      handler: handlerOf(cli, live, readers),
      clock: () => cli.clock.now().getTime(),
      monotonic: () => cli.clock.monotonic(),
      random: cli.random,
      signal: cli.signal,
      attended: as === 'board' || api !== undefined,
      onRunning: async (line) => {
        const server =
          api === undefined
            ? undefined
            : await serveLine({
                ...{ ...api, control: line },
                run: toHex(cli.random(4)),
                clock: () => cli.clock.now(),
                onRefused: (address, reason) => {
                  if (as === 'plain') cli.note(`refused ${address}: ${reason}`);
                },
              });
        if (server !== undefined && as !== 'board') cli.note(`listening: ${server.url}`);
        const hide = showLine(cli, line, as, options.bell === true);
        return async () => {
          hide();
          await server?.close();
        };
      },
    });
    tellEnd(cli, as, result, live.more ?? {});
  } finally {
    await readers.close();
  }
}

function handlerOf(cli: CliContext, live: LiveOptions, { farm }: LineReaders): CardHandler {
  const { job, jobPath, batchId, options } = live;
  if (options.auto === true) {
    return hookHandler({
      ...{ hooks: job.hooks, batchId, station: stationOf(options), env: cli.env },
      timeoutMs: options.hookTimeout * 1_000,
      folder: jobPath === '-' ? process.cwd() : dirname(resolve(jobPath)),
    });
  }
  return farm === undefined ? manualHandler : farmHandler(farm);
}
