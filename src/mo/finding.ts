/** What a reader noticed: an error makes the document unusable, a warning or info was tolerated. */
export interface Finding {
  readonly severity: 'info' | 'warning' | 'error';
  /** Stable, for scripts. */
  readonly code: string;
  /** JSON path (`$[0].MOData.dms1.SrvID`), or line, column and octet of a syntax error. */
  readonly where: string;
  readonly message: string;
}

/**
 * `path` extended by a member name: `.Name` where that is readable, `["a b"]` otherwise.
 *
 * @example memberPath('$[0].MOData', 'dms1') // → '$[0].MOData.dms1'
 */
export function memberPath(path: string, name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}
