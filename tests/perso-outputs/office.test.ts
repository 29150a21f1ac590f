/** Decisions of people are told by a station of their own, and never end a line. */
import { withOffice } from '../../cli/line/store.js';
import { smallBatch } from './batch.js';

test('a station with a card in work is not taken over, and goes on', async () => {
  const { store, station, bring } = await smallBatch(2);
  await bring(1, 'writing');
  await expect(withOffice(store, 's1', async () => undefined)).rejects.toMatchObject({
    code: 'USAGE_ARGUMENT',
    details: { station: 's1', record: 1 },
  });
  await station.heartbeat();
  expect(await withOffice(store, 'office', async (office) => office.station)).toBe('office');
});

test('one that has none is', async () => {
  const { store, bring } = await smallBatch(1);
  await bring(1, 'released');
  expect(await withOffice(store, 's1', async (office) => office.epoch)).toBe(2);
});
