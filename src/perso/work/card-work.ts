/** One record on one card: the steps in their order, in one session with the card. */
import type { CardChannel } from '../../apdu/index.js';
import { CardError } from '../../errors/index.js';
import type { CardContent, CardWork, WorkDifference, WorkHooks, WorkVerification } from './port.js';
import type { WorkSession } from './session.js';
import type { Attempt, PreparedStep, StepState } from './step.js';
import type { Tap } from './tap.js';

/** A check behind the steps. */
export interface PreparedCheck {
  readonly name: string;
  run(session: WorkSession): Promise<WorkDifference[]>;
}

export interface RecordWorkOptions {
  /** In the order in which they are carried out. */
  readonly steps: readonly PreparedStep[];
  readonly checks: readonly PreparedCheck[];
  /** The content tells which record is on a card, so that all of it is looked at. */
  readonly looksCloser: boolean;
  tapOf(channel: CardChannel): Tap;
  newSession(tap: Tap): WorkSession;
  /** From now on every key has the value that the job gives it. */
  finished(session: WorkSession): void;
  wipe(): void;
}

/** Progress of a card that may have been changed, but whose critical steps were not reached. */
const CHANGED = -1;

export class RecordWork implements CardWork {
  #session: WorkSession | undefined;
  #content: CardContent = 'partial';

  constructor(private readonly options: RecordWorkOptions) {}

  async survey(channel: CardChannel, hooks: WorkHooks, progress?: number): Promise<CardContent> {
    const session = this.#begin(channel, hooks);
    session.looksCloser = progress !== undefined;
    this.#content = await this.#survey(session, progress);
    this.#session = session;
    return this.#content;
  }

  async write(channel: CardChannel, hooks: WorkHooks, progress?: number): Promise<void> {
    this.#refuseRepeating(progress);
    const tap = this.options.tapOf(channel);
    if (this.#session?.tap !== tap) await this.survey(channel, hooks, progress);
    const session = this.#session!;
    this.#session = undefined;
    if (this.#content === 'foreign') {
      throw new CardError(
        'CARD_TAKEN',
        'the card holds what no step of this record puts there; nothing was written',
      );
    }
    tap.signal = hooks.signal;
    tap.beforeChange = progress === undefined ? () => hooks.beforeCritical(CHANGED) : undefined;
    const { steps } = this.options;
    const isBlank = this.#content === 'blank' && progress === undefined;
    for (const [index, step] of steps.entries()) {
      await inStep(hooks, tap, { name: step.name, index, total: steps.length }, () =>
        step.write(session, {
          hooks,
          attempt: attemptOf(index, progress),
          flag: progress !== undefined && progress % 2 === 1,
          isBlank,
          critical: (flag) => {
            tap.beforeChange = undefined;
            return hooks.beforeCritical(2 * index + (flag ? 1 : 0));
          },
        }),
      );
    }
    tap.beforeChange = undefined;
    session.reads.wipe();
  }

  async verify(channel: CardChannel, hooks: WorkHooks): Promise<WorkVerification> {
    const session = this.#begin(channel, hooks);
    const { steps, checks, finished } = this.options;
    finished(session);
    const differences: WorkDifference[] = [];
    const total = steps.length + checks.length;
    const parts = [
      ...steps.map((step) => ({ name: step.name, run: () => step.verify(session) })),
      ...checks.map((check) => ({ name: check.name, run: () => check.run(session) })),
    ];
    for (const [index, { name, run }] of parts.entries()) {
      await inStep(hooks, session.tap, { name, index, total }, async () => {
        differences.push(...(await run()));
      });
    }
    const evidence = session.reads.evidence();
    session.reads.wipe();
    return { differences, evidence };
  }

  wipe(): void {
    this.#session?.reads.wipe();
    this.#session = undefined;
    for (const step of this.options.steps) step.wipe();
    this.options.wipe();
  }

  #begin(channel: CardChannel, { signal }: WorkHooks): WorkSession {
    this.#session?.reads.wipe();
    this.#session = undefined;
    const tap = this.options.tapOf(channel);
    tap.signal = signal;
    return this.options.newSession(tap);
  }

  /**
   * Looks at as little as tells what is there: where the first step that tells one record from another finds nothing of
   * it, the steps behind it have not been carried out. What could be of another card is always looked at.
   */
  async #survey(session: WorkSession, progress: number | undefined): Promise<CardContent> {
    const { steps, looksCloser } = this.options;
    const all = [...steps.entries()];
    const states = new Map<PreparedStep, StepState>();
    const look = async (index: number, step: PreparedStep): Promise<StepState> => {
      const state = await step.survey(session, attemptOf(index, progress));
      states.set(step, state);
      return state;
    };
    // They say which keys the card has now.
    for (const [index, step] of all) if (step.isCritical) await look(index, step);
    let isUntouched = false;
    /** A step that an earlier attempt had carried out left nothing: another card with the same identity. */
    let isMissed = progress === CHANGED;
    for (const [index, step] of all) {
      if (step.isCritical || !(step.tellsRecord || step.guards)) continue;
      if (isUntouched && !step.guards && progress === undefined && !looksCloser) continue;
      const state = await look(index, step);
      if (state === 'foreign') return 'foreign';
      if (!step.tellsRecord || state !== 'nothing') continue;
      isUntouched = true;
      isMissed ||= progress !== undefined && index < Math.floor(progress / 2);
    }
    const isBegun = steps.some((step) => step.tellsRecord && isPresent(states.get(step)));
    if (isUntouched) return isBegun || (progress !== undefined && !isMissed) ? 'partial' : 'blank';
    for (const [index, step] of all) if (!states.has(step)) await look(index, step);
    if (steps.every((step) => states.get(step) === 'done')) return 'complete';
    return isBegun || progress !== undefined ? 'partial' : 'blank';
  }

  /** @throws CardError `CARD_NOT_REPEATABLE` */
  #refuseRepeating(progress: number | undefined): void {
    const open = this.options.steps.find(
      (step, index) => step.runsOnce === true && attemptOf(index, progress) === 'open',
    );
    if (open === undefined) return;
    throw new CardError(
      'CARD_NOT_REPEATABLE',
      `step ${open.name} was interrupted on this card, and must not be run again`,
      { details: { step: open.name } },
    );
  }
}

function isPresent(state: StepState | undefined): boolean {
  return state === 'done' || state === 'begun';
}

/** What `beforeCritical` told of an earlier attempt: twice the index of the step, and one more for its flag; or CHANGED. */
function attemptOf(index: number, progress: number | undefined): Attempt {
  const reached = progress === undefined ? -1 : Math.floor(progress / 2);
  return reached < index ? 'not-begun' : reached === index ? 'open' : 'passed';
}

async function inStep(
  hooks: WorkHooks,
  tap: Tap,
  step: { readonly name: string; readonly index: number; readonly total: number },
  act: () => Promise<void>,
): Promise<void> {
  hooks.onStep(step);
  const before = tap.exchanges;
  await act();
  hooks.onStepDone({ name: step.name, exchanges: tap.exchanges - before });
}
