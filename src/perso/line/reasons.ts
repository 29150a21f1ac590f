/** Why a card or record is where it is: codes of the line's own; codes of errors stand beside them. */
import type { Reason } from '../store/port.js';

const REASONS = {
  WRONG_ATR: 'the answer to reset is none that the job expects',
  ALREADY_DONE: 'the card is personalized already; it was not touched',
  SCRAPPED: 'the card was scrapped before; it was not touched',
  DUPLICATE_CARD:
    'another card with this identity is at work, or holds the record already; it was not touched',
  FOREIGN_CONTENT: 'the card holds what no step of this job puts there; nothing was written',
  BLANK_AGAIN:
    'octets of the record may be on another card with this identity, and this one is blank; it was not touched',
  NO_RECORD: 'no record is left, or none is free for this card; nothing was written',
  REMOVED: 'the card left the slot before it was done',
  SWAPPED: 'another card than before is in the slot',
  DIFFERENT: 'what was read back differs from what was ordered',
  TIMEOUT: 'a step took longer than the job allows; card or reader did not answer',
  OPERATOR: 'given up by an operator',
  HANDLER: 'the handler did not move the card',
  SLOT_FAILURES: 'too many bad cards in a row in this slot',
  CONSECUTIVE_FAILURES: 'too many bad cards in a row',
  YIELD_FLOOR: 'too few cards become good',
  WRONG_ATR_RULE: 'too many cards of another kind',
  KEY_MISMATCH: 'the keys of too many cards are not the expected ones',
  STATION_DOWN: 'the station ended while the card was being written',
  NOT_IN_SLOT: 'verified before the station ended, and no longer in its slot',
  RECORD_DATA: 'the record cannot become a card of this job',
} as const;

type ReasonCode = keyof typeof REASONS;

/** A reason by its code, in plain words; `more` goes behind a colon. */
export function reasonOf(code: ReasonCode, more?: string): Reason {
  return { code, message: more === undefined ? REASONS[code] : `${REASONS[code]}: ${more}` };
}
