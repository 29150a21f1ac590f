/** A new value of a PIN or ADM (TS 102 221 §11.1.10; TS 51.011 §9.2.10), also after an interruption. */
import { hex8 } from '../../bytes/index.js';
import { keyName } from '../../card/index.js';
import { SecurityError, SimbootError } from '../../errors/index.js';
import type { PinStep } from '../job/types.js';
import { keyCode } from './mismatch.js';
import type { WorkDifference } from './port.js';
import { placeOfKey } from './reads.js';
import type { WorkSession } from './session.js';
import type { Attempt, PreparedStep, StepState, WriteContext } from './step.js';
import type { WorkCard } from './work-card.js';

/** The value is presented once; cards do not tell the tries of a disabled PIN. */
const POLICY = { consentUnknownTries: true } as const;

export class PinWork implements PreparedStep {
  readonly name: string;
  readonly isCritical = true;
  readonly tellsRecord = false;

  constructor(private readonly step: PinStep) {
    this.name = step.name;
  }

  /** A value can only be told by presenting it, so the card is not asked. */
  async survey(session: WorkSession, attempt: Attempt): Promise<StepState> {
    session.ring.setState(
      this.step.reference,
      attempt === 'passed' ? 'next' : attempt === 'open' ? 'either' : 'current',
    );
    return attempt === 'passed' ? 'done' : attempt === 'open' ? 'unknown' : 'nothing';
  }

  async write(session: WorkSession, context: WriteContext): Promise<void> {
    if (context.attempt === 'passed') return;
    const { reference, enabled } = this.step;
    const card = await session.card();
    const { state, tries } = await card.pinStatus(reference);
    if (state === 'blocked') throw blocked(reference, tries);
    const isOpen = context.attempt === 'open';
    const isDisabled = state === 'disabled';
    // What it was before an interrupted attempt is what that attempt told.
    const wasDisabled = isOpen ? context.flag : isDisabled;
    const { current, next } = session.ring.values(reference)!;
    if (!isOpen) await context.critical(wasDisabled);
    await this.#unlock(session, card, isDisabled);
    if (session.ring.state(reference) === 'current') {
      await card.changePin(reference, current, next!, POLICY);
      session.ring.setState(reference, 'next');
    }
    if (!(enabled ?? !wasDisabled)) await card.disablePin(reference, next!, POLICY);
  }

  /** Afterwards the PIN is enabled, and it is known which of the two values it has. */
  async #unlock(session: WorkSession, card: WorkCard, isDisabled: boolean): Promise<void> {
    const { reference } = this.step;
    const { ring } = session;
    const { current, next } = ring.values(reference)!;
    const isOpen = ring.state(reference) === 'either';
    if (isDisabled) {
      const enable = (value: Uint8Array) => card.enablePin(reference, value, POLICY);
      if (isOpen) await ring.resolve(reference, [next!, current], enable);
      else await enable(current);
    } else if (isOpen) await card.present(reference);
  }

  async verify(session: WorkSession): Promise<WorkDifference[]> {
    const { reference, enabled } = this.step;
    const card = await session.card();
    const differs = (message: string) => [{ step: this.name, where: keyName(reference), message }];
    const { state } = await card.pinStatus(reference);
    if (state === 'blocked') return differs('is blocked');
    if (state === 'disabled') {
      session.reads.add(placeOfKey(reference), Uint8Array.of(0));
      return enabled === true ? differs('is disabled where it should be enabled') : [];
    }
    if (enabled === false) return differs('is enabled where it should be disabled');
    try {
      await card.present(reference);
    } catch (error) {
      if (!(error instanceof SimbootError) || error.kind === 'reader') throw error;
      return [{ step: this.name, where: keyName(reference), message: error.message, ...keyCode(error) }];
    }
    session.reads.add(placeOfKey(reference), Uint8Array.of(1));
    return [];
  }

  wipe(): void {
    // Its values are the key ring's.
  }
}

function blocked(reference: number, tries: number | undefined): SecurityError {
  const details = { key: hex8(reference), ...(tries === undefined ? {} : { tries }) };
  return new SecurityError('SECURITY_BLOCKED', `${keyName(reference)} is blocked`, { details });
}
