/** An open secure channel as a command processor: everything sent through it is protected (GPC Amendment D §5.6). */
import {
  type CardChannel,
  type CommandApdu,
  type CommandProcessor,
  channelOfCla,
  type ObservedChannel,
  observe,
  type ResponseApdu,
  SW,
} from '../../apdu/index.js';
import { hex8 } from '../../bytes/index.js';
import { type KeyHandle, type StaticKeys, wipeStaticKeys } from '../../crypto/index.js';
import { SecurityError, UsageError } from '../../errors/index.js';
import type { Scp03Mode, SecurityLevel } from './parameters.js';
import type { SecureMessaging } from './secure-messaging.js';
import { type SessionKeys, wipeSessionKeys } from './session-keys.js';

/** One exchange in both forms. The plain parts are what the channel hides. */
export interface SecureExchange {
  readonly plain: CommandApdu;
  readonly wrapped: CommandApdu;
  readonly wrappedResponse: ResponseApdu;
  readonly plainResponse: ResponseApdu;
}
export type ExchangeListener = (exchange: SecureExchange) => void;

/** What the handshake found out. */
export interface SessionFacts {
  readonly level: SecurityLevel;
  readonly logicalChannel: number;
  readonly mode: Scp03Mode;
  /** As the card reported it. */
  readonly keyVersion: number;
  readonly diversificationData: Uint8Array;
  readonly staticKeys: StaticKeys;
  /** The static keys were derived for this session, and end with it. */
  readonly ownsStaticKeys: boolean;
  readonly warnings: readonly string[];
  readonly onExchange?: ExchangeListener;
}

const MANAGE_CHANNEL = 0x70;
const SELECT = 0xa4;

/**
 * Made by `Scp03Handshake.complete`. Once it is broken or closed it refuses for ever: host and card no longer share
 * counter and MAC chain, and what comes back could be anybody's.
 */
