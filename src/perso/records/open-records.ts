/** The records of an input file, whatever its format. */
import { UsageError } from '../../errors/index.js';
import type { RecordSource } from '../job/types.js';
import { readCsv } from './csv.js';
import { readJsonLines } from './json-lines.js';
import type { RecordPage } from './page.js';
import { readVar } from './var.js';

/**
 * Reads an input file page by page; what is in memory does not grow with the file. Mistakes are findings with their
 * line; values are not looked at (`fieldChecker`).
 *
 * @param octets of the file, in pieces of any size
 * @throws UsageError `USAGE_ARGUMENT` for a source `var` without dialect
 */
export function openRecords(
  source: RecordSource,
  octets: AsyncIterable<Uint8Array>,
): AsyncIterable<RecordPage> {
  switch (source.format) {
    case 'csv':
      return readCsv(source, octets);
    case 'jsonl':
      return readJsonLines(source, octets);
    case 'var': {
      const { dialect } = source;
      if (dialect === undefined)
        throw new UsageError('USAGE_ARGUMENT', 'a source of format var needs a dialect');
      return readVar({ ...source, dialect }, octets);
    }
  }
}
