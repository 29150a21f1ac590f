/** READ and UPDATE BINARY, READ and UPDATE RECORD on the current EF (TS 102 221 §11.1.3-§11.1.6, TS 51.011 §8.3-§8.6). */
import { isDone, type ResponseApdu, SW, SW_2G, statusError } from '../apdu/index.js';
import { concat } from '../bytes/index.js';
import { CardError, UsageError } from '../errors/index.js';
import type { FileInfo } from './card.js';
import { ask, demand, type Wire } from './wire.js';

/** READ BINARY and UPDATE BINARY have 15 bits for the offset. */
const MAX_OFFSET = 0x7fff;
const MAX_RECORDS = 254;

interface Range {
  readonly offset: number;
  readonly length: number;
}

/**
 * Octets of the current transparent EF, in the fewest READs.
 *
 * @param where for messages
 * @param sfi addresses the file in the first READ, in place of a SELECT
 * @throws CardError `CARD_FILE_TOO_LARGE`, `CARD_RECORD_NOT_FOUND` before anything is sent; those of the status words
 */
export async function readBinary(
  wire: Wire,
  info: FileInfo,
  where: string,
  range?: Range,
  sfi?: number,
): Promise<Uint8Array> {
  checkTransparent(info, where, 'READ BINARY');
  if (!range && info.size === undefined) return readToEnd(wire, where);
  const { offset, length } = range ?? { offset: 0, length: info.size ?? 0 };
  checkRange(info, where, offset, length, wire.maxRead);
  const parts: Uint8Array[] = [];
  for (let done = 0; done < length; ) {
    const at = offset + done;
    const start = sfi !== undefined && done === 0 ? 0x8000 | (sfi << 8) | at : at;
    const piece = await readPiece(wire, where, at, start, Math.min(length - done, wire.maxRead));
    parts.push(piece);
    done += piece.length;
  }
  return parts.length === 1 ? parts[0]! : concat(...parts);
}

/** @param start P1 and P2: the offset, or SFI and offset */
async function readPiece(
  wire: Wire,
  where: string,
  at: number,
  start: number,
  length: number,
): Promise<Uint8Array> {
  const action = `READ BINARY ${where} at ${at}`;
  const command = { ins: 0xb0, p1: start >> 8, p2: start & 0xff, le: length };
  const { data, sw } = await demand(wire, command, action);
  // A card may give less than asked for, but not nothing, and not more.
  if (data.length === 0 || data.length > length) {
    throw new CardError('CARD_RESPONSE', `${action}: the card gave ${data.length} of ${length} octets`, {
      details: { sw: sw.toString(16), asked: length, received: data.length },
    });
  }
  return data;
}

/** For a file whose size the card did not tell. */
async function readToEnd(wire: Wire, where: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at <= MAX_OFFSET) {
    const command = { ins: 0xb0, p1: at >> 8, p2: at & 0xff, le: wire.maxRead };
    const { data, sw } = await ask(wire, command);
    if (at > 0 && (sw === SW.WRONG_P1P2 || sw === SW_2G.OUT_OF_RANGE)) break;
    if (sw !== SW.UNEXPECTED_END && !isDone(sw)) throw statusError(sw, `READ BINARY ${where} at ${at}`);
    parts.push(data);
    at += data.length;
    if (sw === SW.UNEXPECTED_END || data.length < wire.maxRead) break;
  }
  return concat(...parts);
}

/**
 * Writes octets into the current transparent EF, in order of offset, in the fewest UPDATEs.
 *
 * @throws as `readBinary`
 */
export async function updateBinary(
  wire: Wire,
  info: FileInfo,
  where: string,
  offset: number,
  data: Uint8Array,
): Promise<void> {
  checkTransparent(info, where, 'UPDATE BINARY');
  checkRange(info, where, offset, data.length, wire.maxUpdate);
  for (let done = 0; done < data.length; done += wire.maxUpdate) {
    const at = offset + done;
    const piece = data.subarray(done, done + wire.maxUpdate);
    const action = `UPDATE BINARY ${where} at ${at}`;
    written(await ask(wire, { ins: 0xd6, p1: at >> 8, p2: at & 0xff, data: piece }), action);
  }
}

