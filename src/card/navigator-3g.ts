/** Selection in 3G mode (TS 102 221 §8.4, §11.1.1): by AID, by path from the MF or the current ADF, by identifier. */
import { explainStatus, isDone, type ResponseApdu, SW, statusError } from '../apdu/index.js';
import { concat, fromHex, toHex, uint16 } from '../bytes/index.js';
import { CardError, DataError } from '../errors/index.js';
import type { ApplicationLocation, FileInfo, FileLocation, FilePath, KeyReference } from './card.js';
import type { CardMemory, SelectForm } from './card-memory.js';
import { decodeFcp } from './fcp.js';
import { type Approach, type Navigator, switchPinIn } from './navigator.js';
import { CURRENT_ADF, describeLocation, MF, parentTarget, type Target, target3g, targetKey } from './path.js';
import { ask, type Wire } from './wire.js';

const P1: Readonly<Record<SelectForm, number>> = { fid: 0x00, aid: 0x04, path: 0x08 };
/** P2 that cards differ in: FCP, first or only occurrence with FCI, no answer. */
const P2_VARIANTS = [0x04, 0x00, 0x0c] as const;
const NO_ANSWER = 0x0c;
/** An applet that refuses to be selected (ISO/IEC 7816-4; met on Java Cards) is as good as no applet. */
const APPLICATION_NOT_SELECTABLE = 0x6999;

type Need = 'answer' | 'current';

/** An application that is selected on the logical channel, and must stay so. */
export interface SelectedApplication {
  readonly application: ApplicationLocation;
  readonly info: FileInfo;
}

