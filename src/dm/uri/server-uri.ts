/** ServerURI: an address with parameters that the device fills in (DM 2.0 §6.2). docs/decisions/server-uri-parameters.md */
import { DataError } from '../../errors/index.js';
import { encodeText } from '../../mo/index.js';

/** Values of the device; undefined is what it does not have. */
export interface ServerUriValues {
  /** Value of DevInfo/DevID. */
  readonly DevID?: string | undefined;
  /** Home network. */
  readonly MNC?: string | undefined;
  readonly MCC?: string | undefined;
  /** Current network. */
  readonly CMNC?: string | undefined;
  readonly CMCC?: string | undefined;
  readonly SPName?: string | undefined;
}

const NAMES: readonly (keyof ServerUriValues)[] = ['DevID', 'MNC', 'MCC', 'CMNC', 'CMCC', 'SPName'];
/** What stands for a value that the device does not have, or a parameter that it does not know. */
const UNKNOWN = '-1';
const MAX_LENGTH = 8192;
const PARAMETER = /\[([A-Za-z0-9._-]+)\]/g;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * The URI of a ServerURI: parameters replaced by the device's values, the whole encoded as RFC 3986 wants it. A
 * value never adds a `/`, `?`, `#` or `&` to the address.
 *
 * @throws DataError `DATA_SERVER_URI` for what is no absolute URI, with the offset in `details`; `DATA_LIMIT`
 * @example
 * expandServerUri('https://dm.example.com/[MCC]/[MNC]?id=[DevID]', { DevID: 'IMEI:493005100592800', MCC: '262' }) // → 'https://dm.example.com/262/-1?id=IMEI:493005100592800'
 * expandServerUri('https://dm.example.com/[SPName]', { SPName: 'A & B' }) // → 'https://dm.example.com/A%20%26%20B'
 * expandServerUri('dm.example.com', {}) // throws DATA_SERVER_URI
 */
export function expandServerUri(text: string, values: ServerUriValues): string {
  checkLength(text);
  if (!SCHEME.test(text)) refuse(0, 'it does not start with a scheme such as https:');
  const authority = authorityEnd(text);
  let out = '';
  let at = 0;
  for (const match of text.matchAll(PARAMETER)) {
    out += encodeLiteral(text, at, match.index, authority);
    out += encodeValue(match[1]!, values, match.index, match.index < authority);
    at = match.index + match[0].length;
    checkLength(out);
  }
  out += encodeLiteral(text, at, text.length, authority);
  return checked(out);
}

function checkLength(uri: string): void {
  if (uri.length <= MAX_LENGTH) return;
  throw new DataError('DATA_LIMIT', `the ServerURI is longer than ${MAX_LENGTH} characters`, {
    details: { limit: MAX_LENGTH },
  });
}

/** The offset behind `//authority`; 0 where the URI has none. */
function authorityEnd(text: string): number {
  const start = SCHEME.exec(text)![0].length;
  if (!text.startsWith('//', start)) return 0;
  const end = text.slice(start + 2).search(/[/?#]/);
  return end < 0 ? text.length : start + 2 + end;
}

function encodeValue(name: string, values: ServerUriValues, offset: number, inAuthority: boolean): string {
  const known = NAMES.find((each) => each === name);
  const value = (known === undefined ? undefined : values[known]) || UNKNOWN;
  if (inAuthority && !/^[A-Za-z0-9.-]+$/.test(value)) {
    refuse(offset, `the value of ${name} cannot stand in a host name`);
  }
  if (/\p{Surrogate}/u.test(value)) refuse(offset, `the value of ${name} has half a surrogate pair`);
  return encodeText(value).replaceAll('%3A', ':');
}

/** What may stand for itself (RFC 3986 §2.2, §2.3); brackets in an authority only (an IPv6 address). */
const PLAIN = /[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]/;

function encodeLiteral(text: string, from: number, to: number, authority: number): string {
  let out = '';
  for (let at = from; at < to; ) {
    const char = String.fromCodePoint(text.codePointAt(at)!);
    if (PLAIN.test(char) || ('[]'.includes(char) && at < authority)) out += char;
    else if (char === '%') {
      if (!/^%[0-9a-fA-F]{2}$/.test(text.slice(at, Math.min(at + 3, to)))) {
        refuse(at, 'two hexadecimal digits follow a percent sign');
      }
      out += char;
    } else if (/[\p{Surrogate}\p{Cc}]/u.test(char)) refuse(at, 'this character cannot stand in a URI');
    else out += encodeText(char);
    at += char.length;
  }
  return out;
}

function checked(uri: string): string {
  if (!URL.canParse(uri)) refuse(0, 'its host or port is not one');
  return uri;
}

function refuse(offset: number, message: string): never {
  throw new DataError('DATA_SERVER_URI', `the ServerURI is not a URI: ${message} (offset ${offset})`, {
    details: { offset },
  });
}
