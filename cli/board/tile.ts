/** One slot of the board: its state as a word, a shape and a colour, its card, its step, and what is wrong. */
import type { SlotView } from '../../src/perso/index.js';
import type { Colours } from '../context.js';
import type { Layout } from './layout.js';
import { paintOf, type Symbols } from './symbols.js';
import { bar, cut, ends, fill, wrap } from './text.js';
import { adviceOf } from './words.js';

export interface TileStyle {
  readonly colours: Colours;
  readonly symbols: Symbols;
}

/** The lines of a tile, each exactly as wide as the layout says. `number` is what the operator types. */
export function tileLines(slot: SlotView, number: number, layout: Layout, style: TileStyle): string[] {
  switch (layout.size) {
    case 'large':
      return large(slot, number, layout.width, style);
    case 'middle':
      return middle(slot, number, layout.width, style);
    case 'small':
      return [small(slot, number, layout.width, style)];
  }
}

function large(slot: SlotView, number: number, width: number, { colours, symbols }: TileStyle): string[] {
  const { box } = symbols;
  const paint = paintOf(slot.state, colours);
  const inner = width - 4;
  const edge = (text: string, left: string, right: string): string => {
    const label = cut(text, width - 6);
    return paint(
      `${left}${box.h} ${label} ${box.h.repeat(Math.max(0, width - 5 - [...label].length))}${right}`,
    );
  };
  const side = paint(box.v);
  const row = (text: string): string => `${side} ${text} ${side}`;
  const [problem = '', advice = '', more = ''] = problemLines(slot, inner, symbols, 2);
  const [first, second] =
    slot.step === undefined ? [problem, advice] : [stepLine(slot, inner, symbols), problem];
  return [
    edge(`${number}  ${slot.slot}`, box.corner[0], box.corner[1]),
    row(colours.bold(paint(ends(stateText(slot, symbols), recordText(slot), inner)))),
    row(fill(slot.iccid ?? '', inner)),
    row(fill(first, inner)),
    row(fill(second, inner)),
    row(fill(slot.step === undefined ? more : advice, inner)),
    edge(countText(slot, symbols), box.corner[2], box.corner[3]),
  ];
}

function middle(slot: SlotView, number: number, width: number, { colours, symbols }: TileStyle): string[] {
  const paint = paintOf(slot.state, colours);
  const rule = `${symbols.box.h} ${cut(slot.slot, width - 4)} `;
  const [problem = '', advice = ''] = problemLines(slot, width, symbols, 1);
  const card = slot.iccid ?? countText(slot, symbols);
  return [
    paint(rule + symbols.box.h.repeat(Math.max(0, width - [...rule].length))),
    colours.bold(paint(ends(`${number} ${stateText(slot, symbols)}`, recordText(slot), width))),
    fill(slot.step === undefined ? problem || card : stepLine(slot, width, symbols), width),
    fill(slot.step === undefined ? (problem === '' ? '' : advice || card) : problem || card, width),
  ];
}

function small(slot: SlotView, number: number, width: number, { colours, symbols }: TileStyle): string {
  const told = slot.step === undefined ? (slot.problem?.message ?? '') : `${percent(slot)} %`;
  const state = `${String(number).padStart(2)} ${symbols.slot[slot.state]} ${slot.state}`;
  return paintOf(slot.state, colours)(fill(told === '' ? state : `${fill(state, 14)} ${told}`, width));
}

function stateText({ state }: SlotView, symbols: Symbols): string {
  return `${symbols.slot[state]} ${state.toUpperCase()}`;
}

function recordText({ record }: SlotView): string {
  return record === undefined ? '' : `record ${record}`;
}

function countText({ good, bad }: SlotView, symbols: Symbols): string {
  return `${symbols.good} ${good}  ${symbols.bad} ${bad}`;
}

function stepLine(slot: SlotView, width: number, symbols: Symbols): string {
  const { name, index, total } = slot.step!;
  const count = ` ${Math.min(index + 1, total)}/${total} `;
  const room = Math.max(4, Math.floor(width / 3));
  const label = fill(name, Math.max(4, Math.min([...name].length, width - room - count.length)));
  const left = width - [...label].length - count.length;
  return `${label}${count}${left > 0 ? bar(percent(slot) / 100, left, symbols.bar) : ''}`;
}

function percent({ step }: SlotView): number {
  if (step === undefined || step.total === 0) return 0;
  return Math.floor((100 * step.index) / step.total);
}

/** What is wrong first, then what to do. */
function problemLines({ problem }: SlotView, width: number, symbols: Symbols, most: number): string[] {
  if (problem === undefined) return [];
  const advice = adviceOf(problem);
  const words = wrap(`${symbols.bad} ${problem.message}`, width, advice === undefined ? most + 1 : 1);
  return advice === undefined ? words : [...words, ...wrap(`${symbols.next} ${advice}`, width, most)];
}
