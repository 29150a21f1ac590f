/**
 * One operation on one card: what was read once is not read again, and a key is presented once. In 3G mode the
 * application has a logical channel of its own (DM 2.0 G.3.1), so EF(DIR) stays selected on the basic channel.
 */
import {
  type AccessCondition,
  type ApplicationLocation,
  type Card,
  describeCondition,
  type FileInfo,
  type FileLocation,
  type KeyReference,
  keyName,
  type Operation,
} from '../../card/index.js';
import { CardError, SecurityError, SimbootError } from '../../errors/index.js';
import { ApplicationChannel } from './application-channel.js';
import type { FileUpdate, Region } from './content.js';
import { type CardKeys, keyValue, referenceOf } from './keys.js';
import { locationKey, locationText } from './paths.js';
import { wantsSecureChannel } from './secure-channel.js';

export class CardSession {
  /** Where the application is used; everything is, once that is a secure channel. */
  readonly channel: ApplicationChannel;
  private readonly infos = new Map<string, Promise<FileInfo>>();
  private readonly contents = new Map<string, { readonly range: string; readonly bytes: Uint8Array }>();
  private readonly records = new Map<string, Uint8Array>();
  private readonly conditions = new Map<string, Promise<AccessCondition>>();
  private readonly rulesRead = new Set<string>();
  private readonly presented = new Set<KeyReference>();
  private readonly refused = new Map<KeyReference, unknown>();
  /** The file that is selected on each channel, as far as that is certain. */
  private readonly current = new Map<Card, string>();

  constructor(
    /** The card on the channel that the caller opened. */
    readonly base: Card,
    readonly keys: CardKeys,
  ) {
    this.channel = new ApplicationChannel(base, keys.secureChannel);
  }

  get mode(): Card['mode'] {
    return this.base.mode;
  }

  /** The view that the application's files are reached by. */
  get card(): Card {
    return this.channel.card;
  }

  /** The SELECT answer of a file. */
  info(location: FileLocation): Promise<FileInfo> {
    const key = locationKey(location);
    return memoized(this.infos, key, async () => {
      const card = this.cardFor(location);
      this.current.delete(card);
      const info = await card.select(location);
      this.current.set(card, key);
      return info;
    });
  }

  /** Selects the application once. */
  application(location: ApplicationLocation): Promise<FileInfo> {
    const key = locationKey({ application: location, relative: [] });
    return memoized(this.infos, key, () => this.card.selectApplication(location));
  }

  /**
   * The content of a transparent file, or a part of it. Presents a PIN where the rule needs one and it was given.
   *
   * @throws CardError `CARD_FILE_STRUCTURE`, `CARD_FILE_DEACTIVATED`; SecurityError `SECURITY_ACCESS_DENIED`
   */
  async content(location: FileLocation, part?: Region): Promise<Uint8Array> {
    const known = this.contents.get(locationKey(location));
    if (known?.range === rangeKey(part)) return known.bytes;
    const bytes = await this.read(location, part);
    this.remember(location, part, bytes);
    return bytes;
  }

  /** Keeps content that was read piece by piece, until the file is written. */
  remember(location: FileLocation, part: Region | undefined, bytes: Uint8Array): void {
    this.contents.set(locationKey(location), { range: rangeKey(part), bytes });
  }

  /** What was read of a whole transparent file, and not written since. */
  known(location: FileLocation): Uint8Array | undefined {
    const known = this.contents.get(locationKey(location));
    return known?.range === rangeKey(undefined) ? known.bytes : undefined;
  }

  /** One record of a linear fixed file. */
  async record(location: FileLocation, record: number): Promise<Uint8Array> {
    const key = recordKey(location, record);
    const known = this.records.get(key);
    if (known) return known;
    const bytes = await this.cardFor(location).readRecord(location, record);
    this.records.set(key, bytes);
    return bytes;
  }

