/** Generic Alerts in JSON (DM 2.0 §5.4, §7.2.1.5): strict out, lenient in (docs/decisions/generic-alerts.md). */
import { isJsonObject, type JsonObject, type JsonValue, jsonType, memberPath } from '../../mo/index.js';
import { type GenericAlert, MARKS, type Mark } from '../messages.js';
import { member, type PackageReader, refuse } from './read.js';

/** The members in the order of the table of §5.4. */
const MEMBERS = ['AlertType', 'SourceURI', 'TargetURI', 'Mark', 'DataType', 'Data'] as const;

/**
 * The alerts of the member `Alert`: an array, or the nested or single objects that the schema and some examples allow.
 * An alert that cannot be used is left out with a finding, as the server ignores what it does not recognise (§5.4).
 */
export function readAlerts(
  value: JsonValue | undefined,
  where: string,
  reader: PackageReader,
): GenericAlert[] {
  if (value === undefined) return [];
  let items = value;
  let path = where;
  if (isJsonObject(items) && member(items, 'Alert') !== undefined) {
    reader.note('ALERT_NESTED', path, 'an object with the member Alert stands where the array belongs');
    items = member(items, 'Alert')!;
    path = `${path}.Alert`;
  }
  if (isJsonObject(items)) {
    reader.note('ALERT_SINGLE', path, 'a single alert stands where an array is required');
    items = [items];
  }
  return reader.array(items, path).flatMap((item, index) => {
    const alert = readAlert(item, `${path}[${index}]`, reader);
    return alert === undefined ? [] : [alert];
  });
}

function readAlert(item: JsonValue, where: string, reader: PackageReader): GenericAlert | undefined {
  if (!isJsonObject(item)) {
    reader.note('ALERT_IGNORED', where, `an object is required, found ${jsonType(item)}; ignored`);
    return undefined;
  }
  const wrong = MEMBERS.find((name) => name !== 'Data' && !isTextOrAbsent(member(item, name)));
  if (wrong !== undefined || member(item, 'AlertType') === undefined) {
    const name = wrong ?? 'AlertType';
    reader.note('ALERT_IGNORED', memberPath(where, name), 'a string is required; the alert is ignored');
    return undefined;
  }
  reader.ignoreOthers(item, MEMBERS, where);
  return alertOf(item, where, reader);
}

const isTextOrAbsent = (value: JsonValue | undefined) => value === undefined || typeof value === 'string';

function alertOf(item: JsonObject, where: string, reader: PackageReader): GenericAlert {
  const text = (name: string) => member(item, name) as string | undefined;
  const data = member(item, 'Data');
  const mark = readMark(text('Mark'), where, reader);
  if (data !== undefined && text('DataType') === undefined) {
    reader.note('ALERT_DATA_TYPE', where, 'Data without DataType');
  }
  const [sourceUri, targetUri, dataType] = [text('SourceURI'), text('TargetURI'), text('DataType')];
  return {
    alertType: text('AlertType')!,
    ...(sourceUri === undefined ? {} : { sourceUri }),
    ...(targetUri === undefined ? {} : { targetUri }),
    ...(mark === undefined ? {} : { mark }),
    ...(dataType === undefined ? {} : { dataType }),
    ...(data === undefined ? {} : { data }),
  };
}

function readMark(text: string | undefined, where: string, reader: PackageReader): Mark | undefined {
  const mark = MARKS.find((known) => known === text);
  if (text !== undefined && mark === undefined) {
    reader.note('ALERT_MARK', `${where}.Mark`, 'not a mark of §5.4; taken as informational');
  }
  return mark;
}

/** The alerts as the array that the member `Alert` takes. */
export function writeAlerts(alerts: readonly GenericAlert[], where: string): JsonObject[] {
  return alerts.map((alert, index) => writeAlert(alert, `${where}[${index}]`));
}

function writeAlert(alert: GenericAlert, where: string): JsonObject {
  if (alert.alertType === '') refuse(`${where}.AlertType`, 'an alert needs a type');
  if (alert.mark !== undefined && !MARKS.includes(alert.mark)) refuse(`${where}.Mark`, 'not a mark of §5.4');
  if (alert.data !== undefined) {
    if (alert.dataType === undefined) refuse(where, 'Data needs a DataType');
    if (!isJsonObject(alert.data)) refuse(`${where}.Data`, 'an object is required');
  }
  const { alertType, sourceUri, targetUri, mark, dataType, data } = alert;
  return {
    AlertType: alertType,
    ...(sourceUri === undefined ? {} : { SourceURI: sourceUri }),
    ...(targetUri === undefined ? {} : { TargetURI: targetUri }),
    ...(mark === undefined ? {} : { Mark: mark }),
    ...(dataType === undefined ? {} : { DataType: dataType }),
    ...(data === undefined ? {} : { Data: data }),
  };
}
