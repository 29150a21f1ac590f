/** What a failed activity does to the slot: try again, give the card up, set the record aside, or stop. */
import { assertNever } from '../assert-never.js';
import { reasonOf } from '../reasons.js';
import type { Failure } from './state.js';
import { giveUp, gone, halt, quarantine, removed, reopen, retry } from './transitions.js';
import type { Turn } from './turn.js';

export function takeFailure(turn: Turn, failure: Failure): void {
  switch (turn.state.doing) {
    case 'get':
    case 'move':
      // The card, if there is one, is where it was; its record's state in the store says the rest.
      halt(turn, reasonOf('HANDLER', failure.reason.message));
      break;
    case 'reseat':
      reopen(turn, 'retry');
      break;
    case 'claim':
    case 'store':
      if (failure.kind === 'conflict') lost(turn, failure);
      else halt(turn, failure.reason);
      break;
    default:
      workFailed(turn, failure);
  }
}

function workFailed(turn: Turn, { kind, reason }: Failure): void {
  const { record, doing } = turn.state;
  switch (kind) {
    case 'contact':
      retry(turn, reason);
      break;
    case 'gone':
      left(turn, { kind, reason });
      break;
    case 'card':
      giveUp(turn, reason);
      break;
    case 'data':
      if (doing !== 'prepare') giveUp(turn, reason);
      else if (record?.begun === true) quarantine(turn, reason, 'bad');
      else {
        turn.set({ problem: reason });
        turn.act({ type: 'record-refused', reason });
        turn.store('bound', 'refused', 'next-record', reason);
      }
      break;
    case 'not-repeatable':
      quarantine(turn, reason, 'bad');
      break;
    case 'conflict':
      lost(turn, { kind, reason });
      break;
    case 'line':
      stopped(turn, { kind, reason });
      break;
    default:
      assertNever(kind);
  }
}

/** The reader says that the card is gone; whether the watch told so or not, it is looked for again. */
function left(turn: Turn, { reason }: Failure): void {
  const { tries, rules, purpose } = turn.state;
  turn.set({ present: false, left: true });
  if (turn.state.doing === 'open' && purpose === 'retry' && tries < rules.contactRetries) {
    turn.act({ type: 'abandon' });
    turn.begin('waiting', { type: 'await' }, { tries: tries + 1, problem: reason });
  } else gone(turn, reason);
  turn.act({ type: 'look' });
}

/** The record is another's by now: nothing is told to the store, and the card goes out. */
function lost(turn: Turn, { reason }: Failure): void {
  turn.act({ type: 'abandon' });
  turn.set({ problem: reason });
  turn.forget('record', 'wish');
  turn.report('ambiguous', reason);
  if (turn.state.left) removed(turn);
  else turn.begin('ambiguous', { type: 'move', to: 'bad', reason });
}

/** No card is at fault: the slot stops, and nothing of the batch is lost. */
function stopped(turn: Turn, { reason }: Failure): void {
  const { record } = turn.state;
  if (record === undefined) halt(turn, reason);
  else if (record.begun) quarantine(turn, reason, 'stop');
  else {
    turn.act({ type: 'abandon' });
    turn.set({ problem: reason });
    turn.store('bound', 'freed', 'stop', reason);
  }
}
