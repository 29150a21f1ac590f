/** One EF: transparent or of records; what differs is written, and read back (TS 102 221 §8.2, §11.1.3 to §11.1.6). */
import { padEnd } from '../../bytes/index.js';
import { type Card, describeLocation, type FileInfo, type FileLocation } from '../../card/index.js';
import { CardError, SimbootError } from '../../errors/index.js';
import { type CompiledFile, compileFile } from '../codecs/index.js';
import type { FileStep } from '../job/types.js';
import type { Values } from './document.js';
import type { WorkDifference } from './port.js';
import { type FilePlace, isDenied, type WorkSession } from './session.js';
import type { PreparedStep, StepState, WriteContext } from './step.js';

/** A file step, taken apart once. */
export interface FilePlan {
  readonly step: FileStep;
  readonly place: FilePlace;
  readonly content: CompiledFile;
}

export function planFile(step: FileStep): FilePlan {
  const [first, ...rest] = step.path.split('/');
  const isUsim = first === 'ADF_USIM';
  const fids = (isUsim ? rest : [first!, ...rest]).map((fid) => Number.parseInt(fid, 16));
  return { step, place: { isUsim, path: fids }, content: compileFile(step) };
}

/** What a file has to hold: the octets, and where. */
interface Target {
  readonly octets: Uint8Array;
  readonly record?: number;
  readonly offset: number;
}

export class FileWork implements PreparedStep {
  readonly name: string;
  readonly isCritical = false;
  readonly tellsRecord: boolean;
  readonly guards: boolean;
  readonly #contents: Uint8Array[] = [];
  /** What the card held when it was surveyed, or holds since it was written. */
  #known: Uint8Array | undefined;

  /** @throws DataError for a value that cannot become the file's content */
  constructor(
    private readonly plan: FilePlan,
    private readonly values: Values,
  ) {
    this.name = plan.step.name;
    this.tellsRecord = plan.content.fields.length > 0 && !plan.step.writeOnly;
    this.guards = plan.step.codec === 'iccid';
    plan.content.encode(values);
  }

  async survey(session: WorkSession): Promise<StepState> {
    this.#known = undefined;
    if (this.plan.step.writeOnly) return 'unknown';
    const location = await session.locate(this.plan.place);
    const card = await session.card();
    try {
      const { target, actual } = await this.#read(card, location);
      this.#known = actual;
      return stateOf(target.octets, actual, this.plan.step.codec === 'iccid');
    } catch (error) {
      if (isDenied(error)) return 'unknown';
      throw error;
    }
  }

  async write(session: WorkSession, { isBlank }: WriteContext): Promise<void> {
    const location = await session.locate(this.plan.place);
    await session.presentAdm();
    const card = await session.card();
    const target = await this.#target(card, location);
    const known = this.#known ?? (isBlank ? undefined : await this.#current(session, location));
    const change = differing(target.octets, known);
    if (change === undefined) return;
    const { record } = target;
    await session.allowed(location, 'update', () =>
      record === undefined
        ? card.updateBinary(
            location,
            target.offset + change.from,
            target.octets.subarray(change.from, change.to),
          )
        : card.updateRecord(location, record, target.octets),
    );
    this.#known = undefined;
  }

  async verify(session: WorkSession): Promise<WorkDifference[]> {
    if (this.plan.step.writeOnly) return [];
    const difference = (where: string, message: string) => [{ step: this.name, where, message }];
    let where = this.plan.step.path;
    try {
      const location = await session.locate(this.plan.place);
      where = describeLocation(location);
      const card = await session.card();
      const { target, actual } = await session.allowed(location, 'read', () => this.#read(card, location));
      const differs = placeOfDifference(target, actual);
      return differs === undefined ? [] : difference(where, differs);
    } catch (error) {
      if (!(error instanceof SimbootError) || error.kind === 'reader') throw error;
      return difference(where, `cannot be read back: ${error.message}`);
    }
  }

  wipe(): void {
    for (const octets of this.#contents) octets.fill(0);
    this.#known?.fill(0);
  }

  async #target(card: Card, location: FileLocation, info?: FileInfo): Promise<Target> {
    const { step, content } = this.plan;
    const { structure, size, recordLength } = info ?? (await card.select(location));
    const hasRecords = structure === 'linear-fixed' || structure === 'cyclic';
    if (step.record !== undefined && !hasRecords) {
      const where = describeLocation(location);
      throw new CardError('CARD_FILE_STRUCTURE', `${where} has no records, and the job names one`);
    }
    const length = hasRecords ? recordLength : size;
    const octets = content.encode(this.values, length);
    this.#contents.push(octets);
    if (!hasRecords) return { octets, offset: step.offset ?? 0 };
    const whole = length === undefined ? octets : padEnd(octets, length);
    return { octets: whole, record: step.record ?? 1, offset: 0 };
  }

  async #read(card: Card, location: FileLocation): Promise<{ target: Target; actual: Uint8Array }> {
    const target = await this.#target(card, location);
    const { record, offset, octets } = target;
    const range = { offset, length: octets.length };
    const actual =
      record === undefined ? await card.readBinary(location, range) : await card.readRecord(location, record);
    return { target, actual };
  }

  /** What the file holds; nothing where the card does not tell. */
  async #current(session: WorkSession, location: FileLocation): Promise<Uint8Array | undefined> {
    if (this.plan.step.writeOnly) return undefined;
    const card = await session.card();
    try {
      return (await this.#read(card, location)).actual;
    } catch (error) {
      if (isDenied(error)) return undefined;
      throw error;
    }
  }
}

/** FF and 00 are what cards are delivered with; an ICCID of others is a card of others. */
function stateOf(target: Uint8Array, actual: Uint8Array, isIccid: boolean): StepState {
  if (differing(target, actual) === undefined) return 'done';
  const written = actual.filter((octet) => octet !== 0xff && octet !== 0x00);
  if (written.length === 0) return 'nothing';
  const isOurs = actual.every((octet, index) => octet === target[index] || octet === 0xff || octet === 0x00);
  if (isOurs) return 'begun';
  return isIccid ? 'foreign' : 'nothing';
}

/** The first and the octet behind the last that differ; nothing if none does. */
function differing(
  target: Uint8Array,
  actual: Uint8Array | undefined,
): { from: number; to: number } | undefined {
  if (actual === undefined) return target.length === 0 ? undefined : { from: 0, to: target.length };
  let from = 0;
  while (from < target.length && target[from] === actual[from]) from++;
  if (from === target.length) return undefined;
  let to = target.length;
  while (target[to - 1] === actual[to - 1]) to--;
  return { from, to };
}

/** Never the octets: a file may hold a key. */
function placeOfDifference({ octets, record, offset }: Target, actual: Uint8Array): string | undefined {
  const length = Math.max(octets.length, actual.length);
  const wrong = Array.from({ length }, (_, index) => index).filter((at) => octets[at] !== actual[at]);
  if (wrong.length === 0) return undefined;
  const where = record === undefined ? '' : ` of record ${record}`;
  return `${wrong.length} of ${octets.length} octets differ, the first is octet ${offset + wrong[0]!}${where}`;
}