export class Scp03Session implements CommandProcessor {
  /** The card's channel, observed: a reset or an unwrapped command through it ends the session. */
  readonly channel: CardChannel;
  readonly level: SecurityLevel;
  readonly logicalChannel: number;
  readonly mode: Scp03Mode;
  readonly keyVersion: number;
  readonly diversificationData: Uint8Array;
  readonly warnings: readonly string[];
  readonly #facts: SessionFacts;
  readonly #messaging: SecureMessaging;
  readonly #keys: SessionKeys;
  readonly #forget: () => void;
  #ended: string | undefined;
  #sending = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly lower: CommandProcessor,
    messaging: SecureMessaging,
    keys: SessionKeys,
    facts: SessionFacts,
  ) {
    this.#facts = facts;
    this.#messaging = messaging;
    this.#keys = keys;
    this.level = facts.level;
    this.logicalChannel = facts.logicalChannel;
    this.mode = facts.mode;
    this.keyVersion = facts.keyVersion;
    this.diversificationData = facts.diversificationData;
    this.warnings = facts.warnings;
    const observed: ObservedChannel = observe(lower.channel);
    this.channel = observed;
    this.#forget = observed.observe({
      transmitting: (command) => this.#heard(command),
      resetting: () => this.#end('the card was reset'),
      closing: () => this.#end('the connection to the card was closed'),
    });
  }

  /** Why the session is over; nothing while it is open. */
  get endedBecause(): string | undefined {
    return this.#ended;
  }

  /** Most octets of data that one command carries with a short length. */
  get maxCommandData(): number {
    return this.#messaging.maxCommandData;
  }

  /** Most octets that one response carries with a short length; an `le` above it cannot be answered. */
  get maxResponseData(): number {
    return this.#messaging.maxResponseData;
  }

  /** The card's data encryption key, for PUT KEY and STORE DATA (§6.2.8). It is static: there is no session DEK. */
  get dek(): KeyHandle {
    return this.#facts.staticKeys.dek;
  }

  /**
   * Sends one command in the channel; MANAGE CHANNEL from another logical channel goes in clear, as it must. Calls that
   * overlap wait for one another. A wrong length that the card corrects
   * (6Cxx) is wrapped anew, with the next counter and MAC chaining value.
   *
   * @param command with the class of this session's logical channel, without secure messaging
   * @throws SecurityError `SECURITY_SESSION_BROKEN` once the session is over; `SECURITY_RESPONSE` for a response that
   *   is not the card's, which ends it
   * @throws UsageError `USAGE_ARGUMENT`, before anything is sent, for another logical channel, for the selection of
   *   an application (it would end the channel, §5.6) or for a command that does not fit
   */
  send(command: CommandApdu): Promise<ResponseApdu> {
    const turn = this.#queue.then(() => this.#sendNow(command));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the session and wipes its keys. The card forgets the channel with the next selection or reset. */
  close(): void {
    this.#end('it was closed');
  }

  async #sendNow(command: CommandApdu): Promise<ResponseApdu> {
    if (command.ins === MANAGE_CHANNEL && channelOfCla(command.cla) !== this.logicalChannel) {
      return this.#manageChannel(command);
    }
    this.#requireOpen();
    this.#requireUsable(command);
    const response = await this.#exchange(command);
    const wrongLength = response.sw >> 8 === 0x6c && command.le !== undefined;
    return wrongLength ? this.#exchange({ ...command, le: response.sw & 0xff || 0x100 }) : response;
  }

  /** Logical channels are opened and closed from another one, where this session protects nothing. */
  async #manageChannel(command: CommandApdu): Promise<ResponseApdu> {
    const response = await this.lower.send(command);
    if (command.p1 === 0x80 && command.p2 === this.logicalChannel && response.sw === SW.OK) {
      this.#end('its logical channel was closed');
    }
    return response;
  }

  async #exchange(plain: CommandApdu): Promise<ResponseApdu> {
    const wrapped = this.#messaging.wrap(plain);
    this.#sending = true;
    try {
      const announced = this.#messaging.protection.responseMac ? 'always' : 'with-le';
      const wrappedResponse = await this.lower.send(wrapped, { wrongLength: 'return', announced });
      this.#requireOpen();
      this.#requireCardGoesOn(plain, wrappedResponse.sw);
      const plainResponse = this.#messaging.unwrap(wrappedResponse);
      this.#facts.onExchange?.({ plain, wrapped, wrappedResponse, plainResponse });
      return plainResponse;
    } catch (error) {
      this.#end(error instanceof Error ? `an exchange failed: ${error.message}` : 'an exchange failed');
      throw error;
    } finally {
      this.#sending = false;
    }
  }

  #requireOpen(): void {
    if (this.#ended === undefined) return;
    throw new SecurityError('SECURITY_SESSION_BROKEN', `the secure channel is over: ${this.#ended}`, {
      details: { reason: this.#ended },
    });
  }

  /**
   * A card that ends the channel by itself says 6982, which commands on protected files get, too; but selecting a file
   * takes no right (TS 102 221 §11.1.1), so there it has that one meaning.
   */
  #requireCardGoesOn({ ins }: CommandApdu, sw: number): void {
    const isEnded = ins === SELECT && sw === SW.SECURITY_STATUS_NOT_SATISFIED;
    if (!isEnded || !this.#messaging.protection.commandMac) return;
    this.#end('the card ended it: it refuses even the selection of a file (status word 6982)');
    this.#requireOpen();
  }

  #requireUsable(command: CommandApdu): void {
    const channel = channelOfCla(command.cla);
    if (channel !== this.logicalChannel) {
      throw new UsageError(
        'USAGE_ARGUMENT',
        `class ${hex8(command.cla)} is of logical channel ${channel}, the secure channel is on ${this.logicalChannel}`,
      );
    }
    if (command.ins === SELECT && command.p1 === 0x04) {
      throw new UsageError(
        'USAGE_ARGUMENT',
        'selecting an application ends the secure channel: close it first',
        {
          next: 'Select files by identifier or path inside the channel.',
        },
      );
    }
  }

  /** Anything on this logical channel that did not come from here ends the session (§5.6). */
  #heard(command: Uint8Array): void {
    const [cla = 0, ins, p1, p2] = command;
    if (ins === MANAGE_CHANNEL && p1 === 0x80 && (p2 || channelOfCla(cla)) === this.logicalChannel) {
      this.#end('its logical channel was closed');
      return;
    }
    if (channelOfCla(cla) !== this.logicalChannel || ins === MANAGE_CHANNEL) return;
    if (this.level === 0x00 && !(ins === SELECT && p1 === 0x04) && ins !== 0x50) return;
    const secured = (cla & 0x40) === 0 ? (cla & 0x04) !== 0 : (cla & 0x20) !== 0;
    if (this.#sending && (secured || ins === 0xc0)) return;
    this.#end(
      ins === SELECT && p1 === 0x04
        ? 'an application was selected on its logical channel'
        : 'an unwrapped command was sent on its logical channel',
    );
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#forget();
    wipeSessionKeys(this.#keys);
    if (this.#facts.ownsStaticKeys) wipeStaticKeys(this.#facts.staticKeys);
  }
}