/** One record of the current EF in absolute mode, as long as the card has it. */
export async function readRecord(
  wire: Wire,
  info: FileInfo,
  where: string,
  record: number,
  sfi = 0,
): Promise<Uint8Array> {
  checkRecord(info, where, record, 'READ RECORD');
  const action = `READ RECORD ${record} of ${where}`;
  const command = { ins: 0xb2, p1: record, p2: (sfi << 3) | 0x04, le: info.recordLength ?? 256 };
  const { data } = await demand(wire, command, action, { record });
  if (data.length === 0) throw new CardError('CARD_RESPONSE', `${action}: the card gave no octets`);
  return data;
}

/** Every record of the current EF; where the card tells no number of records, until it has no more. */
export async function readRecords(
  wire: Wire,
  info: FileInfo,
  where: string,
  sfi?: number,
): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  let known = info;
  while (records.length < Math.min(known.recordCount ?? MAX_RECORDS, MAX_RECORDS)) {
    try {
      const bySfi = records.length === 0 ? sfi : undefined;
      const record = await readRecord(wire, known, where, records.length + 1, bySfi);
      records.push(record);
      if (known.recordLength === undefined) known = withRecordLength(known, record.length);
    } catch (error) {
      const isEnd = error instanceof CardError && error.code === 'CARD_RECORD_NOT_FOUND';
      if (!isEnd || known.recordCount !== undefined) throw error;
      break;
    }
  }
  return records;
}

/** The description with a record length that only the first record told; the size then gives their number. */
export function withRecordLength(info: FileInfo, recordLength: number): FileInfo {
  if (info.size === undefined) return { ...info, recordLength };
  return { ...info, recordLength, recordCount: Math.floor(info.size / recordLength) };
}

export async function updateRecord(
  wire: Wire,
  info: FileInfo,
  where: string,
  record: number,
  data: Uint8Array,
): Promise<void> {
  checkRecord(info, where, record, 'UPDATE RECORD');
  const { recordLength } = info;
  if (
    data.length === 0 ||
    data.length > 255 ||
    (recordLength !== undefined && data.length !== recordLength)
  ) {
    const expected = recordLength ?? '1 to 255';
    throw new UsageError('USAGE_ARGUMENT', `a record of ${where} has ${expected} octets, not ${data.length}`);
  }
  written(await ask(wire, { ins: 0xdc, p1: record, p2: 0x04, data }), `UPDATE RECORD ${record} of ${where}`);
}

/** After UPDATE, 63CX says: done, after X attempts inside the card (TS 102 221 §10.2.1.3). */
function written({ sw }: ResponseApdu, action: string): void {
  if (!isDone(sw) && (sw & 0xfff0) !== 0x63c0) throw statusError(sw, action);
}

function checkTransparent(info: FileInfo, where: string, command: string): void {
  if (info.kind !== 'ef' || (info.structure ?? 'transparent') !== 'transparent') {
    throw wrongStructure(info, where, command);
  }
}

function checkRecord(info: FileInfo, where: string, record: number, command: string): void {
  if (info.kind !== 'ef' || info.structure === 'transparent' || info.structure === 'ber-tlv') {
    throw wrongStructure(info, where, command);
  }
  const last = Math.min(info.recordCount ?? MAX_RECORDS, MAX_RECORDS);
  if (!Number.isInteger(record) || record < 1 || record > last) {
    throw new CardError('CARD_RECORD_NOT_FOUND', `${where} has no record ${record}; its last is ${last}`, {
      details: { record, records: last },
    });
  }
}

function wrongStructure(info: FileInfo, where: string, command: string): CardError {
  const is = info.kind === 'ef' ? `a ${info.structure} EF` : `a directory (${info.kind.toUpperCase()})`;
  return new CardError('CARD_STATUS', `${command} ${where}: the file is ${is}`, {
    next: 'A record file was taken for a transparent one, or the reverse: compare with `simboot card inspect`.',
  });
}

function checkRange(info: FileInfo, where: string, offset: number, length: number, step: number): void {
  if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 0) {
    throw new UsageError('USAGE_ARGUMENT', `offset ${offset}, length ${length} is no range of octets`);
  }
  if (info.size !== undefined && offset + length > info.size) {
    throw new CardError(
      'CARD_RECORD_NOT_FOUND',
      `octets ${offset} to ${offset + length} lie outside ${where}, which has ${info.size} octets`,
      { details: { offset, length, size: info.size } },
    );
  }
  const lastStart = length === 0 ? offset : offset + Math.floor((length - 1) / step) * step;
  if (lastStart > MAX_OFFSET) {
    throw new CardError(
      'CARD_FILE_TOO_LARGE',
      `octets ${offset} to ${offset + length} of ${where} lie beyond offset 7FFF`,
      { details: { offset, length } },
    );
  }
}
