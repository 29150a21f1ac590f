/** Signed checkpoints while a line runs: on a timer, and at the end. */
import { Checkpointer, type LineStore, type StationHandle } from '../../perso/index.js';
import { appendCheckpoints, openCheckpointKey } from '../journal/index.js';

export interface KeepCheckpointsOptions {
  readonly store: LineStore;
  readonly station: StationHandle;
  /** File that they are added to, best on another machine. */
  readonly path: string;
  /** Private key, made where it is missing. */
  readonly keyPath: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Told once in a row when a checkpoint cannot be kept: the line goes on, and it is tried again. */
  readonly onFailure: (error: unknown) => void;
  readonly onNote: (note: string) => void;
}

const LOOK_MS = 2_000;
const EVERY_ENTRIES = 1_000;
const EVERY_MS = 60_000;

/**
 * Keeps checkpoints until the function returned is called, which writes the last one.
 *
 * @throws SecurityError `SECURITY_CHECKPOINT_KEY`, UsageError for files that cannot be used
 */
export async function keepCheckpoints(options: KeepCheckpointsOptions): Promise<() => Promise<void>> {
  const { store, station, path, keyPath, clock, onFailure, onNote } = options;
  const checkpointer = new Checkpointer({
    ...{ store, station, clock },
    key: await openCheckpointKey(keyPath, onNote),
    keep: appendCheckpoints(path),
    everyEntries: EVERY_ENTRIES,
    everyMs: EVERY_MS,
  });
  let hasFailed = false;
  const look = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      if ((await act()) !== undefined) hasFailed = false;
    } catch (error) {
      if (!hasFailed) onFailure(error);
      hasFailed = true;
    }
  };
  const timer = setInterval(() => void look(() => checkpointer.offer()), LOOK_MS);
  return async () => {
    clearInterval(timer);
    await look(() => checkpointer.write());
  };
}
