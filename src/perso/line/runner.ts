/** One slot: carries out what its machine asks for, and tells the machine what came of it. */
import type { Reason } from '../store/port.js';
import { CardRun } from './card-run.js';
import { LineChannel } from './channel.js';
import type { LineContext, Slot } from './context.js';
import type { CardReport, SlotView } from './events.js';
import { failureOf, reasonFrom } from './failures.js';
import { nextSlot } from './slot/next.js';
import {
  newSlot,
  type Outcome,
  type SlotAction,
  type SlotAnswer,
  type SlotEvent,
  type SlotMachine,
  type SlotRules,
} from './slot/state.js';
import { cardWork } from './slot-work.js';

type Ticketed = Extract<SlotAction, { ticket: number }>;

export class SlotRunner implements Slot {
  machine: SlotMachine;
  run: CardRun;
  plugged = false;
  parked: Ticketed | undefined;
  #channel: LineChannel | undefined;
  #closing: Promise<unknown> = Promise.resolve();
  #abort = new AbortController();
  #deadline = Number.POSITIVE_INFINITY;
  #expire: () => void = () => undefined;
  readonly #events: SlotEvent[] = [];
  #delivering = false;
  #step: SlotView['step'];
  #good = 0;
  #bad = 0;
  #since: number;

  constructor(
    readonly name: string,
    readonly context: LineContext,
    private readonly rules: SlotRules,
  ) {
    this.machine = newSlot(rules);
    this.run = this.newRun();
    this.#since = context.now();
  }

