/** The slot machine alone: every event in every state, and what must never happen whatever comes. */
import { ok } from 'node:assert/strict';
import fc from 'fast-check';
import {
  newSlot,
  nextSlot,
  type SlotAction,
  type SlotAnswer,
  type SlotEvent,
  type SlotMachine,
  type SlotRules,
} from '../../src/perso/index.js';

const RULES: SlotRules = { contactRetries: 2, slotFailures: 3, scanned: false };
const REASON = { code: 'X', message: 'x' };
const CARD = { atr: '3b00', id: 'a' };
const OTHER = { atr: '3b00', id: 'b' };

const ANSWERS: readonly SlotAnswer[] = [
  { type: 'got', more: true },
  { type: 'got', more: false },
  { type: 'opened', card: CARD },
  { type: 'opened', card: OTHER },
  { type: 'wrong-atr', reason: REASON },
  { type: 'looked-up', found: { kind: 'unknown' } },
  { type: 'looked-up', found: { kind: 'refused', reason: REASON } },
  { type: 'looked-up', found: { kind: 'take-over', record: { number: 7, begun: false, resumed: false } } },
  { type: 'looked-up', found: { kind: 'take-over', record: { number: 8, begun: true, resumed: true } } },
  { type: 'claimed', record: 1 },
  { type: 'not-claimed', reason: REASON, taken: true },
  { type: 'prepared' },
  { type: 'surveyed', content: 'blank' },
  { type: 'surveyed', content: 'partial' },
  { type: 'surveyed', content: 'complete' },
  { type: 'surveyed', content: 'foreign' },
  { type: 'stored' },
  { type: 'written' },
  { type: 'verified' },
  { type: 'verified', problem: REASON },
  { type: 'moved' },
  { type: 'reseated', done: true },
  { type: 'reseated', done: false },
  { type: 'waited' },
  ...(['contact', 'gone', 'card', 'data', 'not-repeatable', 'conflict', 'line'] as const).map(
    (kind): SlotAnswer => ({ type: 'failed', failure: { kind, reason: REASON } }),
  ),
];

const OUTSIDE: readonly SlotEvent[] = [
  { type: 'card-in' },
  { type: 'card-out' },
  { type: 'next' },
  { type: 'wake' },
  { type: 'scan', code: '1' },
  { type: 'reseat' },
  { type: 'scrap', reason: REASON },
  { type: 'stop', reason: REASON },
  { type: 'start' },
];

const TOLD_WHEN = new Set(['bound', 'writing', 'verifying', 'bad', 'ambiguous', 'removed']);

const events = (state: SlotMachine): SlotEvent[] => [
  ...OUTSIDE,
  ...ANSWERS.map((answer) => ({ ...answer, ticket: state.ticket })),
];

/** What tells two machines apart for the table: what an activity does not look at is left out. */
function shape(machine: SlotMachine): string {
  const { state, doing, present, left, purpose, after, card, known, record, tries, wish, stopping } = machine;
  const worn = machine.failures >= machine.rules.slotFailures;
  const rest = [worn, stopping, machine.exhausted, wish?.kind, known].map(String);
  return [
    ...[state, doing, present, left, card?.id, record?.begun, record?.resumed, tries].map(String),
    ...[doing === 'open' ? purpose : '', doing === 'store' ? after : ''],
    ...rest,
  ].join(' ');
}

/** Every machine that can be reached from an empty slot. */
function reachable(rules: SlotRules): SlotMachine[] {
  const seen = new Map<string, SlotMachine>();
  const queue = [newSlot(rules)];
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    const key = shape(state);
    if (seen.has(key)) continue;
    seen.set(key, state);
    for (const event of events(state)) queue.push(nextSlot(state, event).state);
  }
  return [...seen.values()];
}

const stores = (actions: readonly SlotAction[]) =>
  actions.flatMap((action) => (action.type === 'store' || action.type === 'note' ? [action.kind] : []));