  /** Octets of a transparent file, not remembered. */
  async read(location: FileLocation, range?: Region): Promise<Uint8Array> {
    const info = await this.info(location);
    requireUsable(info, location);
    const card = this.cardFor(location);
    const unlocked = this.ruleIsKnown(info) && (await this.unlockIfUnderstood(location));
    this.current.set(card, locationKey(location));
    try {
      return await card.readBinary(location, range);
    } catch (error) {
      if (unlocked || !isDenied(error)) throw error;
      await this.unlock(location, 'read');
      return card.readBinary(location, range);
    }
  }

  /** What an operation needs there. */
  condition(location: FileLocation, operation: Operation): Promise<AccessCondition> {
    const key = `${operation} ${locationKey(location)}`;
    return memoized(this.conditions, key, async () => {
      const info = await this.info(location);
      // Looking a rule up in EF.ARR selects that file.
      if (!this.ruleIsKnown(info)) this.current.delete(this.cardFor(location));
      const condition = await this.cardFor(location).accessCondition(location, operation);
      this.rulesRead.add(ruleKey(info));
      return condition;
    });
  }

  /**
   * The keys that still have to be presented for an operation.
   *
   * @throws SecurityError `SECURITY_ACCESS_DENIED` if the rule forbids it, or a key was not given
   */
  async missingKeys(location: FileLocation, operation: Operation): Promise<KeyReference[]> {
    const condition = await this.condition(location, operation);
    const { ways, reasons } = await this.cardFor(location).keysNeeded(location, operation);
    const what = `${operation.toUpperCase()} of ${locationText(location)}`;
    const details = { file: locationText(location), operation, rule: describeCondition(condition) };
    const sets = ways.map((way) => way.map((need) => referenceOf(need, this.keys)));
    if (condition.kind === 'unknown' && this.keys.admKey !== undefined) sets.push([this.keys.admKey]);
    if (sets.length === 0) {
      throw new SecurityError('SECURITY_ACCESS_DENIED', `${what} is not possible: ${reasons.join('; ')}`, {
        details,
        next: wantsSecureChannel(condition)
          ? 'The card allows this only inside a secure channel: give its key set with --scp03.'
          : 'No key that can be presented here allows this; the card profile decides.',
      });
    }
    const isThere = (key: KeyReference): boolean =>
      this.presented.has(key) || keyValue(key, this.keys) !== undefined;
    const set = sets.find((keys) => keys.every(isThere));
    if (set) return set.filter((key) => !this.presented.has(key));
    const wanted = sets[0]!.filter((key) => !isThere(key)).map(keyName);
    throw new SecurityError(
      'SECURITY_ACCESS_DENIED',
      `${what} needs ${describeCondition(condition)}; ${wanted.join(' and ')} was not given`,
      { details: { ...details, keys: wanted } },
    );
  }

  /** Presents what an operation still needs. */
  async unlock(location: FileLocation, operation: Operation): Promise<void> {
    for (const key of await this.missingKeys(location, operation)) {
      await this.present(key);
    }
  }

  /** A rule that cannot be understood need not forbid the reading: then the card is asked. */
  private async unlockIfUnderstood(location: FileLocation): Promise<boolean> {
    const condition = await this.condition(location, 'read');
    if (condition.kind === 'unknown') return false;
    await this.unlock(location, 'read');
    return true;
  }

  /** Presents one key that the caller gave; nothing if that was done before, and never again if it was refused. */
  async present(key: KeyReference): Promise<void> {
    if (this.presented.has(key)) return;
    const value = keyValue(key, this.keys);
    if (!value) throw new SecurityError('SECURITY_ACCESS_DENIED', `${keyName(key)} was not given`);
    const before = this.refused.get(key);
    if (before) throw before;
    if (this.channel.isPending) {
      const message = `${keyName(key)} is not presented: the secure channel is not open yet`;
      throw new SecurityError('SECURITY_ACCESS_DENIED', message);
    }
    try {
      await this.card.present(key, value, this.keys.policy);
    } catch (error) {
      this.refused.set(key, error);
      throw error;
    }
    this.presented.add(key);
  }

  /** Carries out one update of a transparent file; what was read of it before is forgotten. */
  async update(location: FileLocation, update: FileUpdate): Promise<void> {
    this.contents.delete(locationKey(location));
    await this.cardFor(location).updateBinary(location, update.offset, update.data);
  }

