/**
 * The card is pulled out at every exchange of a write; afterwards it is surveyed, written and verified with the same
 * values, and holds what it would hold had nothing happened.
 */

import { SimbootError } from '../../src/errors/index.js';
import type { Job } from '../../src/perso/index.js';
import type { CardImage } from '../../src/simulator/index.js';
import { AUTHENTICATE, Bench, BOOTSTRAP, FILES, Journal, PINS, ROTATE, testJob, workOn } from './support.js';

const SCP03: Job['keys'] = {
  adm: { value: '12345678', reference: 0x0a },
  scp03: { keySet: 'factory', diversification: 'none', level: 0x33, through: 'bootstrap' },
};
const SMSP = `${'FF'.repeat(12)}FD${'FF'.repeat(12)}0791947171060000${'FF'.repeat(7)}`;
const SELECT = { command: '00A40804047F106F42', status: ['9000', '61..'] };
const SCRIPT = {
  kind: 'apdu',
  name: 'script',
  commands: [SELECT, { command: `00DC010428${SMSP}`, status: ['9000'] }],
  verify: [SELECT, { command: '00B2010428', status: ['9000'], response: SMSP }],
  repeatable: true,
} as const;

const JOBS: readonly [name: string, job: Job][] = [
  ['bootstrap', testJob({ steps: [BOOTSTRAP] })],
  ['files', testJob({ steps: FILES })],
  ['PINs and ADM', testJob({ steps: PINS })],
  ['key rotation', testJob({ steps: [ROTATE], keys: SCP03, card: { simulated: 'uicc-line' } })],
  ['script', testJob({ steps: [SCRIPT] })],
  [
    'everything, through SCP03',
    testJob({
      steps: [PINS[2]!, BOOTSTRAP, ROTATE, ...FILES, PINS[0]!, PINS[1]!],
      keys: SCP03,
      checks: AUTHENTICATE,
    }),
  ],
];

async function attempt(bench: Bench, job: Job, journal: Journal): Promise<void> {
  const work = workOn(job);
  await bench.with(async (channel) => {
    const content = await work.survey(channel, journal, journal.progress);
    expect(content).not.toBe('foreign');
    await work.write(channel, journal, journal.progress);
  });
}

async function verify(bench: Bench, job: Job): Promise<string> {
  const { differences, evidence } = await bench.with((channel) => workOn(job).verify(channel, new Journal()));
  expect(differences).toEqual([]);
  return evidence;
}

/** Exchanges since `from` that a write without a fault takes. */
async function exchangesOf(bench: Bench, job: Job): Promise<number> {
  const before = bench.card.exchangeCount;
  await attempt(bench, job, new Journal());
  return bench.card.exchangeCount - before;
}

describe.each(JOBS)('%s', (_name, job) => {
  test.each([
    ['before', 'before'],
    ['after', 'after'],
    ['inside the write of', { octets: 3 }],
  ] as const)('torn out %s every exchange', async (_words, moment) => {
    const bench = new Bench();
    const fresh: CardImage = bench.card.snapshot();
    const count = await exchangesOf(bench, job);
    const expected = await verify(bench, job);
    expect(count).toBeGreaterThan(2);
    for (let at = 1; at <= count; at++) {
      bench.card.restore(fresh);
      const journal = new Journal();
      bench.card.faults.tearAt(at, moment);
      const torn = await attempt(bench, job, journal).catch((error: unknown) => error);
      if (torn !== undefined) {
        expect(torn).toBeInstanceOf(SimbootError);
        bench.reinsert();
        await attempt(bench, job, journal);
      }
      bench.card.faults.clear();
      expect(await verify(bench, job)).toBe(expected);
    }
  });
});
