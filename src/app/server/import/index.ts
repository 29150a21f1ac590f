/** Accounts of cards made on a line, into the store of a server. */

export { openCell, sealCell } from '../../../crypto/index.js';
export type { ColumnName } from './columns.js';
export { type ImportFinding, type ImportRow, readCsv } from './csv.js';
export { type ImportOptions, type ImportReport, importAccounts } from './import-accounts.js';
export { readJsonRows } from './json-lines.js';
export type { SecretCells } from './read-accounts.js';
export { importRefused } from './refused.js';
