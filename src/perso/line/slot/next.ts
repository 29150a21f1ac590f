/** The slot machine: one reader, one card after the other. Pure: no clock, no reader, no store. */
import { assertNever } from '../assert-never.js';
import { expectsAnswer, takeAnswer } from './answers.js';
import type { NextSlot, SlotEvent, SlotMachine, Wish } from './state.js';
import { askAgain, begin, giveUp, gone, goOn, removed, reopen } from './transitions.js';
import { Turn } from './turn.js';

/**
 * What an event does to a slot. Every event has an outcome in every state; what does not fit changes nothing. The
 * actions are carried out in their order; each with a ticket is answered by an event with that ticket.
 *
 * @example
 * const empty = newSlot({ contactRetries: 2, slotFailures: 0, scanned: false });
 * nextSlot(empty, { type: 'card-in' }).actions // → [{ type: 'open', purpose: 'first', ticket: 1 }]
 */
export function nextSlot(state: SlotMachine, event: SlotEvent): NextSlot {
  const turn = new Turn(state);
  handle(turn, event);
  return turn.done();
}

function handle(turn: Turn, event: SlotEvent): void {
  switch (event.type) {
    case 'card-in':
      cardIn(turn);
      break;
    case 'card-out':
      cardOut(turn);
      break;
    case 'next':
      if (turn.state.state === 'removed' && turn.state.doing === 'nothing') goOn(turn);
      break;
    case 'wake':
      wake(turn);
      break;
    case 'scan':
      if (turn.state.doing === 'code') turn.begin('inserted', { type: 'claim', code: event.code });
      break;
    case 'reseat':
    case 'scrap':
      wished(turn, event.type === 'reseat' ? { kind: 'reseat' } : { kind: 'scrap', reason: event.reason });
      break;
    case 'stop':
      turn.set({ stopping: true, problem: event.reason });
      if (turn.state.state === 'empty') turn.rest('stopped', { stopping: false });
      break;
    case 'start':
      start(turn);
      break;
    default:
      if (expectsAnswer(turn.state, event.type, event.ticket)) takeAnswer(turn, event);
  }
}

function cardIn(turn: Turn): void {
  const { state, doing, left } = turn.state;
  turn.set({ present: true });
  if (state === 'empty') begin(turn);
  else if (doing === 'await' && left) reopen(turn, 'retry');
}

function cardOut(turn: Turn): void {
  const { state, doing, purpose } = turn.state;
  turn.set({ present: false, left: true });
  switch (doing) {
    case 'open':
      if (purpose === 'retry') {
        // Put in again a moment later than the handler said: the card is on its way.
        turn.act({ type: 'abandon' });
        turn.begin('waiting', { type: 'await' });
        break;
      }
      gone(turn);
      break;
    case 'look-up':
    case 'code':
    case 'prepare':
    case 'survey':
    case 'write':
    case 'verify':
      gone(turn);
      break;
    case 'nothing':
      if (state === 'good' || state === 'bad' || state === 'ambiguous') removed(turn);
      break;
    case 'get':
    case 'claim':
    case 'store':
    case 'move':
    case 'reseat':
    case 'await':
      break;
    default:
      assertNever(doing);
  }
}

function wake(turn: Turn): void {
  const { state, doing, present } = turn.state;
  if (state !== 'empty' || doing !== 'nothing') return;
  if (present) begin(turn);
  else turn.begin('empty', { type: 'get' }, { exhausted: false });
}

/** At once where nothing is lost by it, else as soon as the store has answered. */
function wished(turn: Turn, wish: Wish): void {
  const { doing, after, card } = turn.state;
  // Until the store has said whose card it is, nobody knows what a wish would end.
  const isAsked = doing === 'look-up' && card?.id !== undefined;
  if (turn.droppable && !isAsked) {
    if (wish.kind === 'scrap') giveUp(turn, wish.reason);
    else askAgain(turn);
  } else if (
    doing === 'claim' ||
    isAsked ||
    (doing === 'store' && (after === 'write' || after === 'verify' || after === 'good'))
  ) {
    turn.set({ wish });
  }
}

function start(turn: Turn): void {
  turn.set({ stopping: false });
  if (turn.state.state !== 'stopped') return;
  turn.set({ failures: 0, exhausted: false });
  goOn(turn);
}
