/**
 * The card as all steps of one record see it: keys come from the record and are presented once, what is read is kept, and
 * the logical channel of an application stays open for the next step.
 */
import type { CommandProcessor } from '../../apdu/index.js';
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
} from '../../card/index.js';
import type { KeyRing } from './keys.js';
import { placeOf, type Reads } from './reads.js';

/** What the views of one card share. */
export interface SharedWork {
  readonly ring: KeyRing;
  readonly reads: Reads;
  /** The logical channel that is open. */
  channel?: WorkCard | undefined;
}

export class WorkCard implements Card {
  readonly mode: CardMode;
  readonly logicalChannel: number;
  readonly processor: CommandProcessor;
  readonly maxRead: number;
  readonly maxUpdate: number;
  readonly #presented = new Set<KeyReference>();

  constructor(
    readonly inner: Card,
    private readonly shared: SharedWork,
    private readonly staysOpen: boolean,
  ) {
    this.mode = inner.mode;
    this.logicalChannel = inner.logicalChannel;
    this.processor = inner.processor;
    this.maxRead = inner.maxRead;
    this.maxUpdate = inner.maxUpdate;
  }

  select(location: FileLocation): Promise<FileInfo> {
    return this.inner.select(location);
  }

  selectApplication(application: ApplicationLocation): Promise<FileInfo> {
    return this.inner.selectApplication(application);
  }

  async readBinary(
    location: FileLocation,
    range?: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array> {
    const octets = await this.inner.readBinary(location, range);
    this.shared.reads.add(`${placeOf(location)} @${range?.offset ?? 0}`, octets);
    return octets;
  }

  updateBinary(location: FileLocation, offset: number, data: Uint8Array): Promise<void> {
    return this.inner.updateBinary(location, offset, data);
  }

  async readRecord(location: FileLocation, record: number): Promise<Uint8Array> {
    const octets = await this.inner.readRecord(location, record);
    this.shared.reads.add(`${placeOf(location)} #${record}`, octets);
    return octets;
  }

  async readRecords(location: FileLocation): Promise<Uint8Array[]> {
    const records = await this.inner.readRecords(location);
    records.forEach((octets, index) => {
      this.shared.reads.add(`${placeOf(location)} #${index + 1}`, octets);
    });
    return records;
  }

  updateRecord(location: FileLocation, record: number, data: Uint8Array): Promise<void> {
    return this.inner.updateRecord(location, record, data);
  }

  accessCondition(location: FileLocation, operation: Operation): Promise<AccessCondition> {
    return this.inner.accessCondition(location, operation);
  }

  keysNeeded(location: FileLocation, operation: Operation): Promise<KeysNeeded> {
    return this.inner.keysNeeded(location, operation);
  }

  pinStatus(key: KeyReference): Promise<PinStatus> {
    return this.inner.pinStatus(key);
  }

  /** The value is that of the record, whatever is given here: only the ring knows which one the card has now. */
  async present(key: KeyReference, value?: Uint8Array, policy?: PresentPolicy): Promise<void> {
    if (this.#presented.has(key)) return;
    if (value !== undefined && !this.shared.ring.has(key)) await this.inner.present(key, value, policy);
    else await this.shared.ring.present(this.inner, key);
    this.#presented.add(key);
  }

  changePin(key: KeyReference, value: Uint8Array, next: Uint8Array, policy?: PresentPolicy): Promise<void> {
    return this.inner.changePin(key, value, next, policy);
  }

  enablePin(key: KeyReference, value: Uint8Array, policy?: PresentPolicy): Promise<void> {
    return this.inner.enablePin(key, value, policy);
  }

  disablePin(key: KeyReference, value: Uint8Array, policy?: PresentPolicy): Promise<void> {
    return this.inner.disablePin(key, value, policy);
  }

  createFile(parent: FileLocation, file: FileSpec): Promise<void> {
    return this.inner.createFile(parent, file);
  }

  resizeFile(location: FileLocation, size: number): Promise<void> {
    return this.inner.resizeFile(location, size);
  }

  deleteFile(location: FileLocation): Promise<void> {
    return this.inner.deleteFile(location);
  }

  secured(processor: CommandProcessor, limits: Limits): Card {
    if (this.shared.channel === this) this.shared.channel = undefined;
    return new WorkCard(this.inner.secured(processor, limits), this.shared, false);
  }

  async openLogicalChannel(): Promise<Card> {
    this.shared.channel ??= new WorkCard(await this.inner.openLogicalChannel(), this.shared, true);
    return this.shared.channel;
  }

  async close(): Promise<void> {
    if (!this.staysOpen) await this.inner.close();
  }
}
