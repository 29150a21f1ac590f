import fc from 'fast-check';
import { Histogram } from '../../src/perso/report/histogram.js';

test('quantiles are within a hundredth of the sorted ones', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 300 }),
      (all) => {
        const histogram = new Histogram();
        for (const each of all) histogram.add(each);
        const sorted = [...all].sort((a, b) => a - b);
        for (const part of [0.5, 0.95, 1]) {
          const exact = sorted[Math.ceil(part * all.length) - 1]!;
          expect(Math.abs(histogram.quantile(part) - exact) / exact).toBeLessThanOrEqual(0.0101);
        }
        expect(histogram.largest).toBe(sorted.at(-1));
        expect(histogram.mean).toBeCloseTo(all.reduce((sum, each) => sum + each, 0) / all.length, 3);
      },
    ),
  );
});

test('nothing counted', () => {
  const empty = new Histogram();
  expect([empty.quantile(0.5), empty.mean, empty.largest, empty.count]).toEqual([0, 0, 0, 0]);
});

test('less than a millisecond counts as half of one', () => {
  const histogram = new Histogram();
  histogram.add(0);
  histogram.add(0.3);
  expect(histogram.quantile(0.5)).toBe(0.5);
});
