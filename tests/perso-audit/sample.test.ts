import fc from 'fast-check';
import { drawSample, protocolHtml, protocolOf } from '../../src/perso/audit/index.js';

const numbers = Array.from({ length: 50 }, (_, index) => index * 3 + 1);

test('a sample has that many different numbers of those given, ascending', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.string(), (size, seed) => {
      const drawn = drawSample(numbers, size, seed);
      expect(drawn).toHaveLength(Math.min(size, numbers.length));
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(drawn.every((number) => numbers.includes(number))).toBe(true);
      expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
      expect(drawSample(numbers, size, seed)).toEqual(drawn);
    }),
  );
});

test('every number is drawn about as often', () => {
  const counts = new Map<number, number>();
  for (let turn = 0; turn < 2000; turn++)
    for (const number of drawSample(numbers, 5, `seed ${turn}`))
      counts.set(number, (counts.get(number) ?? 0) + 1);
  for (const number of numbers) {
    expect(counts.get(number)).toBeGreaterThan(140);
    expect(counts.get(number)).toBeLessThan(260);
  }
});

const FACTS = {
  batchId: 'b<1>',
  job: { name: 'acme', version: '3', hash: 'ab'.repeat(32) },
  auditor: 'R. Meyer',
  at: 0,
  sample: { seed: 's', numbers: [3, 17] },
};
const card = (record: number, outcome: 'proven' | 'refuted') =>
  ({ reader: 'r', outcome, atr: '3b00', record, row: record + 1, differences: [], at: 0 }) as const;

test('one card that is not proven refutes; one that is missing leaves it open', () => {
  expect(protocolOf({ ...FACTS, cards: [card(3, 'proven'), card(17, 'proven')] })).toMatchObject({
    verdict: 'proven',
    missing: [],
  });
  expect(protocolOf({ ...FACTS, cards: [card(3, 'proven')] })).toMatchObject({
    verdict: 'incomplete',
    missing: [17],
  });
  expect(protocolOf({ ...FACTS, cards: [card(3, 'refuted')] }).verdict).toBe('refuted');
  expect(protocolOf({ ...FACTS, cards: [] }).verdict).toBe('incomplete');
});

test('the protocol is a page that shows texts as texts', () => {
  const html = protocolHtml(protocolOf({ ...FACTS, cards: [card(3, 'refuted')] }));
  expect(html).toContain('b&lt;1&gt;');
  expect(html).not.toContain('b<1>');
  expect(html).toContain('✗ refuted');
  expect(html).toContain('Not audited: records 17');
  expect(html).not.toContain('<script');
});
