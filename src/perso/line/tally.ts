/** Records and cards by state, as this station knows them: read at the start, then carried on with its own writes. */
import {
  type CardCounts,
  type LineRecord,
  type LineStep,
  RECORD_STATES,
  type RecordCounts,
  type RecordState,
} from '../store/port.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Tally {
  #records = Object.fromEntries(RECORD_STATES.map((state) => [state, 0])) as RecordCounts;
  #cards: Writable<CardCounts> = { bound: 0, good: 0, scrapped: 0, returned: 0 };

  /** What the store counted; other stations' work is in it too. */
  refresh(counts: { readonly records: RecordCounts; readonly cards: CardCounts }): void {
    this.#records = { ...counts.records };
    this.#cards = { ...counts.cards };
  }

  /** A write of this station. */
  moved(before: RecordState | undefined, after: LineRecord | undefined, step?: LineStep): void {
    if (before !== undefined && after !== undefined && before !== after.state) {
      const { [before]: left, [after.state]: more } = this.#records;
      this.#records = { ...this.#records, [before]: left - 1, [after.state]: more + 1 };
    }
    const state = step?.card?.state;
    if (state === undefined || state === 'bound') return;
    this.#cards[state]++;
    if (before !== undefined && before !== 'free') this.#cards.bound--;
  }

  /** A free record became a card's. */
  claimed(record: LineRecord): void {
    this.moved('free', record);
    if (record.cardId !== undefined) this.#cards.bound++;
  }

  get records(): RecordCounts {
    return this.#records;
  }

  get cards(): CardCounts {
    return { ...this.#cards };
  }
}
