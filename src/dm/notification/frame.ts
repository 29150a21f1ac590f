/**
 * The frame of a DM notification (DM 2.0 §7.1.1): two octets of header, then options by delta and length. The header
 * is VER (4 bits), OC (5 bits, across the two octets) and 7 reserved bits: version 2 with one option is `20 80`.
 */
import { concat, uint16 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

export const NOTIFICATION_VERSION = 2;
const HEADER = 2;
const MAX_OPTIONS = 31;
const MAX_DELTA = 15;
const MAX_VALUE = 4095;

/** One option as it stands in the frame. */
export interface RawOption {
  readonly number: number;
  readonly value: Uint8Array;
  /** Octet of the value in the notification. */
  readonly offset: number;
}

export interface Frame {
  /** The seven bits of the header that nobody uses yet. */
  readonly reserved: number;
  readonly options: readonly RawOption[];
}

/** @throws DataError `DATA_NOTIFICATION` with the octet: cut short, too long, or of another version */
export function readFrame(bytes: Uint8Array): Frame {
  if (bytes.length < HEADER) fail('shorter than its header', bytes.length);
  const header = bytes[0]! * 256 + bytes[1]!;
  const version = header >> 12;
  if (version !== NOTIFICATION_VERSION) fail(`version ${version} is not ${NOTIFICATION_VERSION}`, 0);
  const count = (header >> 7) & 0x1f;
  const options: RawOption[] = [];
  let at = HEADER;
  let number = 0;
  while (options.length < count) {
    if (at + 2 > bytes.length) fail(`${count} options announced, ${options.length} found`, at);
    number += bytes[at]! >> 4;
    const length = (bytes[at]! & 0x0f) * 256 + bytes[at + 1]!;
    const offset = at + 2;
    if (offset + length > bytes.length) fail(`option ${number} is longer than the notification`, at);
    options.push({ number, value: bytes.slice(offset, offset + length), offset });
    at = offset + length;
  }
  if (at < bytes.length) fail(`${bytes.length - at} octets follow the last of ${count} options`, at);
  return { reserved: header & 0x7f, options };
}

/** @param options in ascending order of their numbers */
export function writeFrame(options: readonly { number: number; value: Uint8Array }[]): Uint8Array {
  if (options.length > MAX_OPTIONS) refuse(`${options.length} options are more than ${MAX_OPTIONS}`);
  let last = 0;
  const parts = options.map(({ number, value }) => {
    const delta = number - last;
    if (delta < 0 || delta > MAX_DELTA) refuse(`option ${number} cannot follow option ${last}`);
    if (value.length > MAX_VALUE) refuse(`option ${number} has more than ${MAX_VALUE} octets`);
    last = number;
    return concat(uint16((delta << 12) | value.length), value);
  });
  return concat(uint16((NOTIFICATION_VERSION << 12) | (options.length << 7)), ...parts);
}

/** What stands at an octet is wrong. */
export function fail(message: string, offset: number): never {
  throw new DataError('DATA_NOTIFICATION', `${message} (octet ${offset})`, { details: { offset } });
}

/** A value that has no place in a notification. */
export function refuse(message: string): never {
  throw new DataError('DATA_NOTIFICATION', message);
}
