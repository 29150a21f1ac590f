/** The full campaigns; what they measured becomes a part of docs/campaign.md. `CAMPAIGN_CARDS` and `CAMPAIGN_KILLS` make them smaller. */
import { requirePostgres } from '../support/postgres.js';
import { killedCampaign, stationsCampaign } from './campaign.js';
import { addResult } from './report.js';

const CARDS = Number(process.env.CAMPAIGN_CARDS ?? 10_000);
const KILLS = Number(process.env.CAMPAIGN_KILLS ?? 500);
/** Five cards in a hundred. */
const FAULTS = [
  'tear:0.015',
  'lost:0.005',
  'mute:0.005',
  'status:0.005',
  'wrong:0.004',
  'same-identity:0.004',
  'swap:0.004',
  'dead:0.004',
  'worn:0.004',
];

test('a line that is killed, cards that fail', async () => {
  const result = await killedCampaign({
    records: CARDS,
    spare: Math.ceil(CARDS * 0.08) + 40,
    slots: 32,
    seed: 1,
    kills: KILLS,
    speed: 0,
    faults: FAULTS,
    onProgress: (told) => process.stderr.write(`${told}\n`),
  });
  addResult('killed', 'One line, killed', result);
  expect(result.verdict.problems).toEqual([]);
  const { good, failed, open } = result.verdict.records;
  expect(good + failed + open).toBe(CARDS);
  // What is open waits for a card that came again blank (docs/line.md), and for a person to give it up.
  expect(open).toBeLessThanOrEqual(result.reasons['record.quarantined BLANK_AGAIN'] ?? 0);
});

requirePostgres('stations', (postgres) => {
  test('three stations on one PostgreSQL, one killed for good, cards that fail', async () => {
    const records = Math.ceil(CARDS / 5);
    const result = await stationsCampaign({
      records,
      spare: Math.ceil(records * 0.08) + 40,
      slots: 30,
      stations: 3,
      seed: 2,
      speed: 0,
      faults: FAULTS,
      store: postgres.database(),
      onProgress: (told) => process.stderr.write(`${told}\n`),
    });
    addResult('stations', 'Three stations, one killed for good', result);
    expect(result.verdict.problems).toEqual([]);
    const { good, failed, open } = result.verdict.records;
    expect(good + failed + open).toBe(records);
    expect(open).toBeLessThanOrEqual(result.reasons['record.quarantined BLANK_AGAIN'] ?? 0);
  });
});
