/**
 * Node names (DM 2.0 §6.3.1): letters, digits and `-._~`. A MOID as a node name (§12.3) has colons too; in a
 * ClientURI they are percent-encoded, and both spellings are read (docs/decisions/nv-and-names.md).
 */
import { DataError } from '../../errors/index.js';

const READABLE = /^(?:[A-Za-z0-9._~:-]|%[0-9a-fA-F]{2})+$/;
const MAX_NAME = 512;

/**
 * The name that a label of MOData or a segment of a ClientURI spells; undefined where it spells none.
 *
 * @example ['dms1', 'urn%3Aa', 'urn:a', 'a%2Fb', 'a b'].map(decodeNodeName) // → ['dms1', 'urn:a', 'urn:a', undefined, undefined]
 */
export function decodeNodeName(text: string): string | undefined {
  if (!READABLE.test(text) || text.length > MAX_NAME) return undefined;
  if (!text.includes('%')) return text;
  const name = decodeText(text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return name === undefined || /[/\u0000-\u001f\u007f]/.test(name) ? undefined : name;
}

/**
 * Percent-decoded UTF-8 (RFC 3986 §2.1); undefined where a percent sign has no two digits or the octets are not UTF-8.
 *
 * @example decodeText('12%2E1') // → '12.1'
 */
export function decodeText(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * A text with everything but unreserved characters percent-encoded (RFC 3986 §2.3).
 *
 * @throws DataError `DATA_CLIENT_URI` for half a surrogate pair
 * @example encodeText('urn:a (b)') // → 'urn%3Aa%20%28b%29'
 */
export function encodeText(text: string): string {
  try {
    return encodeURIComponent(text).replace(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch (cause) {
    throw new DataError('DATA_CLIENT_URI', 'half a surrogate pair cannot be written in a URI', { cause });
  }
}

/** A name as label of MOData: colons stand for themselves there. */
export function labelOf(name: string): string {
  return encodeText(name).replaceAll('%3A', ':');
}

/**
 * The canonical ClientURI of a node: `MOID/MIID/` for a root, `MOID/MIID/path` below it (§6.1.1).
 *
 * @example formatNodeRef({ moid: 'urn:example:mo', miid: 'a', path: ['urn:b', '1'] }) // → 'urn:example:mo/a/urn%3Ab/1'
 */
export function formatNodeRef({
  moid,
  miid,
  path,
}: {
  moid: string;
  miid: string;
  path: readonly string[];
}): string {
  return `${moid}/${encodeText(miid)}/${path.map(encodeText).join('/')}`;
}
