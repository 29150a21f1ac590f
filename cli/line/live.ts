/** A line with everything that the command line puts around it. */
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import {
  farmHandler,
  hookHandler,
  keepCheckpoints,
  keySetsOfJob,
  type LineReaders,
  manualHandler,
  openLineReaders,
  runLineBatch,
  serveLine,
} from '../../src/app/index.js';
import { toHex } from '../../src/bytes/index.js';
import {
  type CardHandler,
  cardWorker,
  type Job,
  type LineStore,
  type RunningLine,
  type StationHandle,
} from '../../src/perso/index.js';
import type { CliContext } from '../context.js';
import { type LineKeys, requireSecrets } from './keys.js';
import { apiOf, type RunOptions } from './run-options.js';
import { type Shown, showLine, shownAs, tellEnd } from './show.js';
import { LEASE_MS } from './store.js';

export interface LiveOptions {
  readonly job: Job;
  readonly jobPath: string;
  readonly store: LineStore;
  readonly batchId: string;
  readonly keys: LineKeys;
  readonly options: RunOptions;
  /** Cards of quarantined records are waited for. */
  readonly resumes?: boolean;
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
  requireSecrets(job, keys);
  const keySets = await keySetsOfJob(job, keys.store);
  const worker = cardWorker(job, { keySets, secrets: keys.secrets, random: cli.random, clock: cli.clock });
  const attended = as === 'board' || api !== undefined;
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
      attended,
      seekQuarantined:
        live.resumes === true || readers.farm !== undefined || (attended && options.auto !== true),
      onRunning: (line, station) => attach(cli, live, { line, station, as, api }),
    });
    tellEnd(cli, as, result, live.more ?? {});
  } finally {
    await readers.close();
  }
}

interface Running {
  readonly line: RunningLine;
  readonly station: StationHandle;
  readonly as: Shown;
  readonly api: Awaited<ReturnType<typeof apiOf>>;
}

/** Shows a line, lets it be controlled, seals its journal, until the function returned is called. */
async function attach(
  cli: CliContext,
  live: LiveOptions,
  { line, station, as, api }: Running,
): Promise<() => Promise<void>> {
  const ends: (() => Promise<void> | void)[] = [showLine(cli, line, as, live.options.bell === true)];
  const end = async (): Promise<void> => {
    for (const one of ends.splice(0)) await one();
  };
  try {
    if (api !== undefined) {
      const server = await serveLine({
        ...{ ...api, control: line },
        run: toHex(cli.random(4)),
        clock: () => cli.clock.now(),
        onRefused: (address, reason) => {
          if (as === 'plain') cli.note(`refused ${address}: ${reason}`);
        },
      });
      ends.push(() => server.close());
      if (as !== 'board') cli.note(`listening: ${server.url}`);
    }
    ends.push(await checkpointsOf(cli, live, station));
    return end;
  } catch (error) {
    await end();
    throw error;
  }
}

/** Checkpoints, where they are asked for. */
async function checkpointsOf(
  cli: CliContext,
  { store, options }: LiveOptions,
  station: StationHandle,
): Promise<() => Promise<void>> {
  const { checkpoints: path, checkpointKey, state } = options;
  if (path === undefined) return async () => undefined;
  if (checkpointKey === undefined) await mkdir(state, { recursive: true, mode: 0o700 });
  return keepCheckpoints({
    ...{ store, station, path },
    keyPath: checkpointKey ?? resolve(state, 'checkpoint.key'),
    clock: () => cli.clock.now().getTime(),
    onNote: (note) => cli.note(note),
    onFailure: (error) => cli.warn(error instanceof Error ? error.message : 'no checkpoint could be kept'),
  });
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
