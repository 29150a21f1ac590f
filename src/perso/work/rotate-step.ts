/** A new key set by PUT KEY: the card itself tells which set is live, so that it can be run again after anything. */
import { fromHex, hex8 } from '../../bytes/index.js';
import { SimbootError } from '../../errors/index.js';
import { type KeySet, probeKeySet, rotateKeySet, selectSecurityDomain } from '../../globalplatform/index.js';
import type { RotateKeysStep } from '../job/types.js';
import { keyMismatch, type NextKeySet } from './key-sets.js';
import { keyCode } from './mismatch.js';
import type { WorkDifference } from './port.js';
import type { WorkSession } from './session.js';
import type { Attempt, PreparedStep, StepState, WriteContext } from './step.js';

export interface RotateWorkOptions {
  readonly step: RotateKeysStep;
  readonly aid: string | undefined;
  readonly current: KeySet;
  readonly next: NextKeySet;
  readonly random: (octets: number) => Uint8Array;
}

export class RotateWork implements PreparedStep {
  readonly name: string;
  readonly isCritical = true;
  readonly tellsRecord = false;
  /** Which set is live, once the card was asked, or the step was carried out. */
  live: 'current' | 'next' | undefined;

  constructor(private readonly options: RotateWorkOptions) {
    this.name = options.step.name;
  }

  get nextSet(): KeySet {
    return this.options.next.set;
  }

  async survey(session: WorkSession, attempt: Attempt): Promise<StepState> {
    if (attempt === 'not-begun') this.live = 'current';
    else if (attempt === 'passed') this.live = 'next';
    else this.live = (await this.#proves(session)) ? 'next' : 'current';
    return this.live === 'next' ? 'done' : 'nothing';
  }

  async write(session: WorkSession, context: WriteContext): Promise<void> {
    if (this.live === 'next' || context.attempt === 'passed') return;
    await context.critical(false);
    const { current, next, random } = this.options;
    try {
      await this.#inDomain(session, (logicalChannel, selectedAid) =>
        rotateKeySet(session.tap.processor, {
          current,
          next: next.set,
          mode: 'replace',
          logicalChannel,
          selectedAid,
          random,
        }),
      );
    } catch (error) {
      throw keyMismatch(error);
    }
    this.live = 'next';
  }

  async verify(session: WorkSession): Promise<WorkDifference[]> {
    const { version } = this.options.next.set;
    const where = `key set ${hex8(version)}`;
    try {
      if (await this.#proves(session)) {
        session.reads.add(`keys ${this.name}`, Uint8Array.of(version));
        return [];
      }
    } catch (error) {
      if (!(error instanceof SimbootError) || error.kind === 'reader') throw error;
      return [{ step: this.name, where, message: error.message, ...keyCode(error) }];
    }
    const message = 'the card does not prove these keys';
    return [{ step: this.name, where, message, code: 'SECURITY_KEY_MISMATCH' }];
  }

  wipe(): void {
    this.options.next.release();
  }

  async #proves(session: WorkSession): Promise<boolean> {
    const { next, random } = this.options;
    const state = await this.#inDomain(session, (logicalChannel) =>
      probeKeySet(session.tap.processor, next.set, { logicalChannel, random }),
    );
    return state === 'live';
  }

  /** On a logical channel of its own, so that the files of the basic one stay selected. */
  async #inDomain<T>(
    session: WorkSession,
    act: (logicalChannel: number, aid: Uint8Array) => Promise<T>,
  ): Promise<T> {
    const card = await session.card();
    const channel = await card.inner.openLogicalChannel();
    const { processor } = session.tap;
    const aid = this.options.step.aid ?? this.options.aid;
    const wanted = aid === undefined ? {} : { aid: fromHex(aid) };
    let result: T;
    try {
      const domain = await selectSecurityDomain(processor, {
        ...wanted,
        logicalChannel: channel.logicalChannel,
      });
      result = await act(channel.logicalChannel, domain.aid);
    } catch (error) {
      // The first error counts.
      await channel.close().catch(() => undefined);
      throw error;
    }
    await channel.close();
    return result;
  }
}
