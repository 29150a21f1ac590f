/** Short messages that carry a push (TS 23.040 §9.2.2, TS 23.038 §4): TPDUs without the address of a service centre. */
import { concat } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import {
  addressOctets,
  decodeAddress,
  decodeTimestamp,
  encodeAddress,
  encodeTimestamp,
} from './sms-address.js';
import { type Concatenation, decodeHeader, encodeHeader, type UserDataHeader } from './sms-header.js';

/** Octets of user data in one message, header included. */
const MAX_USER_DATA = 140;
const MAX_PARTS = 255;
const EIGHT_BIT = 0x04;

const DELIVER = 0x00;
const SUBMIT = 0x01;
const HAS_HEADER = 0x40;
/** TP-MMS of SMS-DELIVER: nothing more waits. */
const NO_MORE = 0x04;

/** One TPDU, read. */
export interface SmsPdu extends UserDataHeader {
  readonly type: 'deliver' | 'submit';
  /** Who sent it (deliver) or who gets it (submit). */
  readonly address: string;
  /** When the service centre took it (deliver). */
  readonly timestamp?: Date;
  /** User data without its header. */
  readonly data: Uint8Array;
}

export interface SmsSubmitOptions {
  /** Digits, `+` before them where the number is international. */
  readonly destination: string;
  /** Reference of the concatenated message, 0 to 255; the sender counts it up. */
  readonly reference?: number;
}

/**
 * SMS-SUBMIT TPDUs (terminal to network) that carry a push to port 2948: one, or several where it is too long.
 *
 * @param push the PDU of WSP
 * @throws DataError `DATA_SMS` for a number that cannot be, or more than 255 messages
 * @example toHex(encodeSmsSubmit(fromHex('010603d8af8720806000'), { destination: '+41791234567' })[0]!) // → '41000b911497214365f7000411' + '0605040b8423f0' + '010603d8af8720806000'
 */
export function encodeSmsSubmit(
  push: Uint8Array,
  { destination, reference = 0 }: SmsSubmitOptions,
): Uint8Array[] {
  const address = encodeAddress(destination);
  // TP-MR is set by the terminal; no validity period.
  return userData(push, reference).map((data) =>
    concat([SUBMIT | HAS_HEADER, 0x00], address, [0x00, EIGHT_BIT, data.length], data),
  );
}

export interface SmsDeliverOptions {
  /** Digits, `+` before them where the number is international. */
  readonly originator: string;
  readonly timestamp: Date;
  /** Reference of the concatenated message, 0 to 255. */
  readonly reference?: number;
}

/**
 * SMS-DELIVER TPDUs (network to terminal), as a device gets them.
 *
 * @param push the PDU of WSP
 * @throws DataError `DATA_SMS`
 * @example encodeSmsDeliver(fromHex('010603d8af8720806000'), { originator: '12345', timestamp: new Date(0) }).length // → 1
 */
export function encodeSmsDeliver(push: Uint8Array, options: SmsDeliverOptions): Uint8Array[] {
  const { originator, timestamp, reference = 0 } = options;
  const head = concat([DELIVER | HAS_HEADER | NO_MORE], encodeAddress(originator), [0x00, EIGHT_BIT]);
  return userData(push, reference).map((data) =>
    concat(head, encodeTimestamp(timestamp), [data.length], data),
  );
}

function userData(push: Uint8Array, reference: number): Uint8Array[] {
  const alone = encodeHeader();
  if (alone.length + push.length <= MAX_USER_DATA) return [concat(alone, push)];
  if (!Number.isInteger(reference) || reference < 0 || reference > 255) {
    throw new DataError('DATA_SMS', 'the reference of a concatenated message is a number from 0 to 255');
  }
  const room = MAX_USER_DATA - encodeHeader({ reference, total: 1, sequence: 1 }).length;
  const total = Math.ceil(push.length / room);
  if (total > MAX_PARTS)
    throw new DataError('DATA_SMS', `the push needs ${total} messages, more than ${MAX_PARTS}`);
  return Array.from({ length: total }, (_, index) =>
    concat(
      encodeHeader({ reference, total, sequence: index + 1 } satisfies Concatenation),
      push.subarray(index * room, (index + 1) * room),
    ),
  );
}

/**
 * Reads an SMS-DELIVER or SMS-SUBMIT TPDU with 8-bit data.
 *
 * @throws DataError `DATA_SMS` with the octet: another type, another alphabet, cut short
 * @example decodeSms(fromHex('41000b911497214365f7000411 0605040b8423f0 010603d8af8720806000')).ports // → { destination: 2948, source: 9200 }
 */
export function decodeSms(tpdu: Uint8Array): SmsPdu {
  const reader = new TpduReader(tpdu);
  const first = reader.octet();
  const type = first & 0x03;
  if (type !== DELIVER && type !== SUBMIT) reader.fail('neither SMS-DELIVER nor SMS-SUBMIT');
  if (type === SUBMIT) reader.octet();
  const address = decodeAddress(reader.address());
  reader.octet();
  const coding = reader.octet();
  if (!isEightBit(coding)) reader.fail('the data coding scheme is not 8-bit data');
  const timestamp = type === DELIVER ? decodeTimestamp(reader.take(7)) : undefined;
  if (type === SUBMIT) reader.take(VALIDITY[(first >> 3) & 0x03]!);
  const length = reader.octet();
  if (length > MAX_USER_DATA) reader.fail(`${length} octets of user data are more than ${MAX_USER_DATA}`);
  const content = reader.take(length);
  reader.end();
  const headerLength = (first & HAS_HEADER) === 0 ? 0 : 1 + (content[0] ?? 0);
  if (headerLength > content.length || ((first & HAS_HEADER) !== 0 && content.length === 0)) {
    reader.fail('the user data header is longer than the user data');
  }
  return {
    type: type === DELIVER ? 'deliver' : 'submit',
    address,
    ...(timestamp === undefined ? {} : { timestamp }),
    ...decodeHeader(content.subarray(1, Math.max(1, headerLength))),
    data: content.slice(headerLength),
  };
}

/** Octets of TP-VP by TP-VPF: none, enhanced, relative, absolute. */
const VALIDITY = [0, 7, 1, 7] as const;

/** TS 23.038 §4: general data coding without compression, or data coding with message class. */
function isEightBit(coding: number): boolean {
  if ((coding & 0xa0) === 0) return (coding & 0x0c) === 0x04;
  return (coding & 0xf4) === 0xf4;
}

class TpduReader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  octet(): number {
    return this.take(1)[0]!;
  }

  take(count: number): Uint8Array {
    if (this.at + count > this.bytes.length) this.fail('the message is cut short');
    this.at += count;
    return this.bytes.slice(this.at - count, this.at);
  }

  address(): Uint8Array {
    const length = addressOctets(this.bytes[this.at] ?? 0);
    if ((this.bytes[this.at] ?? 0) > 20) this.fail('an address of more than 20 digits');
    return this.take(length);
  }

  end(): void {
    if (this.at < this.bytes.length) this.fail('octets follow the user data');
  }

  fail(message: string): never {
    throw new DataError('DATA_SMS', `${message} (octet ${this.at})`, { details: { offset: this.at } });
  }
}
