/** What the answer to an activity does to the slot. */
import type { CardIdentity } from '../../work/port.js';
import { assertNever } from '../assert-never.js';
import { reasonOf } from '../reasons.js';
import { takeFailure } from './failure.js';
import type { Doing, SlotAnswer, SlotMachine, SlotRecord } from './state.js';
import {
  begin,
  giveBack,
  giveUp,
  gone,
  grantWish,
  halt,
  quarantine,
  removed,
  reopen,
  swapped,
} from './transitions.js';
import type { Turn } from './turn.js';

/** Which answers an activity may have; any other is dropped. */
const ANSWERS: Readonly<Record<Doing, readonly SlotAnswer['type'][]>> = {
  nothing: [],
  get: ['got', 'failed'],
  open: ['opened', 'wrong-atr', 'failed'],
  'look-up': ['looked-up', 'failed'],
  code: [],
  claim: ['claimed', 'not-claimed', 'failed'],
  prepare: ['prepared', 'failed'],
  survey: ['surveyed', 'failed'],
  store: ['stored', 'failed'],
  write: ['written', 'failed'],
  verify: ['verified', 'failed'],
  move: ['moved', 'failed'],
  reseat: ['reseated', 'failed'],
  await: ['waited'],
};

export function takeAnswer(turn: Turn, answer: SlotAnswer): void {
  switch (answer.type) {
    case 'got':
      turn.rest('empty', { exhausted: !answer.more });
      break;
    case 'opened':
      opened(turn, answer.card);
      break;
    case 'wrong-atr':
      if (turn.state.card !== undefined) swapped(turn);
      else {
        turn.set({ problem: answer.reason });
        turn.store('bad', 'returned', 'bad', answer.reason);
      }
      break;
    case 'looked-up':
      lookedUp(turn, answer);
      break;
    case 'claimed':
      claimed(turn, answer.record);
      break;
    case 'not-claimed':
      notClaimed(turn, answer);
      break;
    case 'prepared':
      turn.begin('bound', { type: 'survey' });
      break;
    case 'surveyed':
      surveyed(turn, answer);
      break;
    case 'stored':
      stored(turn);
      break;
    case 'written':
      reopen(turn, 'verify');
      break;
    case 'verified':
      if (answer.problem === undefined) turn.store('verifying', 'verified', 'good');
      else giveUp(turn, answer.problem);
      break;
    case 'moved':
      moved(turn);
      break;
    case 'reseated':
      reseated(turn, answer.done);
      break;
    case 'waited':
      if (turn.state.present) reopen(turn, 'retry');
      else gone(turn);
      break;
    case 'failed':
      takeFailure(turn, answer.failure);
      break;
    default:
      assertNever(answer);
  }
}

/** The same chip, as far as cards of this kind can tell; its files may have changed meanwhile. */
function sameCard(before: CardIdentity, now: CardIdentity): boolean {
  if (before.id !== undefined || now.id !== undefined) return before.id === now.id;
  return before.atr === now.atr && before.cplc === now.cplc;
}

function opened(turn: Turn, card: CardIdentity): void {
  const { purpose, record } = turn.state;
  const before = turn.state.card;
  if (before !== undefined && !sameCard(before, card)) {
    swapped(turn);
    return;
  }
  if (before === undefined) turn.set({ card });
  if (record === undefined) turn.begin('inserted', { type: 'look-up' });
  else if (purpose === 'verify') turn.begin('verifying', { type: 'verify' });
  else turn.begin(record.begun ? 'writing' : 'bound', { type: 'survey' });
}

function lookedUp(turn: Turn, { found }: SlotAnswer & { type: 'looked-up' }): void {
  switch (found.kind) {
    case 'unknown':
      if (!grantWish(turn)) nextRecord(turn);
      break;
    case 'take-over':
      turn.set({ record: found.record, known: true });
      if (!grantWish(turn)) turn.begin('bound', { type: 'prepare' });
      break;
    case 'refused':
      turn.forget('wish');
      turn.set({ known: true });
      giveBack(turn, found.reason);
      break;
    default:
      assertNever(found);
  }
}

