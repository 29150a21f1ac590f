/** The columns of a file of accounts (docs/server.md). Secret ones are sealed under the transport key. */

interface Column {
  /** Its octets are sealed, or hex digits where the file has no transport key. */
  readonly secret: boolean;
  readonly pattern?: RegExp;
  readonly form: string;
}

const NAME = { secret: false, pattern: /^[^\p{C}]{1,128}$/u, form: '1 to 128 characters' } as const;
const IDENTITY = { secret: false, pattern: /^[^\p{C}]{1,128}$/u, form: '1 to 128 characters' } as const;
const FINGERPRINT = { secret: false, pattern: /^[0-9a-f]{64}$/i, form: 'SHA-256 as 64 hex digits' } as const;
const SECRET = { secret: true, form: 'octets' } as const;

/** Every column; a file has those that it needs, in any order. */
export const COLUMNS = {
  account: NAME,
  srvid: NAME,
  devid: { secret: false, pattern: /^[\x21-\x7e]{1,128}$/, form: '1 to 128 visible ASCII characters' },
  iccid: { secret: false, pattern: /^\d{18,20}$/, form: '18 to 20 digits' },
  psk_identity: IDENTITY,
  psk: SECRET,
  certificate_sha256: FINGERPRINT,
  bootstrap_psk_identity: IDENTITY,
  bootstrap_psk: SECRET,
  bootstrap_certificate_sha256: FINGERPRINT,
  bootstrap_document: SECRET,
  noti_secret: SECRET,
  noti_data: { secret: false, pattern: /^(?:[0-9a-f]{2})+$/i, form: 'hex digits' },
} as const satisfies Readonly<Record<string, Column>>;

export type ColumnName = keyof typeof COLUMNS;

/** What may stand in a cell of the column. */
export function patternOf(name: ColumnName): { readonly pattern: RegExp; readonly form: string } | undefined {
  const column: Column = COLUMNS[name];
  return column.pattern === undefined ? undefined : { pattern: column.pattern, form: column.form };
}

/** Whether a file may have this column. */
export function isColumn(name: string): name is ColumnName {
  return Object.hasOwn(COLUMNS, name);
}
