import { remakeRecord, reportBatch, reportCsv, reportHtml, scrapRecord } from '../../src/perso/index.js';
import { reconcile } from '../../src/perso/outputs/reconcile.js';
import { BATCH, cardId, smallBatch } from './batch.js';

const REMAKE = {
  batchId: BATCH,
  number: 1,
  reason: 'DAMAGED',
  requestedBy: 'A. Kaya',
  approvedBy: 'R. Meyer',
  destroyed: { by: 'A. Kaya', at: 5, reference: 'D-1' },
} as const;

async function mixed() {
  const batch = await smallBatch(10);
  for (const number of [1, 2, 3, 4]) await batch.bring(number, 'released', `slot ${number % 2}`);
  await batch.bring(5, 'verified', 'slot 1');
  const torn = await batch.bring(6, 'writing', 'slot 1');
  const reason = { code: 'TORN', message: 'taken out' };
  await batch.station.apply({
    record: { batchId: BATCH, number: 6, revision: torn.revision, state: 'failed', reason },
    card: { cardId: cardId(6), batchId: BATCH, record: 6, state: 'scrapped', reason, changedAt: 0 },
    events: [
      { type: 'record.failed', batchId: BATCH, record: 6, slot: 'slot 1', reason },
      { type: 'card.scrapped', batchId: BATCH, record: 6, slot: 'slot 1', reason },
    ],
  });
  await scrapRecord(batch.store, batch.station, {
    batchId: BATCH,
    number: 10,
    reason: 'CUSTOMER',
    by: 'R',
    at: 1,
  });
  return batch;
}

test('input and blanks are accounted for', async () => {
  const { store } = await mixed();
  expect(await reconcile(store, BATCH, 10, 8)).toMatchObject({
    records: { input: 10, good: 5, scrapped: 2, remaining: 3, quarantined: 0 },
    cards: { seen: 6, good: 4, scrapped: 1, returned: 0, inWork: 1, blanksIn: 8, unused: 2 },
    problems: [],
  });
});

test('what is missing is told', async () => {
  const { store } = await mixed();
  expect((await reconcile(store, BATCH, 11)).problems).toEqual([expect.stringMatching(/^input against/)]);
  expect((await reconcile(store, BATCH, 10, 5)).problems).toEqual([expect.stringMatching(/5 blanks/)]);
});

test('a good record that no journal tells of is told', async () => {
  const { store, station } = await mixed();
  const record = (await station.claim(BATCH, { kind: 'number', number: 7 }, { slot: 's', cardId: 'c7' }))!;
  await station.apply({
    record: { batchId: BATCH, number: 7, revision: record.revision, state: 'verified' },
    events: [],
  });
  expect((await reconcile(store, BATCH, 10)).problems).toEqual([
    expect.stringMatching(/journals: 6 against 5/),
  ]);
});

test('a report counts durations, slots and reasons, and a remake counts', async () => {
  const { store, station } = await mixed();
  await remakeRecord(store, station, REMAKE);
  const report = await reportBatch(store, (await store.batch(BATCH))!, 8);
  expect(report).toMatchObject({ good: 5, bad: 2, remakes: 1 });
  expect(report.reconciliation.problems).toEqual([]);
  expect(report.reconciliation.records).toMatchObject({ good: 4, remaining: 4 });
  expect(report.steps.map(({ step, count }) => [step, count])).toEqual([
    ['iccid', 5],
    ['total', 5],
  ]);
  expect(report.steps[1]!.p50 / 3000).toBeCloseTo(1, 1);
  expect(report.slots).toEqual([
    { station: 's1', slot: 'slot 0', good: 2, bad: 0, yield: 1 },
    { station: 's1', slot: 'slot 1', good: 3, bad: 2, yield: 0.6 },
  ]);
  expect(report.failures).toEqual([
    { code: 'TORN', count: 1, message: 'taken out' },
    { code: 'DAMAGED', count: 1, message: 'mechanically damaged, or badly printed' },
  ]);
  expect(report.timeline.reduce((sum, { good, bad }) => sum + good + bad, 0)).toBe(7);
  const html = reportHtml(report, new Date(0));
  expect(html).toContain('Everything is accounted for');
  expect(html).toContain('slot 1');
  expect(html).not.toMatch(/<script|https?:/);
  expect(reportCsv(report)).toContain('slot,s1 slot 1,yield,0.6\n');
});

