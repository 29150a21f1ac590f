/** Management objects as `application/dmmo+json` (DM 2.0 §7.2.1.4). */
import { encodeUtf8 } from '../bytes/index.js';
import { DataError } from '../errors/index.js';
import { type Finding, memberPath } from './finding.js';
import {
  isJsonObject,
  type JsonLimits,
  type JsonObject,
  type JsonValue,
  jsonType,
  parseJson,
} from './json.js';

/** One element of the array. `moData` holds one member: the addressed node under its name or MIID. */
export interface SerializedMo {
  readonly ddf?: string;
  readonly clientUri: string;
  readonly cv?: string;
  readonly moData: JsonObject;
}

export interface DecodedDmmo {
  readonly objects: readonly SerializedMo[];
  readonly findings: readonly Finding[];
}

/**
 * Reads `application/dmmo+json`: UTF-8 without byte order mark, an array of objects. A bare object, which two
 * examples of the specification show, is read as an array of one with a finding.
 *
 * @throws DataError `DATA_UTF8`, `DATA_JSON`, `DATA_JSON_DUPLICATE`, `DATA_LIMIT`; `DATA_DMMO` with the JSON
 * path in `details` where the structure is not that of §7.2.1.4
 * @example
 * const bytes = encodeUtf8('[{"ClientURI":"urn:example:mo//","MOData":{"a":{}}}]');
 * decodeDmmo(bytes).objects // → [{ clientUri: 'urn:example:mo//', moData: { a: {} } }]
 * decodeDmmo(encodeUtf8('[1]')) // throws DATA_DMMO
 */
export function decodeDmmo(bytes: Uint8Array, limits: JsonLimits = {}): DecodedDmmo {
  const findings: Finding[] = [];
  let items = parseJson(bytes, limits);
  if (isJsonObject(items)) {
    const message = 'a single object stands where an array is required; read as an array of one';
    findings.push({ severity: 'warning', code: 'DMMO_BARE_OBJECT', where: '$', message });
    items = [items];
  }
  if (!Array.isArray(items)) refuse('$', `an array is required, found ${jsonType(items)}`);
  return { objects: items.map((item, index) => decodeItem(item, `$[${index}]`, findings)), findings };
}

const MEMBERS: readonly string[] = ['DDF', 'ClientURI', 'CV', 'MOData'];

function decodeItem(item: JsonValue, path: string, findings: Finding[]): SerializedMo {
  if (!isJsonObject(item)) refuse(path, `an object is required, found ${jsonType(item)}`);
  const ddf = optionalText(item, 'DDF', path);
  const cv = optionalText(item, 'CV', path);
  const clientUri = optionalText(item, 'ClientURI', path);
  if (clientUri === undefined) refuse(path, 'the member ClientURI is missing');
  const moData = member(item, 'MOData');
  if (moData === undefined) refuse(path, 'the member MOData is missing');
  if (!isJsonObject(moData)) refuse(`${path}.MOData`, `an object is required, found ${jsonType(moData)}`);
  for (const name of Object.keys(item)) {
    if (MEMBERS.includes(name)) continue;
    const message = '§7.2.1.4 has no such member; it is ignored';
    findings.push({
      severity: 'warning',
      code: 'DMMO_UNKNOWN_MEMBER',
      where: memberPath(path, name),
      message,
    });
  }
  return {
    ...(ddf === undefined ? {} : { ddf }),
    clientUri,
    ...(cv === undefined ? {} : { cv }),
    moData,
  };
}

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function optionalText(object: JsonObject, name: string, path: string): string | undefined {
  const value = member(object, name);
  if (value === undefined || typeof value === 'string') return value;
  refuse(memberPath(path, name), `a string is required, found ${jsonType(value)}`);
}

function refuse(path: string, message: string): never {
  throw new DataError('DATA_DMMO', `${message} (${path})`, { details: { path } });
}

/**
 * Writes `application/dmmo+json`: UTF-8, no byte order mark, no white space, members in the order of §7.2.1.4,
 * nodes in the order given (names that are whole numbers first, in ascending order).
 *
 * @example
 * decodeUtf8(encodeDmmo([{ clientUri: 'urn:example:mo//', moData: { a: {} } }])) // → '[{"ClientURI":"urn:example:mo//","MOData":{"a":{}}}]'
 */
export function encodeDmmo(objects: readonly SerializedMo[]): Uint8Array {
  const items = objects.map(({ ddf, clientUri, cv, moData }) => ({
    ...(ddf === undefined ? {} : { DDF: ddf }),
    ClientURI: clientUri,
    ...(cv === undefined ? {} : { CV: cv }),
    MOData: moData,
  }));
  return encodeUtf8(JSON.stringify(items));
}
