/** The answer to SELECT in 2G mode (TS 51.011 §9.2.1): for an MF or DF with the CHV status, for an EF with its rules. */
import { toHex } from '../bytes/index.js';
import { DataError } from '../errors/index.js';
import type { FileInfo, PinTemplate } from './card.js';

const TYPES = { 1: 'mf', 2: 'df', 4: 'ef' } as const;
const STRUCTURES = { 0: 'transparent', 1: 'linear-fixed', 3: 'cyclic' } as const;

/**
 * A file's description from the 2G answer: at least 22 octets for an MF or DF, 14 for an EF.
 *
 * @throws DataError `DATA_FCP` if it is too short or its type octet is not 01, 02 or 04
 * @example
 * const ef = decodeSelect2g(fromHex('0000000A2FE2040004FFAA01010000'));
 * [ef.kind, ef.structure, ef.size] // → ['ef', 'transparent', 10]
 */
export function decodeSelect2g(bytes: Uint8Array): FileInfo {
  const kind = TYPES[bytes[6] as 1 | 2 | 4];
  const least = kind === 'ef' ? 14 : 22;
  if (!kind || bytes.length < least) {
    throw new DataError(
      'DATA_FCP',
      `the answer to SELECT has ${bytes.length} octets and file type ${toHex(bytes.subarray(6, 7)) || 'none'}`,
    );
  }
  const common = { kind, fid: uint(bytes, 4), size: uint(bytes, 2), raw: bytes };
  return kind === 'ef' ? decodeEf(bytes, common) : decodeDirectory(bytes, common);
}

type Common = Pick<FileInfo, 'kind' | 'fid' | 'size' | 'raw'>;

function decodeDirectory(bytes: Uint8Array, common: Common): FileInfo {
  const chv1Disabled = (bytes[13]! & 0x80) !== 0;
  const pins = [chv(0x01, bytes[18]!, !chv1Disabled), chv(0x02, bytes[20]!, true)];
  return { ...common, lifeCycle: 'activated', security: { form: 'none' }, pins };
}

/** CHV status octet: bit 8 initialised, bits 4 to 1 tries left. A CHV that is not initialised protects nothing. */
function chv(key: number, status: number, enabled: boolean): PinTemplate {
  return { key, enabled, tries: status & 0x0f, initialised: (status & 0x80) !== 0 };
}

function decodeEf(bytes: Uint8Array, common: Common): FileInfo {
  const problems: string[] = [];
  const structure = STRUCTURES[bytes[13] as 0 | 1 | 3];
  if (!structure) problems.push(`file structure ${toHex(bytes.subarray(13, 14))} is not known`);
  const recordLength = structure === 'transparent' ? 0 : (bytes[14] ?? 0);
  return {
    ...common,
    lifeCycle: (bytes[11]! & 0x01) === 1 ? 'activated' : 'deactivated',
    security: { form: '2g', bytes: bytes.subarray(8, 11) },
    pins: [],
    ...(structure ? { structure } : {}),
    // Some cards leave the record length 0; the first record read tells it.
    ...(recordLength > 0 ? { recordLength, recordCount: Math.floor((common.size ?? 0) / recordLength) } : {}),
    ...(problems.length > 0 ? { problems } : {}),
  };
}

function uint(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
