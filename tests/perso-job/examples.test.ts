/** The example jobs from their first record to a verified card. */
import { fromHex } from '../../src/bytes/index.js';
import { MemoryKey, type StoredKeySet } from '../../src/crypto/index.js';
import {
  cardWorker,
  checkRecords,
  drawValues,
  type NewRecord,
  openFields,
  openRecords,
  recordMaker,
  type TransportKeys,
} from '../../src/perso/index.js';
import { Bench, clock, Journal, testRandom } from '../perso-work/support.js';
import { EXAMPLES, example, exampleFile } from './support.js';

const customer = fromHex(new TextDecoder().decode(exampleFile('customer.key')).trim());
const keys = (): TransportKeys => new Map([['customer', new MemoryKey(customer)]]);
const testKey = () => new MemoryKey(fromHex('404142434445464748494A4B4C4D4E4F'));
const blanks: StoredKeySet = {
  name: 'blanks',
  version: 0x30,
  mode: 'S8',
  keys: { enc: testKey(), mac: testKey(), dek: testKey() },
};

async function* octetsOf(name: string): AsyncIterable<Uint8Array> {
  yield exampleFile(name);
}

describe.each(EXAMPLES)('%s', (name) => {
  test('the check of its records finds nothing', async () => {
    const job = await example(name);
    const report = await checkRecords(job, octetsOf(job.records.file!), { keys: keys(), clock });
    expect([report.findings, report.records]).toEqual([[], name === 'order' ? 10 : 20]);
  });

  test('its first record on a card, read back under new power', async () => {
    const job = await example(name);
    const record = await firstRecord(job);
    const values = { ...(await openFields(record, job, keys())), ...drawValues(job, testRandom()) };
    const cplc = Uint8Array.from({ length: 42 }, (_, index) => index + 1);
    const bench = new Bench(job.card.simulated, {
      chip: { cplc, ...(job.bind.by === 'iccid' ? { iccid: values.iccid } : {}) },
    } as never);
    const work = cardWorker(job, {
      keySets: new Map([['blanks', blanks]]),
      random: testRandom(),
      clock,
    }).prepare({
      number: record.number,
      values,
    });
    const journal = new Journal();
    expect(await bench.with((channel) => work.survey(channel, journal))).toBe('blank');
    await bench.with((channel) => work.write(channel, journal));
    const { differences } = await bench.with((channel) => work.verify(channel, journal));
    expect(differences).toEqual([]);
  });
});

async function firstRecord(job: Awaited<ReturnType<typeof example>>): Promise<NewRecord> {
  for await (const page of openRecords(job.records, octetsOf(job.records.file!))) {
    const [row] = page.rows;
    if (row !== undefined) return recordMaker(job)(row);
  }
  throw new Error('no record');
}
