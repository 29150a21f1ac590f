/** One card under power, as long as nobody resets it: what all steps of a record share. */
import type { WritePlan } from '../../bootstrap/index.js';
import type {
  ApplicationLocation,
  CardMode,
  FileInfo,
  FileLocation,
  NeededKey,
  Operation,
} from '../../card/index.js';
import { openCard } from '../../card/index.js';
import { CardError, SecurityError } from '../../errors/index.js';
import { decodeDirRecord } from '../../pkcs15/index.js';
import type { KeyRing } from './keys.js';
import { placeOf, Reads } from './reads.js';
import type { Tap } from './tap.js';
import { type SharedWork, WorkCard } from './work-card.js';

const EF_DIR: FileLocation = { path: [0x3f00, 0x2f00] };
/** More records than any EF(DIR) has. */
const MAX_RECORDS = 254;
/** RID of 3GPP and the application code of a USIM (TS 101 220 annex E). */
const USIM = [0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02];

/** Where a file of a job is. */
export interface FilePlace {
  /** Below the USIM; below the MF otherwise. */
  readonly isUsim: boolean;
  readonly path: readonly number[];
}

export class WorkSession {
  readonly reads = new Reads();
  /** An earlier attempt may have changed the card: what looks blank at first is looked at whole. */
  looksCloser = false;
  readonly #shared: SharedWork;
  /** Of the bootstrap, made while the card was surveyed. */
  plan: WritePlan | undefined;
  #base: WorkCard | undefined;
  #usim: ApplicationLocation | undefined;
  readonly #infos = new Map<string, FileInfo>();

  constructor(
    readonly tap: Tap,
    readonly ring: KeyRing,
    private readonly mode: CardMode | 'auto',
    /** Reference of the ADM that the job presents; an administrative level of 2G mode names none. */
    private readonly adm: number | undefined,
  ) {
    this.#shared = { ring, reads: this.reads };
  }

  /** The card on its basic channel. */
  async card(): Promise<WorkCard> {
    if (this.#base === undefined) {
      const opened = this.tap.opened ?? (await openCard(this.tap, { mode: this.mode }));
      this.tap.opened = undefined;
      this.#base = new WorkCard(opened, this.#shared, true);
    }
    return this.#base;
  }

  /** After commands that went past the card's view: what it believes to be selected need not be so. */
  disturb(): void {
    this.#base = undefined;
  }

  async locate({ isUsim, path }: FilePlace): Promise<FileLocation> {
    return isUsim ? { application: await this.usim(), relative: path } : { path };
  }

  /** The first USIM of EF(DIR). */
  async usim(): Promise<ApplicationLocation> {
    if (this.#usim) return this.#usim;
    const card = await this.card();
    if (card.mode === '2g') throw new CardError('CARD_MODE', 'the USIM is reached in 3G mode only');
    const { recordCount = MAX_RECORDS } = await this.#info(EF_DIR);
    for (let number = 1; number <= recordCount; number++) {
      const known = this.reads.get(`${placeOf(EF_DIR)} #${number}`);
      const record = known ?? (await card.readRecord(EF_DIR, number));
      const template = record[0] === 0x61 ? decodeDirRecord(record).entries : undefined;
      if (template && USIM.every((octet, index) => template.aid[index] === octet)) {
        this.#usim = { aid: template.aid };
        return this.#usim;
      }
    }
    throw new CardError('CARD_FILE_NOT_FOUND', 'EF(DIR) names no USIM', { details: { path: '3F00/2F00' } });
  }

  /** What SELECT said of a file; from memory where it was asked before. */
  async #info(location: FileLocation): Promise<FileInfo> {
    const key = placeOf(location);
    const known = this.#infos.get(key) ?? (await (await this.card()).select(location));
    this.#infos.set(key, known);
    return known;
  }

  /** Does something with a file; where the card denies it, presents what the file's rule asks for, if the job gives it. */
  async allowed<T>(location: FileLocation, operation: Operation, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!isDenied(error)) throw error;
      const card = await this.card();
      const { ways } = await card.keysNeeded(location, operation);
      const way = ways.map((needs) => needs.map((need) => this.#referenceOf(need)));
      const keys = way.find((references) => references.every((key) => this.ring.has(key)));
      if (keys === undefined || keys.length === 0) throw error;
      for (const key of keys) await card.present(key);
      return await act();
    }
  }

  /** Presents the job's ADM, if it has one. */
  async presentAdm(): Promise<void> {
    if (this.adm !== undefined) await (await this.card()).present(this.adm);
  }

  #referenceOf(need: NeededKey): number {
    return need.kind === 'key' ? need.key : (this.adm ?? -1);
  }
}

export function isDenied(error: unknown): boolean {
  return error instanceof SecurityError && error.code === 'SECURITY_ACCESS_DENIED';
}
