/** What a slot tells the store becomes one transaction: record, card and journal together, or nothing. */
import type { JournalEvent, LineCard, LineRecord, LineStep, Reason, RecordChange } from '../store/port.js';
import { assertNever } from './assert-never.js';
import type { StoreKind } from './slot/state.js';

/** What a step is made from. */
export interface StepFacts {
  readonly batchId: string;
  readonly station: string;
  readonly slot: string;
  readonly now: number;
  /** As the store gave it last. */
  readonly record?: LineRecord;
  readonly cardId?: string;
  readonly iccid?: string;
  /** The store knew the card before it came. */
  readonly known: boolean;
  readonly reason?: Reason;
  /** Values drawn for the record; with `writing` and `resumed`. */
  readonly drawn?: Readonly<Record<string, string>>;
  /** With `verified`. */
  readonly evidence?: string;
  readonly data?: JournalEvent['data'];
}

type Change = Omit<RecordChange, 'batchId' | 'number' | 'revision'>;

/** The transaction for what a slot tells. */
export function lineStep(kind: StoreKind, facts: StepFacts): LineStep {
  switch (kind) {
    case 'writing':
    case 'resumed':
      return step(facts, {
        change: { state: 'writing', ...place(facts), ...drawn(facts), reason: null },
        card: 'bound',
        events: [event(facts, `record.${kind}`)],
      });
    case 'verified':
      return step(facts, {
        change: { state: 'verified', ...(facts.evidence === undefined ? {} : { evidence: facts.evidence }) },
        events: [event(facts, 'record.verified', facts.data)],
      });
    case 'released':
      return step(facts, {
        change: { state: 'released', reason: facts.reason ?? null },
        card: 'good',
        events: [event(facts, 'record.released')],
      });
    case 'freed':
      return step(facts, {
        change: FREE,
        card: 'returned',
        events: [event(facts, 'record.freed'), event(facts, 'card.returned')],
      });
    case 'freed-scrapped':
      return step(facts, {
        change: FREE,
        card: 'scrapped',
        events: [event(facts, 'record.freed'), event(facts, 'card.scrapped')],
      });
    case 'refused':
      return step(facts, {
        change: { state: 'quarantined', cardId: null, reason: facts.reason ?? null },
        card: 'returned',
        events: [event(facts, 'record.quarantined')],
      });
    case 'quarantined':
      return step(facts, {
        change: { state: 'quarantined', reason: facts.reason ?? null },
        events: [event(facts, 'record.quarantined', facts.data)],
      });
    case 'failed':
      return step(facts, {
        change: { state: 'failed', reason: facts.reason ?? null },
        card: 'scrapped',
        events: [event(facts, 'record.failed', facts.data), event(facts, 'card.scrapped')],
      });
    case 'scrapped':
      return step(facts, { card: 'scrapped', events: [event(facts, 'card.scrapped')] });
    case 'returned':
      return step(facts, {
        // What the store knows of the card stays as it is.
        ...(facts.known ? {} : { card: 'returned' as const }),
        events: [event(facts, 'card.returned')],
      });
    default:
      return assertNever(kind);
  }
}

const FREE: Change = { state: 'free', station: null, slot: null, cardId: null, reason: null };

function place(facts: StepFacts): Change {
  const { station, slot, cardId } = facts;
  return { station, slot, ...(cardId === undefined ? {} : { cardId }) };
}

/** Once per record and generation: what is there is never drawn again. */
function drawn({ record, drawn: values }: StepFacts): Change {
  return record?.drawn !== undefined || values === undefined ? {} : { drawn: values };
}

interface Parts {
  readonly change?: Change;
  readonly card?: LineCard['state'];
  readonly events: readonly JournalEvent[];
}

function step(facts: StepFacts, { change, card, events }: Parts): LineStep {
  const { record, cardId } = facts;
  return {
    ...(change === undefined || record === undefined
      ? {}
      : {
          record: {
            batchId: record.batchId,
            number: record.number,
            revision: record.revision,
            ...change,
          },
        }),
    ...(card === undefined || cardId === undefined ? {} : { card: cardOf(facts, cardId, card) }),
    events,
  };
}

function cardOf(facts: StepFacts, cardId: string, state: LineCard['state']): LineCard {
  const { batchId, record, reason, now } = facts;
  return {
    cardId,
    batchId,
    // A card that goes back as it came belongs to no record.
    ...(record === undefined || state === 'returned' ? {} : { record: record.number }),
    state,
    ...(reason === undefined ? {} : { reason }),
    changedAt: now,
  };
}

function event(facts: StepFacts, type: string, data?: JournalEvent['data']): JournalEvent {
  const { batchId, record, cardId, slot, reason } = facts;
  return {
    type,
    batchId,
    ...(record === undefined ? {} : { record: record.number }),
    ...(cardId === undefined ? {} : { cardId }),
    slot,
    ...(reason === undefined ? {} : { reason }),
    ...(data === undefined ? {} : { data }),
  };
}
