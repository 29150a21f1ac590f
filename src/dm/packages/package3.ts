/** Package#3 in JSON (DM 2.0 §5.2.4, §7.2.1.3). Older ways to write a status: docs/decisions/status-of-commands.md. */
import { encodeUtf8 } from '../../bytes/index.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonType, parseJson } from '../../mo/index.js';
import type { CommandStatus, Package3 } from '../messages.js';
import { readAlerts, writeAlerts } from './alert.js';
import { type Decoded, member, type PackageLimits, PackageReader, refuse } from './read.js';
import { rememberedPackage } from './recent.js';
import { isStatus } from './status.js';

/**
 * Writes Package#3: every status as an object, `Alert` only where there are alerts.
 *
 * @throws DataError `DATA_PACKAGE` for a code that Appendix C does not have
 * @example decodeUtf8(encodePackage3({ statuses: [{ sc: 200 }], alerts: [] })) // → '{"Status":[{"sc":200}]}'
 */
export function encodePackage3({ statuses, alerts }: Package3): Uint8Array {
  const status = statuses.map(({ sc, uris }, index) => {
    if (!isStatus(sc)) refuse(`$.Status[${index}].sc`, 'not a status of Appendix C');
    return { sc, ...(uris === undefined ? {} : { URI: uris }) };
  });
  const more = alerts.length === 0 ? {} : { Alert: writeAlerts(alerts, '$.Alert') };
  return encodeUtf8(JSON.stringify({ Status: status, ...more }));
}

/**
 * Reads Package#3. A bare number is a status, and a string after it is where its data was stored, as examples of the
 * specification have it.
 *
 * @throws DataError `DATA_UTF8`, `DATA_JSON`, `DATA_JSON_DUPLICATE`, `DATA_LIMIT`; `DATA_PACKAGE` with the JSON path
 * @example decodePackage3(encodeUtf8('{"Status":[200,"urn:example:mo/a/"]}')).value.statuses // → [{ sc: 200, uris: ['urn:example:mo/a/'] }]
 */
export function decodePackage3(bytes: Uint8Array, limits?: PackageLimits): Decoded<Package3> {
  return decode(bytes, limits);
}

const decode = rememberedPackage((bytes, limits): Decoded<Package3> => {
  const reader = new PackageReader(limits);
  const object = reader.object(parseJson(bytes, limits), '$');
  reader.ignoreOthers(object, ['Status', 'Alert'], '$');
  const items = member(object, 'Status') ?? refuse('$', 'the member Status is missing');
  const statuses = readStatuses(reader.array(items, '$.Status'), reader);
  const alerts = readAlerts(member(object, 'Alert'), '$.Alert', reader);
  return { value: { statuses, alerts }, findings: reader.findings };
});

function readStatuses(items: readonly JsonValue[], reader: PackageReader): CommandStatus[] {
  const statuses: { sc: number; uris?: string[] }[] = [];
  items.forEach((item, index) => {
    const where = `$.Status[${index}]`;
    if (typeof item === 'string') {
      const last = statuses.at(-1) ?? refuse(where, 'a string stands before the first status');
      reader.note('STATUS_LOOSE_URI', where, 'a string after a status; read as its URI');
      last.uris = [...(last.uris ?? []), item];
    } else if (isJsonObject(item)) {
      statuses.push(readStatus(item, where, reader));
    } else {
      reader.note('STATUS_BARE', where, 'a bare value stands where an object is required');
      statuses.push({ sc: readCode(item, where, reader) });
    }
  });
  return statuses;
}

function readStatus(item: JsonObject, where: string, reader: PackageReader): { sc: number; uris?: string[] } {
  reader.ignoreOthers(item, ['sc', 'URI'], where);
  const sc = readCode(member(item, 'sc') ?? refuse(where, 'the member sc is missing'), `${where}.sc`, reader);
  const given = member(item, 'URI');
  if (given === undefined) return { sc };
  if (typeof given === 'string') reader.note('STATUS_SINGLE_URI', `${where}.URI`, 'a string, not an array');
  const uris = reader.array(typeof given === 'string' ? [given] : given, `${where}.URI`).map((uri, index) => {
    if (typeof uri === 'string') return uri;
    return refuse(`${where}.URI[${index}]`, `a string is required, found ${jsonType(uri)}`);
  });
  return { sc, uris };
}

function readCode(value: JsonValue, where: string, reader: PackageReader): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 100 || value > 1999) {
    return refuse(where, 'a status code from 100 to 1999 is required');
  }
  if (!isStatus(value)) reader.note('STATUS_UNKNOWN', where, 'not a status of Appendix C');
  return value;
}
