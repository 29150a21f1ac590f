/** What is told of an input before the first card, and what comes into a store. */
import fc from 'fast-check';
import { fromHex, luhnCheckDigit } from '../../src/bytes/index.js';
import { MemoryKey } from '../../src/crypto/index.js';
import { UniqueTable } from '../../src/perso/check/unique-table.js';
import {
  type CheckReport,
  checkRecords,
  type Job,
  loadBatch,
  memoryLineStore,
  type TransportKeys,
  wrapCell,
} from '../../src/perso/index.js';
import { CLOCK, jobOf, NO_KEYS, pieces } from './support.js';

const COLUMNS = { iccid: 'iccid', imsi: 'imsi' };
const iccid = (number: number): string => {
  const body = `8988211${String(number).padStart(11, '0')}`;
  return body + luhnCheckDigit(body);
};
const imsi = (number: number): string => `26201${String(number).padStart(10, '0')}`;
const file = (from: number, to: number): string =>
  `iccid,imsi\n${Array.from({ length: to - from }, (_, at) => `${iccid(from + at)},${imsi(from + at)}\n`).join('')}`;

const check = (
  job: Job,
  text: string,
  more: object = {},
  keys: TransportKeys = NO_KEYS,
): Promise<CheckReport> => checkRecords(job, pieces(text, 4096), { keys, clock: CLOCK, ...more });

describe('check', () => {
  test('an input without mistakes', async () => {
    const seen: number[] = [];
    const report = await check(await jobOf({ columns: COLUMNS }), file(0, 2_500), {
      onProgress: (rows: number) => seen.push(rows),
    });
    expect(report).toMatchObject({ records: 2_500, findings: [], total: 0, counts: [], transportKeys: [] });
    expect(report.inputHash).toMatch(/^[0-9a-f]{64}$/);
    expect(seen.at(-1)).toBe(2_500);
  });

  test('duplicates in the file are told with both rows', async () => {
    const text = `${file(0, 3)}${iccid(1)},${imsi(9)}\n${iccid(8)},${imsi(0)}\n`;
    expect((await check(await jobOf({ columns: COLUMNS }), text)).findings).toEqual([
      { row: 5, column: 'iccid', code: 'DUPLICATE_ROW', message: 'row 3 has the same value' },
      { row: 6, column: 'imsi', code: 'DUPLICATE_ROW', message: 'row 2 has the same value' },
    ]);
  });

  test('hex digits in either case are the same octets', async () => {
    const job = await jobOf({ columns: { id: { type: 'hex', unique: true } } });
    expect((await check(job, 'id\nAB\nab\n')).findings).toMatchObject([{ row: 3, code: 'DUPLICATE_ROW' }]);
  });

  test('the second IMSI of a card is no first one of another: in the file, and in other batches', async () => {
    const job = await jobOf({ columns: { iccid: 'iccid', home: 'imsi', roaming: 'imsi' } });
    const row = (card: number, home: number, roaming: number) =>
      `${iccid(card)},${imsi(home)},${imsi(roaming)}\n`;
    const head = 'iccid,home,roaming\n';
    expect((await check(job, head + row(1, 1, 2) + row(2, 3, 1) + row(3, 2, 4))).findings).toMatchObject([
      { row: 3, column: 'roaming', code: 'DUPLICATE_ROW' },
      { row: 4, column: 'home', code: 'DUPLICATE_ROW' },
    ]);
    const store = memoryLineStore();
    const first = head + row(1, 1, 2);
    const checked = await check(job, first);
    await loadBatch(store, job, pieces(first), { batchId: 'A', checked, file: 'a.csv', createdAt: 1 });
    expect((await check(job, head + row(2, 3, 1) + row(3, 2, 4), { store })).findings).toMatchObject([
      { row: 2, column: 'roaming', code: 'DUPLICATE_BATCH' },
      { row: 3, column: 'home', code: 'DUPLICATE_BATCH' },
    ]);
  });

  test('numbers of other batches are told, whatever their jobs call the column', async () => {
    const store = memoryLineStore();
    const first = await jobOf({ columns: COLUMNS });
    const checked = await check(first, file(0, 5));
    await loadBatch(store, first, pieces(file(0, 5)), { batchId: 'A', checked, file: 'a.csv', createdAt: 1 });
    const second = await jobOf({ columns: { serial: 'iccid', subscriber: 'imsi' } });
    const text = `serial,subscriber\n${iccid(7)},${imsi(7)}\n${iccid(3)},${imsi(8)}\n`;
    expect((await check(second, text, { store })).findings).toEqual([
      { row: 3, column: 'serial', code: 'DUPLICATE_BATCH', message: 'batch "A" has the same value in row 5' },
    ]);
    expect((await check(first, file(0, 5), { store, batchId: 'A' })).total).toBe(0);
  });

  test('a batch has no name that a terminal would obey, or that adds a line to an output', async () => {
    const store = memoryLineStore();
    const job = await jobOf({ columns: COLUMNS });
    const checked = await check(job, file(0, 2));
    for (const batchId of ['', 'a\u001b[31m', 'a\nTransport_Key: 0', 'a\u202eb', 'x'.repeat(201)])
      await expect(
        loadBatch(store, job, pieces(file(0, 2)), { batchId, checked, file: 'a.csv', createdAt: 1 }),
      ).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
    expect(await store.batches()).toEqual([]);
  });

  test('the first findings are told whole, all are counted with what to do', async () => {
    const text = `iccid,imsi\n${'1,2\n'.repeat(500)}`;
    const report = await check(await jobOf({ columns: COLUMNS }), text, { limit: 3 });
    expect(report.findings).toHaveLength(3);
    expect(report.total).toBe(1998);
    expect(report.counts).toContainEqual({
      code: 'VALUE_FORM',
      column: 'iccid',
      count: 500,
      next: expect.stringContaining('Correct'),
    });
    expect(report.counts).toContainEqual(
      expect.objectContaining({ code: 'DUPLICATE_ROW', column: 'imsi', count: 499 }),
    );
  });

  test('no records at all', async () => {
    expect((await check(await jobOf({ columns: COLUMNS }), 'iccid,imsi\n')).findings).toEqual([
      { row: 0, code: 'FILE_EMPTY', message: 'the file has no records' },
    ]);
  });

  test('an interruption ends it', async () => {
    const aborted = AbortSignal.abort(new Error('stop'));
    await expect(check(await jobOf({ columns: COLUMNS }), file(0, 3), { signal: aborted })).rejects.toThrow(
      'stop',
    );
  });
});