function nextRecord(turn: Turn): void {
  if (!turn.state.rules.scanned) {
    turn.begin('inserted', { type: 'claim' });
    return;
  }
  turn.rest('waiting');
  turn.set({ doing: 'code' });
}

function claimed(turn: Turn, number: number): void {
  turn.set({ record: { number, begun: false, resumed: false } });
  if (turn.state.left) gone(turn);
  else if (!grantWish(turn)) turn.begin('bound', { type: 'prepare' });
}

function notClaimed(turn: Turn, { reason, taken }: SlotAnswer & { type: 'not-claimed' }): void {
  if (taken) turn.set({ known: true });
  if (turn.state.left) removed(turn);
  else if (grantWish(turn)) return;
  else if (turn.state.rules.scanned) {
    turn.set({ problem: reason });
    nextRecord(turn);
  } else giveBack(turn, reason);
}

function surveyed(turn: Turn, { content, marked = false }: SlotAnswer & { type: 'surveyed' }): void {
  const record = turn.state.record as SlotRecord;
  if (content === 'foreign') {
    const reason = reasonOf('FOREIGN_CONTENT');
    if (record.begun) quarantine(turn, reason, 'bad');
    else giveBack(turn, reason);
  } else if (record.resumed && content === 'blank' && marked) {
    quarantine(turn, reasonOf('BLANK_AGAIN'), 'bad');
  } else if (!record.begun) turn.store('bound', 'writing', 'write');
  else if (record.resumed) turn.store('bound', 'resumed', content === 'complete' ? 'verify' : 'write');
  else if (content === 'complete') reopen(turn, 'verify');
  else turn.begin('writing', { type: 'write' });
}

/** The store acknowledged: only now may the card see what depends on it. */
function stored(turn: Turn): void {
  const { after, left, state, problem } = turn.state;
  switch (after) {
    case 'write':
    case 'verify':
      started(turn);
      if (left) gone(turn);
      else if (grantWish(turn)) return;
      else if (after === 'write') turn.begin('writing', { type: 'write' });
      else reopen(turn, 'verify');
      break;
    case 'good':
      if (left) gone(turn);
      else if (!grantWish(turn)) turn.begin('good', { type: 'move', to: 'good' });
      break;
    case 'bad':
      turn.report(state === 'ambiguous' ? 'ambiguous' : 'bad', problem);
      moveOut(turn);
      break;
    case 'returned':
      turn.report('returned', problem);
      moveOut(turn);
      break;
    case 'gone':
      turn.report(state === 'ambiguous' ? 'ambiguous' : 'returned', problem);
      removed(turn);
      break;
    case 'next-record':
      turn.forget('record');
      if (left) removed(turn);
      else if (!grantWish(turn)) nextRecord(turn);
      break;
    case 'again':
      if (left) removed(turn);
      else begin(turn);
      break;
    case 'stop':
      halt(turn, problem ?? reasonOf('OPERATOR'));
      break;
    default:
      assertNever(after);
  }
}

function started(turn: Turn): void {
  const record = turn.state.record as SlotRecord;
  turn.set({ record: { ...record, begun: true, resumed: false } });
}

function moveOut(turn: Turn): void {
  const { left, state, problem } = turn.state;
  turn.forget('wish');
  if (left) removed(turn);
  else turn.begin(state, { type: 'move', to: 'bad', ...(problem === undefined ? {} : { reason: problem }) });
}

function moved(turn: Turn): void {
  const { state, left } = turn.state;
  if (state === 'good') {
    turn.act({ type: 'note', kind: 'released' });
    turn.report('good');
  }
  if (left) removed(turn);
  else turn.rest(state);
}

function reseated(turn: Turn, done: boolean): void {
  const { left, present } = turn.state;
  if (!done || (left && present)) reopen(turn, 'retry');
  else turn.begin('waiting', { type: 'await' });
}

/** Whether a machine waits for this answer. */
export function expectsAnswer(state: SlotMachine, type: SlotAnswer['type'], ticket: number): boolean {
  return ticket === state.ticket && ANSWERS[state.doing].includes(type);
}