describe.each([
  ['next free record', RULES],
  ['a scanned code', { ...RULES, scanned: true }],
])('every event in every state that can be reached: %s', (_, rules) => {
  const states = reachable(rules);

  test('all states are among them', () => {
    const found = new Set(states.map(({ state }) => state));
    expect([...found].sort()).toEqual(
      [
        'ambiguous',
        'bad',
        'bound',
        'empty',
        'good',
        'inserted',
        'removed',
        'stopped',
        'verifying',
        'waiting',
        'writing',
      ].sort(),
    );
    expect(states.length).toBeGreaterThan(100);
  });

  test('an outcome each: one activity at most, told to the store only where there is something to tell', () => {
    for (const state of states) {
      for (const event of events(state)) {
        const { state: after, actions } = nextSlot(state, event);
        const begun = actions.filter((action) => 'ticket' in action);
        ok(begun.length <= 1);
        const [action] = begun;
        if (action !== undefined)
          ok(action.ticket === after.ticket && action.type === after.doing && after.ticket > state.ticket);
        else if (after.ticket !== state.ticket) ok(after.doing === 'nothing' || after.doing === 'code');
        for (const kind of stores(actions))
          ok(kind === 'released' ? after.state !== 'bad' : TOLD_WHEN.has(after.state));
      }
    }
  });

  test('an answer to an earlier activity changes nothing', () => {
    for (const state of states) {
      for (const answer of ANSWERS) {
        const { state: after, actions } = nextSlot(state, { ...answer, ticket: state.ticket - 1 });
        ok(after === state && actions.length === 0);
      }
    }
  });

  test('the card leaving is always noticed, and never leaves a written record free', () => {
    for (const state of states) {
      const { state: after, actions } = nextSlot(state, { type: 'card-out' });
      ok(!after.present);
      if (state.record?.begun === true) ok(stores(actions).every((kind) => kind === 'quarantined'));
    }
  });

  test('contact is tried again so often as the job says, then the card is bad', () => {
    for (const start of states.filter(({ doing, tries }) => doing === 'survey' && tries === 0)) {
      const { state, actions } = drive(start, ['contact', 'reopen', 'contact', 'reseat', 'contact']);
      expect(state.state).toBe('bad');
      expect(stores(actions)).toEqual([start.record?.begun ? 'failed' : 'freed-scrapped']);
    }
  });
});

function drive(start: SlotMachine, script: readonly ('contact' | 'reopen' | 'reseat')[]) {
  let state = start;
  const actions: SlotAction[] = [];
  const give = (event: SlotAnswer) => {
    const next = nextSlot(state, { ...event, ticket: state.ticket });
    state = next.state;
    actions.push(...next.actions);
  };
  for (const what of script) {
    if (what === 'contact') give({ type: 'failed', failure: { kind: 'contact', reason: REASON } });
    else {
      if (what === 'reseat') {
        expect(state.doing).toBe('reseat');
        give({ type: 'reseated', done: false });
      }
      expect(state).toMatchObject({ doing: 'open', purpose: 'retry' });
      give({ type: 'opened', card: start.card! });
      expect(state.doing).toBe('survey');
    }
  }
  return { state, actions };
}

/** What a store and a card would know, fed by the machine's actions alone. */
class Model {
  state = newSlot(RULES);
  /** State of each record in the store. */
  readonly records = new Map<number, string>();
  claims = 0;
  /** Record that the store binds to the card in the slot. */
  bound: number | undefined;
  pending: SlotAction | undefined;
  verifiedNow = false;

  take(event: SlotEvent): void {
    const fits = 'ticket' in event && event.ticket === this.state.ticket;
    if (fits && event.type === 'stored') this.commit();
    if (fits && event.type === 'claimed' && this.state.doing === 'claim') {
      this.records.set(event.record, 'reserved');
      this.bound = event.record;
    }
    if (fits && event.type === 'looked-up' && this.state.doing === 'look-up') this.known(event);
    if (fits && event.type === 'verified' && this.state.doing === 'verify')
      this.verifiedNow = event.problem === undefined;
    const { state, actions } = nextSlot(this.state, event);
    this.state = state;
    for (const action of actions) this.check(action);
  }

  private known({ found }: SlotAnswer & { type: 'looked-up' }): void {
    if (found.kind !== 'take-over') return;
    const { number, begun } = found.record;
    this.records.set(number, begun ? 'quarantined' : 'reserved');
    this.bound = number;
  }

  private check(action: SlotAction): void {
    const record = this.bound === undefined ? undefined : this.records.get(this.bound);
    switch (action.type) {
      case 'claim':
        expect(this.state.record).toBeUndefined();
        break;
      case 'write':
        expect(record).toBe('writing');
        expect(this.state.present || this.state.left).toBeDefined();
        break;
      case 'store':
        this.pending = action;
        if (action.kind === 'verified') expect(this.verifiedNow).toBe(true);
        if (action.kind === 'freed' || action.kind === 'freed-scrapped' || action.kind === 'refused')
          expect(record).toBe('reserved');
        if (action.kind === 'failed') expect(['writing', 'quarantined', 'verified']).toContain(record);
        break;
      case 'note':
        expect(action.kind).toBe('released');
        expect(record).toBe('verified');
        this.records.set(this.bound!, 'released');
        break;
      case 'survey':
      case 'verify':
        this.verifiedNow = false;
        expect(['reserved', 'writing', 'quarantined']).toContain(record);
        break;
      case 'move':
        if (action.to === 'good') expect(record).toBe('verified');
        break;
      default:
        break;
    }
  }

