/** URIs that a DM client connects to (RFC 3986): absolute, http or https. */
import { isIPv4, isIPv6 } from 'node:net';

const PCHAR = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
const URI = new RegExp(
  `^([A-Za-z][A-Za-z0-9+.-]*)://(?:([^@/?#]*)@)?(\\[[^\\]]*\\]|[^:/?#]*)(?::([0-9]*))?((?:/${PCHAR}*)*)(\\?(?:${PCHAR}|[/?])*)?(#(?:${PCHAR}|[/?])*)?$`,
);
const REG_NAME = /^(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;
const QUERY = new RegExp(`^(?:${PCHAR}|[/?])*$`);

export interface UriMistake {
  readonly severity: 'error' | 'warning';
  readonly code: 'BOOTSTRAP_URI' | 'BOOTSTRAP_HTTP';
  readonly message: string;
}

/** What speaks against a text as address of a server; empty for a good https URI. */
export function serverUriMistakes(text: string): UriMistake[] {
  const wrong = (message: string): UriMistake[] => [{ severity: 'error', code: 'BOOTSTRAP_URI', message }];
  const match = URI.exec(text);
  if (match === null) return wrong('this is not an absolute URI (RFC 3986)');
  const [, scheme = '', userinfo, host = '', port, , , fragment] = match;
  if (!/^https?$/i.test(scheme)) return wrong('the scheme is neither https nor http');
  if (!isHost(host)) return wrong('the host in the URI is missing or malformed');
  if (port !== undefined && port !== '' && (Number(port) < 1 || Number(port) > 65535)) {
    return wrong('the port in the URI is not between 1 and 65535');
  }
  if (userinfo !== undefined) return wrong('the URI carries user information, which every log would show');
  if (fragment !== undefined) return wrong('the URI has a fragment, which is never sent to a server');
  if (scheme.toLowerCase() === 'https') return [];
  const message = 'http leaves the session without the protection of TLS (DM 2.0 §9.2); use https';
  return [{ severity: 'warning', code: 'BOOTSTRAP_HTTP', message }];
}

function isHost(host: string): boolean {
  return host.startsWith('[') ? isIPv6(host.slice(1, -1)) : REG_NAME.test(host);
}

/** §12.2 shows an IPv4 address alone as a bootstrap server's URI. */
export function isBareIpv4(text: string): boolean {
  return isIPv4(text);
}

/** Whether a text can stand after the `?` of a URI (RFC 3986 §3.4). */
export function isQuery(text: string): boolean {
  return QUERY.test(text);
}

/** The URI with a password in its user information replaced, for showing. */
export function withoutPassword(text: string): string {
  return text.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^@/?#]*@/, '$1***@');
}
