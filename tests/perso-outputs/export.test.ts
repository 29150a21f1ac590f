import { createHash } from 'node:crypto';
import { decodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import { MemoryKey, openCell, SealingKey } from '../../src/crypto/index.js';
import {
  cellSealer,
  type ExportOptions,
  exportOutputs,
  type LineRecord,
  type OutputFile,
  remakeRecord,
} from '../../src/perso/index.js';
import { BATCH, iccid, jobWith, OUTPUT, type SmallBatch, smallBatch } from './batch.js';

const KEY = fromHex('2b'.repeat(32));

interface Kept {
  readonly text: string;
  readonly secret: boolean;
}

async function exported(
  batch: SmallBatch,
  outputs: readonly OutputFile[],
  more: Partial<ExportOptions> = {},
) {
  const files = new Map<string, Kept>();
  const written = await exportOutputs({
    store: batch.store,
    job: jobWith(outputs),
    batch: (await batch.store.batch(BATCH))!,
    open: async (record: LineRecord) => ({ ...record.fields, ...record.drawn }),
    sealer: async (name) => (name === 'server' ? cellSealer(new MemoryKey(KEY)) : undefined),
    writer: {
      write: async (name, content, secret) => {
        const parts: Uint8Array[] = [];
        for await (const part of content) parts.push(part);
        files.set(name, { text: decodeUtf8(Buffer.concat(parts)), secret });
      },
    },
    clock: () => new Date('2026-11-22T10:00:00Z'),
    station: batch.station,
    ...more,
  });
  return { files, written };
}

test('only verified and released records are in a file; sealed cells open in their rows; the digest is told', async () => {
  const batch = await smallBatch(4);
  await batch.bring(3, 'released');
  await batch.bring(1, 'verified');
  await batch.bring(2, 'writing');
  const { files, written } = await exported(batch, [OUTPUT]);
  const { text, secret } = files.get('b1-server.csv')!;
  const [head, ...rows] = text.trimEnd().split('\n');
  expect(head).toBe('iccid,psk,pin');
  expect(rows.map((row) => row.split(',')[0])).toEqual([iccid(1), iccid(3)]);
  const key = new SealingKey(KEY);
  const [, psk, pin] = rows[1]!.split(',');
  expect(toHex(openCell(key, iccid(3), 'psk', psk!)!)).toBe('00000003');
  expect(decodeUtf8(openCell(key, iccid(3), 'pin', pin!)!)).toBe('1003');
  expect(secret).toBe(false);
  const sha256 = createHash('sha256').update(text).digest('hex');
  expect(files.get('b1-server.csv.sha256')!.text).toBe(`${sha256}  b1-server.csv\n`);
  expect(written).toEqual([{ output: 'server', kind: 'server', file: 'b1-server.csv', rows: 2, sha256 }]);
  const last = (await batch.store.journal('s1', { after: 0, limit: 1000 })).at(-1)!;
  expect(last.event).toMatchObject({
    type: 'output.written',
    data: { file: 'b1-server.csv', rows: 2, sha256 },
  });
});

test('written again it is the same file', async () => {
  const batch = await smallBatch(2);
  await batch.bring(1, 'released');
  const first = await exported(batch, [OUTPUT]);
  expect((await exported(batch, [OUTPUT])).written).toEqual(first.written);
});

test('a remade record leaves the files, and comes back with new values', async () => {
  const batch = await smallBatch(2);
  await batch.bring(1, 'released');
  await batch.bring(2, 'released');
  const before = (await exported(batch, [OUTPUT])).files.get('b1-server.csv')!.text;
  await remakeRecord(batch.store, batch.station, {
    batchId: BATCH,
    number: 1,
    reason: 'DAMAGED',
    requestedBy: 'A. Kaya',
    approvedBy: 'R. Meyer',
    destroyed: { by: 'A. Kaya', at: 0, reference: 'D-1' },
  });
  const without = (await exported(batch, [OUTPUT])).files.get('b1-server.csv')!.text;
  expect(without.split('\n').filter((row) => row.startsWith(iccid(1)))).toEqual([]);
  expect(without.split('\n')).toContain(before.split('\n')[2]);
});

test('a file for each box, in the order of the input; a box without a good card has none', async () => {
  const batch = await smallBatch(7);
  for (const number of [1, 2, 7]) await batch.bring(number, 'released');
  const box: OutputFile = {
    ...OUTPUT,
    name: 'box',
    kind: 'box',
    file: 'box-${box}.csv',
    boxSize: 3,
    columns: [
      { header: 'box', value: '${box}', encrypted: false },
      { header: 'position', value: '${position}', encrypted: false },
      { header: 'iccid', value: '${iccid}', encrypted: false },
    ],
  };
  const { files } = await exported(batch, [box]);
  expect([...files.keys()].filter((name) => !name.endsWith('.sha256'))).toEqual([
    'box-0001.csv',
    'box-0003.csv',
  ]);
  expect(files.get('box-0001.csv')!.text).toBe(`box,position,iccid\n1,1,${iccid(1)}\n1,2,${iccid(2)}\n`);
  expect(files.get('box-0003.csv')!.text).toBe(`box,position,iccid\n3,1,${iccid(7)}\n`);
});

test('a file with secrets in the clear is for its owner alone', async () => {
  const batch = await smallBatch(1);
  await batch.bring(1, 'released');
  const clear: OutputFile = {
    ...OUTPUT,
    columns: OUTPUT.columns.map((column) => ({ ...column, encrypted: false })),
  };
  const { files } = await exported(batch, [clear]);
  expect(files.get('b1-server.csv')).toEqual({
    text: `iccid,psk,pin\n${iccid(1)},00000001,1001\n`,
    secret: true,
  });
});

test.each([
  ['without its transport key', { ...OUTPUT, transportKey: 'other' }, /transport key/],
  [
    'without a column that names the row',
    { ...OUTPUT, columns: OUTPUT.columns.slice(1) },
    /account, iccid or devid/,
  ],
  [
    'with a delimiter in a cell',
    { ...OUTPUT, format: 'var', columns: [{ header: 'a', value: 'a ${iccid}', encrypted: false }] },
    /row 2: column a/,
  ],
] as const)('a file %s is refused with the place', async (_, output, message) => {
  const batch = await smallBatch(1);
  await batch.bring(1, 'released');
  await expect(exported(batch, [output as OutputFile])).rejects.toMatchObject({
    code: 'DATA_OUTPUT',
    message: expect.stringMatching(message),
  });
});

test('a card that is finished while the file is written leaves no file that says otherwise', async () => {
  const batch = await smallBatch(3);
  await batch.bring(1, 'released');
  const open = async (record: LineRecord) => {
    if (record.number === 1) await batch.bring(3, 'released');
    return { ...record.fields, ...record.drawn };
  };
  const many = { ...batch.store, records: batch.store.records.bind(batch.store) };
  const counts = await batch.store.counts(BATCH);
  const stale = { ...many, counts: async () => counts, batch: batch.store.batch.bind(batch.store) };
  await batch.bring(2, 'released');
  await expect(exported({ ...batch, store: stale as never }, [OUTPUT], { open })).rejects.toMatchObject({
    code: 'DATA_OUTPUT',
  });
});
