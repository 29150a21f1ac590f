/** Management authorities and access rights (DM 2.0 §12.3: nodes MAID and AR). */

/** Who asks: a DM server, or an application on the device (§10). */
export type ManagementAuthority =
  | { readonly kind: 'server'; readonly serverId: string }
  | { readonly kind: 'app'; readonly appId: string };

/** GET, HPUT, HPOST. */
export const READ = 1;
/** HGET, DELETE. */
export const WRITE = 2;
/** EXEC. */
export const EXECUTE = 4;
/** HGET that changes the access rights themselves. */
export const DELEGATE = 8;
/** All four. */
export const ALL_RIGHTS = 15;
/** MAID of every server and every application. */
export const EVERYONE = '*';

/**
 * The value of a MAID node.
 *
 * @example maid({ kind: 'server', serverId: 'dm.example.com' }) // → 'serverid:dm.example.com'
 */
export function maid(authority: ManagementAuthority): string {
  return authority.kind === 'server' ? `serverid:${authority.serverId}` : `appid:${authority.appId}`;
}

/**
 * Whom a MAID names. A value without prefix, as in Figure 17, is read as a server identifier.
 *
 * @example
 * parseMaid('appid:calendar') // → { kind: 'app', appId: 'calendar' }
 * parseMaid('DMS1') // → { kind: 'server', serverId: 'DMS1' }
 * parseMaid('*') // → '*'
 */
export function parseMaid(text: string): ManagementAuthority | '*' {
  if (text === EVERYONE) return EVERYONE;
  if (text.startsWith('appid:')) return { kind: 'app', appId: text.slice('appid:'.length) };
  const serverId = text.startsWith('serverid:') ? text.slice('serverid:'.length) : text;
  return { kind: 'server', serverId };
}
