/** Who moves cards: a person, hook commands, a handler machine, or simulated readers. */
import type { Reason } from '../store/port.js';

export interface HandlerCard {
  readonly slot: string;
  readonly record?: number;
  readonly iccid?: string;
}

/** Each promise resolves when the move is asked for or made; that a card came is told by the readers. */
export interface CardHandler {
  /** Puts the next blank into an empty slot; `false` when there are no more. */
  get(slot: string): Promise<boolean>;
  /** Moves the card to the good bin. */
  good(card: HandlerCard): Promise<void>;
  /** Moves the card to the bin of the rejected ones. */
  bad(card: HandlerCard & { readonly reason: Reason }): Promise<void>;
  /** Takes the card out and puts it in again. `false` if this handler cannot. */
  reseat(slot: string): Promise<boolean>;
}
