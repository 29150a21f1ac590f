/** One place for everything between "send this command" and the octets of the reader: T=0 form, 61xx, 9Fxx, 6Cxx, 67xx. */
import { concat } from '../bytes/index.js';
import { CardError } from '../errors/index.js';
import { CLA_2G, channelOfCla, claForChannel } from './cla.js';
import { type CommandApdu, encodeCommand, encodeForT0 } from './command.js';
import type { CardChannel } from './ports.js';
import { decodeResponse, type ResponseApdu } from './response.js';

/** What a layer above may ask of the one below, because only it can make a command again or expects more octets. */
export interface SendOptions {
  /** `return` hands a wrong-length answer (6Cxx, 67xx) back: a command with a MAC must not be repeated as it is. */
  readonly wrongLength?: 'repeat' | 'return';
  /** `always` fetches an announced answer also for a command without `le`: a response MAC comes that way. */
  readonly announced?: 'with-le' | 'always';
}

/** Sends commands and returns whole answers. Layers (a secure channel, for example) wrap one another. */
export interface CommandProcessor {
  readonly channel: CardChannel;
  /**
   * @returns the complete answer. An announced answer (61xx, 9Fxx) is fetched only if the command has an `le`;
   * otherwise the announcing status word comes back as it is (`options` change both).
   * @throws ReaderError from the channel
   * @throws CardError `CARD_RESPONSE` if the card's announcements never end
   */
  send(command: CommandApdu, options?: SendOptions): Promise<ResponseApdu>;
}

/** An answer longer than this is a card that never stops announcing. */
const MAX_ANSWER = 0x10000;

/**
 * The lowest layer: APDU cases and answers in pieces, the same for T=0 and T=1, 2G and 3G.
 *
 * @example
 * const [channel] = await openReader('sim:uicc-t0');
 * const select = { cla: 0x00, ins: 0xa4, p1: 0x00, p2: 0x04, data: fromHex('3F00'), le: 256 };
 * (await new ApduProcessor(channel!).send(select)).sw // → SW.OK
 */
export class ApduProcessor implements CommandProcessor {
  constructor(readonly channel: CardChannel) {}

  async send(command: CommandApdu, options: SendOptions = {}): Promise<ResponseApdu> {
    let response = await this.exchange(command);
    const corrected = options.wrongLength === 'return' ? undefined : correctedLe(command, response);
    if (corrected !== undefined) response = await this.exchange({ ...command, le: corrected });
    if (command.le === undefined && options.announced !== 'always') return response;

    const parts = [response.data];
    let length = response.data.length;
    while (response.sw >> 8 === 0x61 || response.sw >> 8 === 0x9f) {
      response = await this.getResponse(command.cla, response.sw & 0xff || 0x100);
      parts.push(response.data);
      length += response.data.length;
      if (length > MAX_ANSWER || parts.length > MAX_ANSWER / 0x100 + 1) {
        throw new CardError('CARD_RESPONSE', 'the card keeps announcing more data without end');
      }
    }
    return { data: parts.length === 1 ? response.data : concat(...parts), sw: response.sw };
  }

  private async getResponse(cla: number, le: number): Promise<ResponseApdu> {
    const get = { cla: getResponseCla(cla), ins: 0xc0, p1: 0, p2: 0, le };
    const response = await this.exchange(get);
    const corrected = correctedLe(get, response);
    return corrected === undefined ? response : this.exchange({ ...get, le: corrected });
  }

  private async exchange(command: CommandApdu): Promise<ResponseApdu> {
    const bytes = this.channel.protocol === 'T=0' ? encodeForT0(command) : encodeCommand(command);
    return decodeResponse(await this.channel.transmit(bytes));
  }
}

/** GET RESPONSE goes to the same logical channel in the interindustry class, or in the GSM class (TS 102 221 §10.1.1). */
function getResponseCla(cla: number): number {
  return cla === CLA_2G ? CLA_2G : claForChannel(0x00, channelOfCla(cla));
}

/** The length that the card wants instead: 6Cxx (TS 102 221 §10.2.1.5), or 67xx of a 2G card (TS 51.011 §9.4.6). */
function correctedLe(command: CommandApdu, response: ResponseApdu): number | undefined {
  if (command.le === undefined || response.data.length > 0) return undefined;
  const [first, second] = [response.sw >> 8, response.sw & 0xff];
  if (first === 0x6c) return second || 0x100;
  const isReadWithout2gLength = command.cla === CLA_2G && command.data === undefined;
  return first === 0x67 && second !== 0 && isReadWithout2gLength ? second : undefined;
}
