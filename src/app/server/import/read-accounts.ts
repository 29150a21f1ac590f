/** Rows of a file as accounts; every mistake with its row and column. */
import { fromHex } from '../../../bytes/index.js';
import { openCell, type SealingKey } from '../../../crypto/index.js';
import type { AccountCredential, AccountRecord } from '../../../dm/index.js';
import { DataError, SecurityError, UsageError } from '../../../errors/index.js';
import { decodeDmmo } from '../../../mo/index.js';
import { checkPsk } from '../../../net/index.js';
import { COLUMNS, type ColumnName, isColumn, patternOf } from './columns.js';
import type { ImportFinding, ImportRow } from './csv.js';

/** How secrets stand in a file: under a key, or as hex digits for everybody to read. */
export type SecretCells = { readonly sealedUnder: SealingKey } | { readonly clear: true };

/** The accounts of a file that is right, or its mistakes. */
export interface ReadAccounts {
  readonly accounts: readonly AccountRecord[];
  readonly findings: readonly ImportFinding[];
}

type Report = (column: string | undefined, message: string) => void;

/** Reads rows; the accounts of rows with mistakes are left out. */
export function readAccounts(
  rows: readonly ImportRow[],
  secrets: SecretCells,
  createdAt: number,
): ReadAccounts {
  const findings: ImportFinding[] = [];
  const accounts: AccountRecord[] = [];
  const taken = new Map<string, number>();
  for (const { row, cells } of rows) {
    const before = findings.length;
    const report: Report = (column, message) => {
      findings.push({ row, ...(column === undefined ? {} : { column }), message });
    };
    const account = readRow(cells, secrets, createdAt, report);
    for (const [column, value] of account === undefined ? [] : uniqueOf(cells, account)) {
      const first = taken.get(value);
      if (first !== undefined) report(column, `row ${first} has the same`);
      else taken.set(value, row);
    }
    if (account !== undefined && findings.length === before) accounts.push(account);
  }
  return { accounts, findings };
}

/** What no two rows may share. */
function uniqueOf(cells: ReadonlyMap<string, string>, { accountId }: AccountRecord): [string, string][] {
  const columns = [
    ['psk_identity', 'identity'],
    ['certificate_sha256', 'certificate'],
    ['bootstrap_psk_identity', 'identity'],
    ['bootstrap_certificate_sha256', 'certificate'],
  ] as const;
  const own = new Map<string, string>();
  for (const [column, kind] of columns) {
    const value = cells.get(column);
    if (value !== undefined)
      own.set(`${kind} ${kind === 'certificate' ? value.toLowerCase() : value}`, column);
  }
  return [
    ['account', `account ${accountId}`],
    ...[...own].map(([value, column]): [string, string] => [column, value]),
  ];
}

function readRow(
  cells: ReadonlyMap<string, string>,
  secrets: SecretCells,
  createdAt: number,
  report: Report,
): AccountRecord | undefined {
  for (const [name, value] of cells) {
    if (!isColumn(name)) report(name, 'there is no such column');
    else {
      const wanted = patternOf(name);
      if (wanted !== undefined && !wanted.pattern.test(value))
        report(name, `the value is not ${wanted.form}`);
    }
  }
  const text = (column: ColumnName) => cells.get(column);
  const own = text('account') ?? text('iccid') ?? text('devid');
  if (own === undefined) report('account', 'a row needs account, iccid or devid');
  const srvId = text('srvid');
  if (srvId === undefined) report('srvid', 'the value is missing');
  if (own === undefined || srvId === undefined) return undefined;
  const secret = (column: ColumnName) => readSecret(cells.get(column), own, column, secrets, report);
  const noti = secret('noti_secret');
  const bootstrap = checkDocument(secret('bootstrap_document'), report);
  const credentials = [
    ...credentialsOf('trsp', cells, secret('psk'), report),
    ...credentialsOf('bootstrap', cells, secret('bootstrap_psk'), report),
  ];
  if (![...cells.keys()].some((name) => /psk|certificate/.test(name))) {
    report(undefined, 'no credentials: nobody could ever use this account');
  }
  const data = text('noti_data');
  if (data !== undefined && noti === undefined) report('noti_data', 'noti_secret is missing');
  return {
    accountId: text('account') ?? `${srvId}/${own}`,
    srvId,
    ...(text('devid') === undefined ? {} : { devId: text('devid')! }),
    ...(text('iccid') === undefined ? {} : { iccid: text('iccid')! }),
    credentials,
    ...(noti === undefined ? {} : { noti: { secret: noti, data: hexOf(data) } }),
    ...(bootstrap === undefined ? {} : { bootstrap }),
    createdAt,
  };
}

function readSecret(
  cell: string | undefined,
  rowKey: string,
  column: ColumnName,
  secrets: SecretCells,
  report: Report,
): Uint8Array | undefined {
  if (cell === undefined) return undefined;
  try {
    const octets = 'clear' in secrets ? fromHex(cell) : openCell(secrets.sealedUnder, rowKey, column, cell);
    if (octets !== undefined) return octets;
    report(column, 'the value is not base64');
  } catch (error) {
    // The messages of the readers quote what they read, and that is a secret.
    if (error instanceof SecurityError)
      report(column, 'the value does not open under the transport key in this row and column');
    else if (error instanceof DataError) report(column, 'the value is not hex digits');
    else throw error;
  }
  return undefined;
}

/** @param secret what the cell of the key opened to; where it did not open, that is reported already */
function credentialsOf(
  purpose: AccountCredential['purpose'],
  cells: ReadonlyMap<string, string>,
  secret: Uint8Array | undefined,
  report: Report,
): AccountCredential[] {
  const prefix = purpose === 'trsp' ? '' : 'bootstrap_';
  const identity = cells.get(`${prefix}psk_identity`);
  const fingerprint = cells.get(`${prefix}certificate_sha256`);
  const found: AccountCredential[] = [];
  if (fingerprint !== undefined)
    found.push({ purpose, kind: 'x509', fingerprint256: fingerprint.toLowerCase() });
  if (identity === undefined && secret !== undefined) report(`${prefix}psk_identity`, 'the value is missing');
  if (identity !== undefined && !cells.has(`${prefix}psk`)) report(`${prefix}psk`, 'the value is missing');
  if (identity !== undefined && secret !== undefined) {
    try {
      checkPsk(identity, secret);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      report(`${prefix}psk`, error.message);
    }
    found.push({ purpose, kind: 'identity-secret', identity, secret });
  }
  return found;
}

function checkDocument(document: Uint8Array | undefined, report: Report): Uint8Array | undefined {
  if (document === undefined) return undefined;
  try {
    decodeDmmo(document);
    return document;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    report('bootstrap_document', `this is no bootstrap document (${error.code})`);
    return undefined;
  }
}

function hexOf(cell: string | undefined): Uint8Array {
  return cell !== undefined && COLUMNS.noti_data.pattern.test(cell) ? fromHex(cell) : new Uint8Array();
}
