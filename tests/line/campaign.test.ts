/**
 * A small campaign with a fixed seed over the built program: the line is killed again and again while cards with faults go
 * through, and an independent judge reads cards, outputs and journals. `npm run campaign` has the large numbers.
 */
import { killedCampaign, stationsCampaign } from '../campaign/campaign.js';
import { requirePostgres } from '../support/postgres.js';

test('a killed line with failing cards: every record on exactly one card, every octet as ordered', async () => {
  const result = await killedCampaign({
    records: 150,
    spare: 60,
    slots: 8,
    seed: 20261122,
    kills: 12,
    speed: 0,
    faults: [
      'tear:0.02',
      'lost:0.01',
      'mute:0.01',
      'status:0.01',
      'wrong:0.01',
      'same-identity:0.01',
      'swap:0.01',
      'dead:0.01',
      'worn:0.01',
    ],
  });
  const { verdict, story } = result;
  expect(verdict.problems).toEqual([]);
  const { good, failed, open } = verdict.records;
  expect(good + failed + open).toBe(150);
  // Killed between the mark and the very first command that changes the card: it cannot be told from a clone.
  expect(open).toBeLessThanOrEqual(result.reasons['record.quarantined BLANK_AGAIN'] ?? 0);
  expect(good).toBeGreaterThanOrEqual(130);
  expect(verdict.compared).toBe(verdict.records.good);
  expect(result.kills).toBeGreaterThanOrEqual(10);
  expect(Object.values(verdict.cards).reduce((sum, count) => sum + count, 0)).toBe(210);
  const returned = story.cards.filter(({ place }) => place === 'returned');
  expect(returned.every(({ updates }) => updates === 0)).toBe(true);
}, 280_000);

requirePostgres('three stations on one PostgreSQL', (postgres) => {
  test('one is killed for good: the others make every card, its own too', async () => {
    const { verdict, kills, story } = await stationsCampaign({
      records: 90,
      spare: 20,
      slots: 9,
      stations: 3,
      seed: 3,
      speed: 4,
      faults: ['tear:0.02', 'mute:0.02'],
      store: postgres.database(),
    });
    expect(verdict.problems).toEqual([]);
    expect(kills).toBe(1);
    expect(verdict.unfinished).toEqual([]);
    expect(verdict.records).toEqual({ good: 90, failed: 0, open: 0 });
    expect(story.journals).toHaveLength(4);
  }, 280_000);
});
