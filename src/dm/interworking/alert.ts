/** Generic Alerts of DM 1.x as those of DM 2.0 (DM 2.0 §13.1; docs/decisions/dm1-generic-alerts.md). */
import { DataError } from '../../errors/index.js';
import type { Finding } from '../../mo/index.js';
import { type GenericAlert, MARKS } from '../messages.js';
import { convertedData, rawData } from './data.js';
import { contentOf, elementsOf, parseXml, textOf, type XmlElement, type XmlLimits } from './xml.js';

/** The alert code of a Generic Alert in DM 1.x. */
const GENERIC_ALERT = '1226';

export interface Dm1AlertOptions {
  /** The ClientURI for a LocURI of the DM 1.x tree; undefined where there is none: the alert then goes without. */
  readonly clientUri: (locUri: string) => string | undefined;
  /** `raw`: data as it is under the name DM1x; `json`: converted, where it is XML. `raw` unless told. */
  readonly carry?: 'raw' | 'json';
  readonly limits?: XmlLimits;
}

/**
 * The DM 2.0 alerts of an `Alert` element, one for each of its items. The correlator is left out: DM 2.0 finds the
 * command by SourceURI.
 *
 * @param xml the element as UTF-8; document types and processing instructions are refused
 * @throws DataError `DATA_UTF8`, `DATA_LIMIT`; `DATA_ALERT_XML`: not well-formed, no generic alert, an item without type
 * @example alertsFromDm1(encodeUtf8('<Alert><Data>1226</Data><Item><Meta><Type>urn:example:at</Type></Meta></Item></Alert>'), { clientUri: () => undefined }).alerts // → [{ alertType: 'urn:example:at' }]
 */
export function alertsFromDm1(
  xml: Uint8Array,
  options: Dm1AlertOptions,
): { readonly alerts: readonly GenericAlert[]; readonly findings: readonly Finding[] } {
  const root = parseXml(xml, options.limits);
  if (root.name !== 'Alert') fail('the element is no Alert');
  if (textAt(root, 'Data') !== GENERIC_ALERT) fail(`the alert code is not ${GENERIC_ALERT}, Generic Alert`);
  const items = elementsOf(root, 'Item');
  if (items.length === 0) fail('the alert has no Item');
  const findings: Finding[] = [];
  const alerts = items.map((item, index) => alertOf(item, `Item ${index + 1}`, options, findings));
  return { alerts, findings };
}

function alertOf(
  item: XmlElement,
  where: string,
  options: Dm1AlertOptions,
  findings: Finding[],
): GenericAlert {
  const note = (code: string, message: string) =>
    findings.push({ severity: 'warning', code, where, message });
  const alertType = textAt(item, 'Meta', 'Type') ?? fail(`${where} has no Meta/Type`);
  const uri = (element: string): string | undefined => {
    const locUri = textAt(item, element, 'LocURI');
    const found = locUri === undefined ? undefined : options.clientUri(locUri);
    if (locUri !== undefined && found === undefined)
      note('ALERT_URI', `${element} has no ClientURI; left out`);
    return found;
  };
  const [sourceUri, targetUri] = [uri('Source'), uri('Target')];
  const given = textAt(item, 'Meta', 'Mark');
  const mark = MARKS.find((known) => known === given);
  if (given !== undefined && mark === undefined) note('ALERT_MARK', 'not a mark of §5.4; left out');
  return {
    alertType,
    ...(sourceUri === undefined ? {} : { sourceUri }),
    ...(targetUri === undefined ? {} : { targetUri }),
    ...(mark === undefined ? {} : { mark }),
    ...dataOf(item, options, note),
  };
}

function dataOf(
  item: XmlElement,
  { carry = 'raw', limits = {} }: Dm1AlertOptions,
  note: (code: string, message: string) => void,
): object {
  const [data] = elementsOf(item, 'Data');
  if (data === undefined) return {};
  const content = contentOf(data);
  const converted = carry === 'json' ? convertedData(content, limits) : undefined;
  if (carry === 'json' && converted === undefined) note('ALERT_DATA', 'the data is no XML; carried as it is');
  return converted ?? rawData(content, textAt(item, 'Meta', 'Format') ?? 'chr');
}

/** The text of the first element at a path, white space around it left out; undefined where none is there. */
function textAt(element: XmlElement, ...path: readonly string[]): string | undefined {
  let at: XmlElement | undefined = element;
  for (const name of path) at = at === undefined ? undefined : elementsOf(at, name)[0];
  const text = at === undefined ? '' : textOf(at).trim();
  return text === '' ? undefined : text;
}

function fail(message: string): never {
  throw new DataError('DATA_ALERT_XML', message);
}