export class Navigator3g implements Navigator {
  /** What is current; `undefined` = not known. A new logical channel is at the MF. */
  private df: string | undefined = targetKey({ fids: [] });
  private ef: string | undefined;
  private adf: string | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly memory: CardMemory,
    /** Never selected by its AID again, because that would end the secure channel (GPC Amendment D §5.6). */
    private readonly fixed?: SelectedApplication,
  ) {
    if (!fixed) return;
    const target = { application: fixed.application, fids: [] };
    this.adf = aidOf(target);
    this.df = targetKey(target);
    memory.files.set(this.df, fixed.info);
  }

  /** The application that was last selected here by its AID. */
  get selectedApplication(): SelectedApplication | undefined {
    const aid = this.adf;
    const info = aid === undefined ? undefined : this.memory.files.get(aid);
    return aid !== undefined && info?.kind === 'adf'
      ? { application: { aid: fromHex(aid) }, info }
      : undefined;
  }

  async select(location: FileLocation): Promise<FileInfo> {
    return this.find(location, async (target) => {
      const known = this.memory.files.get(targetKey(target));
      return known && this.isCurrent(target) ? known : this.go(target, location, 'answer');
    });
  }

  async open(location: FileLocation): Promise<FileInfo> {
    return this.find(location, async (target) => {
      const known = this.memory.files.get(targetKey(target));
      if (!known) return this.go(target, location, 'answer');
      if (!this.isCurrent(target)) await this.go(target, location, 'current');
      return known;
    });
  }

  async info(location: FileLocation): Promise<FileInfo> {
    return this.memory.files.get(this.key(location)) ?? this.select(location);
  }

  async enter(location: FileLocation): Promise<void> {
    await this.find(location, async (target) => {
      if (this.df !== targetKey(target)) await this.go(target, location, 'current');
    });
  }

  learn(location: FileLocation, info: FileInfo): void {
    this.memory.files.set(this.key(location), info);
  }

  pinSwitched(key: KeyReference, enabled: boolean): void {
    switchPinIn(this.memory.files, key, enabled);
  }

  forget(location: FileLocation, moved: boolean): void {
    this.memory.files.delete(this.key(location));
    this.ef = undefined;
    if (moved) this.df = undefined;
  }

  parent(location: FileLocation): FileLocation | undefined {
    const parent = parentTarget(this.resolve(location));
    if (!parent) return undefined;
    return parent.application
      ? { application: parent.application, relative: parent.fids }
      : { path: [MF, ...parent.fids] };
  }

  key(location: FileLocation): string {
    return targetKey(this.resolve(location));
  }

  /** An SFI addresses files of the current directory (TS 102 221 §8.4.3). */
  async approach(location: FileLocation): Promise<Approach> {
    const target = this.resolve(location);
    const parent = parentTarget(target);
    const known = this.memory.files.get(targetKey(target));
    const isBeside = parent !== undefined && this.df === targetKey(parent) && !this.isCurrent(target);
    // Without a size nobody knows whether a READ will be sent at all.
    if (known?.sfi !== undefined && (known.size ?? 0) > 0 && isBeside) return { info: known, sfi: known.sfi };
    return { info: await this.open(location) };
  }

  arrivedBySfi(location: FileLocation): void {
    this.ef = this.key(location);
  }

  private isCurrent(target: Target): boolean {
    const key = targetKey(target);
    return this.ef === key || this.df === key;
  }

  private resolve(location: FileLocation): Target {
    const target = target3g(location);
    const { otherwise } = target;
    if (otherwise && this.memory.absentApplications.has(aidOf(target)!)) return otherwise.target;
    return this.memory.aliases.get(targetKey(target)) ?? target;
  }

  /** Tries the other place of a file where the card has none at the first, and remembers which one it was. */
  private async find<T>(location: FileLocation, act: (target: Target) => Promise<T>): Promise<T> {
    const target = this.resolve(location);
    const { otherwise } = target;
    if (!otherwise) return act(target);
    try {
      return await act(target);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const applicationIsThere = this.adf === aidOf(target);
      if (otherwise.when === 'no-application' && applicationIsThere) throw error;
      const result = await act(otherwise.target).catch((second) => {
        throw isNotFound(second) ? error : second;
      });
      if (applicationIsThere) this.memory.aliases.set(targetKey(target), otherwise.target);
      else this.memory.absentApplications.add(aidOf(target)!);
      return result;
    }
  }

  private async go(target: Target, location: FileLocation, need: Need): Promise<FileInfo> {
    const { application, fids } = target;
    if (application && this.adf !== aidOf(target)) {
      const adf = await this.selectAid({ application, fids: [] }, { application, relative: [] });
      if (fids.length === 0) return adf;
    }
    if (fids.length > 0 && this.df === targetKey(parentTarget(target)!)) {
      return this.selectBy('fid', fids.slice(-1), target, location, need);
    }
    if (!application || this.memory.knowsCurrentAdf) return this.fromRoot(target, location, need);
    try {
      const info = await this.fromRoot(target, location, need);
      this.memory.knowsCurrentAdf = true;
      return info;
    } catch (error) {
      // No such file, or no such thing as 7FFF? A card that has not shown yet that it knows it is asked by AID.
      if (!isNotFound(error)) throw error;
      if (this.fixed) throw error;
      this.adf = undefined;
      return this.walk(target, location, need);
    }
  }

  /** By path from the MF or from the current ADF (7FFF), whose AID again could end what was opened in it. */
  private async fromRoot(target: Target, location: FileLocation, need: Need): Promise<FileInfo> {
    const { application, fids } = target;
    if (fids.length === 0) {
      return this.selectBy('fid', [application ? CURRENT_ADF : MF], target, location, need);
    }
    if (this.memory.selectsByPath) {
      const path = application ? [CURRENT_ADF, ...fids] : fids;
      const info = await this.selectBy('path', path, target, location, need).catch((error: unknown) => {
        if (this.memory.selectsByPath) throw error;
        return undefined;
      });
      if (info) return info;
    }
    return this.walk(target, location, need);
  }

  /** One identifier after another, from the MF or ADF down. */
  private async walk(target: Target, location: FileLocation, need: Need): Promise<FileInfo> {
    const { application, fids } = target;
    const at = (depth: number): Target => ({
      ...(application ? { application } : {}),
      fids: fids.slice(0, depth),
    });
    let info: FileInfo;
    if (!application) info = await this.selectBy('fid', [MF], at(0), { path: [MF] }, 'current');
    else if (this.adf !== aidOf(target)) info = await this.selectAid(at(0), { application, relative: [] });
    else info = await this.selectBy('fid', [CURRENT_ADF], at(0), { application, relative: [] }, 'current');
    for (let depth = 1; depth <= fids.length; depth++) {
      const isLast = depth === fids.length;
      info = await this.selectBy('fid', [fids[depth - 1]!], at(depth), location, isLast ? need : 'current');
    }
    return info;
  }

  /** The answer of an ADF is always fetched: selecting it again later would end what its PINs have opened. */
  private async selectAid(target: Target, location: FileLocation): Promise<FileInfo> {
    if (this.fixed) {
      const message = `${describeLocation(location)} is not reached: another application would end the secure channel`;
      throw new CardError('CARD_MODE', message, {
        next: 'Use a logical channel of its own for the other application.',
      });
    }
    const response = await this.send('aid', target.application!.aid, 'answer', location);
    this.adf = aidOf(target);
    return this.arrived(target, location, response, 'answer');
  }

  private async selectBy(
    form: 'fid' | 'path',
    fids: FilePath,
    target: Target,
    location: FileLocation,
    need: Need,
  ): Promise<FileInfo> {
    const data = concat(...fids.map((fid) => uint16(fid)));
    // A file that was never described is asked for its answer: only that tells a DF from an EF.
    const asked = need === 'answer' || !this.isKnown(target) ? 'answer' : 'current';
    const response = await this.send(form, data, asked, location);
    return this.arrived(target, location, response, asked);
  }

  private isKnown(target: Target): boolean {
    return target.fids.length === 0 || this.memory.files.has(targetKey(target));
  }

  private async send(
    form: SelectForm,
    data: Uint8Array,
    need: Need,
    location: FileLocation,
  ): Promise<ResponseApdu> {
    const remembered = this.memory.selectP2.get(form);
    let response: ResponseApdu | undefined;
    for (const p2 of remembered === undefined ? P2_VARIANTS : [remembered]) {
      // Over T=0 an answer that nobody needs is left waiting; over T=1 it comes in the same exchange.
      const answer =
        p2 !== NO_ANSWER && (need === 'answer' || this.wire.processor.channel.protocol === 'T=1');
      response = await ask(this.wire, {
        ins: 0xa4,
        p1: P1[form],
        p2,
        data,
        ...(answer ? { le: 256 } : {}),
      });
      if (response.sw === SW.INCORRECT_P1P2 || response.sw === SW.WRONG_P1P2) continue;
      if (isSelected(response.sw)) {
        this.memory.selectP2.set(form, p2);
        return response;
      }
      break;
    }
    const { sw } = response!;
    const refusedP1 = sw === SW.INCORRECT_P1P2 || sw === SW.WRONG_P1P2;
    if (form === 'path' && remembered === undefined && refusedP1) this.memory.selectsByPath = false;
    this.df = undefined;
    this.ef = undefined;
    throw statusError(sw, `SELECT ${describeLocation(location)}`, { path: this.key(location) });
  }

  private arrived(target: Target, location: FileLocation, response: ResponseApdu, need: Need): FileInfo {
    const key = targetKey(target);
    const info =
      need === 'answer'
        ? describe(target, location, response)
        : (this.memory.files.get(key) ?? guess(target));
    if (need === 'answer') this.memory.files.set(key, info);
    if (info.kind === 'ef') {
      this.ef = key;
      this.df = targetKey(parentTarget(target)!);
    } else {
      this.ef = undefined;
      this.df = key;
    }
    return info;
  }
}

