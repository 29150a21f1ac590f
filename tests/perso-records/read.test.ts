/** Inputs as customers write them: CSV (RFC 4180), header-plus-records files, JSON lines. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import { jobOf, readAll } from './support.js';

const COLUMNS = { iccid: 'iccid', ki: { type: 'hex', header: 'KI' }, note: { type: 'text', optional: true } };

describe('CSV', () => {
  test('byte order mark, quotes, CR LF, line ends in cells: every record with the line in which it begins', async () => {
    const job = await jobOf({ columns: COLUMNS });
    const text = '\ufeffnote,KI,iccid\r\n"a ""b"", c",00,89\r\n\n"two\nlines",11,90\nö,22,91';
    for (const size of [1, 2, 3, 1000]) {
      const { rows, findings } = await readAll(job, text, size);
      expect(findings).toEqual([]);
      expect(rows).toEqual([
        { row: 2, number: 1, cells: ['89', '00', 'a "b", c'] },
        { row: 4, number: 2, cells: ['90', '11', 'two\nlines'] },
        { row: 6, number: 3, cells: ['91', '22', 'ö'] },
      ]);
    }
  });

  test('another delimiter; a column that is optional may be missing', async () => {
    const job = await jobOf({ columns: COLUMNS, delimiter: ';' });
    const { rows, findings } = await readAll(job, 'iccid;KI\n1;2\n');
    expect([rows, findings]).toEqual([[{ row: 2, number: 1, cells: ['1', '2', ''] }], []]);
  });

  test('columns that are missing, unknown or there twice are told with the header', async () => {
    const job = await jobOf({ columns: COLUMNS });
    const { findings } = await readAll(job, 'note,note,Iccid,ki\n');
    expect(findings).toEqual([
      { row: 1, column: 'note', code: 'COLUMN_TWICE', message: 'the column "note" is there twice' },
      {
        row: 1,
        column: 'Iccid',
        code: 'COLUMN_UNKNOWN',
        message: 'the job has no column with the header "Iccid"; the job has "iccid"',
      },
      {
        row: 1,
        column: 'ki',
        code: 'COLUMN_UNKNOWN',
        message: 'the job has no column with the header "ki"; the job has "KI"',
      },
      { row: 1, column: 'iccid', code: 'COLUMN_MISSING', message: 'no column has the header "iccid"' },
      { row: 1, column: 'ki', code: 'COLUMN_MISSING', message: 'no column has the header "KI"' },
    ]);
  });

  test('rows that cannot be read are told; the rows around them are read', async () => {
    const job = await jobOf({ columns: COLUMNS });
    const { rows, findings } = await readAll(job, 'iccid,KI\n1,2,3\n4,5\n6,x"7"\n8,9\n10,"11\n');
    expect(rows.map(({ row, cells }) => [row, cells[0]])).toEqual([
      [3, '4'],
      [5, '8'],
    ]);
    expect(findings).toEqual([
      { row: 2, code: 'ROW_CELLS', message: '3 cells, but there are 2 columns' },
      { row: 4, code: 'ROW_QUOTES', message: 'a quote in the middle of a cell' },
      { row: 6, code: 'ROW_QUOTES', message: 'a quoted cell does not end' },
    ]);
  });

  test('a quote that never ends does not fill the memory', async () => {
    const job = await jobOf({ columns: COLUMNS });
    const { findings } = await readAll(job, `iccid,KI\n1,2\n3,"${'4\n'.repeat(600_000)}`, 65_536);
    expect(findings).toMatchObject([{ code: 'ROW_TOO_LONG' }]);
  });

  test('cells have a limit', async () => {
    const job = await jobOf({ columns: COLUMNS });
    const { rows, findings } = await readAll(job, `iccid,KI\n1,${'2'.repeat(131_073)}\n3,4`, 65_536);
    expect(rows).toHaveLength(1);
    expect(findings).toEqual([
      { row: 2, column: 'ki', code: 'ROW_TOO_LONG', message: '131073 characters, more than 131072' },
    ]);
  });

  test('an empty file, and one with headers alone', async () => {
    const job = await jobOf({ columns: COLUMNS });
    expect((await readAll(job, '')).findings).toMatchObject([{ row: 0, code: 'FILE_EMPTY' }]);
    expect(await readAll(job, 'iccid,KI\n')).toEqual({ rows: [], findings: [] });
  });

  test('octets that are not UTF-8 are told with their line', async () => {
    const job = await jobOf({ columns: COLUMNS });
    const latin = Uint8Array.from([
      ...encodeUtf8('iccid,KI,note\n1,2,ä\n3,4,'),
      0xe4,
      ...encodeUtf8('\n5,6,7\n'),
    ]);
    for (const size of [1, 5, 100]) {
      const { findings } = await readAll(job, latin, size);
      expect(findings).toMatchObject([{ row: 3, code: 'FILE_ENCODING' }]);
    }
    const utf16 = Uint8Array.of(0xff, 0xfe, 0x69, 0x00);
    expect((await readAll(job, utf16)).findings).toMatchObject([{ row: 1, message: 'the file is UTF-16' }]);
    const cut = Uint8Array.from([...encodeUtf8('iccid,KI\n1,2'), 0xc3]);
    expect((await readAll(job, cut)).findings).toMatchObject([{ row: 2, code: 'FILE_ENCODING' }]);
  });
});

describe('header-plus-records files', () => {
  const dialect = { quantity: 'Quantity', transportKey: 'TransportKey' };
  const records = (more: object = {}) => ({
    format: 'var',
    dialect,
    transportKeys: ['1', '2'],
    columns: {
      iccid: { type: 'iccid', header: 'Ser_Nb' },
      imsi: { type: 'imsi', header: 'IMSI' },
      ki: { type: 'hex', header: 'KI', transport: { key: '1', cipher: 'aes-ecb' } },
      batch: { type: 'text', header: 'Batch' },
    },
    ...more,
  });
  const FILE =
    '********\n* HEADER\n********\nCustomer: Example\nBatch: B 7\nQuantity: 2\nTransportKey: 2\n\n' +
    'Var_In: Ser_Nb/IMSI/KI\nVar_Out: PIN1/PUK1\n1 2 aa\n3  4 bb \n';

  test('headers, columns, records; a column may come from a header', async () => {
    const { rows, findings } = await readAll(await jobOf(records()), FILE);
    expect(findings).toEqual([]);
    expect(rows).toEqual([
      { row: 11, number: 1, cells: ['1', '2', 'aa', 'B 7'], transportKey: '2' },
      { row: 12, number: 2, cells: ['3', '4', 'bb', 'B 7'], transportKey: '2' },
    ]);
  });

  test('key 0 means unencrypted; a key that the job does not know is told', async () => {
    const job = await jobOf(records());
    const clear = await readAll(job, FILE.replace('TransportKey: 2', 'TransportKey: 0'));
    expect([clear.findings, clear.rows[0]?.transportKey]).toEqual([[], '0']);
    expect((await readAll(job, FILE.replace('TransportKey: 2', 'TransportKey: 9'))).findings).toEqual([
      { row: 7, column: 'TransportKey', code: 'TRANSPORT_KEY', message: 'the job has no transport key "9"' },
    ]);
    expect((await readAll(job, FILE.replace('TransportKey: 2\n', ''))).findings).toMatchObject([
      { row: 0, code: 'TRANSPORT_KEY' },
    ]);
  });

  test('the quantity is compared, before and after the records', async () => {
    const job = await jobOf(records());
    const findings = async (text: string) => (await readAll(job, text)).findings;
    expect(await findings(FILE.replace('Quantity: 2', 'Quantity: 3'))).toEqual([
      { row: 6, column: 'Quantity', code: 'QUANTITY', message: 'the file says "3" records, but has 2' },
    ]);
    expect(await findings(FILE.replace('Quantity: 2', 'Quantity: two'))).toMatchObject([
      { code: 'QUANTITY' },
    ]);
    expect(await findings(`${FILE}Quantity: 2\n`)).toEqual([]);
    expect(await findings(`${FILE}Quantity: 1\n`)).toMatchObject([
      { row: 13, code: 'QUANTITY' },
      { row: 13, code: 'QUANTITY' },
    ]);
  });

  test('other dialects', async () => {
    const job = await jobOf(
      records({ dialect: { inputColumns: 'INPUT=', separator: '=', delimiter: ';', quantity: 'NUM' } }),
    );
    const { rows, findings } = await readAll(job, 'NUM=1\nBatch=7\nINPUT=KI;Ser_Nb;IMSI\naa;;2\n');
    expect([findings, rows]).toEqual([[], [{ row: 4, number: 1, cells: ['', '2', 'aa', '7'] }]]);
  });

  test('what is no header, a header twice, rows with too few cells, no columns at all', async () => {
    const job = await jobOf(records());
    const codes = async (text: string) =>
      (await readAll(job, text)).findings.map(({ row, code }) => [row, code]);
    expect(await codes(`nothing\n${FILE}`)).toEqual([[1, 'HEADER']]);
    expect(await codes(FILE.replace('Customer: Example', 'Batch: B 8'))).toEqual([[5, 'HEADER']]);
    expect(await codes(FILE.replace('3  4 bb', '3 4'))).toEqual([[12, 'ROW_CELLS']]);
    expect(await codes(FILE.replace('Var_In', 'Other'))).toEqual([
      [11, 'HEADER'],
      [12, 'HEADER'],
      [0, 'HEADER'],
    ]);
    expect(await codes('')).toEqual([[0, 'FILE_EMPTY']]);
    expect(await codes(FILE.replace('Batch: B 7\n', ''))).toEqual([[8, 'COLUMN_MISSING']]);
  });

  test('a line without an end does not fill the memory', async () => {
    const job = await jobOf(records());
    const { findings } = await readAll(job, `Batch: 1\n${'x'.repeat(1_100_000)}`, 65_536);
    expect(findings).toMatchObject([{ row: 2, code: 'ROW_TOO_LONG' }]);
  });
});

describe('JSON lines', () => {
  test('an object in each line', async () => {
    const job = await jobOf({ format: 'jsonl', columns: COLUMNS });
    const text = '{"iccid":"1","KI":"2"}\r\n\n{"KI":"3","iccid":"4","note":"\\u00e4"}';
    for (const size of [1, 1000]) {
      expect(await readAll(job, text, size)).toEqual({
        findings: [],
        rows: [
          { row: 1, number: 1, cells: ['1', '2', ''] },
          { row: 3, number: 2, cells: ['4', '3', 'ä'] },
        ],
      });
    }
  });

  test('mistakes in a line', async () => {
    const job = await jobOf({ format: 'jsonl', columns: COLUMNS });
    const lines = [
      '{"iccid":1}',
      '{"iccid":"1","iccid":"2"}',
      '["1"]',
      '{"x":"1"}',
      '{"__proto__":"1"}',
      '{',
      '{"iccid":"1"}',
    ];
    const { rows, findings } = await readAll(job, lines.join('\n'));
    expect(rows).toEqual([{ row: 7, number: 1, cells: ['1', '', ''] }]);
    expect(findings.map(({ row, column, code }) => [row, column, code])).toEqual([
      [1, 'iccid', 'ROW_JSON'],
      [2, undefined, 'ROW_JSON'],
      [3, undefined, 'ROW_JSON'],
      [4, 'x', 'COLUMN_UNKNOWN'],
      [5, '__proto__', 'COLUMN_UNKNOWN'],
      [6, undefined, 'ROW_JSON'],
    ]);
  });
});
