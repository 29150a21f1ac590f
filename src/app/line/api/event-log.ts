/** The last events of a line, numbered, so that a client that was away gets what it missed. */
import type { LineControl } from '../../../perso/index.js';

/** One event as it goes over the wire. */
export interface LoggedEvent {
  /** `RUN-NUMBER`; the run tells this process from the one before. */
  readonly id: string;
  readonly name: string;
  /** JSON in one line. */
  readonly data: string;
}

/** Keeps the last events, and tells listeners of each. */
export class EventLog {
  readonly #run: string;
  readonly #capacity: number;
  readonly #events: LoggedEvent[] = [];
  readonly #listeners = new Set<(event: LoggedEvent) => void>();
  readonly #unsubscribe: () => void;
  #last = 0;

  /** @param run unlike that of any other process @param capacity events that are kept */
  constructor(control: Pick<LineControl, 'subscribe'>, run: string, capacity: number) {
    this.#run = run;
    this.#capacity = capacity;
    this.#unsubscribe = control.subscribe((event) => this.#add(event.type, JSON.stringify(event)));
  }

  /** Of the last event, 0 before the first. */
  get lastId(): string {
    return `${this.#run}-${this.#last}`;
  }

  /** What came after an event; undefined where that is not known any more: the client has to begin anew. */
  since(id: string): readonly LoggedEvent[] | undefined {
    const [, run, digits] = /^(.+)-(\d{1,15})$/.exec(id) ?? [];
    const missed = this.#last - Number(digits);
    if (run !== this.#run || !(missed >= 0 && missed <= this.#events.length)) return undefined;
    return missed === 0 ? [] : this.#events.slice(-missed);
  }

  listen(listener: (event: LoggedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  #add(name: string, data: string): void {
    const event = { id: `${this.#run}-${++this.#last}`, name, data };
    this.#events.push(event);
    // in one piece now and then: shifting each time would cost as much as all the rest
    if (this.#events.length >= 2 * this.#capacity) this.#events.splice(0, this.#capacity);
    for (const listener of this.#listeners) listener(event);
  }
}