  private commit(): void {
    const action = this.pending;
    this.pending = undefined;
    if (action?.type !== 'store' || this.bound === undefined) return;
    const states: Record<string, string> = {
      writing: 'writing',
      resumed: 'writing',
      verified: 'verified',
      freed: 'free',
      'freed-scrapped': 'free',
      refused: 'quarantined',
      quarantined: 'quarantined',
      failed: 'failed',
    };
    const state = states[action.kind];
    if (state === undefined) return;
    this.records.set(this.bound, state);
    if (state === 'free' || action.kind === 'refused') this.bound = undefined;
  }
}

/** Answers that fit are drawn far more often than others, so that cards get far. */
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('fits' as const), pick: fc.nat(1000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('outside' as const), pick: fc.nat(OUTSIDE.length - 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('stale' as const), pick: fc.nat(ANSWERS.length - 1) }),
  },
);

const FITS: Readonly<Record<string, readonly SlotAnswer['type'][]>> = {
  get: ['got'],
  open: ['opened', 'wrong-atr', 'failed'],
  'look-up': ['looked-up', 'failed'],
  claim: ['claimed', 'not-claimed', 'failed'],
  prepare: ['prepared', 'failed'],
  survey: ['surveyed', 'failed'],
  store: ['stored'],
  write: ['written', 'failed'],
  verify: ['verified', 'failed'],
  move: ['moved', 'failed'],
  reseat: ['reseated'],
  await: ['waited'],
};

function choose(
  model: Model,
  { kind, pick }: { kind: 'fits' | 'outside' | 'stale'; pick: number },
): SlotEvent {
  const { doing, ticket } = model.state;
  if (kind === 'stale') return { ...ANSWERS[pick]!, ticket: ticket - 1 };
  const fitting = ANSWERS.filter(({ type }) => FITS[doing]?.includes(type) === true);
  if (kind === 'outside' || fitting.length === 0) {
    const idle: readonly SlotEvent[] = [
      { type: 'card-in' },
      { type: 'card-out' },
      { type: 'next' },
      ...OUTSIDE,
    ];
    return idle[pick % idle.length]!;
  }
  const answer = fitting[pick % fitting.length]!;
  // A record is given out once; the store sees to that.
  if (answer.type === 'claimed') return { type: 'claimed', record: 100 + model.claims++, ticket };
  if (answer.type === 'looked-up' && answer.found.kind === 'take-over') {
    const record = { ...answer.found.record, number: 10_000 + model.claims++ };
    return { type: 'looked-up', found: { kind: 'take-over', record }, ticket };
  }
  return { ...answer, ticket };
}

test('whatever happens: written only what is durably writing, verified only what passed, released only what is verified', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), (steps) => {
      const model = new Model();
      for (const each of steps) model.take(choose(model, each));
    }),
    { numRuns: 3000 },
  );
});

test('a good card needs no more than these activities', () => {
  const model = new Model();
  const done: string[] = [];
  model.take({ type: 'card-in' });
  const answers: SlotAnswer[] = [
    { type: 'opened', card: CARD },
    { type: 'looked-up', found: { kind: 'unknown' } },
    { type: 'claimed', record: 1 },
    { type: 'prepared' },
    { type: 'surveyed', content: 'blank' },
    { type: 'stored' },
    { type: 'written' },
    { type: 'opened', card: CARD },
    { type: 'verified' },
    { type: 'stored' },
    { type: 'moved' },
  ];
  for (const answer of answers) {
    done.push(model.state.doing);
    model.take({ ...answer, ticket: model.state.ticket });
  }
  expect(done.join(' ')).toBe('open look-up claim prepare survey store write open verify store move');
  expect(model.records.get(1)).toBe('released');
});

describe('an operator gives up a card while the store is asked whose it is', () => {
  const asked = (): SlotMachine => {
    let state = nextSlot(newSlot(RULES), { type: 'card-in' }).state;
    state = nextSlot(state, { type: 'opened', card: CARD, ticket: state.ticket }).state;
    return nextSlot(state, { type: 'scrap', reason: REASON }).state;
  };
  const answered = (state: SlotMachine, found: Extract<SlotAnswer, { type: 'looked-up' }>['found']) =>
    nextSlot(state, { type: 'looked-up', found, ticket: state.ticket }).actions;

  test('nothing is written before the answer', () => expect(asked().doing).toBe('look-up'));
  test('of a record that was begun: the record fails with its card', () => {
    const record = { number: 8, begun: true, resumed: true };
    expect(answered(asked(), { kind: 'take-over', record })).toMatchObject([
      { type: 'abandon' },
      { type: 'store', kind: 'failed', reason: REASON },
    ]);
  });
  test('of no record: the card alone', () => {
    expect(answered(asked(), { kind: 'unknown' })).toMatchObject([
      { type: 'abandon' },
      { type: 'store', kind: 'scrapped' },
    ]);
  });
  test('of a good card: it stays one', () => {
    expect(answered(asked(), { kind: 'refused', reason: REASON })).toMatchObject([
      { type: 'store', kind: 'returned' },
    ]);
  });
});