  /** Events are taken one after the other, also those that come while one is taken. */
  deliver(event: SlotEvent): void {
    this.#events.push(event);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.take(next);
    } finally {
      this.#delivering = false;
    }
  }

  private take(event: SlotEvent): void {
    const before = this.machine;
    const { state, actions } = nextSlot(before, event);
    this.machine = state;
    if (state.state !== before.state) {
      this.#since = this.context.now();
      this.#step = undefined;
    }
    for (const action of actions) this.perform(action);
    if (state.state !== before.state || state.problem !== before.problem) this.context.changed(this);
    if (state.doing === 'nothing' && before.doing !== 'nothing') this.context.rests(this);
  }

  private perform(action: SlotAction): void {
    switch (action.type) {
      case 'note':
        this.note(action);
        break;
      case 'abandon':
        this.abandon();
        break;
      case 'report':
        this.report(action.outcome, action.reason);
        break;
      case 'record-refused':
        this.context.refused(this, action.reason);
        break;
      case 'left':
        this.leave();
        break;
      case 'look':
        this.look();
        break;
      case 'get':
        this.parked = action;
        this.context.admit(this);
        break;
      case 'open':
        if (action.purpose === 'first') {
          this.parked = action;
          this.context.admit(this);
        } else this.begin(action);
        break;
      default:
        this.begin(action);
    }
  }

  admitted(): void {
    const action = this.parked;
    this.parked = undefined;
    if (action === undefined || action.ticket !== this.machine.ticket) return;
    if (action.type === 'open') {
      this.run.wipe();
      this.run = this.newRun();
      this.context.release(this);
    }
    this.begin(action);
  }

  private begin(action: Ticketed): void {
    const abort = new AbortController();
    this.#abort = abort;
    this.guard(action);
    cardWork(this, action, abort.signal).then(
      (answer) => this.answer(action.ticket, answer),
      (error) => this.answer(action.ticket, { type: 'failed', failure: failureOf(error) }),
    );
  }

  private answer(ticket: number, answer: SlotAnswer): void {
    if (ticket !== this.machine.ticket) return;
    this.#deadline = Number.POSITIVE_INFINITY;
    this.deliver({ ...answer, ticket });
  }

  /** A step of the card has its time; a person or the store has not. */
  private guard(action: Ticketed): void {
    switch (action.type) {
      case 'open':
      case 'survey':
      case 'write':
      case 'verify':
        this.#expire = () => this.answer(action.ticket, this.lateAnswer());
        this.extend();
        break;
      case 'look-up':
        // Its card is read only where nothing but its content tells who it is; then it has its time.
        this.#expire = () => this.answer(action.ticket, this.lateAnswer());
        this.#deadline = Number.POSITIVE_INFINITY;
        break;
      case 'await':
        this.#expire = () => this.answer(action.ticket, { type: 'waited' });
        this.#deadline = this.context.monotonic() + this.context.reseatMs;
        break;
      default:
        this.#deadline = Number.POSITIVE_INFINITY;
    }
  }

  private lateAnswer(): SlotAnswer {
    const reason = this.context.late(this.#step?.name ?? this.machine.doing);
    return { type: 'failed', failure: { kind: 'contact', reason } };
  }

  extend(step?: SlotView['step']): void {
    this.#deadline = this.context.monotonic() + this.context.stepTimeoutMs;
    if (step === undefined) return;
    this.#step = step;
    this.context.changed(this);
  }

  /** Told from time to time. */
  tick(now: number): void {
    if (now >= this.#deadline) {
      this.#deadline = Number.POSITIVE_INFINITY;
      this.#expire();
    }
  }

  async connect(signal: AbortSignal): Promise<LineChannel> {
    await this.shut();
    signal.throwIfAborted();
    const opened = await this.context.readers.connect(this.name, { signal });
    const channel = new LineChannel(opened, () => {
      this.run.exchanges++;
    });
    if (signal.aborted) {
      void channel.close().catch(() => undefined);
      signal.throwIfAborted();
    }
    this.#channel = channel;
    return channel;
  }

  get channel(): LineChannel {
    if (this.#channel === undefined) throw new TypeError(`no card is open in ${this.name}`);
    return this.#channel;
  }

  async shut(): Promise<void> {
    this.drop();
    await this.#closing;
  }

  private drop(): void {
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel === undefined) return;
    channel.revoke();
    const closed = channel.close().catch(() => undefined);
    this.#closing = Promise.all([this.#closing, closed]);
  }

  private abandon(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#abort.abort();
    this.drop();
  }

  private note({ kind, reason }: Extract<SlotAction, { type: 'note' }>): void {
    const { run } = this;
    run
      .tell(() => this.context.store(this, run, kind, reason))
      .catch((error: unknown) => this.context.note(`${this.name}: ${reasonFrom(error).message}`));
  }

  private report(outcome: Outcome, reason: Reason | undefined): void {
    const { run } = this;
    if (outcome === 'good') this.#good++;
    else if (outcome !== 'returned') this.#bad++;
    run.timings.total = Math.round(this.context.monotonic() - run.startedAt);
    const { record, identity } = run;
    const card: CardReport = {
      slot: this.name,
      ...(record === undefined ? {} : { record: record.number }),
      ...(identity?.id === undefined ? {} : { cardId: identity.id }),
      ...(identity?.iccid === undefined ? {} : { iccid: identity.iccid }),
      outcome,
      ...(reason === undefined ? {} : { reason }),
      timings: { ...run.timings },
      exchanges: run.exchanges,
      at: this.context.now(),
    };
    this.context.report(this, card);
  }

  private leave(): void {
    this.drop();
    this.context.release(this);
    this.run.wipe();
    this.context.left(this);
    this.deliver({ type: 'next' });
  }

  private look(): void {
    this.context.readers.list().then(
      (list) => {
        const found = list.find(({ name }) => name === this.name);
        const there = found !== undefined && found.card !== 'absent';
        if (there && !this.machine.present) this.deliver({ type: 'card-in' });
      },
      (error: unknown) => this.context.note(`${this.name}: ${reasonFrom(error).message}`),
    );
  }

  /** Nothing runs any more, nothing reaches the card: for the end, or until the line starts anew. */
  freeze(problem: Reason): void {
    this.abandon();
    this.parked = undefined;
    this.run.wipe();
    this.context.release(this);
    const { present, ticket } = this.machine;
    this.machine = { ...newSlot(this.rules), state: 'stopped', present, ticket: ticket + 1, problem };
    this.context.changed(this);
  }

  /** The line ends: the card stays where it is, without power. */
  finish(): void {
    this.abandon();
    this.run.wipe();
  }

  /** Whether the slot has something to bring to its end before the line may end. */
  get busy(): boolean {
    if (this.parked !== undefined) return false;
    const { doing } = this.machine;
    return doing !== 'nothing' && doing !== 'code' && doing !== 'get';
  }

  view(): SlotView {
    const { machine, run } = this;
    const iccid = run.identity?.iccid;
    const record = run.record?.number;
    const inWork = machine.card !== undefined;
    return {
      slot: this.name,
      state: machine.state,
      ...(inWork && record !== undefined ? { record } : {}),
      ...(inWork && iccid !== undefined ? { iccid } : {}),
      ...(this.#step === undefined ? {} : { step: this.#step }),
      ...(machine.problem === undefined ? {} : { problem: machine.problem }),
      good: this.#good,
      bad: this.#bad,
      since: this.#since,
    };
  }

  private newRun(): CardRun {
    return new CardRun(this.context.monotonic(), this.context.monotonic);
  }
}