describe('a remake', () => {
  test('of a record that is being written is refused: its card is in a slot, and cannot be destroyed', async () => {
    const { store, station, bring } = await smallBatch(1);
    await bring(1, 'writing');
    await expect(remakeRecord(store, station, REMAKE)).rejects.toMatchObject({
      code: 'USAGE_REMAKE',
      message: expect.stringMatching(/being written at s1/),
    });
    expect(await store.card(cardId(1))).toMatchObject({ state: 'bound' });
  });

  test('takes the record one generation on, without values and card; the card is scrapped', async () => {
    const { store, station, bring } = await smallBatch(2);
    await bring(1, 'released');
    const record = await remakeRecord(store, station, REMAKE);
    expect(record).toMatchObject({ state: 'free', generation: 1 });
    expect([record.drawn, record.cardId, record.evidence, record.slot]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(await store.card(cardId(1))).toMatchObject({ state: 'scrapped', reason: { code: 'DAMAGED' } });
    const last = (await store.journal('s1', { after: 0, limit: 100 })).at(-1)!;
    expect(last.event).toMatchObject({
      type: 'remake.approved',
      record: 1,
      reason: { code: 'DAMAGED' },
      data: {
        requestedBy: 'A. Kaya',
        approvedBy: 'R. Meyer',
        destruction: 'D-1',
        generation: 1,
        before: 'released',
      },
    });
    await expect(
      station.claim(BATCH, { kind: 'number', number: 1 }, { slot: 's', cardId: cardId(1) }),
    ).rejects.toMatchObject({ code: 'CARD_TAKEN' });
    expect(await station.claim(BATCH, { kind: 'next' }, { slot: 's', cardId: 'new' })).toMatchObject({
      number: 1,
    });
  });

  test('keeps the values where somebody asks for it', async () => {
    const { store, station, bring } = await smallBatch(1);
    const { drawn } = await bring(1, 'released');
    expect((await remakeRecord(store, station, { ...REMAKE, keepValues: true })).drawn).toEqual(drawn);
  });

  test.each([
    ['the same person', { approvedBy: ' a.  KAYA ' }, /second person/],
    ['no approver', { approvedBy: ' ' }, /approves/],
    ['no destruction', { destroyed: { by: 'A', at: 0, reference: '' } }, /destruction/],
    ['another reason', { reason: 'BECAUSE' as 'TORN' }, /reason code/],
  ])('with %s is refused, and nothing changes', async (_, wrong, message) => {
    const { store, station, bring } = await smallBatch(1);
    await bring(1, 'released');
    await expect(remakeRecord(store, station, { ...REMAKE, ...wrong })).rejects.toMatchObject({
      code: 'USAGE_REMAKE',
      message: expect.stringMatching(message),
    });
    expect(await store.record(BATCH, 1)).toMatchObject({ state: 'released', generation: 0 });
  });

  test('of a record that has no card, or does not exist, is refused', async () => {
    const { store, station } = await smallBatch(1);
    await expect(remakeRecord(store, station, REMAKE)).rejects.toMatchObject({ code: 'USAGE_REMAKE' });
    await expect(remakeRecord(store, station, { ...REMAKE, number: 9 })).rejects.toMatchObject({
      code: 'USAGE_BATCH_UNKNOWN',
    });
  });
});

describe('scrap', () => {
  test('ends a quarantine: the record has failed, its card is scrapped', async () => {
    const { store, station, bring } = await smallBatch(1);
    const torn = await bring(1, 'writing');
    await station.apply({
      record: { batchId: BATCH, number: 1, revision: torn.revision, state: 'quarantined' },
      events: [{ type: 'record.quarantined', batchId: BATCH, record: 1 }],
    });
    const scrapped = await scrapRecord(store, station, {
      batchId: BATCH,
      number: 1,
      reason: 'LOST',
      by: 'A',
      at: 1,
    });
    expect(scrapped).toMatchObject({ state: 'failed', reason: { code: 'LOST' } });
    expect(await store.card(cardId(1))).toMatchObject({ state: 'scrapped' });
    expect((await reconcile(store, BATCH, 1)).problems).toEqual([]);
  });

  test.each(['writing', 'verified', 'released'] as const)(
    'of a record that is %s is refused',
    async (state) => {
      const { store, station, bring } = await smallBatch(1);
      await bring(1, state);
      await expect(
        scrapRecord(store, station, { batchId: BATCH, number: 1, reason: 'LOST', by: 'A', at: 1 }),
      ).rejects.toMatchObject({ code: 'USAGE_REMAKE' });
    },
  );
});
