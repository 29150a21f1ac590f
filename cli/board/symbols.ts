/** A shape beside every colour: the board is read on a grey screen, and by whoever sees no red and green. */
import type { LineMode, SlotState } from '../../src/perso/index.js';
import type { Colours } from '../context.js';

/** What is drawn with, for terminals with and without UTF-8. */
export interface Symbols {
  readonly slot: Readonly<Record<SlotState, string>>;
  readonly mode: Readonly<Record<LineMode, string>>;
  readonly bar: readonly [full: string, empty: string];
  readonly box: {
    readonly corner: readonly [string, string, string, string];
    readonly h: string;
    readonly v: string;
  };
  readonly good: string;
  readonly bad: string;
  readonly next: string;
  /** In place of what is cut off. */
  readonly more: string;
}

const UNICODE: Symbols = {
  slot: {
    empty: '·',
    inserted: '◇',
    bound: '◆',
    writing: '▶',
    verifying: '≡',
    good: '✓',
    bad: '✗',
    ambiguous: '?',
    removed: '↑',
    waiting: '!',
    stopped: '■',
  },
  mode: { running: '▶', paused: '‖', stopping: '▽', stopped: '■', done: '✓' },
  bar: ['█', '░'],
  box: { corner: ['┌', '┐', '└', '┘'], h: '─', v: '│' },
  good: '✓',
  bad: '✗',
  next: '→',
  more: '…',
};

const ASCII: Symbols = {
  slot: {
    empty: '.',
    inserted: 'o',
    bound: '@',
    writing: '>',
    verifying: '=',
    good: '+',
    bad: 'X',
    ambiguous: '?',
    removed: '^',
    waiting: '!',
    stopped: '#',
  },
  mode: { running: '>', paused: '"', stopping: 'v', stopped: '#', done: '+' },
  bar: ['#', '.'],
  box: { corner: ['+', '+', '+', '+'], h: '-', v: '|' },
  good: '+',
  bad: 'X',
  next: '->',
  more: '~',
};

/** By what the environment says of the terminal's characters. */
export function symbolsFor(env: Readonly<Record<string, string | undefined>>): Symbols {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) && env.TERM !== 'linux' ? UNICODE : ASCII;
}

type Paint = (text: string) => string;

/** The colour of a slot's state: yellow and magenta ask for somebody. */
export function paintOf(state: SlotState, colours: Colours): Paint {
  switch (state) {
    case 'good':
      return colours.green;
    case 'bad':
    case 'stopped':
      return colours.red;
    case 'ambiguous':
      return colours.magenta;
    case 'waiting':
      return colours.yellow;
    case 'bound':
    case 'writing':
    case 'verifying':
      return colours.cyan;
    case 'empty':
    case 'removed':
      return colours.dim;
    case 'inserted':
      return (text) => text;
  }
}

/** States in which a slot does nothing until somebody comes. */
export function needsSomebody(state: SlotState): boolean {
  return state === 'waiting' || state === 'ambiguous' || state === 'stopped' || state === 'bad';
}
