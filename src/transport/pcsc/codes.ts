/** PC/SC return codes (PC/SC Part 5, pcsclite.h) and what they mean for us. */
import type { ReaderErrorCode } from '../../errors/index.js';

export const SCARD = {
  SHARE_EXCLUSIVE: 1,
  SHARE_SHARED: 2,
  PROTOCOL_T0: 1,
  PROTOCOL_T1: 2,
  LEAVE_CARD: 0,
  RESET_CARD: 1,
  UNPOWER_CARD: 2,
  STATE_UNKNOWN: 0x0004,
  STATE_UNAVAILABLE: 0x0008,
  STATE_PRESENT: 0x0020,
  STATE_EXCLUSIVE: 0x0080,
  STATE_INUSE: 0x0100,
  STATE_MUTE: 0x0200,
} as const;

type Row = readonly [name: string, code: ReaderErrorCode | 'look'];

/**
 * `look` marks codes that drivers use for several things: the state of the reader, looked at afterwards, decides.
 */
const ROWS: ReadonlyMap<number, Row> = new Map<number, Row>([
  [0x80100003, ['SCARD_E_INVALID_HANDLE', 'look']],
  [0x80100009, ['SCARD_E_UNKNOWN_READER', 'READER_VANISHED']],
  [0x8010000a, ['SCARD_E_TIMEOUT', 'READER_CARD_MUTE']],
  [0x8010000b, ['SCARD_E_SHARING_VIOLATION', 'READER_IN_USE']],
  [0x8010000c, ['SCARD_E_NO_SMARTCARD', 'READER_EMPTY']],
  [0x8010000f, ['SCARD_E_PROTO_MISMATCH', 'READER_PROTOCOL_MISMATCH']],
  [0x80100010, ['SCARD_E_NOT_READY', 'READER_CARD_MUTE']],
  [0x80100013, ['SCARD_F_COMM_ERROR', 'look']],
  [0x80100016, ['SCARD_E_NOT_TRANSACTED', 'look']],
  [0x80100017, ['SCARD_E_READER_UNAVAILABLE', 'READER_VANISHED']],
  [0x8010001d, ['SCARD_E_NO_SERVICE', 'READER_SERVICE_DOWN']],
  [0x8010001e, ['SCARD_E_SERVICE_STOPPED', 'READER_SERVICE_DOWN']],
  [0x80100027, ['SCARD_E_NO_ACCESS', 'READER_SERVICE_DENIED']],
  [0x8010002e, ['SCARD_E_NO_READERS_AVAILABLE', 'READER_VANISHED']],
  [0x8010002f, ['SCARD_E_COMM_DATA_LOST', 'look']],
  [0x80100065, ['SCARD_W_UNSUPPORTED_CARD', 'READER_CARD_MUTE']],
  [0x80100066, ['SCARD_W_UNRESPONSIVE_CARD', 'READER_CARD_MUTE']],
  [0x80100067, ['SCARD_W_UNPOWERED_CARD', 'READER_CARD_MUTE']],
  [0x80100068, ['SCARD_W_RESET_CARD', 'READER_CARD_RESET']],
  [0x80100069, ['SCARD_W_REMOVED_CARD', 'READER_CARD_REMOVED']],
  [0x8010006a, ['SCARD_W_SECURITY_VIOLATION', 'READER_SERVICE_DENIED']],
]);

export interface PcscFailure {
  /** The PC/SC code, 0 if the binding's error carries none. */
  readonly pcsc: number;
  readonly name: string;
  readonly code: ReaderErrorCode | 'look';
}

/**
 * What an error of the binding means. Its text ends with the code in hex; on 64-bit systems that may be extended by
 * its sign.
 */
export function pcscFailure(error: Error): PcscFailure {
  const digits = /0x([0-9a-f]+)\)?\s*$/i.exec(error.message)?.[1]?.slice(-8);
  const pcsc = digits === undefined ? 0 : Number.parseInt(digits, 16);
  const [name, code] = ROWS.get(pcsc) ?? [digits === undefined ? 'unknown' : `0x${digits}`, 'READER_FAILED'];
  return { pcsc, name, code };
}
