/** A line as plain lines, one per event: for logs, pipes and terminals without a cursor. */
import type { CardReport, LineEvent, LineView } from '../../src/perso/index.js';
import type { Colours } from '../context.js';
import { needsSomebody, type Symbols } from './symbols.js';
import { duration, grouped, plainText } from './text.js';
import { adviceOf } from './words.js';

export interface LineStyle {
  readonly colours: Colours;
  readonly symbols: Symbols;
}

/** One event in words; undefined for changes of a slot that ask nothing of anybody, unless all are wanted. */
export function eventLine(event: LineEvent, style: LineStyle, all: boolean): string | undefined {
  const time = new Date(event.at).toISOString().slice(11, 19);
  const text = eventText(event, style, all);
  return text === undefined ? undefined : `${time} ${plainText(text)}`;
}

function eventText(event: LineEvent, { symbols }: LineStyle, all: boolean): string | undefined {
  switch (event.type) {
    case 'card':
      return cardText(event.card, symbols);
    case 'line':
      return `${symbols.mode[event.mode]} line ${event.mode}${event.reason === undefined ? '' : `: ${withAdvice(event.reason)}`}`;
    case 'note':
      return `  ${event.message}`;
    case 'slot': {
      const { slot, state, problem, step, record } = event.slot;
      if (!all && (!needsSomebody(state) || state === 'bad')) return undefined;
      const told = [
        `${symbols.slot[state]} ${slot}: ${state}`,
        record === undefined ? '' : `record ${record}`,
        step === undefined ? '' : `${step.name} ${Math.min(step.index + 1, step.total)}/${step.total}`,
        problem === undefined || !needsSomebody(state) ? '' : withAdvice(problem),
      ];
      return told.filter((part) => part !== '').join(', ');
    }
  }
}

function cardText(card: CardReport, symbols: Symbols): string {
  const { slot, record, iccid, outcome, reason, timings } = card;
  const mark =
    outcome === 'good'
      ? symbols.good
      : outcome === 'ambiguous'
        ? '?'
        : outcome === 'bad'
          ? symbols.bad
          : symbols.next;
  const seconds = timings.total === undefined ? '' : `${(timings.total / 1000).toFixed(1)} s`;
  const told = [
    `${mark} ${slot}: ${outcome}`,
    record === undefined ? '' : `record ${record}`,
    iccid ?? '',
    seconds,
    reason === undefined ? '' : withAdvice(reason),
  ];
  return told.filter((part) => part !== '').join(', ');
}

function withAdvice(reason: { readonly code: string; readonly message: string }): string {
  const advice = adviceOf(reason);
  return advice === undefined ? reason.message : `${reason.message} (${advice})`;
}

/** How a line ended, in words. */
export function endText(view: LineView, now: number): string {
  const { records, mode, cardsPerHour } = view;
  const total = Object.values(records).reduce((sum, count) => sum + count, 0) - records.void;
  const open = [
    ['free', 'not begun'],
    ['reserved', 'reserved'],
    ['writing', 'in writing'],
    ['quarantined', 'quarantined'],
    ['failed', 'failed'],
  ] as const;
  const rest = open
    .filter(([state]) => records[state] > 0)
    .map(([state, word]) => `${grouped(records[state])} ${word}`);
  return [
    `batch ${view.batchId}: ${mode}, ${grouped(records.released + records.verified)} of ${grouped(total)} records done`,
    ...(rest.length === 0 ? [] : [rest.join(', ')]),
    `${duration((now - view.startedAt) / 1000)}${cardsPerHour > 0 ? `, ${grouped(cardsPerHour)} cards/h` : ''}`,
  ].join('; ');
}
