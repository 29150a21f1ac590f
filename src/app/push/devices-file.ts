/** Devices of a campaign from a file: CSV with a header line, or JSON. */
import { UsageError } from '../../errors/index.js';
import { impiFromImsi, type PushRecord } from '../../gba/index.js';
import { type ImportFinding, type ImportRow, readCsv, readJsonRows } from '../server/index.js';
import { parsePushTarget } from './bearer.js';

/** The columns, in any order; `docs/push.md` tells what each is. */
export const DEVICE_COLUMNS = [
  'ue_id',
  'ue_id_type',
  'impi',
  'imsi',
  'mnc_digits',
  'msisdn',
  'address',
  'gba',
] as const;
type Column = (typeof DEVICE_COLUMNS)[number];

/** One device that is to be bootstrapped. */
export type PushedDevice = Pick<PushRecord, 'ueId' | 'ueIdType' | 'address' | 'gba'>;

export interface ReadPushDevices {
  readonly devices: readonly PushedDevice[];
  /** Every mistake with row and column; nothing is queued then. */
  readonly findings: readonly ImportFinding[];
}

/** Longest identity that a request for push information carries. */
const LONGEST_ID = 512;

/**
 * Reads a whole file.
 *
 * @param gba of rows that do not say
 * @example readPushDevices('msisdn,address\n+491700000001,sms:+491700000001').devices[0]?.ueId // → 'tel:+491700000001'
 */
export function readPushDevices(text: string, gba: 'me' | 'u' = 'me'): ReadPushDevices {
  const { rows, findings: broken } = /^\s*[[{]/.test(text) ? readJsonRows(text) : readCsv(text);
  const findings = [...broken];
  const devices: PushedDevice[] = [];
  const rowOf = new Map<string, number>();
  for (const row of rows) {
    const before = findings.length;
    const device = deviceOf(row, gba, findings);
    if (device === undefined || findings.length > before) continue;
    const first = rowOf.get(device.ueId);
    if (first === undefined) rowOf.set(device.ueId, row.row);
    else findings.push({ row: row.row, message: `row ${first} has ${device.ueId} too` });
    devices.push(device);
  }
  return { devices, findings: findings.sort((a, b) => a.row - b.row) };
}

function deviceOf(
  { row, cells }: ImportRow,
  gba: 'me' | 'u',
  findings: ImportFinding[],
): PushedDevice | undefined {
  const wrong = (column: string, message: string): undefined => {
    findings.push({ row, column, message });
    return undefined;
  };
  for (const name of cells.keys())
    if (!(DEVICE_COLUMNS as readonly string[]).includes(name)) wrong(name, 'there is no such column');
  const identity = identityOf(cells, wrong);
  const address = addressOf(cells.get('address'), wrong);
  const mode = cells.get('gba') ?? gba;
  if (mode !== 'me' && mode !== 'u') return wrong('gba', 'it is me or u');
  if (identity === undefined || address === undefined) return undefined;
  return { ...identity, address, gba: mode === 'u' ? 'GBA_U' : 'GBA_ME' };
}

export type Wrong = (column: string, message: string) => undefined;
/** Who a row is about. */
export type Identity = Pick<PushedDevice, 'ueId' | 'ueIdType'>;
export const IDENTITIES = ['ue_id', 'impi', 'imsi', 'msisdn'] as const satisfies readonly Column[];

/** Reads the one column of a row that names its device. */
export function identityOf(cells: ReadonlyMap<string, string>, wrong: Wrong): Identity | undefined {
  const [column, second] = IDENTITIES.filter((name) => cells.has(name));
  if (column === undefined) return wrong('ue_id', `one of ${IDENTITIES.join(', ')} is needed`);
  if (second !== undefined) return wrong(second, `${column} names the device already`);
  const text = cells.get(column)!;
  switch (column) {
    case 'ue_id':
      return ueIdOf(text, cells.get('ue_id_type'), wrong);
    case 'impi':
      if (!isIdentity(text) || !/^[^@]+@[^@]+$/.test(text)) return wrong('impi', 'it is no private identity');
      return { ueId: text, ueIdType: 'PRIVATE' };
    case 'msisdn':
      if (!/^\+?\d{5,15}$/.test(text))
        return wrong('msisdn', 'it is a number of 5 to 15 digits with its country');
      return { ueId: `tel:+${text.replace('+', '')}`, ueIdType: 'PUBLIC' };
    case 'imsi':
      return imsiOf(text, cells.get('mnc_digits') ?? '2', wrong);
  }
}

function ueIdOf(text: string, type: string | undefined, wrong: Wrong): Identity | undefined {
  if (!isIdentity(text)) return wrong('ue_id', `it has 1 to ${LONGEST_ID} characters, no blanks`);
  const told = type ?? (/^(sips?|tel):/i.test(text) ? 'public' : 'private');
  if (told !== 'public' && told !== 'private') return wrong('ue_id_type', 'it is private or public');
  return { ueId: text, ueIdType: told === 'public' ? 'PUBLIC' : 'PRIVATE' };
}

function imsiOf(imsi: string, digits: string, wrong: Wrong): Identity | undefined {
  if (digits !== '2' && digits !== '3') return wrong('mnc_digits', 'it is 2 or 3');
  if (!/^\d{6,15}$/.test(imsi)) return wrong('imsi', 'an IMSI has 6 to 15 digits');
  return { ueId: impiFromImsi(imsi, digits === '2' ? 2 : 3), ueIdType: 'PRIVATE' };
}

function isIdentity(text: string): boolean {
  return text.length <= LONGEST_ID && /^[^\p{C}\s]+$/u.test(text);
}

function addressOf(text: string | undefined, wrong: Wrong): string | undefined {
  if (text === undefined) return wrong('address', 'it is missing');
  try {
    parsePushTarget(text);
    return text;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return wrong('address', 'it is not udp:HOST, udp:HOST:PORT, sms:NUMBER or https://HOST/PATH');
  }
}
