/**
 * A small campaign with a fixed seed over the built program: the line is killed again and again while cards with faults go
 * through, and an independent judge reads cards, outputs and journals. `npm run campaign` has the large numbers.
 */
import { killedCampaign } from '../campaign/campaign.js';

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
  expect(verdict.records.good + verdict.records.failed).toBe(150);
  expect(verdict.compared).toBe(verdict.records.good);
  expect(result.kills).toBe(12);
  expect(Object.values(verdict.cards).reduce((sum, count) => sum + count, 0)).toBe(210);
  const returned = story.cards.filter(({ place }) => place === 'returned');
  expect(returned.every(({ updates }) => updates === 0)).toBe(true);
}, 280_000);
