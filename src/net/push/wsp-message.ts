/** Connectionless push of any content (WAP-230 §8.2.4.1): what a pushed bootstrap comes in. Names as text. */
import { concat, encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import { APPLICATION_ID, MAX_HEADER_OCTETS, PDU_PUSH, SYNCML_DM } from './wsp-codes.js';
import { WspReader, type WspValue } from './wsp-reader.js';

/** A push of any content. */
export interface WspMessage {
  /** Transaction identifier, 0 to 255. */
  readonly tid: number;
  /** Lower case; a number of WSP's table as `0x58`. */
  readonly mediaType: string;
  /** Parameters of the media type by name in lower case, values as they came. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const QUOTE = 0x1f;
const LONGEST_SHORT_LENGTH = 30;

/**
 * The PDU of a push for the DM client (application 0x07).
 *
 * @param contentType media type, perhaps with parameters: `application/octet-stream; SEC=3GPP_GBA`
 * @throws DataError `DATA_PUSH` where content type and application have more than 48 octets
 * @example toHex(encodeWspMessage('a/b; C=d', fromHex('ff'))) // → '01060b' + '08612f6200' + '43006400' + 'af87' + 'ff'
 */
export function encodeWspMessage(contentType: string, body: Uint8Array, tid = 1): Uint8Array {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  const value = concat(text(type), ...parameters.map(parameterOctets));
  const typed = parameters.length === 0 ? value : concat(valueLength(value.length), value);
  const header = concat(typed, [APPLICATION_ID | 0x80, SYNCML_DM | 0x80]);
  if (header.length > MAX_HEADER_OCTETS)
    throw new DataError(
      'DATA_PUSH',
      `the header has ${header.length} octets, more than ${MAX_HEADER_OCTETS}`,
    );
  return concat([tid & 0xff, PDU_PUSH, header.length], header, body);
}

/** Untyped parameter: token, then a text value (WAP-230 §8.4.2.4). */
function parameterOctets(parameter: string): Uint8Array {
  const [name = '', value = ''] = parameter.split('=', 2);
  return concat(text(name), text(value));
}

function text(value: string): Uint8Array {
  if (!/^[\x21-\x7e]+$/.test(value))
    throw new DataError('DATA_PUSH', `"${value}" is not visible ASCII without blanks`);
  return concat(encodeUtf8(value), [0]);
}

function valueLength(length: number): number[] {
  return length <= LONGEST_SHORT_LENGTH ? [length] : [QUOTE, length];
}

/**
 * Reads a push of any content; header fields after the content type are passed over.
 *
 * @throws DataError `DATA_PUSH` with the octet
 */
export function decodeWspMessage(bytes: Uint8Array): WspMessage {
  const reader = new WspReader(bytes);
  const tid = reader.octet('the transaction identifier');
  const pdu = reader.octet('the PDU type');
  if (pdu !== PDU_PUSH) reader.fail(`PDU type ${pdu} is not a push`);
  const header = reader.part(reader.uintvar('the length of the header'), 'the header');
  const value = header.value('the content type');
  const typed = value.kind === 'octets' ? new WspReader(value.value) : undefined;
  const mediaType = nameOf(typed === undefined ? value : typed.value('the media type'));
  const parameters: Record<string, string> = Object.create(null);
  while (typed !== undefined && !typed.done) {
    const name = typed.value('a parameter');
    parameters[nameOf(name)] = wordOf(typed.value('the value of a parameter'));
  }
  return { tid, mediaType, parameters, body: reader.rest() };
}

function nameOf(value: WspValue): string {
  return wordOf(value).toLowerCase();
}

function wordOf(value: WspValue): string {
  if (value.kind === 'text') return value.value;
  const octets = value.kind === 'number' ? Uint8Array.of(value.value) : value.value;
  return `0x${Buffer.from(octets).toString('hex')}`;
}
