/** Package#1 in JSON (DM 2.0 §5.2.2, §7.2.1.1). */
import { encodeUtf8 } from '../../bytes/index.js';
import { isJsonObject, type JsonValue, parseJson } from '../../mo/index.js';
import { ALERT_TYPES, type MosEntry, type Package1 } from '../messages.js';
import { readAlerts, writeAlerts } from './alert.js';
import { type Decoded, member, type PackageLimits, PackageReader, refuse } from './read.js';
import { rememberedPackage } from './recent.js';

const ORIGINS: readonly string[] = Object.values(ALERT_TYPES);

/**
 * Writes Package#1.
 *
 * @throws DataError `DATA_PACKAGE` without an alert that tells why the session starts (§5.2.2), or for an alert with
 * data that is no object or has no type
 * @example decodeUtf8(encodePackage1({ alerts: [{ alertType: 'urn:oma:at:dm:2.0:ClientInitiatedMgmt' }] })) // → '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}'
 */
export function encodePackage1(value: Package1): Uint8Array {
  if (!value.alerts.some(({ alertType }) => ORIGINS.includes(alertType))) {
    refuse('$.Alert', 'no alert tells why the session starts');
  }
  const mos = value.mos?.map(({ ddf, moid, miids }) => ({
    ...(ddf === undefined ? {} : { DDF: ddf }),
    MOID: moid,
    MIID: miids,
  }));
  const alerts = writeAlerts(value.alerts, '$.Alert');
  return encodeUtf8(JSON.stringify({ ...(mos === undefined ? {} : { MOS: mos }), Alert: alerts }));
}

/**
 * Reads Package#1. Also `{}`, as an example of the specification has it: the origin of the session is then unknown.
 *
 * @throws DataError `DATA_UTF8`, `DATA_JSON`, `DATA_JSON_DUPLICATE`, `DATA_LIMIT`; `DATA_PACKAGE` with the JSON path
 * @example decodePackage1(encodeUtf8('{}')).value // → { alerts: [] }
 */
export function decodePackage1(bytes: Uint8Array, limits?: PackageLimits): Decoded<Package1> {
  return decode(bytes, limits);
}

const decode = rememberedPackage((bytes, limits): Decoded<Package1> => {
  const reader = new PackageReader(limits);
  const object = reader.object(parseJson(bytes, limits), '$');
  reader.ignoreOthers(object, ['MOS', 'Alert'], '$');
  const mos = member(object, 'MOS');
  const alerts = readAlerts(member(object, 'Alert'), '$.Alert', reader);
  if (!alerts.some(({ alertType }) => ORIGINS.includes(alertType))) {
    reader.note('PACKAGE1_ORIGIN_UNKNOWN', '$.Alert', 'no alert tells why the session starts');
  }
  const value = mos === undefined ? { alerts } : { mos: readMos(mos, reader), alerts };
  return { value, findings: reader.findings };
});

function readMos(mos: JsonValue, reader: PackageReader): MosEntry[] {
  return reader.array(mos, '$.MOS').flatMap((item, index) => {
    const where = `$.MOS[${index}]`;
    const entry = readEntry(item, where, reader);
    if (entry === undefined) reader.note('PACKAGE1_MOS', where, 'an MO without MOID or MIID is ignored');
    return entry === undefined ? [] : [entry];
  });
}

function readEntry(item: JsonValue, where: string, reader: PackageReader): MosEntry | undefined {
  if (!isJsonObject(item)) return undefined;
  reader.ignoreOthers(item, ['DDF', 'MOID', 'MIID'], where);
  const ddf = member(item, 'DDF');
  const moid = member(item, 'MOID');
  const miids = member(item, 'MIID');
  if (typeof moid !== 'string' || !Array.isArray(miids)) return undefined;
  if (!reader.array(miids, `${where}.MIID`).every((miid) => typeof miid === 'string')) return undefined;
  return { ...(typeof ddf === 'string' ? { ddf } : {}), moid, miids: miids as string[] };
}
