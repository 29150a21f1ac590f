import { escapeHtml, minutes, percent, seconds, time } from '../../src/perso/report/words.js';

test('a part is all of it only when it is all', () => {
  expect(percent(1)).toBe('100 %');
  expect(percent(0.99999)).toBe('99.9 %');
  expect(percent(0.5)).toBe('50.0 %');
  expect(percent(0)).toBe('0.0 %');
});

test('durations', () => {
  expect([340, 2400, 119_000, 7_800_000].map(seconds)).toEqual(['340 ms', '2.4 s', '119.0 s', '2 h 10 min']);
  expect([40_000, 720_000].map(minutes)).toEqual(['40 s', '12 min']);
  expect(time(0)).toBe('1970-01-01 00:00:00 UTC');
});

test('nothing of a text becomes markup', () => {
  expect(escapeHtml(`<a href="x" b='y'>&`)).toBe('&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;');
});
