/** What the entries of all stations say of records and cards, and what they must never say. */
import type { JournalEvent, RecordState } from '../store/port.js';

/** From which states an entry may follow, and the state after it. */
const LEGAL: Readonly<Record<string, { readonly from: readonly RecordState[]; readonly to: RecordState }>> = {
  'record.reserved': { from: ['free'], to: 'reserved' },
  'record.writing': { from: ['reserved', 'writing', 'quarantined'], to: 'writing' },
  'record.resumed': { from: ['reserved', 'writing', 'verified', 'quarantined'], to: 'writing' },
  'record.verified': { from: ['writing'], to: 'verified' },
  'record.released': { from: ['verified'], to: 'released' },
  'record.freed': { from: ['reserved'], to: 'free' },
  'record.quarantined': { from: ['reserved', 'writing', 'verified', 'quarantined'], to: 'quarantined' },
  'record.failed': { from: ['writing', 'verified', 'quarantined'], to: 'failed' },
  'record.void': { from: ['free'], to: 'void' },
  'remake.approved': {
    from: ['writing', 'verified', 'released', 'quarantined', 'failed', 'void'],
    to: 'free',
  },
};
/** From these on octets of the record may be on the card. */
const ON_CARD = new Set(['record.writing', 'record.resumed', 'record.verified', 'record.released']);

interface Known {
  readonly state: RecordState;
  readonly card?: string;
}

/** A rule that an entry breaks. */
export interface Broken {
  readonly code: 'ORDER_OF_STATES' | 'TWO_CARDS' | 'TWO_RECORDS';
  readonly message: string;
}

/** Follows every record and card through the entries of all stations. */
export class RecordStates {
  readonly #records = new Map<string, Known>();
  /** The record that is, or may be, on a card. */
  readonly #cards = new Map<string, string>();

  /** Records that an entry told of. */
  get size(): number {
    return this.#records.size;
  }

  take({ type, batchId = '', record, cardId }: JournalEvent): Broken[] {
    const legal = Object.hasOwn(LEGAL, type) ? LEGAL[type] : undefined;
    if (legal === undefined || record === undefined) return [];
    const name = `${batchId}/${record}`;
    const { state, card: before } = this.#records.get(name) ?? { state: 'free' };
    const broken: Broken[] = [];
    const tell = (code: Broken['code'], message: string): unknown => broken.push({ code, message });
    if (!legal.from.includes(state))
      tell('ORDER_OF_STATES', `record ${name} was ${state}: ${type} cannot follow`);
    if (ON_CARD.has(type) && cardId !== undefined) {
      const other = this.#cards.get(cardId);
      if (other !== undefined && other !== name)
        tell('TWO_RECORDS', `card ${cardId} has record ${other} already, and gets ${name}`);
      if (before !== undefined && before !== cardId)
        tell('TWO_CARDS', `record ${name} is on card ${before} already, and gets card ${cardId}`);
      if (other === undefined) this.#cards.set(cardId, name);
    }
    const card = legal.to === 'free' ? undefined : ON_CARD.has(type) ? (cardId ?? before) : before;
    this.#records.set(name, { state: legal.to, ...(card === undefined ? {} : { card }) });
    return broken;
  }
}
