/** One step of the slot machine under construction: the state so far, and what it asks for. */
import type { Reason } from '../../store/port.js';
import type { SlotState } from '../events.js';
import type {
  After,
  Doing,
  NextSlot,
  Outcome,
  SlotAction,
  SlotMachine,
  SlotWork,
  StoreKind,
} from './state.js';

/** Members that come and go; a slot without a card has none of them. */
type Passing = 'card' | 'record' | 'wish';

/** Work that may be dropped at any moment: nothing of it is lost but time. */
const DROPPABLE: ReadonlySet<Doing> = new Set([
  'open',
  'look-up',
  'code',
  'prepare',
  'survey',
  'write',
  'verify',
  'await',
]);

export class Turn {
  readonly #actions: SlotAction[] = [];

  constructor(public state: SlotMachine) {}

  set(change: Partial<SlotMachine>): void {
    this.state = { ...this.state, ...change };
  }

  forget(...members: Passing[]): void {
    const rest: { -readonly [K in keyof SlotMachine]: SlotMachine[K] } = { ...this.state };
    for (const member of members) delete rest[member];
    this.state = rest;
  }

  act(action: SlotAction): void {
    this.#actions.push(action);
  }

  /** Begins the one activity that the machine waits for; an answer to the one before is dropped from here on. */
  begin(state: SlotState, work: SlotWork, change: Partial<SlotMachine> = {}): void {
    const ticket = this.state.ticket + 1;
    this.set({ ...change, state, doing: work.type, ticket });
    this.act({ ...work, ticket });
  }

  store(state: SlotState, kind: StoreKind, after: After, reason?: Reason): void {
    this.begin(state, { type: 'store', kind, ...(reason === undefined ? {} : { reason }) }, { after });
  }

  /** Waits for something that no activity brings. */
  rest(state: SlotState, change: Partial<SlotMachine> = {}): void {
    this.set({ ...change, state, doing: 'nothing', ticket: this.state.ticket + 1 });
  }

  get droppable(): boolean {
    return DROPPABLE.has(this.state.doing);
  }

  /** One card is done: counted against the slot. */
  report(outcome: Outcome, reason?: Reason): void {
    this.act({ type: 'report', outcome, ...(reason === undefined ? {} : { reason }) });
    if (outcome === 'good') this.set({ failures: 0 });
    if (outcome === 'bad' || outcome === 'ambiguous') this.set({ failures: this.state.failures + 1 });
  }

  done(): NextSlot {
    return { state: this.state, actions: this.#actions };
  }
}