/** 6283 selects too: the file is deactivated (TS 102 221 §10.2.1.2). */
function isSelected(sw: number): boolean {
  return isDone(sw) || sw === SW.SELECTED_FILE_DEACTIVATED;
}

function isNotFound(error: unknown): boolean {
  const sw = (error as { details?: { sw?: unknown } }).details?.sw;
  if (typeof sw !== 'string') return false;
  const code = Number.parseInt(sw, 16);
  return code === APPLICATION_NOT_SELECTABLE || explainStatus(code).code === 'CARD_FILE_NOT_FOUND';
}

function aidOf(target: Target): string | undefined {
  return target.application && toHex(target.application.aid);
}

/** What the answer says, put right where the way there tells more: an ADF is an ADF, whatever it says of itself. */
function describe(target: Target, location: FileLocation, response: ResponseApdu): FileInfo {
  try {
    const info = decodeFcp(response.data);
    return { ...info, kind: kindOf(target, info.kind) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const text = response.data.length === 0 ? 'the card gives no answer to SELECT' : error.message;
    return { ...guess(target), problems: [`${describeLocation(location)}: ${text}`], raw: response.data };
  }
}

function kindOf(target: Target, kind: FileInfo['kind']): FileInfo['kind'] {
  if (target.fids.length > 0) return kind;
  return target.application ? 'adf' : 'mf';
}

/** Without an answer only convention tells a DF: identifiers 7Fxx and 5Fxx. */
function guess(target: Target): FileInfo {
  const last = target.fids.at(-1);
  const isDf = last === undefined || [0x7f, 0x5f].includes(last >> 8);
  return {
    kind: isDf ? kindOf(target, 'df') : 'ef',
    ...(last === undefined ? {} : { fid: last }),
    lifeCycle: 'unknown',
    security: { form: 'none' },
    pins: [],
    raw: new Uint8Array(0),
  };
}
