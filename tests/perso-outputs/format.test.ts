import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { OutputFile } from '../../src/perso/index.js';
import { headOf, lineOf, unwritable } from '../../src/perso/outputs/format.js';

const HEAD = { batchId: 'b1', jobName: 'acme', jobVersion: '3', jobHash: 'ab'.repeat(32), rows: 2 };
const file = (format: OutputFile['format'], delimiter = ','): OutputFile => ({
  name: 'server',
  kind: 'server',
  file: 'server.csv',
  format,
  delimiter,
  columns: ['iccid', 'psk'].map((header) => ({ header, value: `\${${header}}`, encrypted: false })),
});

test('CSV comes back from a foreign reader as it went in', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', ' ', 'é') });
  fc.assert(
    fc.property(
      fc.constantFrom(',', ';', '\t'),
      fc.array(fc.tuple(cell, cell), { maxLength: 5 }),
      (delimiter, rows) => {
        const output = file('csv', delimiter);
        const text =
          headOf(output, HEAD, undefined) + rows.map((row) => lineOf(output, row, undefined)).join('');
        const read: unknown = parse(text, { delimiter, record_delimiter: '\n' });
        expect(read).toEqual([['iccid', 'psk'], ...rows]);
      },
    ),
  );
});

test('a JSON line is one object', () => {
  expect(headOf(file('jsonl'), HEAD, undefined)).toBe('');
  expect(lineOf(file('jsonl'), ['1', 'a\nb'], undefined)).toBe('{"iccid":"1","psk":"a\\nb"}\n');
});

test('header and Var_Out', () => {
  const hash = 'ab'.repeat(32);
  expect(headOf(file('var'), HEAD, undefined)).toBe(
    `Batch: b1\nJob: acme 3\nJob_Hash: ${hash}\nQuantity: 2\nTransport_Key: 0\nVar_Out:iccid psk\n`,
  );
  const dialect = {
    inputColumns: 'IN=',
    outputColumns: 'OUT=',
    separator: '=',
    delimiter: ';',
    quantity: 'N',
    transportKey: 'TK',
  };
  expect(headOf({ ...file('var'), transportKey: 'k7' }, { ...HEAD, transportKey: 'k7' }, dialect)).toBe(
    `Batch=b1\nJob=acme 3\nJob_Hash=${hash}\nN=2\nTK=k7\nOUT=iccid;psk\n`,
  );
  expect(lineOf(file('var'), ['1', '2'], dialect)).toBe('1;2\n');
});

test('what a form with plain delimiters cannot carry is told', () => {
  expect(unwritable(file('var'), ['1', 'a b'], undefined)?.column).toBe(1);
  expect(unwritable(file('var'), ['', 'a'], undefined)?.column).toBe(0);
  expect(unwritable(file('var'), ['1', 'a\nb'], undefined)?.column).toBe(1);
  expect(unwritable(file('var'), ['1', 'ab'], undefined)).toBeUndefined();
  expect(unwritable(file('csv'), ['', 'a,b'], undefined)).toBeUndefined();
});
