/** Accounts of cards made on a line, into the store: all of a file or nothing of it, and as often as you like. */
import { decodeUtf8 } from '../../../bytes/index.js';
import type { AccountRecord, ServerStore } from '../../../dm/index.js';
import { DataError } from '../../../errors/index.js';
import { decodeDmmo } from '../../../mo/index.js';
import { accountsFromBootstrap } from '../accounts.js';
import { FILE_LIMIT, type ImportFinding, readCsv } from './csv.js';
import { readJsonRows } from './json-lines.js';
import { readAccounts, type SecretCells } from './read-accounts.js';

export interface ImportOptions {
  readonly secrets: SecretCells;
  /** Milliseconds since 1970, for accounts that are new. */
  readonly now: number;
}

/** What an import did, or would not do. */
export interface ImportReport {
  readonly rows: number;
  readonly added: number;
  readonly changed: number;
  /** In the store already, the same in every value. */
  readonly unchanged: number;
  /** Mistakes; with a single one nothing is imported. */
  readonly findings: readonly ImportFinding[];
}

/**
 * Imports accounts. An account that is there already keeps its device and the time it was made; the rest is replaced.
 *
 * @param file CSV with a header line, an object of JSON a line, an array of objects, or a bootstrap document; UTF-8.
 *   In a bootstrap document secrets stand in the clear
 * @throws DataError `DATA_UTF8`, `DATA_LIMIT`, and `DATA_MO`, `DATA_BOOTSTRAP` for a bootstrap document
 * @throws UsageError `USAGE_ACCOUNT_IDENTITY` where an identity belongs to another account of the store
 */
export async function importAccounts(
  store: ServerStore,
  file: Uint8Array,
  { secrets, now }: ImportOptions,
): Promise<ImportReport> {
  if (file.length > FILE_LIMIT) {
    throw new DataError('DATA_LIMIT', `the file has ${file.length} octets, more than ${FILE_LIMIT}`);
  }
  const { accounts, findings, rows } = read(file, secrets, now);
  if (findings.length > 0) {
    const ordered = [...findings].sort((a, b) => a.row - b.row);
    return { rows, added: 0, changed: 0, unchanged: 0, findings: ordered };
  }
  const writes: AccountRecord[] = [];
  let added = 0;
  for (const account of accounts) {
    const known = await store.account(account.accountId);
    if (known === undefined) added++;
    const merged = known === undefined ? account : keep(known, account);
    if (known === undefined || !same(known, merged)) writes.push(merged);
  }
  if (writes.length > 0) await store.putAccounts(writes);
  return {
    rows,
    added,
    changed: writes.length - added,
    unchanged: accounts.length - writes.length,
    findings,
  };
}

function read(file: Uint8Array, secrets: SecretCells, now: number) {
  const text = decodeUtf8(file);
  if (isBootstrap(file, text)) {
    const accounts = accountsFromBootstrap(file, { createdAt: now });
    return { accounts, findings: [], rows: accounts.length };
  }
  const { rows, findings } = /^\s*[[{]/.test(text) ? readJsonRows(text) : readCsv(text);
  const read = readAccounts(rows, secrets, now);
  return { accounts: read.accounts, findings: [...findings, ...read.findings], rows: rows.length };
}

function isBootstrap(file: Uint8Array, text: string): boolean {
  if (!text.trimStart().startsWith('[') || !text.includes('ClientURI')) return false;
  try {
    return decodeDmmo(file).objects.length > 0;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}

/** A card does not know its device: what the first session found out stays, unless the file names a device. */
function keep(known: AccountRecord, account: AccountRecord): AccountRecord {
  const devId = account.devId ?? known.devId;
  return { ...account, createdAt: known.createdAt, ...(devId === undefined ? {} : { devId }) };
}

function same(a: AccountRecord, b: AccountRecord): boolean {
  return canonical(a) === canonical(b);
}

/** Members in one order, octets as hex. */
function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, member]) => `${name}:${canonical(member)}`).join()}}`;
}