  /** Writes one record; what was read of it before is forgotten. */
  async updateRecord(location: FileLocation, record: number, data: Uint8Array): Promise<void> {
    this.records.delete(recordKey(location, record));
    await this.cardFor(location).updateRecord(location, record, data);
  }

  /**
   * EF(DIR) and EF(ICCID) stay on the basic channel, everything else is reached by the application's; everything is
   * once that is a secure one.
   */
  cardFor(location: FileLocation): Card {
    if (this.channel.session) return this.card;
    return 'path' in location && location.path.length === 2 ? this.base : this.card;
  }

  /** How many SELECTs it takes to visit files in this order, from what is selected now. */
  selections(locations: readonly FileLocation[]): number {
    const current = new Map(this.current);
    let count = 0;
    for (const location of locations) {
      const [card, key] = [this.cardFor(location), locationKey(location)];
      if (current.get(card) !== key) count++;
      current.set(card, key);
    }
    return count;
  }

  /**
   * Reads the rule of a file now, if it stands in EF.ARR: a file selected next that has the same rule need not be
   * selected again after its rule was looked up.
   */
  async prefetchRule(location: FileLocation): Promise<void> {
    const info = await this.info(location);
    if (info.security.form === 'referenced') await this.condition(location, 'update');
  }

  private ruleIsKnown(info: FileInfo): boolean {
    return info.security.form !== 'referenced' || this.rulesRead.has(ruleKey(info));
  }
}

/** Two files with the same reference have the same rule, which the card room keeps. */
function ruleKey(info: FileInfo): string {
  return info.security.form === 'none' ? 'none' : info.security.bytes.join();
}

function rangeKey(part: Region | undefined): string {
  return part ? `${part.offset}+${part.length}` : 'all';
}

function recordKey(location: FileLocation, record: number): string {
  return `${locationKey(location)} record ${record}`;
}

function memoized<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known) return known;
  const made = make();
  cache.set(key, made);
  // What failed may succeed later: a file that is created, a rule that a key opens.
  made.catch(() => cache.delete(key));
  return made;
}

export function isDenied(error: unknown): boolean {
  return error instanceof SecurityError && error.code === 'SECURITY_ACCESS_DENIED';
}

/** Whether a file is on the card. */
export async function exists(session: CardSession, location: FileLocation): Promise<boolean> {
  try {
    await session.info(location);
    return true;
  } catch (error) {
    if (error instanceof CardError && error.code === 'CARD_FILE_NOT_FOUND') return false;
    throw error;
  }
}

/** Security errors that only say what a file asks for; the others concern a key that was presented. */
const ABOUT_RULES = ['SECURITY_ACCESS_DENIED', 'SECURITY_PIN_UNUSABLE'];

/**
 * Whether an error says something of this file, so that an operation may go on with others. A reader that is gone
 * ends it, and so does a refused key.
 */
export function isAboutTheCard(error: unknown): error is SimbootError {
  if (!(error instanceof SimbootError)) return false;
  return error.kind === 'card' || error.kind === 'data' || ABOUT_RULES.includes(error.code);
}

/** @throws CardError `CARD_FILE_STRUCTURE`, `CARD_FILE_DEACTIVATED` */
export function requireUsable(info: FileInfo, location: FileLocation): void {
  const file = locationText(location);
  if (info.kind !== 'ef' || info.structure !== 'transparent') {
    const found = info.kind === 'ef' ? (info.structure ?? 'unknown structure') : info.kind.toUpperCase();
    throw new CardError('CARD_FILE_STRUCTURE', `${file} should be a transparent EF, it is: ${found}`, {
      details: { file, found },
    });
  }
  if (info.lifeCycle === 'deactivated' || info.lifeCycle === 'terminated') {
    throw new CardError('CARD_FILE_DEACTIVATED', `${file} is ${info.lifeCycle}`, {
      details: { file, lifeCycle: info.lifeCycle },
    });
  }
}
