/** The bootstrap document, planned while the card is surveyed, written as `simboot card write` does (DM 2.0 Appendix G). */
import {
  type CardKeys,
  createFiles,
  planWrite,
  verifyBootstrap,
  type WritePlan,
  writeBootstrap,
} from '../../bootstrap/index.js';
import { type FileLocation, formatPath } from '../../card/index.js';
import { CardError, SimbootError } from '../../errors/index.js';
import type { BootstrapStep, CardProfile } from '../job/types.js';
import type { WorkDifference } from './port.js';
import { placeOf } from './reads.js';
import type { WorkSession } from './session.js';
import type { PreparedStep, StepState, WriteContext } from './step.js';

const MF: FileLocation = { path: [0x3f00] };
const EF_DIR: FileLocation = { path: [0x3f00, 0x2f00] };
/** The card has no place for the document yet. */
const MISSING: readonly string[] = ['CARD_NO_PKCS15', 'CARD_FILE_NOT_FOUND'];

export interface BootstrapWorkOptions {
  readonly step: BootstrapStep;
  readonly document: Uint8Array;
  readonly isOfRecord: boolean;
  readonly files: CardProfile['files'];
  /** Content decides which card this is: look closer at what was left of a write. */
  readonly looksCloser: boolean;
  /** Keys as they are on the card now. */
  keys(session: WorkSession): Promise<CardKeys>;
}

export class BootstrapWork implements PreparedStep {
  readonly name: string;
  readonly isCritical = false;
  readonly guards = true;
  readonly tellsRecord: boolean;

  constructor(private readonly options: BootstrapWorkOptions) {
    this.name = options.step.name;
    this.tellsRecord = options.isOfRecord;
  }

  async survey(session: WorkSession): Promise<StepState> {
    let plan: WritePlan;
    try {
      plan = await this.#plan(session);
    } catch (error) {
      const isMissing = error instanceof CardError && MISSING.includes(error.code);
      if (isMissing && this.options.files.create !== undefined) return 'nothing';
      throw error;
    }
    session.plan = plan;
    const { before, updates } = plan.summary;
    switch (before) {
      case 'same':
        return updates.length === 0 ? 'done' : 'begun';
      case 'other':
        return 'foreign';
      case 'unread':
        return 'unknown';
      case 'blank':
        return this.#leftovers(session, plan);
    }
  }

  async write(session: WorkSession, _context: WriteContext): Promise<void> {
    if (session.plan === undefined) await this.#createFiles(session);
    const plan = session.plan ?? (await this.#plan(session));
    session.plan = undefined;
    if (plan.summary.before === 'other') {
      await plan.close();
      throw new CardError('CARD_TAKEN', `${plan.summary.file} holds another bootstrap document`, {
        details: { file: plan.summary.file },
      });
    }
    await writeBootstrap(plan);
  }

  async verify(session: WorkSession): Promise<WorkDifference[]> {
    const { step, document, files } = this.options;
    const { differences } = await verifyBootstrap(
      await session.card(),
      {
        document,
        ...(step.label === undefined ? {} : { label: step.label }),
        ...(files.bootstrap === undefined ? {} : { file: files.bootstrap }),
      },
      await this.options.keys(session),
    );
    return differences.map(({ where, message }) => ({ step: this.name, where, message }));
  }

  wipe(): void {
    this.options.document.fill(0);
  }

  async #plan(session: WorkSession): Promise<WritePlan> {
    const { step, document, files } = this.options;
    return planWrite(await session.card(), {
      document,
      keys: await this.options.keys(session),
      verify: false,
      ...(step.label === undefined ? {} : { label: step.label }),
      ...(files.bootstrap === undefined ? {} : { file: files.bootstrap }),
      ...(files.dodf === undefined ? {} : { dodf: files.dodf }),
      ...(files.applicationPath === undefined ? {} : { applicationPath: files.applicationPath }),
    });
  }

  /** A document that is not in use: ours as far as it goes, another's, or nothing at all. */
  async #leftovers(session: WorkSession, plan: WritePlan): Promise<StepState> {
    const location = plan.summary.updates.find(({ file }) => file.startsWith('EF(DM_Bootstrap)'))?.location;
    if (location === undefined) return 'begun';
    const isClose = this.options.looksCloser || session.looksCloser;
    // Where it cannot be looked at, what an earlier attempt may have left counts as left.
    if (isClose && !(await this.#readStart(session, location)) && session.looksCloser) return 'begun';
    const { document } = this.options;
    let state: StepState = 'nothing';
    for (const { offset, octets } of session.reads.pieces(placeOf(location))) {
      for (let at = 0; at < octets.length; at++) {
        const octet = octets[at]!;
        if (octet === 0xff || octet === 0x00) continue;
        if (octet !== document[offset + at]) return 'foreign';
        state = 'begun';
      }
    }
    return state;
  }

  /** @returns whether the start of the file was read */
  async #readStart(session: WorkSession, location: FileLocation): Promise<boolean> {
    if (session.reads.get(`${placeOf(location)} @0`) !== undefined) return true;
    const card = await (await session.card()).openLogicalChannel().catch(() => undefined);
    if (card === undefined) return false;
    try {
      const { size = 0 } = await card.select(location);
      const length = Math.min(size, this.options.document.length, card.maxRead);
      await card.readBinary(location, { offset: 0, length });
      return true;
    } catch (error) {
      if (!(error instanceof SimbootError) || error.kind === 'reader') throw error;
      return false;
    }
  }

  /** New files have the rules of files that are there: EF(DIR) is read by everybody and written with the ADM. */
  async #createFiles(session: WorkSession): Promise<void> {
    const { create, bootstrap, dodf } = this.options.files;
    if (create === undefined) return;
    const card = await session.card();
    const directory = (await card.select(MF)).security;
    const file = (await card.select(EF_DIR)).security;
    if (file.form === 'none') {
      throw new CardError(
        'CARD_FILE_STRUCTURE',
        `${formatPath([0x3f00, 0x2f00])} states no rule for new files`,
      );
    }
    await createFiles(card, {
      security: { directory, public: file, bootstrap: file },
      keys: await this.options.keys(session),
      sizes: create,
      fids: {
        ...(bootstrap === undefined ? {} : { bootstrap }),
        ...(dodf === undefined ? {} : { dodf }),
      },
    });
  }
}
