/** One record on one simulated card: blank, written, verified. */
import { toHex } from '../../src/bytes/index.js';
import { Bench, BOOTSTRAP, FILES, Journal, testJob, workOn } from './support.js';

test('files and bootstrap: blank before, complete afterwards, verified under new power', async () => {
  const bench = new Bench();
  const journal = new Journal();
  const job = testJob({ steps: [BOOTSTRAP, ...FILES] });
  const work = workOn(job);
  await bench.with(async (channel) => {
    expect(await work.survey(channel, journal)).toBe('blank');
    await work.write(channel, journal);
  });
  expect(toHex(bench.card.file('3F00/2FE2')!.content)).toBe('988812010000000010f1');
  const { differences, evidence } = await bench.with((channel) => work.verify(channel, journal));
  expect(differences).toEqual([]);
  expect(evidence).toMatch(/^[0-9a-f]{64}$/);
});
