/** The ClientURI of a serialized MO (DM 2.0 §6.1.1): which instance, which node; no queries or wildcards. */
import { DataError } from '../errors/index.js';

export interface InstanceUri {
  readonly moid: string;
  /** Absent in `MOID//`: the only instance, or one the client creates (docs/decisions/double-slash-creates.md). */
  readonly miid?: string;
  /** Node names below the root; empty for the whole instance. */
  readonly path: readonly string[];
  /** The slash that ends the address of an instance is missing, or there is one too many. */
  readonly looseSlash: boolean;
}

const NAME = /^[A-Za-z0-9._~-]+$/;

/**
 * Whether a text is a node name (§6.3.1): letters, digits and `-._~`.
 *
 * @example ['dms1', 'a/b'].map(isNodeName) // → [true, false]
 */
export function isNodeName(text: string): boolean {
  return NAME.test(text);
}

/**
 * The parts of `MOID//`, `MOID/MIID/` or `MOID/MIID/path/to/node`.
 *
 * @throws DataError `DATA_CLIENT_URI` for anything that does not name one place
 * @example
 * parseInstanceUri('urn:oma:mo:oma-dm-dmacc:1.2/dms1/').miid // → 'dms1'
 * parseInstanceUri('urn:oma:mo:oma-dm-dmacc:1.2') // throws DATA_CLIENT_URI
 */
export function parseInstanceUri(text: string): InstanceUri {
  const [moid, miid, ...rest] = text.split('/');
  if (moid === undefined || !/^[A-Za-z0-9._~:%@!$&'()*+,;=-]+$/.test(moid)) refuse('it has no MOID');
  if (miid === undefined) refuse('no "/" follows the MOID');
  if (text.includes('?')) refuse('a serialized MO is addressed without a query');
  const path = rest.at(-1) === '' ? rest.slice(0, -1) : rest;
  if ((miid !== '' && !isName(miid)) || !path.every(isName)) refuse('a name in it is not a node name');
  const looseSlash = rest.length === 0 || (path.length > 0 && path.length !== rest.length);
  return { moid, ...(miid === '' ? {} : { miid }), path, looseSlash };
}

// A raw colon is read (MOIDs as node names), although §6.3.1 wants it percent-encoded.
function isName(text: string): boolean {
  return /^(?:[A-Za-z0-9._~:-]|%[0-9a-fA-F]{2})+$/.test(text);
}

function refuse(reason: string): never {
  throw new DataError('DATA_CLIENT_URI', `the ClientURI does not name an MO instance: ${reason}`);
}

/**
 * `MOID/MIID/`, or `MOID//` where the client is to choose the MIID.
 *
 * @example formatInstanceUri('urn:oma:mo:oma-dm-dmacc:1.2', 'dms1') // → 'urn:oma:mo:oma-dm-dmacc:1.2/dms1/'
 */
export function formatInstanceUri(moid: string, miid?: string): string {
  return `${moid}/${miid ?? ''}/`;
}
