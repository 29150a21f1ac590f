/** A plan that waits to be carried out. It holds the logical channel of the application. */
import type { FileLocation } from '../../card/index.js';
import { UsageError } from '../../errors/index.js';
import type { Region } from './content.js';
import type { PlanSummary } from './plan-types.js';
import type { CardSession } from './session.js';
import type { Verification } from './verify.js';

/** What carrying a plan out takes. */
export interface PlanParts {
  readonly session: CardSession;
  /** EF DM_Bootstrap, and the part of it that belongs to the document. */
  readonly location: FileLocation;
  readonly part: Region | undefined;
  /** Judges the card afterwards, from what was read back; absent if that is not wanted. */
  readonly judge?: (session: CardSession) => Promise<Verification>;
}

/** Made by `planWrite` or `planErase`; carried out once by `carryOut`, or given up with `close`. */
export class WritePlan {
  private isOpen = true;

  constructor(
    readonly summary: PlanSummary,
    private readonly parts: PlanParts,
  ) {}

  /**
   * Hands the plan over to the one that carries it out.
   *
   * @throws UsageError `USAGE_ARGUMENT` if that happened before, or the plan was given up
   */
  take(): PlanParts {
    if (!this.isOpen) {
      throw new UsageError('USAGE_ARGUMENT', 'the plan is used up: it was carried out or given up', {
        next: 'Plan again: the card may have changed.',
      });
    }
    this.isOpen = false;
    return this.parts;
  }

  /** Gives the plan up and closes its logical channel. Nothing after that, or after it was carried out. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.parts.session.channel.close();
  }
}
