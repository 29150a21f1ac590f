/** Files of a device that are on the disk whole or not at all. */
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, UsageError } from '../../errors/index.js';
import { syncDirectory, writeDurably } from '../durable.js';

/** A small JSON file beside the state, for its owner alone. Writes wait for one another. */
export class DurableFile {
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {}

  /**
   * What was written last; undefined where nothing was.
   *
   * @throws DataError `DATA_DEVICE_STATE` for a file that is not JSON; UsageError `USAGE_STATE_FOLDER`
   */
  async read(): Promise<unknown> {
    const file = join(this.folder, this.name);
    const text = await readIfThere(this.folder, this.name);
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      throw new DataError('DATA_DEVICE_STATE', `${file} cannot be used: it is not JSON`, {
        details: { file },
      });
    }
  }

  /** Resolves once it is durable. @throws UsageError `USAGE_STATE_FOLDER`; what was there before stays */
  write(value: unknown): Promise<void> {
    const written = this.#writing.then(async () => {
      try {
        const beside = join(this.folder, `${this.name}.new`);
        await writeDurably(beside, `${JSON.stringify(value)}\n`);
        await rename(beside, join(this.folder, this.name));
        await syncDirectory(this.folder);
      } catch (cause) {
        throw unusable(this.folder, cause);
      }
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

/** The text of a file in the folder; undefined where there is none. @throws UsageError `USAGE_STATE_FOLDER` */
export async function readIfThere(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(folder, cause);
  }
}

/** A folder that cannot be read or written. */
export function unusable(path: string, cause: unknown): UsageError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new UsageError('USAGE_STATE_FOLDER', `the folder ${path} cannot be used (${reason})`, {
    cause,
    details: { path, reason },
  });
}
