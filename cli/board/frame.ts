/** The whole board as lines: what the batch does above, the slots, what can be typed below. */
import type { LineView, SlotView } from '../../src/perso/index.js';
import { tileLayout } from './layout.js';
import { needsSomebody } from './symbols.js';
import { bar, cut, duration, ends, fill, grouped } from './text.js';
import { type TileStyle, tileLines } from './tile.js';
import { adviceOf } from './words.js';

export interface BoardFrame extends TileStyle {
  readonly view: LineView;
  readonly width: number;
  readonly height: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What is asked of the person, or an answer to the last key. */
  readonly prompt?: string;
  /** The last thing that happened, with its time. */
  readonly news?: string;
}

const KEYS = 'p pause  r re-seat  s scrap  c code  q stop';
const HEADER = 4;
const FOOTER = 3;

/** Every line of the screen, none wider than it. */
export function boardLines(frame: BoardFrame): string[] {
  const { width, height, view } = frame;
  const room = Math.max(1, height - HEADER - FOOTER);
  const tiles = tileRows(frame, room);
  const blank = Array.from({ length: Math.max(0, room - tiles.length) }, () => '');
  return [...headerLines(frame), ...tiles, ...blank, ...footerLines(frame, view)]
    .slice(0, height)
    .map((line) => (width < 20 ? cut(line, width) : line).replaceAll('…', frame.symbols.more));
}

function headerLines({ view, width, now, colours, symbols }: BoardFrame): string[] {
  const { batchId, station, mode, records, secondsLeft } = view;
  const total = Object.values(records).reduce((sum, count) => sum + count, 0) - records.void;
  const done = records.verified + records.released;
  const part = total === 0 ? 0 : done / total;
  const modeText = `${symbols.mode[mode]} ${mode.toUpperCase()}`;
  const paint = mode === 'running' ? colours.cyan : mode === 'done' ? colours.green : colours.yellow;
  const title = fill(`batch ${batchId}  station ${station}`, Math.max(0, width - modeText.length - 1));
  const apart = [
    `${grouped(done)} of ${grouped(total)} (${Math.floor(100 * part)} %)`,
    view.cardsPerHour > 0 ? `${grouped(view.cardsPerHour)} cards/h` : 'rate not known yet',
    view.yield === undefined ? 'no card yet' : `yield ${(100 * view.yield).toFixed(1)} %`,
    secondsLeft === undefined ? '' : `${duration(secondsLeft)} left`,
    `running ${duration((now - view.startedAt) / 1000)}`,
  ].filter((text) => text !== '');
  return [
    `${colours.bold(title)} ${paint(colours.bold(modeText))}`,
    fill(fitting(apart, width), width),
    bar(part, width, symbols.bar),
    reasonLine(view, width, colours.yellow),
  ];
}

/** As many of the texts as there is room for, the first ones first. */
function fitting(texts: readonly string[], width: number): string {
  let line = '';
  for (const text of texts) {
    const longer = line === '' ? text : `${line}   ${text}`;
    if (longer.length > width) break;
    line = longer;
  }
  return line;
}

function reasonLine({ reason, records }: LineView, width: number, paint: (text: string) => string): string {
  if (reason !== undefined) {
    const advice = adviceOf(reason);
    return paint(fill(`! ${reason.message}${advice === undefined ? '' : ` - ${advice}`}`, width));
  }
  const kept = [
    records.quarantined > 0 ? `${records.quarantined} quarantined` : '',
    records.failed > 0 ? `${records.failed} failed` : '',
  ].filter((text) => text !== '');
  return kept.length === 0 ? '' : paint(fill(`! records: ${kept.join(', ')}`, width));
}

function tileRows(frame: BoardFrame, room: number): string[] {
  const { view, width } = frame;
  if (view.slots.length === 0) return [fill('no readers yet: connect one, it joins by itself', width)];
  const layout = tileLayout(view.slots.length, width, room);
  const chosen = chooseShown(view.slots, layout.shown);
  const drawn = chosen.map(({ slot, number }) => tileLines(slot, number, layout, frame));
  const lines: string[] = [];
  for (let at = 0; at < drawn.length; at += layout.columns) {
    const row = drawn.slice(at, at + layout.columns);
    for (let line = 0; line < layout.height; line++) lines.push(row.map((tile) => tile[line]!).join(' '));
  }
  return lines;
}

/** All, or where there is no room those first that need somebody. */
function chooseShown(slots: readonly SlotView[], shown: number): { slot: SlotView; number: number }[] {
  const numbered = slots.map((slot, index) => ({ slot, number: index + 1 }));
  if (shown >= slots.length) return numbered;
  const urgent = numbered.filter(({ slot }) => needsSomebody(slot.state));
  const others = numbered.filter(({ slot }) => !needsSomebody(slot.state));
  return [...urgent, ...others].slice(0, shown).sort((a, b) => a.number - b.number);
}

function footerLines({ prompt, news, width, colours, symbols }: BoardFrame, { mode }: LineView): string[] {
  const keys = mode === 'paused' ? KEYS.replace('pause', 'go on') : KEYS;
  return [
    colours.dim(symbols.box.h.repeat(width)),
    fill(news ?? '', width),
    prompt === undefined ? colours.dim(ends(keys, '', width)) : colours.bold(fill(prompt, width)),
  ];
}
