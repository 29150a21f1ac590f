/** The values of a record, opened just before they are worked with. */
import { SecurityError } from '../../errors/index.js';
import type { Job } from '../job/types.js';
import type { NewRecord } from '../store/port.js';
import { rowKeyColumn, TRANSPORT_KEY_FIELD } from './new-record.js';
import { type TransportKeys, transportKeyOf, unwrapCell } from './transport.js';

/**
 * Fields of a record by name, cells under transport keys opened. Hex digits come in lower case. The text lives until it
 * is collected, so keep it no longer than the work on the card.
 *
 * @throws SecurityError `SECURITY_KEY_CHECK` where a transport key is missing, `SECURITY_SEALED` where a cell does not
 *   open; the message names row and column
 */
export async function openFields(
  record: Pick<NewRecord, 'row' | 'fields'>,
  job: Pick<Job, 'records'>,
  keys: TransportKeys,
): Promise<Record<string, string>> {
  const { columns } = job.records;
  const keyColumn = columns[rowKeyColumn(columns)]?.name;
  const rowKey = (keyColumn === undefined ? undefined : record.fields[keyColumn]) ?? '';
  const values: Record<string, string> = {};
  for (const column of columns) {
    const { name } = column;
    if (!Object.hasOwn(record.fields, name)) {
      // Templates of the job take it as an empty text.
      if (column.optional) values[name] = '';
      continue;
    }
    const cell = record.fields[name]!;
    const keyName = transportKeyOf(column, record.fields[TRANSPORT_KEY_FIELD]);
    const clear = keyName === undefined ? cell : await opened(keyName);
    values[name] = column.type === 'hex' ? clear.toLowerCase() : clear;

    async function opened(wanted: string): Promise<string> {
      const key = keys.get(wanted);
      const at = { row: record.row, column: name };
      if (key === undefined) {
        throw new SecurityError(
          'SECURITY_KEY_CHECK',
          `row ${record.row}, ${name}: transport key "${wanted}" is not there`,
          { details: at, next: 'Give the transport key with --transport-key.' },
        );
      }
      try {
        return await unwrapCell(key, column, rowKey, cell);
      } catch (error) {
        if (!(error instanceof SecurityError) || error.code !== 'SECURITY_SEALED') throw error;
        throw new SecurityError('SECURITY_SEALED', `row ${record.row}, ${name}: ${error.message}`, {
          details: at,
        });
      }
    }
  }
  return values;
}
