/** A UICC in 3G mode (TS 102 221, TS 102 222; DM 2.0 G.3): one view a logical channel. */
import { type CommandProcessor, claForChannel, isDone, statusError } from '../apdu/index.js';
import { encodeTlv, hex16, toHex, uint16 } from '../bytes/index.js';
import { CardError, UsageError } from '../errors/index.js';
import type { Card, FileLocation, FileSpec, KeyReference, Limits, PinStatus } from './card.js';
import { type CardMemory, newCardMemory } from './card-memory.js';
import { CREATE_FCP } from './create.js';
import { FileCard } from './file-card.js';
import { Navigator3g, type SelectedApplication } from './navigator-3g.js';
import { describeLocation } from './path.js';
import { pinStatus3g } from './pins.js';
import { AccessRules } from './rules.js';
import { demand } from './wire.js';

const MAX_CHANNEL = 19;

/** What one exchange carries; more only where the card said that it knows extended lengths. */
export const SHORT_LIMITS: Limits = { maxRead: 256, maxUpdate: 255 };

export class UiccCard extends FileCard<Navigator3g> {
  readonly mode = '3g';
  override readonly logicalChannel: number;

  constructor(
    processor: CommandProcessor,
    private readonly limits: Limits = SHORT_LIMITS,
    logicalChannel = 0,
    private readonly memory: CardMemory = newCardMemory(),
    /** What a secure channel was opened to on this logical channel. */
    private readonly application?: SelectedApplication,
  ) {
    const wire = { processor, cla: claForChannel(0x00, logicalChannel), ...limits };
    // After power-on, and on a channel opened from the basic one, the MF is current (TS 102 221 §8.8).
    const navigator = new Navigator3g(wire, memory, application);
    const isSecured = application !== undefined;
    super({ wire, navigator, rules: new AccessRules(wire, navigator, memory), isSecured });
    this.logicalChannel = logicalChannel;
  }

  async pinStatus(key: KeyReference): Promise<PinStatus> {
    this.checkOpen();
    return pinStatus3g(this.parts.wire, key);
  }

  async createFile(parent: FileLocation, file: FileSpec): Promise<void> {
    const data = CREATE_FCP.encode(file);
    await this.navigator.enter(parent);
    const action = `CREATE FILE ${hex16(file.fid)} in ${describeLocation(parent)}`;
    await demand(this.parts.wire, { ins: 0xe0, p1: 0, p2: 0, data }, action);
    // A new DF is the current directory now, a new EF the current file in the same one.
    this.changed(parent, file.kind === 'df');
  }

  async resizeFile(location: FileLocation, size: number): Promise<void> {
    if (!Number.isInteger(size) || size < 1 || size > 0xffff) {
      throw new UsageError('USAGE_ARGUMENT', `a file size of ${size} is outside 1 to 65535 octets`);
    }
    const fid = await this.enterParentOf(location);
    const data = encodeTlv(0x62, encodeTlv(0x83, uint16(fid)), encodeTlv(0x80, uint16(size)));
    // RESIZE FILE is in the proprietary class (TS 102 222 §6.10).
    const cla = claForChannel(0x80, this.logicalChannel);
    const action = `RESIZE FILE ${describeLocation(location)} to ${size}`;
    const response = await this.processor.send({ cla, ins: 0xd4, p1: 0, p2: 0, data });
    if (!isDone(response.sw)) throw statusError(response.sw, action);
    this.changed(location, false);
  }

  async deleteFile(location: FileLocation): Promise<void> {
    const data = uint16(await this.enterParentOf(location));
    const action = `DELETE FILE ${describeLocation(location)}`;
    await demand(this.parts.wire, { ins: 0xe4, p1: 0, p2: 0, data }, action);
    this.changed(location, false);
  }

  async openLogicalChannel(): Promise<Card> {
    this.checkOpen();
    if (this.application) {
      throw new UsageError(
        'USAGE_ARGUMENT',
        'a logical channel is opened from a view without a secure channel',
      );
    }
    const command = { cla: 0x00, ins: 0x70, p1: 0, p2: 0, le: 1 };
    const { data, sw } = await this.processor.send(command);
    if (!isDone(sw)) {
      const cause = statusError(sw, 'MANAGE CHANNEL open');
      throw new CardError('CARD_CHANNEL', cause.message, { cause, details: cause.details });
    }
    const channel = data[0];
    if (data.length !== 1 || channel === undefined || channel < 1 || channel > MAX_CHANNEL) {
      const answer = toHex(data) || 'nothing';
      throw new CardError(
        'CARD_RESPONSE',
        `MANAGE CHANNEL open: the card answered ${answer}, no channel of 1 to 19`,
      );
    }
    return new UiccCard(this.processor, this.limits, channel, this.memory);
  }

  secured(processor: CommandProcessor, limits: Limits): Card {
    const application = this.navigator.selectedApplication;
    if (!application) {
      const message = `logical channel ${this.logicalChannel} has no application selected by its AID`;
      throw new CardError('CARD_MODE', message, {
        next: 'A secure channel belongs to an application: select it first.',
      });
    }
    this.shut();
    // How this card wants its commands stays known; what it said of its files in clear is asked again.
    const { selectP2, selectsByPath, knowsCurrentAdf } = this.memory;
    const memory = { ...newCardMemory(), selectP2: new Map(selectP2), selectsByPath, knowsCurrentAdf };
    return new UiccCard(processor, limits, this.logicalChannel, memory, application);
  }

  override async close(): Promise<void> {
    if (this.logicalChannel === 0 || this.isShut) return;
    this.shut();
    const command = { cla: 0x00, ins: 0x70, p1: 0x80, p2: this.logicalChannel };
    const { sw } = await this.processor.send(command);
    if (!isDone(sw)) throw statusError(sw, `MANAGE CHANNEL close ${this.logicalChannel}`);
  }

  /** Goes to the directory that holds the file; returns the file's identifier there. */
  private async enterParentOf(location: FileLocation): Promise<number> {
    const path = 'relative' in location ? location.relative : location.path;
    // Only the answer of an ADF tells the identifier of an application that has no path.
    const fid = path.at(-1) ?? (await this.navigator.info(location)).fid;
    const parent = this.navigator.parent(location);
    if (fid === undefined || !parent) {
      throw new CardError('CARD_MODE', `${describeLocation(location)} has no identifier to manage it by`);
    }
    await this.navigator.enter(parent);
    return fid;
  }

  /** The card's tree is another one now: what was learned about files may not hold any more. */
  private changed(location: FileLocation, moved: boolean): void {
    this.parts.navigator.forget(location, moved);
    this.memory.rules.clear();
  }
}
