/** What no two records share, however it is spelled; and no secret among it, since stores keep it in the clear. */
import { createHash } from 'node:crypto';
import { recordMaker } from '../../src/perso/index.js';
import { jobOf } from './support.js';

async function made(columns: object, ...cells: string[]) {
  const job = await jobOf({ columns });
  return recordMaker(job)({ number: 1, row: 2, cells });
}

test('an ICCID is the same with and without its check digit', async () => {
  const columns = { iccid: 'iccid' };
  const short = await made(columns, '898821100000000001');
  const long = await made(columns, '8988211000000000011');
  expect(short.unique).toEqual({ iccid: '8988211000000000011' });
  expect(long.unique).toEqual(short.unique);
  expect(short.fields).toEqual({ iccid: '898821100000000001' });
});

test('a unique secret is compared by its digest, in either case, and is no key to look up by', async () => {
  const columns = { ki: { type: 'hex', secret: true, unique: true } };
  const ki = '00112233445566778899aabbccddeeff';
  const upper = await made(columns, ki.toUpperCase());
  expect(upper.unique).toEqual({ ki: createHash('sha256').update(ki).digest('hex') });
  expect(upper).not.toHaveProperty('key');
  const { fields, ...kept } = upper;
  expect(fields).toEqual({ ki: ki.toUpperCase() });
  expect(JSON.stringify(kept).toLowerCase()).not.toContain(ki);
});
