/** What SIM and UICC have in common once a file is selected; the two differ in navigation, PIN status and management. */
import type { CommandProcessor } from '../apdu/index.js';
import { hex8 } from '../bytes/index.js';
import { CardError, SecurityError, SimbootError, UsageError } from '../errors/index.js';
import { describeCondition } from './access.js';
import type {
  AccessCondition,
  ApplicationLocation,
  Card,
  CardMode,
  FileInfo,
  FileLocation,
  FileSpec,
  KeyReference,
  KeysNeeded,
  Limits,
  Operation,
  PinStatus,
  PresentPolicy,
} from './card.js';
import {
  readBinary,
  readRecord,
  readRecords,
  updateBinary,
  updateRecord,
  withRecordLength,
} from './content.js';
import { keysNeeded } from './keys-needed.js';
import { keyName } from './names.js';
import type { Navigator } from './navigator.js';
import { describeLocation } from './path.js';
import { manageOnce, presentOnce } from './pins.js';
import type { AccessRules } from './rules.js';
import type { Wire } from './wire.js';

/** The parts of one logical channel. */
export interface CardParts<N extends Navigator> {
  readonly wire: Wire;
  readonly navigator: N;
  readonly rules: AccessRules;
  /** Every command goes through a secure channel. */
  readonly isSecured?: boolean;
}

/** One status word for two reasons: a rule that is not satisfied, and a channel that the card ended by itself. */
const DENIED_INSIDE =
  'Present the key that the rule names. If none is missing, the card has ended the secure channel: it counts or encrypts otherwise; try the deviations of --scp03-deviation.';

export abstract class FileCard<N extends Navigator> implements Card {
  abstract readonly mode: CardMode;
  readonly logicalChannel: number = 0;
  readonly processor: CommandProcessor;
  readonly maxRead: number;
  readonly maxUpdate: number;
  /** Keys that the card refused without telling the tries left: another attempt could be the last. */
  private readonly refused = new Set<KeyReference>();
  private isClosed = false;

  constructor(protected readonly parts: CardParts<N>) {
    this.processor = parts.wire.processor;
    this.maxRead = parts.wire.maxRead;
    this.maxUpdate = parts.wire.maxUpdate;
  }

  abstract pinStatus(key: KeyReference): Promise<PinStatus>;
  abstract createFile(parent: FileLocation, file: FileSpec): Promise<void>;
  abstract resizeFile(location: FileLocation, size: number): Promise<void>;
  abstract deleteFile(location: FileLocation): Promise<void>;
  abstract openLogicalChannel(): Promise<Card>;
  abstract secured(processor: CommandProcessor, limits: Limits): Card;

  async select(location: FileLocation): Promise<FileInfo> {
    return this.navigator.select(location);
  }

  async selectApplication(application: ApplicationLocation): Promise<FileInfo> {
    return this.navigator.select({ application, relative: [] });
  }

