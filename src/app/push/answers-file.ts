/** Answers of devices whose SIM was ahead (TS 33.102 §6.3.5), from a file: CSV with a header line, or JSON. */
import { fromHex } from '../../bytes/index.js';
import type { Resynchronisation } from '../../gba/index.js';
import { type ImportFinding, type ImportRow, readCsv, readJsonRows } from '../server/index.js';
import { IDENTITIES, identityOf, type Wrong } from './devices-file.js';

/** What a device told: an operator carries it to the campaign, for pushes go one way. */
export interface PushAnswer extends Resynchronisation {
  /** As in the list of devices. */
  readonly ueId: string;
}

const COLUMNS: readonly string[] = [...IDENTITIES, 'ue_id_type', 'mnc_digits', 'rand', 'auts'];

/**
 * Reads a whole file: one identity for each row as in a list of devices, `rand` and `auts` as hex. A device that answered
 * several times counts with its last row.
 *
 * @example readPushAnswers('impi,rand,auts\na@b,1,2').findings.map(({ column }) => column) // → ['rand', 'auts']
 */
export function readPushAnswers(text: string): {
  readonly answers: readonly PushAnswer[];
  /** Every mistake with row and column; nothing is taken then. */
  readonly findings: readonly ImportFinding[];
} {
  const { rows, findings: broken } = /^\s*[[{]/.test(text) ? readJsonRows(text) : readCsv(text);
  const findings = [...broken];
  const answers = new Map<string, PushAnswer>();
  for (const row of rows) {
    const answer = answerOf(row, findings);
    if (answer !== undefined) answers.set(answer.ueId, answer);
  }
  return { answers: [...answers.values()], findings: findings.sort((a, b) => a.row - b.row) };
}

function answerOf({ row, cells }: ImportRow, findings: ImportFinding[]): PushAnswer | undefined {
  const wrong: Wrong = (column, message) => {
    findings.push({ row, column, message });
    return undefined;
  };
  for (const name of cells.keys()) if (!COLUMNS.includes(name)) wrong(name, 'there is no such column');
  const identity = identityOf(cells, wrong);
  const rand = octetsOf('rand', 16, cells, wrong);
  const auts = octetsOf('auts', 14, cells, wrong);
  if (identity === undefined || rand === undefined || auts === undefined) return undefined;
  return { ueId: identity.ueId, rand, auts };
}

function octetsOf(column: string, octets: number, cells: ReadonlyMap<string, string>, wrong: Wrong) {
  const text = cells.get(column) ?? '';
  if (/^([0-9a-fA-F]{2})*$/.test(text) && text.length === 2 * octets) return fromHex(text);
  return wrong(column, `it is ${octets} octets as hex`);
}
