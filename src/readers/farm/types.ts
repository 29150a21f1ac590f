/** What a farm tells of itself. Everything is plain data, and everything of a card is in it: judges read it. */
import type { CardImage } from '../../simulator/index.js';
import type { FarmFault } from './faults.js';

/** `out`: pulled out of its slot, in somebody's hand; `slot`: in it. */
export type FarmPlace = 'stack' | 'slot' | 'out' | 'good' | 'bad' | 'returned';

/** What a handler machine does with the card of a slot; `get` puts the next blank in, `stack` puts the card back under it. */
export type FarmMove = 'get' | 'good' | 'bad' | 'returned' | 'reseat' | 'stack';

/** One card, as it is now. */
export interface FarmCardView {
  readonly number: number;
  readonly profile: string;
  /** Hex, 42 octets. */
  readonly cplc: string;
  /** As printed; EF_ICCID may say something else by now. */
  readonly iccid?: string;
  readonly fault?: FarmFault;
  readonly place: FarmPlace;
  /** Where it is or was last. */
  readonly slot?: string;
  readonly insertions: number;
  readonly exchanges: number;
  /** Commands that change the card and that it took. */
  readonly updates: number;
  /** Milliseconds that a real card would have needed for all of it. */
  readonly cardTime: number;
  /** How many different values CHANGE PIN brought to each key reference (hex), since the farm began. */
  readonly newPins: Readonly<Record<string, number>>;
}

/** A card with everything that outlives power. */
export interface FarmCardDump extends FarmCardView {
  readonly image: CardImage;
}

/** One line of the log. */
export interface FarmLogEntry {
  /** From 1 without gaps. */
  readonly seq: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
  readonly card: number;
  readonly event:
    | 'inserted'
    | 'connected'
    | 'updated'
    | 'disconnected'
    | 'power-lost'
    | 'torn'
    | 'swapped'
    | 'reseated'
    | FarmPlace;
  readonly slot?: string;
  /** Of `disconnected`, `power-lost` and `torn`: what was done since the card was connected. */
  readonly exchanges?: number;
  readonly updates?: number;
}

export interface FarmStatus {
  readonly profile: string;
  readonly speed: number;
  readonly clients: number;
  readonly cards: Readonly<Record<FarmPlace, number>>;
  readonly slots: readonly { readonly slot: string; readonly card?: number; readonly inUse: boolean }[];
  readonly exchanges: number;
  /** Milliseconds of card time over all cards. */
  readonly cardTime: number;
  /** Seconds of processor time of the farm. */
  readonly cpu: number;
}
