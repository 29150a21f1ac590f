/**
 * The folder where a device keeps its state (DM 2.0 §8, §11: accounts, tree, what is due). One process has it at a
 * time; a state is on the disk whole or not at all, and the one before stays beside it.
 */
import { createHash } from 'node:crypto';
import { link, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, SimbootError } from '../../errors/index.js';
import type { JsonValue } from '../../mo/index.js';
import { syncDirectory, writeDurably } from '../durable.js';
import { readIfThere, unusable } from './durable-file.js';
import { lockFolder } from './folder-lock.js';

const FORMAT = 'simboot device';
const VERSION = 1;

interface StoredState {
  readonly format: string;
  readonly version: number;
  readonly sha256: string;
  readonly state: JsonValue;
}

/** A folder that this process has; close it when the device is switched off. */
export class StateFolder {
  #saving: Promise<void> = Promise.resolve();
  #isOpen = true;

  private constructor(
    readonly path: string,
    private readonly unlock: () => Promise<void>,
  ) {}

  /**
   * Makes the folder where it is missing, readable by its owner alone, and locks it.
   *
   * @throws UsageError `USAGE_STATE_FOLDER` if another process has it, or it cannot be made
   */
  static async open(path: string): Promise<StateFolder> {
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      return new StateFolder(path, await lockFolder(path));
    } catch (cause) {
      if (cause instanceof SimbootError) throw cause;
      throw unusable(path, cause);
    }
  }

  /**
   * The state that was saved last; `undefined` for a device that is new.
   *
   * @throws DataError `DATA_DEVICE_STATE` if the file is damaged; it is left as it is
   */
  async load(): Promise<JsonValue | undefined> {
    const text = await readIfThere(this.path, 'state.json');
    const file = join(this.path, 'state.json');
    if (text !== undefined) return readState(text, file);
    if ((await readIfThere(this.path, 'state.previous.json')) === undefined) return undefined;
    throw damaged(file, 'it is missing, but the state before is there');
  }

  /**
   * Resolves once the state is durable: written beside, flushed, put in place in one step. Calls wait for one another.
   *
   * @throws UsageError `USAGE_STATE_FOLDER`; the state before is in place then
   */
  save(state: JsonValue): Promise<void> {
    if (!this.#isOpen) throw new Error('the folder is closed');
    const saved = this.#saving.then(() => this.write(state));
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  /** Waits for what is being saved and gives the folder back. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#saving;
    await this.unlock();
  }

  private async write(state: JsonValue): Promise<void> {
    const at = (name: string) => join(this.path, name);
    const stored: StoredState = { format: FORMAT, version: VERSION, sha256: digestOf(state), state };
    try {
      await writeDurably(at('state.new.json'), `${JSON.stringify(stored)}\n`);
      await keepPrevious(at('state.json'), at('state.previous.json'));
      await rename(at('state.new.json'), at('state.json'));
      await syncDirectory(this.path);
    } catch (cause) {
      throw unusable(this.path, cause);
    }
  }
}

/**
 * The state in the text of a file.
 *
 * @param file its path, for messages
 * @throws DataError `DATA_DEVICE_STATE` for anything but what `save` wrote
 */
export function readState(text: string, file: string): JsonValue {
  let stored: Partial<StoredState> | null;
  try {
    stored = JSON.parse(text) as Partial<StoredState> | null;
  } catch {
    throw damaged(file, 'it is not JSON');
  }
  if (stored?.format !== FORMAT || stored.state === undefined) throw damaged(file, 'it is something else');
  if (stored.version !== VERSION) {
    throw damaged(file, `it has version ${stored.version}, this simboot knows ${VERSION}`);
  }
  if (stored.sha256 !== digestOf(stored.state)) throw damaged(file, 'its content does not fit its SHA-256');
  return stored.state;
}

function damaged(file: string, why: string): DataError {
  return new DataError('DATA_DEVICE_STATE', `the state in ${file} cannot be used: ${why}`, {
    details: { file },
  });
}

function digestOf(state: JsonValue): string {
  return createHash('sha256').update(JSON.stringify(state)).digest('hex');
}

/** By a second name of the same file, so that `state.json` is there at every moment. */
async function keepPrevious(current: string, previous: string): Promise<void> {
  await rm(previous, { force: true });
  await link(current, previous).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
  });
}
