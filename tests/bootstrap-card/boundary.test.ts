/** The edges: one octet too many, an interrupted write, EF(DIR) records of others. */

import type { DirView } from '../../src/bootstrap/card/application.js';
import { fillRegion, readRegion } from '../../src/bootstrap/card/content.js';
import { planDirRecord } from '../../src/bootstrap/card/dir-record.js';
import { fromHex } from '../../src/bytes/index.js';

test('a document fills its file to the last octet, and not one more', () => {
  const region = { offset: 0, length: 3 };
  expect(fillRegion(fromHex('5b205d'), region, 'EF')).toEqual(fromHex('5b205d'));
  expect(() => fillRegion(fromHex('5b20205d'), region, 'EF')).toThrow(
    expect.objectContaining({
      code: 'CARD_FILE_TOO_SMALL',
      details: expect.objectContaining({ missing: 1 }),
    }),
  );
});

test.each([
  ['ffffff', 'blank'],
  ['ff5d7d', 'interrupted'],
  ['5b5dff', 'document'],
])('%s is %s', (hex, state) => {
  expect(readRegion(fromHex(hex)).state).toBe(state);
});

test('our record goes into the first free one; those of others stay', () => {
  const foreign = fromHex('610f4f07a0000000871002500455534d31ffffffffffffffffffffffffffff');
  const free = new Uint8Array(foreign.length).fill(0xff);
  const records = [foreign, free].map((bytes, index) => ({ record: index + 1, bytes }));
  const dir = { info: { structure: 'linear-fixed' }, records, ours: undefined } as unknown as DirView;
  const updates = planDirRecord(dir, { aid: fromHex('a000000063504b43532d3135') }, 255);
  expect(updates.length).toBeGreaterThan(0);
  expect(updates.map(({ record }) => record)).toEqual(updates.map(() => 2));
});
