/** Where a reader is, and what it noticed there: findings for what it accepts, one kind of error for what it cannot. */
import { DataError } from '../errors/index.js';
import type { Decoded, Finding } from './types.js';

/** Collects the findings of one file. */
export class ReadContext {
  readonly findings: Finding[] = [];

  /** @param file name for messages, such as "EF(DODF)" */
  constructor(readonly file: string) {}

  note(severity: Finding['severity'], code: string, offset: number, message: string): void {
    this.findings.push({ severity, code, where: this.#where(offset), message, offset });
  }

  /** The error for octets that cannot be read; the caller throws it. */
  broken(offset: number, message: string, cause?: unknown): DataError {
    return new DataError('DATA_PKCS15', `${this.#where(offset)}: ${message}`, {
      details: { file: this.file, offset },
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /**
   * Runs one reader over one entry. An entry that breaks inside costs that entry only: it becomes a finding.
   *
   * @returns undefined where the entry cannot be read
   */
  attempt<T>(offset: number, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const at = typeof error.details.offset === 'number' ? error.details.offset : offset;
      const prefix = `${this.#where(at)}: `;
      const message = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
      this.note('error', 'entry-unreadable', at, message);
      return undefined;
    }
  }

  #where(offset: number): string {
    return `${this.file} octet ${offset}`;
  }
}

/**
 * What a lenient decoder read, where nothing in the file was unreadable.
 *
 * @param name of the codec, for a file that holds nothing
 * @throws DataError `DATA_PKCS15` with the offset of the first unreadable octets
 */
export function requireReadable<T>({ entries, findings }: Decoded<T | undefined>, name: string): T {
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) {
    throw new DataError('DATA_PKCS15', `${error.where}: ${error.message}`, {
      details: { finding: error.code, where: error.where, offset: error.offset ?? 0 },
    });
  }
  if (entries === undefined) throw new DataError('DATA_PKCS15', `${name}: nothing but padding`);
  return entries;
}
