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
const ROWS: Readonly<Record<number, Row>> = {
  2148532227: ['SCARD_E_INVALID_HANDLE', 'look'],
  2148532233: ['SCARD_E_UNKNOWN_READER', 'READER_VANISHED'],
  2148532234: ['SCARD_E_TIMEOUT', 'READER_CARD_MUTE'],
  2148532235: ['SCARD_E_SHARING_VIOLATION', 'READER_IN_USE'],
  2148532236: ['SCARD_E_NO_SMARTCARD', 'READER_EMPTY'],
  2148532239: ['SCARD_E_PROTO_MISMATCH', 'READER_PROTOCOL_MISMATCH'],
  2148532240: ['SCARD_E_NOT_READY', 'READER_CARD_MUTE'],
  2148532243: ['SCARD_F_COMM_ERROR', 'look'],
  2148532246: ['SCARD_E_NOT_TRANSACTED', 'look'],
  2148532247: ['SCARD_E_READER_UNAVAILABLE', 'READER_VANISHED'],
  2148532253: ['SCARD_E_NO_SERVICE', 'READER_SERVICE_DOWN'],
  2148532254: ['SCARD_E_SERVICE_STOPPED', 'READER_SERVICE_DOWN'],
  2148532263: ['SCARD_E_NO_ACCESS', 'READER_SERVICE_DENIED'],
  2148532270: ['SCARD_E_NO_READERS_AVAILABLE', 'READER_VANISHED'],
  2148532271: ['SCARD_E_COMM_DATA_LOST', 'look'],
  2148532325: ['SCARD_W_UNSUPPORTED_CARD', 'READER_CARD_MUTE'],
  2148532326: ['SCARD_W_UNRESPONSIVE_CARD', 'READER_CARD_MUTE'],
  2148532327: ['SCARD_W_UNPOWERED_CARD', 'READER_CARD_MUTE'],
  2148532328: ['SCARD_W_RESET_CARD', 'READER_CARD_RESET'],
  2148532329: ['SCARD_W_REMOVED_CARD', 'READER_CARD_REMOVED'],
  2148532330: ['SCARD_W_SECURITY_VIOLATION', 'READER_SERVICE_DENIED'],
};

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
  const [name, code] = ROWS[pcsc] ?? [digits === undefined ? 'unknown' : `0x${digits}`, 'READER_FAILED'];
  return { pcsc, name, code };
}
