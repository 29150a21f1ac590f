import { contentOf } from '../support/line/fakes.js';
import { BATCH, blanks, Rig } from '../support/line/rig.js';

describe('a batch goes through the slots', () => {
  test('one card: every state is in the journal, in its order', async () => {
    const rig = new Rig({ records: 1 });
    const result = await rig.run();
    expect(result.outcome).toBe('done');
    expect(await rig.told(1)).toEqual([
      'record.reserved',
      'record.writing',
      'record.verified',
      'record.released',
    ]);
    const record = await rig.record(1);
    expect(record).toMatchObject({ state: 'released', cardId: 'c1', drawn: { key: 'k1.1' } });
    const [card] = rig.handler.goodBin;
    expect([...card!.files.values()]).toEqual([0, 1, 2].map((step) => contentOf(1, step, 'k1.1')));
    expect(await rig.store.card('c1')).toMatchObject({ state: 'good', record: 1 });
  });

  test('100 cards on 8 slots: each record on its own card, drawn once', async () => {
    const rig = new Rig({ records: 100, slots: 8 });
    const result = await rig.run();
    expect(result).toMatchObject({ outcome: 'done', statistics: { good: 100, bad: 0, yield: 1 } });
    const onCards = rig.handler.goodBin.map((card) => card.files.get(0)!.split('/')[0]);
    expect(new Set(onCards).size).toBe(100);
    expect([...rig.drawn.values()].every((times) => times === 1)).toBe(true);
    expect((await rig.store.counts(BATCH)).records.released).toBe(100);
    expect(result.view.records).toEqual((await rig.store.counts(BATCH)).records);
    expect(result.view.cards).toEqual((await rig.store.counts(BATCH)).cards);
  });

  test('no blank is put in that no record is left for', async () => {
    const rig = new Rig({ records: 3, slots: 4, cards: blanks(10) });
    const result = await rig.run();
    expect(result.statistics).toMatchObject({ good: 3, returned: 0 });
    expect(rig.handler.stack).toHaveLength(7);
  });

  test('the line ends when no blank is left', async () => {
    const rig = new Rig({ records: 5, slots: 2, cards: [] });
    expect(await rig.run()).toMatchObject({ outcome: 'done', statistics: { good: 0 } });
    expect((await rig.store.counts(BATCH)).records.free).toBe(5);
  });
});