  async readBinary(
    location: FileLocation,
    range?: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array> {
    // Behind an SFI there is one octet of offset.
    const mayUseSfi = (range?.offset ?? 0) <= 0xff && range?.length !== 0;
    return this.reading(location, mayUseSfi, (info, sfi) =>
      readBinary(this.parts.wire, info, describeLocation(location), range, sfi),
    );
  }

  async updateBinary(location: FileLocation, offset: number, data: Uint8Array): Promise<void> {
    const info = await this.navigator.open(location);
    await this.explained(location, 'update', () =>
      updateBinary(this.parts.wire, info, describeLocation(location), offset, data),
    );
  }

  async readRecord(location: FileLocation, record: number): Promise<Uint8Array> {
    return this.reading(location, true, async (info, sfi) => {
      const octets = await readRecord(this.parts.wire, info, describeLocation(location), record, sfi);
      this.learnRecordLength(location, info, octets);
      return octets;
    });
  }

  async readRecords(location: FileLocation): Promise<Uint8Array[]> {
    return this.reading(location, true, async (info, sfi) => {
      const records = await readRecords(this.parts.wire, info, describeLocation(location), sfi);
      this.learnRecordLength(location, info, records[0]);
      return records;
    });
  }

  async updateRecord(location: FileLocation, record: number, data: Uint8Array): Promise<void> {
    const info = await this.navigator.open(location);
    await this.explained(location, 'update', () =>
      updateRecord(this.parts.wire, info, describeLocation(location), record, data),
    );
  }

  async accessCondition(location: FileLocation, operation: Operation): Promise<AccessCondition> {
    this.checkOpen();
    return this.parts.rules.condition(location, operation);
  }

  async keysNeeded(location: FileLocation, operation: Operation): Promise<KeysNeeded> {
    const condition = await this.accessCondition(location, operation);
    if (condition.kind === 'always' || condition.kind === 'never') return keysNeeded(condition, []);
    return keysNeeded(condition, await this.parts.rules.pins(location), {
      secureChannel: this.parts.isSecured ?? false,
    });
  }

  async present(key: KeyReference, value: Uint8Array, policy: PresentPolicy = {}): Promise<void> {
    await this.withTries(key, () => presentOnce(this.parts.wire, this.statusOf, key, value, policy));
    this.presented(key);
  }

  async changePin(
    key: KeyReference,
    value: Uint8Array,
    next: Uint8Array,
    policy: PresentPolicy = {},
  ): Promise<void> {
    const command = { kind: 'change', next } as const;
    await this.withTries(key, () => manageOnce(this.parts.wire, this.statusOf, key, value, command, policy));
    this.presented(key);
  }

  async enablePin(key: KeyReference, value: Uint8Array, policy: PresentPolicy = {}): Promise<void> {
    await this.switchPin(key, value, 'enable', policy);
    this.presented(key);
  }

  disablePin(key: KeyReference, value: Uint8Array, policy: PresentPolicy = {}): Promise<void> {
    return this.switchPin(key, value, 'disable', policy);
  }

  private async switchPin(
    key: KeyReference,
    value: Uint8Array,
    kind: 'enable' | 'disable',
    policy: PresentPolicy,
  ): Promise<void> {
    await this.withTries(key, () => manageOnce(this.parts.wire, this.statusOf, key, value, { kind }, policy));
    this.parts.navigator.pinSwitched(key, kind === 'enable');
  }

  private readonly statusOf = (key: KeyReference): Promise<PinStatus> => this.pinStatus(key);

  /** Never a second value for a key whose counter nobody knows. */
  private async withTries(key: KeyReference, act: () => Promise<void>): Promise<void> {
    this.checkOpen();
    if (this.refused.has(key)) {
      const message = `${keyName(key)} was refused before, and the card does not tell the tries left: not presented again`;
      throw new SecurityError('SECURITY_TRIES_UNKNOWN', message, { details: { key: hex8(key) } });
    }
    try {
      await act();
    } catch (error) {
      const isWrong = error instanceof SecurityError && error.code === 'SECURITY_PIN_WRONG';
      if (isWrong && error.details.tries === undefined) this.refused.add(key);
      throw error;
    }
  }

  async close(): Promise<void> {
    // The basic channel stays open as long as the card is powered.
  }

  /** What a view remembers of a key that the card accepted. */
  protected presented(_key: KeyReference): void {}

  protected get navigator(): N {
    this.checkOpen();
    return this.parts.navigator;
  }

  protected shut(): void {
    this.isClosed = true;
  }

  protected get isShut(): boolean {
    return this.isClosed;
  }

  protected checkOpen(): void {
    if (!this.isClosed) return;
    throw new UsageError('USAGE_CARD_CLOSED', `logical channel ${this.logicalChannel} of the card is closed`);
  }

  /** Reads by SFI where that saves a SELECT; if the card does not do that, the file is selected after all. */
  private async reading<T>(
    location: FileLocation,
    mayUseSfi: boolean,
    read: (info: FileInfo, sfi?: number) => Promise<T>,
  ): Promise<T> {
    const { navigator } = this;
    if (mayUseSfi) {
      const { info, sfi } = await navigator.approach(location);
      if (sfi === undefined) return this.explained(location, 'read', () => read(info));
      try {
        const result = await this.explained(location, 'read', () => read(info, sfi));
        navigator.arrivedBySfi(location);
        return result;
      } catch (error) {
        if (!(error instanceof CardError)) throw error;
      }
    }
    const info = await navigator.open(location);
    return this.explained(location, 'read', () => read(info));
  }

  private learnRecordLength(location: FileLocation, info: FileInfo, record: Uint8Array | undefined): void {
    if (record && info.recordLength === undefined) {
      this.parts.navigator.learn(location, withRecordLength(info, record.length));
    }
  }

  /** Where the card denies access, says which key the file's rule asks for. */
  private async explained<T>(
    location: FileLocation,
    operation: Operation,
    act: () => Promise<T>,
  ): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof SecurityError) || error.code !== 'SECURITY_ACCESS_DENIED') throw error;
      const condition = await this.conditionOrNothing(location, operation);
      if (!condition || condition.kind === 'unknown') throw error;
      throw new SecurityError(
        'SECURITY_ACCESS_DENIED',
        `${error.message}; its rule for ${operation}: ${describeCondition(condition)}`,
        {
          cause: error,
          ...(this.parts.isSecured ? { next: DENIED_INSIDE } : {}),
          details: {
            ...error.details,
            operation,
            rule: describeCondition(condition),
            ...(condition.kind === 'key' ? { key: hex8(condition.key) } : {}),
          },
        },
      );
    }
  }

  private async conditionOrNothing(
    location: FileLocation,
    operation: Operation,
  ): Promise<AccessCondition | undefined> {
    try {
      return await this.accessCondition(location, operation);
    } catch (error) {
      if (error instanceof SimbootError) return undefined;
      throw error;
    }
  }
}
