/** What becomes of a card that the store may know: a fresh record, the record that is on it, or nothing at all. */
import type { LineCard, LineRecord } from '../store/port.js';
import { reasonOf } from './reasons.js';
import type { Found } from './slot/state.js';

export interface Acquaintance {
  readonly batchId: string;
  readonly station: string;
  readonly card?: LineCard;
  /** The record of the card. */
  readonly record?: LineRecord;
  /** Another slot of this station works on a card with this identity. */
  readonly elsewhere?: string;
}

/** What a slot does with a card: see docs/line.md, "Cards that come again". */
export function judgeCard(known: Acquaintance): Found {
  const { card, record, elsewhere, batchId } = known;
  if (elsewhere !== undefined) {
    return { kind: 'refused', reason: reasonOf('DUPLICATE_CARD', `the other one is in ${elsewhere}`) };
  }
  if (card === undefined) return { kind: 'unknown' };
  if (card.state === 'good') return { kind: 'refused', reason: reasonOf('ALREADY_DONE') };
  if (card.state === 'scrapped') return { kind: 'refused', reason: reasonOf('SCRAPPED') };
  if (card.record === undefined || record === undefined) return { kind: 'unknown' };
  if (card.batchId !== batchId) {
    return { kind: 'refused', reason: reasonOf('DUPLICATE_CARD', `it belongs to batch ${card.batchId}`) };
  }
  return judgeRecord(known, record);
}

function judgeRecord({ card, station }: Acquaintance, record: LineRecord): Found {
  const atWork = record.state === 'reserved' || record.state === 'writing' || record.state === 'verified';
  if (atWork && record.station !== undefined && record.station !== station) {
    return { kind: 'refused', reason: reasonOf('DUPLICATE_CARD', `it is at work at ${record.station}`) };
  }
  if (record.cardId !== undefined && record.cardId !== card?.cardId) return { kind: 'unknown' };
  switch (record.state) {
    case 'reserved':
      return { kind: 'take-over', record: { number: record.number, begun: false, resumed: false } };
    case 'writing':
    case 'verified':
    case 'quarantined':
      return { kind: 'take-over', record: { number: record.number, begun: true, resumed: true } };
    case 'released':
      return { kind: 'refused', reason: reasonOf('ALREADY_DONE') };
    case 'failed':
    case 'void':
      return { kind: 'refused', reason: reasonOf('SCRAPPED') };
    case 'free':
      return { kind: 'unknown' };
  }
}