describe('transport keys', () => {
  const records = {
    columns: { iccid: 'iccid', ki: { type: 'hex', length: 16, transport: 't' } },
    transportKeys: ['t'],
  };
  const key = new MemoryKey(fromHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'));
  const other = new MemoryKey(new Uint8Array(32));
  let nonce = 0;
  const random = (octets: number) => new Uint8Array(octets).fill(nonce++);

  async function sealed(job: Job, values: readonly string[]): Promise<string> {
    const rows: string[] = [];
    for (const [at, value] of values.entries()) {
      rows.push(`${iccid(at)},${await wrapCell(key, job.records.columns[1]!, iccid(at), value, random)}\n`);
    }
    return `iccid,ki\n${rows.join('')}`;
  }

  test('every cell is opened, and what is in it is checked, but not told', async () => {
    const job = await jobOf(records);
    const text = await sealed(job, ['00'.repeat(16), '11'.repeat(15), '22'.repeat(16)]);
    const report = await check(job, text, {}, new Map([['t', key]]));
    expect(report.findings).toEqual([
      { row: 3, column: 'ki', code: 'VALUE_LENGTH', message: '15 octets, not 16' },
    ]);
    expect(report.transportKeys).toEqual([
      { name: 't', kcv: key.kcv, custody: 'memory', opened: 3, refused: 0 },
    ]);
  });

  test('another key opens nothing, and that is said as such; so is a key that is missing', async () => {
    const job = await jobOf(records);
    const text = await sealed(job, ['00'.repeat(16), '11'.repeat(16)]);
    const wrong = await check(job, text, {}, new Map([['t', other]]));
    expect(wrong.findings[0]).toEqual({
      row: 0,
      code: 'TRANSPORT_KEY',
      message: `transport key "t" with check value ${other.kcv} opens none of 2 cells: another key`,
    });
    expect(wrong.findings.slice(1).map(({ row, code }) => [row, code])).toEqual([
      [2, 'TRANSPORT_CELL'],
      [3, 'TRANSPORT_CELL'],
    ]);
    const missing = await check(job, text);
    expect(missing.findings).toMatchObject([{ row: 0, code: 'TRANSPORT_KEY' }]);
    expect(missing.transportKeys).toEqual([{ name: 't', opened: 0, refused: 2 }]);
  });

  test('rows that were moved do not open', async () => {
    const job = await jobOf(records);
    const [header, first = '', second = ''] = (await sealed(job, ['00'.repeat(16), '11'.repeat(16)])).split(
      '\n',
    );
    const [a, b] = [first.split(','), second.split(',')];
    const swapped = `${header}\n${a[0]},${b[1]}\n${b[0]},${a[1]}\n${first.replace(a[0]!, iccid(5))}\n`;
    expect((await check(job, swapped, {}, new Map([['t', key]]))).counts).toContainEqual(
      expect.objectContaining({ code: 'TRANSPORT_CELL', count: 3 }),
    );
  });

  test('a check value that the job declares is compared before anything else', async () => {
    const job = await jobOf({ ...records, transportKeyChecks: { t: 'abcdef' } });
    await expect(check(job, '', {}, new Map([['t', key]]))).rejects.toMatchObject({
      code: 'SECURITY_KEY_CHECK',
    });
  });

  test('sealed cells need a column that names their row', async () => {
    const job = await jobOf({ ...records, columns: { note: 'text', ki: records.columns.ki } });
    expect((await check(job, 'note,ki\n', {}, new Map([['t', key]]))).findings).toMatchObject([
      { row: 0, column: 'ki', code: 'TRANSPORT_KEY' },
    ]);
  });
});

describe('steps', () => {
  const description = {
    accounts: [{ srvId: 'srv', name: '${name}', srvUri: 'https://dm.example.com/dm' }],
  };
  const records = { columns: { iccid: 'iccid', name: { type: 'text', optional: true } } };

  test('a document that is larger than its file is told with its row', async () => {
    const job = await jobOf(records, {
      card: { files: { create: { bootstrap: 300 } } },
      steps: [{ bootstrap: description }],
    });
    const text = `iccid,name\n${iccid(1)},short\n${iccid(2)},${'long '.repeat(100)}\n${iccid(3)},\n`;
    const report = await check(job, text);
    expect(report.findings.map(({ row, code }) => [row, code])).toEqual([
      [3, 'DOCUMENT'],
      [4, 'DOCUMENT'],
    ]);
    expect(report.findings[0]?.message).toMatch(/^step ".*": the document has \d+ octets, and its file 300$/);
  });

  test('a template without its value is told', async () => {
    const job = await jobOf(records, { steps: [{ file: '3F00/2F00', value: '${name}' }] });
    const report = await check(job, `iccid,name\n${iccid(1)},00\n${iccid(2)},\n`);
    expect(report.findings).toMatchObject([{ row: 3, code: 'DOCUMENT' }]);
  });
});

describe('load', () => {
  const load = async (store = memoryLineStore(), text = file(0, 2_300), batchId = 'B') => {
    const job = await jobOf({ columns: COLUMNS });
    const checked = await check(job, text);
    const loaded = await loadBatch(store, job, pieces(text, 4096), {
      batchId,
      checked,
      file: 'b.csv',
      createdAt: 5,
    });
    return { store, job, checked, loaded };
  };

  test('every record, with its number, row, key and unique values', async () => {
    const { store, loaded, checked, job } = await load();
    expect(loaded).toEqual({
      batchId: 'B',
      jobName: 'test',
      jobVersion: job.version,
      jobHash: job.hash,
      inputHash: checked.inputHash,
      records: 2_300,
      state: 'open',
      createdAt: 5,
    });
    expect(await store.record('B', 2_300)).toMatchObject({
      number: 2_300,
      row: 2_301,
      state: 'free',
      key: iccid(2_299),
      unique: { iccid: iccid(2_299), imsi: imsi(2_299) },
      fields: { iccid: iccid(2_299), imsi: imsi(2_299) },
    });
  });

  test('again: the same batch stays as it is, another input or job under its name is refused', async () => {
    const { store, loaded } = await load();
    expect((await load(store)).loaded).toEqual(loaded);
    await expect(load(store, file(5_000, 5_001))).rejects.toMatchObject({ code: 'USAGE_BATCH_EXISTS' });
  });

  test('a batch that was not loaded to its end is loaded anew', async () => {
    const store = memoryLineStore();
    const facts = { batchId: 'B', jobName: 'x', jobVersion: '1', jobHash: '0', inputHash: '0', createdAt: 1 };
    await store.createBatch(facts);
    await store.addRecords('B', [{ number: 1, row: 2, unique: { iccid: iccid(0) }, fields: {} }]);
    expect((await load(store)).loaded).toMatchObject({ records: 2_300, createdAt: 5 });
  });

  test('a number that another batch took in the meantime: nothing stays', async () => {
    const store = memoryLineStore();
    const job = await jobOf({ columns: COLUMNS });
    const checked = await check(job, file(0, 2_300), { store });
    await load(store, file(2_100, 2_101), 'A');
    const late = loadBatch(store, job, pieces(file(0, 2_300), 4096), {
      batchId: 'B',
      checked,
      file: 'b.csv',
      createdAt: 1,
    });
    await expect(late).rejects.toMatchObject({
      code: 'DATA_RECORDS',
      message: expect.stringContaining('row 2102, iccid: batch "A" has the same value in row 2'),
    });
    expect(await store.batch('B')).toBeUndefined();
  });

  test('an input that is not the one that was checked: nothing stays', async () => {
    const store = memoryLineStore();
    const job = await jobOf({ columns: COLUMNS });
    const checked = await check(job, file(0, 10));
    const options = { batchId: 'B', checked, file: 'b.csv', createdAt: 1 };
    for (const text of [file(0, 9), file(1, 11), `${file(0, 10)}x\n`]) {
      await expect(loadBatch(store, job, pieces(text), options)).rejects.toMatchObject({
        code: 'USAGE_BATCH_INPUT',
      });
      expect(await store.batch('B')).toBeUndefined();
    }
  });

  test('another process that begins anew has the batch; this one leaves it alone', async () => {
    const store = memoryLineStore();
    const job = await jobOf({ columns: COLUMNS });
    const checked = await check(job, file(0, 10));
    const options = { batchId: 'B', checked, file: 'b.csv', createdAt: 1 };
    const onProgress = (): void => {
      // memory answers at once, so this is done before the first process goes on
      void store.dropBatch('B');
      void store.createBatch({
        ...options,
        jobName: 'x',
        jobVersion: '1',
        jobHash: '0',
        inputHash: '0',
        createdAt: 2,
      });
    };
    const first = loadBatch(store, job, pieces(file(0, 10)), { ...options, onProgress });
    await expect(first).rejects.toMatchObject({ code: 'USAGE_BATCH_EXISTS' });
    expect(await store.batch('B')).toMatchObject({ state: 'loading', createdAt: 2 });
  });

  test('an input with findings is not loaded', async () => {
    const store = memoryLineStore();
    const job = await jobOf({ columns: COLUMNS });
    const checked = await check(job, 'iccid,imsi\n1,2\n');
    await expect(
      loadBatch(store, job, pieces('iccid,imsi\n1,2\n'), {
        batchId: 'B',
        checked,
        file: 'b.csv',
        createdAt: 1,
      }),
    ).rejects.toMatchObject({ code: 'DATA_RECORDS', details: { total: 2 } });
    expect(await store.batches()).toEqual([]);
  });

  test('what a file says of its transport key is kept with each record', async () => {
    const records = {
      format: 'var',
      dialect: { transportKey: 'Key' },
      transportKeys: ['1'],
      columns: { iccid: 'iccid', ki: { type: 'hex', transport: '1' } },
    };
    const job = await jobOf(records);
    const text = `Key: 0\nVar_In: iccid/ki\n${iccid(1)} 00\n`;
    const store = memoryLineStore();
    const checked = await check(job, text);
    await loadBatch(store, job, pieces(text), { batchId: 'B', checked, file: 'b.inp', createdAt: 1 });
    expect((await store.record('B', 1))?.fields).toEqual({
      iccid: iccid(1),
      ki: '00',
      '$transport-key': '0',
    });
  });
});

test('a table of values knows the row in which each came first, as a map does', () => {
  const value = fc.oneof(
    fc.stringMatching(/^[01]{1,4}$/),
    fc.stringMatching(/^[0-9]{18,36}$/),
    fc.string({ minLength: 1 }),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 200 }), (values) => {
      const table = new UniqueTable();
      const map = new Map<string, number>();
      for (const [at, one] of values.entries()) {
        expect(table.add(one, at + 1)).toBe(map.get(one) ?? 0);
        if (!map.has(one)) map.set(one, at + 1);
      }
      expect(table.size).toBe(map.size);
    }),
  );
  const table = new UniqueTable();
  for (let number = 0; number < 50_000; number++) table.add(iccid(number), number + 1);
  for (let number = 0; number < 50_000; number += 7) expect(table.add(iccid(number), 99)).toBe(number + 1);
  expect(table.size).toBe(50_000);
});
