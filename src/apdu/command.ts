/** Command APDUs (ISO/IEC 7816-4 §5.1): the four cases, short and extended, and their T=0 form (TS 102 221 §7.3.1.1). */
import { concat } from '../bytes/index.js';
import { DataError, UsageError } from '../errors/index.js';

/** How the card speaks to the reader (ISO/IEC 7816-3). */
export type Protocol = 'T=0' | 'T=1';

/**
 * One command. `le` is the number of octets expected at most: absent = none, 256 = "all" in the short form,
 * 65536 = "all" in the extended form.
 */
export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data?: Uint8Array;
  readonly le?: number;
}

/**
 * The octets of a command; the extended form exactly where `data` or `le` need it.
 *
 * @throws UsageError `USAGE_ARGUMENT` for a header outside 00 to FF, more than 65535 octets of data, or an `le`
 *   outside 1 to 65536
 * @example
 * const select = { cla: 0x00, ins: 0xa4, p1: 0x00, p2: 0x04, data: fromHex('3F00'), le: 256 };
 * toHex(encodeCommand(select)) // → '00a40004023f0000'
 */
export function encodeCommand(command: CommandApdu): Uint8Array {
  const { le } = command;
  const header = encodeHeader(command);
  const data = command.data ?? new Uint8Array(0);
  if (data.length > 0xffff)
    throw new UsageError('USAGE_ARGUMENT', `${data.length} octets do not fit in one command`);
  if (le !== undefined && (!Number.isInteger(le) || le < 1 || le > 0x10000)) {
    throw new UsageError('USAGE_ARGUMENT', `Le ${le} is outside 1 to 65536`);
  }
  const extended = data.length > 0xff || (le ?? 0) > 0x100;
  const le16 = le === undefined ? [] : [(le >> 8) & 0xff, le & 0xff];
  const le8 = le === undefined ? [] : [le & 0xff];
  if (!extended) return concat(header, data.length > 0 ? [data.length] : [], data, le8);
  if (data.length === 0) return concat(header, [0], le16);
  return concat(header, [0, data.length >> 8, data.length & 0xff], data, le16);
}

/** An offset or a reference that was not taken apart must not reach the card cut off. */
function encodeHeader({ cla, ins, p1, p2 }: CommandApdu): readonly number[] {
  const header = [cla, ins, p1, p2];
  const wrong = header.findIndex((octet) => !Number.isInteger(octet) || octet < 0 || octet > 0xff);
  if (wrong >= 0) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      `${['CLA', 'INS', 'P1', 'P2'][wrong]} is ${header[wrong]}, which is not one octet`,
    );
  }
  return header;
}

/**
 * A command from its octets.
 *
 * @throws DataError `DATA_APDU` if Lc and Le do not fit the length
 * @example
 * decodeCommand(fromHex('00B0000010')).le // → 16
 * decodeCommand(fromHex('00A40004053F00')) // throws DATA_APDU
 */
export function decodeCommand(bytes: Uint8Array): CommandApdu {
  const fail = (why: string): never => {
    throw new DataError('DATA_APDU', `${why} (${bytes.length} octets)`, {
      details: { length: bytes.length },
    });
  };
  const [cla, ins, p1, p2] = bytes;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) {
    return fail('a command APDU has at least four octets');
  }
  const header = { cla, ins, p1, p2 };
  const body = bytes.subarray(4);
  const [first] = body;
  if (first === undefined) return header;
  if (body.length === 1) return { ...header, le: first || 0x100 };
  if (first !== 0) {
    const rest = body.length - 1 - first;
    if (rest < 0 || rest > 1) return fail(`Lc ${first} does not fit`);
    const data = body.slice(1, 1 + first);
    return rest === 0 ? { ...header, data } : { ...header, data, le: body[1 + first] || 0x100 };
  }
  if (body.length < 3) return fail('extended length cut off');
  const length = (body[1]! << 8) | body[2]!;
  if (body.length === 3) return { ...header, le: length || 0x10000 };
  const rest = body.length - 3 - length;
  if (length === 0 || (rest !== 0 && rest !== 2)) return fail(`extended Lc ${length} does not fit`);
  const data = body.slice(3, 3 + length);
  if (rest === 0) return { ...header, data };
  return { ...header, data, le: (body[3 + length]! << 8) | body[4 + length]! || 0x10000 };
}

/**
 * What goes to a T=0 reader: P3 is always there (00 for case 1) and case 4 goes without Le, since the card
 * announces its answer with 61xx or 9Fxx.
 *
 * @throws UsageError `USAGE_ARGUMENT` for a header outside 00 to FF, or an extended command, which T=0 cannot carry
 * @example
 * const select = { cla: 0x00, ins: 0xa4, p1: 0x00, p2: 0x04, data: fromHex('3F00'), le: 256 };
 * toHex(encodeForT0(select)) // → '00a40004023f00'
 */
export function encodeForT0(command: CommandApdu): Uint8Array {
  const data = command.data ?? new Uint8Array(0);
  if (data.length > 0xff || (command.le ?? 0) > 0x100) {
    throw new UsageError('USAGE_ARGUMENT', 'an extended-length command cannot be sent over T=0', {
      next: 'Send shorter commands, or use a card and reader that speak T=1.',
    });
  }
  const header = encodeHeader(command);
  return data.length > 0 ? concat(header, [data.length], data) : concat(header, [(command.le ?? 0) & 0xff]);
}
