/** Wrapping of commands and unwrapping of responses: MAC chain and counter of one session (GPC Amendment D §6.2.3-6.2.7). */
import type { CommandApdu, ResponseApdu } from '../../apdu/index.js';
import { hex16, uint16 } from '../../bytes/index.js';
import { pad80, sameSecret, unpad80 } from '../../crypto/index.js';
import { SecurityError, UsageError } from '../../errors/index.js';
import { secureCla } from './cla.js';
import {
  type Deviation,
  macLength,
  type Protection,
  protectionOf,
  type Scp03Mode,
  type SecurityLevel,
} from './parameters.js';
import type { SessionKeys } from './session-keys.js';

export interface MessagingOptions {
  readonly mode: Scp03Mode;
  readonly level: SecurityLevel;
  readonly deviations?: readonly Deviation[];
  /** Allows wrapped commands that need an extended length; off, they are refused before anything is sent. */
  readonly extendedLength?: boolean;
}

/**
 * The state that host and card share: MAC chaining value and encryption counter. It does no I/O and knows nothing of
 * a card; `Scp03Session` drives it.
 */
export class SecureMessaging {
  readonly protection: Protection;
  readonly macLength: 8 | 16;
  readonly #keys: SessionKeys;
  readonly #extendedLength: boolean;
  readonly #encryptsEmptyData: boolean;
  readonly #countsEmptyData: boolean;
  #chaining: Uint8Array = new Uint8Array(16);
  /** The counter of the latest command, a block of 16 octets (§6.2.6). */
  readonly #counter = new Uint8Array(16);

  constructor(keys: SessionKeys, options: MessagingOptions) {
    const { deviations = [] } = options;
    if (deviations.includes('encrypt-empty-data') && deviations.includes('no-count-on-empty-data')) {
      throw new UsageError(
        'USAGE_ARGUMENT',
        'a card either encrypts empty data or does not count such commands, not both',
      );
    }
    this.#keys = keys;
    this.#extendedLength = options.extendedLength === true;
    this.#encryptsEmptyData = deviations.includes('encrypt-empty-data');
    this.#countsEmptyData = !deviations.includes('no-count-on-empty-data');
    this.protection = protectionOf(options.level);
    this.macLength = macLength(options.mode);
  }

  /** Most octets of data that a command with a short length carries. */
  get maxCommandData(): number {
    if (!this.protection.commandMac) return 0xff;
    const room = 0xff - this.macLength;
    return this.protection.commandEncryption ? room - (room % 16) - 1 : room;
  }

  /** Most octets that a response to a command with a short length carries. */
  get maxResponseData(): number {
    if (!this.protection.responseMac) return 0x100;
    const room = 0x100 - this.macLength;
    return this.protection.responseEncryption ? room - (room % 16) - 1 : room;
  }

  /**
   * EXTERNAL AUTHENTICATE with its MAC; the first MAC of the chain, at any level, and never encrypted (§6.2.3).
   *
   * @param command without a MAC
   */
  authenticate(command: CommandApdu): CommandApdu {
    return this.#withMac(command, command.data ?? new Uint8Array(0));
  }

  /**
   * A command as it goes to the card. Every call moves counter and chain on, so each result is sent once and in order.
   *
   * @throws UsageError `USAGE_ARGUMENT` for a class that cannot be secured or a wrapped command that does not fit; the
   *   state is unchanged then
   */
  wrap(command: CommandApdu): CommandApdu {
    if (!this.protection.commandMac) return command;
    const data = command.data ?? new Uint8Array(0);
    const counter = this.#nextCounter(data.length > 0);
    const encrypts = this.protection.commandEncryption && (data.length > 0 || this.#encryptsEmptyData);
    const body = encrypts
      ? this.#keys.enc.encryptCbc(this.#keys.enc.encryptBlock(counter), pad80(data))
      : data;
    const wrapped = this.#withMac(command, body);
    this.#counter.set(counter);
    return wrapped;
  }

  /**
   * The plain response to the latest command.
   *
   * @throws SecurityError `SECURITY_RESPONSE` for a wrong or missing MAC, wrong padding, or data with an error status;
   *   the session must not go on then
   */
  unwrap(response: ResponseApdu): ResponseApdu {
    if (!this.protection.responseMac) return response;
    const { data, sw } = response;
    if (!carriesMac(sw)) {
      if (data.length === 0) return response;
      throw refused(sw, `${data.length} octets without protection`);
    }
    if (data.length < this.macLength) throw refused(sw, 'the response MAC is missing');
    const body = data.subarray(0, data.length - this.macLength);
    const expected = this.#keys.rmac.cmac(this.#chaining, body, uint16(sw));
    if (!sameSecret(expected.slice(0, this.macLength), data.slice(body.length))) {
      throw refused(sw, 'the response MAC is wrong');
    }
    if (!this.protection.responseEncryption || body.length === 0) return { data: body.slice(), sw };
    if (body.length % 16 !== 0) throw refused(sw, `${body.length} octets are no whole blocks`);
    const block = this.#counter.slice();
    block[0] = 0x80;
    const plain = unpad80(this.#keys.enc.decryptCbc(this.#keys.enc.encryptBlock(block), body));
    if (plain === undefined) throw refused(sw, 'the padding is wrong');
    return { data: plain, sw };
  }

  #withMac(command: CommandApdu, body: Uint8Array): CommandApdu {
    const cla = secureCla(command.cla);
    const data = new Uint8Array(body.length + this.macLength);
    data.set(body);
    const extended = data.length > 0xff || (command.le ?? 0) > 0x100;
    if (data.length > 0xffff || (extended && !this.#extendedLength)) {
      throw new UsageError(
        'USAGE_ARGUMENT',
        `the secured command is too long; with a short length at most ${this.maxCommandData} octets go out and ` +
          `${this.maxResponseData} come back here`,
      );
    }
    const header = extended
      ? [cla.mac, command.ins, command.p1, command.p2, 0, data.length >> 8, data.length & 0xff]
      : [cla.mac, command.ins, command.p1, command.p2, data.length];
    const mac = this.#keys.mac.cmac(this.#chaining, new Uint8Array(header), body);
    this.#chaining = mac;
    data.set(mac.subarray(0, this.macLength), body.length);
    const { ins, p1, p2, le } = command;
    return le === undefined ? { cla: cla.wire, ins, p1, p2, data } : { cla: cla.wire, ins, p1, p2, data, le };
  }

  #nextCounter(hasData: boolean): Uint8Array {
    const counter = this.#counter.slice();
    if (!hasData && !this.#countsEmptyData) return counter;
    for (let at = 15; at >= 0; at--) {
      counter[at]! += 1;
      if (counter[at] !== 0) break;
    }
    return counter;
  }
}

/** 9000 and the warnings carry a response MAC, errors do not (§6.2.5). */
function carriesMac(sw: number): boolean {
  const first = sw >> 8;
  return sw === 0x9000 || first === 0x62 || first === 0x63;
}

function refused(sw: number, why: string): SecurityError {
  return new SecurityError('SECURITY_RESPONSE', `response with status word ${hex16(sw)}: ${why}`, {
    details: { sw: hex16(sw) },
  });
}
