/** What is drawn, looked at as text: no colours, every width. */
import pc from 'picocolors';
import { boardLines } from '../../cli/board/frame.js';
import { tileLayout } from '../../cli/board/layout.js';
import { symbolsFor } from '../../cli/board/symbols.js';
import type { SlotState, SlotView } from '../../src/perso/index.js';
import { lineView, slotView } from '../support/fakeLine.js';

const STATES: readonly SlotState[] = [
  'empty',
  'inserted',
  'bound',
  'writing',
  'verifying',
  'good',
  'bad',
  'ambiguous',
  'removed',
  'waiting',
  'stopped',
];
const colours = pc.createColors(false);
const unicode = symbolsFor({ LANG: 'en_US.UTF-8' });

function draw(slots: readonly SlotView[], width: number, height: number, symbols = unicode): string[] {
  return boardLines({ view: lineView(slots), width, height, now: 600_000, colours, symbols });
}

const busy = slotView('Virtual PCD 00 00', {
  state: 'writing',
  record: 1_205,
  iccid: '89490200001234567890',
  step: { name: 'bootstrap', index: 2, total: 4 },
  good: 301,
});
const torn = slotView('Virtual PCD 00 01', {
  state: 'waiting',
  record: 1_206,
  iccid: '89490200001234567891',
  problem: { code: 'READER_CARD_REMOVED', message: 'the card was taken out while it was written' },
  good: 299,
  bad: 2,
});

test('a board of two slots', () => {
  expect(draw([busy, torn], 90, 16).map((line) => line.trimEnd())).toMatchInlineSnapshot(`
[
  "batch spring  station s1                                                         ▶ RUNNING",
  "1,204 of 10,000 (12 %)   4,780 cards/h   yield 99.2 %   1 h 51 min left   running 10 min",
  "███████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░",
  "",
  "┌─ 1  Virtual PCD 00 00 ───────────────────┐ ┌─ 2  Virtual PCD 00 01 ───────────────────┐",
  "│ ▶ WRITING                    record 1205 │ │ ! WAITING                    record 1206 │",
  "│ 89490200001234567890                     │ │ 89490200001234567891                     │",
  "│ bootstrap 3/4 █████████████░░░░░░░░░░░░░ │ │ ✗ the card was taken out while it was w… │",
  "│                                          │ │ → Insert the card again and repeat the   │",
  "│                                          │ │ whole operation; inspect the card first… │",
  "└─ ✓ 301  ✗ 0 ─────────────────────────────┘ └─ ✓ 299  ✗ 2 ─────────────────────────────┘",
  "",
  "",
  "──────────────────────────────────────────────────────────────────────────────────────────",
  "",
  "p pause  r re-seat  s scrap  c code  q stop",
]
`);
});

test('the same without UTF-8', () => {
  const text = draw([busy, torn], 90, 16, symbolsFor({ LANG: 'C' })).join('\n');
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  expect(text).toContain('> WRITING');
});

test('each state has a shape and a word of its own in every size', () => {
  for (const symbols of [unicode, symbolsFor({})]) {
    expect(new Set(Object.values(symbols.slot)).size).toBe(STATES.length);
    for (const [width, height] of [
      [200, 60],
      [100, 22],
      [40, 18],
    ] as const) {
      for (const state of STATES) {
        const text = draw(
          STATES.map((_, at) => slotView(`r${at}`, { state })),
          width,
          height,
          symbols,
        ).join('\n');
        expect(text.toLowerCase()).toContain(`${symbols.slot[state]} ${state}`.toLowerCase());
      }
    }
  }
});

test.each([
  [1, 80, 24, 'large'],
  [2, 80, 24, 'large'],
  [4, 120, 30, 'large'],
  [8, 80, 24, 'middle'],
  [16, 120, 40, 'middle'],
  [32, 200, 50, 'large'],
  [64, 120, 40, 'small'],
  [64, 80, 24, 'small'],
] as const)(
  '%i slots on %i × %i are %s tiles, all there, none over the edge',
  (count, width, height, size) => {
    expect(tileLayout(count, width, height - 7).size).toBe(size);
    const slots = Array.from({ length: count }, (_, at) => slotView(`Reader ${at}`, { state: 'verifying' }));
    const lines = draw(slots, width, height);
    expect(lines).toHaveLength(height);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
    expect(lines.join('\n').match(/verifying/gi)).toHaveLength(count);
  },
);

test('where not all slots fit, those that need somebody are seen, under their own numbers', () => {
  const slots = Array.from({ length: 64 }, (_, at) =>
    slotView(`Reader ${at}`, { state: at === 50 ? 'ambiguous' : 'writing' }),
  );
  const lines = draw(slots, 32, 12);
  expect(lines).toHaveLength(12);
  expect(lines.join('\n')).toContain('51 ? ambiguous');
});

test('no size of a terminal breaks it', () => {
  for (const width of [1, 5, 19, 33, 80, 300]) {
    for (const height of [1, 4, 9, 24, 100]) {
      const lines = draw([busy, torn], width, height);
      expect(lines.length).toBeLessThanOrEqual(Math.max(height, 1));
      for (const line of lines) expect([...line].length).toBeLessThanOrEqual(Math.max(width, 1));
    }
  }
});

test('words from outside cannot move the cursor', () => {
  const nasty = slotView('evil\u001b[2J\u0007', {
    state: 'bad',
    problem: { code: 'X', message: 'a\u001b]0;title\u0007b\r\nc\u202e' },
  });
  expect(draw([nasty], 80, 24).join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('a stopped line says why and what to do', () => {
  const view = lineView([busy], {
    mode: 'stopped',
    reason: { code: 'READER_CARD_REMOVED', message: '5 bad cards in a row' },
  });
  const text = boardLines({ view, width: 120, height: 24, now: 0, colours, symbols: unicode }).join('\n');
  expect(text).toContain('■ STOPPED');
  expect(text).toMatch(/! 5 bad cards in a row - .{10}/);
});
