/** What the keys mean: one letter an action, a slot's number where it needs one. A core without terminal. */
import type { LineMode, Reason } from '../../src/perso/index.js';
import { SCRAP_CHOICES } from './words.js';

/** What is being typed. */
export type KeyState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'slot'; readonly for: 'reseat' | 'scrap' | 'scan'; readonly digits: string }
  | { readonly kind: 'reason'; readonly slot: number }
  | { readonly kind: 'code'; readonly slot: number; readonly code: string }
  | { readonly kind: 'stop' };

export type KeyAction =
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' }
  | { readonly type: 'interrupt' }
  /** `slot` counts from 1, in the order of the tiles. */
  | { readonly type: 'reseat'; readonly slot: number }
  | { readonly type: 'scrap'; readonly slot: number; readonly reason: Reason }
  | { readonly type: 'scan'; readonly slot: number; readonly code: string };

export interface KeyStep {
  readonly state: KeyState;
  readonly action?: KeyAction;
}

export const IDLE: KeyState = { kind: 'idle' };
/** A scanned code is no novel. */
const LONGEST_CODE = 64;
const ENTER = ['\r', '\n'];
const ERASE = ['\u0008', '\u007f'];

/** The keys in what a terminal sent; arrows and other sequences are left out, a lone ESC stays. */
export function keysIn(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences of function keys begin with ESC
  return [...text.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.)/g, '')];
}

/** Takes one key. @param slots how many there are: below ten a digit needs no Enter */
export function nextKey(state: KeyState, key: string, line: { slots: number; mode: LineMode }): KeyStep {
  if (key === '\u0003') return { state: IDLE, action: { type: 'interrupt' } };
  if (key === '\u001b') return { state: IDLE };
  switch (state.kind) {
    case 'idle':
      return idle(key, line.mode);
    case 'slot':
      return slotNumber(state, key, line.slots);
    case 'reason': {
      const reason = SCRAP_CHOICES[Number(key) - 1];
      if (!/^[1-9]$/.test(key) || reason === undefined) return { state };
      return { state: IDLE, action: { type: 'scrap', slot: state.slot, reason } };
    }
    case 'code':
      return scanned(state, key);
    case 'stop':
      return key.toLowerCase() === 'y' ? { state: IDLE, action: { type: 'stop' } } : { state: IDLE };
  }
}

function idle(key: string, mode: LineMode): KeyStep {
  switch (key.toLowerCase()) {
    case ' ':
    case 'p':
      return { state: IDLE, action: { type: mode === 'paused' ? 'resume' : 'pause' } };
    case 'r':
      return { state: { kind: 'slot', for: 'reseat', digits: '' } };
    case 's':
      return { state: { kind: 'slot', for: 'scrap', digits: '' } };
    case 'c':
      return { state: { kind: 'slot', for: 'scan', digits: '' } };
    case 'q':
      return { state: { kind: 'stop' } };
    default:
      return { state: IDLE };
  }
}

function slotNumber(state: Extract<KeyState, { kind: 'slot' }>, key: string, slots: number): KeyStep {
  if (ERASE.includes(key)) return { state: { ...state, digits: state.digits.slice(0, -1) } };
  const digits = /^\d$/.test(key) ? (state.digits + key).slice(0, 3) : state.digits;
  const isDone = ENTER.includes(key) || (slots < 10 && digits !== '');
  if (!isDone || digits === '') return { state: { ...state, digits } };
  const slot = Number(digits);
  if (state.for === 'scrap') return { state: { kind: 'reason', slot } };
  if (state.for === 'scan') return { state: { kind: 'code', slot, code: '' } };
  return { state: IDLE, action: { type: 'reseat', slot } };
}

function scanned(state: Extract<KeyState, { kind: 'code' }>, key: string): KeyStep {
  if (ERASE.includes(key)) return { state: { ...state, code: state.code.slice(0, -1) } };
  if (!ENTER.includes(key)) {
    return { state: { ...state, code: key < ' ' ? state.code : (state.code + key).slice(0, LONGEST_CODE) } };
  }
  if (state.code === '') return { state };
  return { state: IDLE, action: { type: 'scan', slot: state.slot, code: state.code } };
}

/** What the person is asked while keys are typed. */
export function promptOf(state: KeyState): string | undefined {
  switch (state.kind) {
    case 'idle':
      return undefined;
    case 'slot': {
      const what = { reseat: 'put in again', scrap: 'give up', scan: 'name by a code' }[state.for];
      return `${what}: which slot? ${state.digits}_   (Esc: none)`;
    }
    case 'reason': {
      const list = SCRAP_CHOICES.map(
        ({ code }, index) => `${index + 1} ${code.toLowerCase().replace('_', ' ')}`,
      ).join('  ');
      return `slot ${state.slot}, why? ${list}   (Esc: not)`;
    }
    case 'code':
      return `slot ${state.slot}, code: ${state.code}_   (Enter; Esc: none)`;
    case 'stop':
      return 'stop the line? Cards in work are finished first. y / n';
  }
}
