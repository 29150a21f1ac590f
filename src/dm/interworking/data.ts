/** The data of a DM 1.x Generic Alert in a DM 2.0 one (DM 2.0 §13.1): as it is under DM1x, or converted to JSON. */
import { DataError } from '../../errors/index.js';
import type { JsonObject, JsonValue } from '../../mo/index.js';
import { parseXmlText, textOf, type XmlElement, type XmlLimits } from './xml.js';

export interface AlertData {
  readonly dataType: string;
  readonly data: JsonObject;
}

/** What `Meta/Format` of DM 1.x means: the DataType, and how the characters stand in JSON. */
const FORMATS: Readonly<
  Record<string, { readonly dataType: string; readonly value?: (text: string) => JsonValue }>
> = {
  xml: { dataType: 'text/xml' },
  chr: { dataType: 'text/plain' },
  // §7.2.1.3 shows an integer with the name of its format as DataType.
  int: { dataType: 'int', value: numberOf },
  bool: { dataType: 'bool', value: (text) => (text === 'true' || text === 'false' ? text === 'true' : text) },
  float: { dataType: 'float', value: numberOf },
  b64: { dataType: 'application/octet-stream' },
  bin: { dataType: 'application/octet-stream' },
};

/** Data under the name DM1x, its CDATA gone and white space around it left out. */
export function rawData(content: string, format: string): AlertData {
  const { dataType, value } = FORMATS[Object.hasOwn(FORMATS, format) ? format : 'chr']!;
  const text = content.trim();
  return { dataType, data: { DM1x: value === undefined ? text : value(text) } };
}

/** Data converted to JSON; undefined where it is no XML with elements. */
export function convertedData(content: string, limits: XmlLimits): AlertData | undefined {
  let root: XmlElement;
  try {
    root = parseXmlText(`<Data>${content}</Data>`, limits);
  } catch (error) {
    if (error instanceof DataError && error.code === 'DATA_ALERT_XML') return undefined;
    throw error;
  }
  const value = jsonOf(root);
  if (typeof value !== 'object') return undefined;
  return { dataType: 'application/json', data: value as JsonObject };
}

/** An element with elements is an object, several of one name an array; all else is text, or a number written as one. */
function jsonOf(element: XmlElement): JsonValue {
  const members = new Map<string, JsonValue[]>();
  for (const child of element.children) {
    if (child.kind === 'element')
      members.set(child.name, [...(members.get(child.name) ?? []), jsonOf(child)]);
  }
  if (members.size === 0) return numberOf(textOf(element).trim());
  // As own members, also for names that an assignment would take to the prototype.
  return Object.fromEntries(
    [...members].map(([name, values]) => [name, values.length > 1 ? values : values[0]!]),
  );
}

/** A number where the text is what JSON writes for it: no leading zeros, no loss of digits. */
function numberOf(text: string): JsonValue {
  return /^-?\d/.test(text) && String(Number(text)) === text ? Number(text) : text;
}
