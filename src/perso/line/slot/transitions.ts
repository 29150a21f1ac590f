/** Ways of a card through the slot that several events share. */
import type { Reason } from '../../store/port.js';
import { reasonOf } from '../reasons.js';
import type { After, OpenPurpose } from './state.js';
import type { Turn } from './turn.js';

/** What an operator asked for meanwhile goes before the next work on the card. */
export function grantWish(turn: Turn): boolean {
  const { wish } = turn.state;
  if (wish === undefined) return false;
  turn.forget('wish');
  if (wish.kind === 'scrap') giveUp(turn, wish.reason);
  else askAgain(turn);
  return true;
}

/** The card is opened to learn who it is. */
export function begin(turn: Turn): void {
  turn.forget('card', 'record', 'wish');
  turn.begin('inserted', { type: 'open', purpose: 'first' }, fresh('first'));
}

function fresh(purpose: OpenPurpose) {
  return { purpose, left: false, known: false, tries: 0 } as const;
}

/** Opens the card again, without power in between. */
export function reopen(turn: Turn, purpose: 'retry' | 'verify'): void {
  const { record } = turn.state;
  const state =
    purpose === 'verify'
      ? 'verifying'
      : record === undefined
        ? 'inserted'
        : record.begun
          ? 'writing'
          : 'bound';
  turn.begin(state, { type: 'open', purpose }, { purpose, left: false });
}

/** The card is to be put in again. */
export function askAgain(turn: Turn): void {
  turn.act({ type: 'abandon' });
  turn.begin('waiting', { type: 'reseat' }, { left: false });
}

/** A contact failure: power first, after the handler; after the last try the card is given up. */
export function retry(turn: Turn, reason: Reason): void {
  const { tries, rules } = turn.state;
  turn.set({ problem: reason });
  if (tries >= rules.contactRetries) {
    giveUp(turn, reason);
    return;
  }
  turn.set({ tries: tries + 1 });
  if (tries > 0) {
    askAgain(turn);
    return;
  }
  turn.act({ type: 'abandon' });
  reopen(turn, 'retry');
}

/** The card is bad: its record is free again while nothing was written, and failed for good after that. */
export function giveUp(turn: Turn, reason: Reason): void {
  const { record } = turn.state;
  turn.act({ type: 'abandon' });
  turn.set({ problem: reason });
  if (record === undefined) turn.store('bad', 'scrapped', 'bad', reason);
  else if (record.begun) turn.store('bad', 'failed', 'bad', reason);
  else turn.store('bad', 'freed-scrapped', 'bad', reason);
}

/** Nobody knows what the card holds, or where it is: the record waits for it and is never given out. */
export function quarantine(turn: Turn, reason: Reason, after: After): void {
  turn.act({ type: 'abandon' });
  turn.set({ problem: reason });
  turn.store('ambiguous', 'quarantined', after, reason);
}

/** The card left before it was done. */
export function gone(turn: Turn, reason: Reason = reasonOf('REMOVED')): void {
  const { record } = turn.state;
  turn.act({ type: 'abandon' });
  turn.set({ problem: reason });
  if (record === undefined) removed(turn);
  else if (record.begun) turn.store('ambiguous', 'quarantined', 'gone', reason);
  else turn.store('removed', 'freed', 'gone', reason);
}

/** The slot is free of its card. */
export function removed(turn: Turn): void {
  turn.forget('wish');
  turn.rest('removed');
  turn.act({ type: 'left' });
}

/** A card that is not for us, or not today. */
export function giveBack(turn: Turn, reason: Reason): void {
  turn.set({ problem: reason });
  if (turn.state.record === undefined) turn.store('bad', 'returned', 'returned', reason);
  else turn.store('bad', 'freed', 'returned', reason);
}

/** Another card than before is in the slot. */
export function swapped(turn: Turn): void {
  const { record } = turn.state;
  const reason = reasonOf('SWAPPED');
  if (record?.begun === true) {
    quarantine(turn, reason, 'bad');
    return;
  }
  turn.act({ type: 'abandon' });
  turn.set({ problem: reason });
  if (record === undefined) begin(turn);
  else turn.store('bound', 'freed', 'again', reason);
}

/** The slot stops; whatever card is in it waits untouched. */
export function halt(turn: Turn, problem: Reason): void {
  turn.act({ type: 'abandon' });
  turn.forget('card', 'record', 'wish');
  turn.rest('stopped', { problem, stopping: false });
  turn.act({ type: 'left' });
}

/** The slot takes the next card, or asks for one. */
export function goOn(turn: Turn): void {
  const { rules, failures, stopping, problem, present, exhausted } = turn.state;
  turn.forget('card', 'record', 'wish');
  const worn = rules.slotFailures > 0 && failures >= rules.slotFailures;
  if (worn || stopping) {
    const last = problem === undefined ? undefined : problem.message;
    turn.rest('stopped', {
      stopping: false,
      problem: worn ? reasonOf('SLOT_FAILURES', last) : (problem ?? reasonOf('OPERATOR')),
    });
  } else if (present) begin(turn);
  else if (exhausted) turn.rest('empty');
  else turn.begin('empty', { type: 'get' });
}
